"""Parts by themselves, where an agent would take too long or would not do it."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any, AsyncIterator

import agent  # noqa: F401  (finds the package)

from bulwark.events import _KEPT, Event, EventLog, Reload
from bulwark.sources import AnyRecord, FilesSource, JsonRecord, Record, RecordsSource


def event(sequence: int) -> dict[str, Any]:
    return {"sequence": sequence, "event": {"kind": "worktree/changed"}}


class Following(unittest.IsolatedAsyncioTestCase):
    async def test_what_was_missed_comes_first_and_once(self) -> None:
        log = EventLog()
        log.hold()
        log.go_on("one", 5, None)
        stream = log.follow()
        log.take(event(6))
        log.hold()
        log.take(event(8))
        log.take(event(9))
        log.go_on("one", 7, {"kind": "events", "events": [event(7), event(8)]})
        log.close()
        told = [one.sequence async for one in stream if isinstance(one, Event)]
        self.assertEqual(told, [6, 7, 8, 9])

    async def test_another_agent_counts_anew(self) -> None:
        log = EventLog()
        log.go_on("one", 500, None)
        stream = log.follow()
        log.hold()
        log.go_on("two", 3, {"kind": "reload"})
        log.take(event(4))
        log.close()
        self.assertEqual([type(one) async for one in stream], [Reload, Event])

    async def test_who_does_not_keep_up_is_told_to_ask_again(self) -> None:
        log = EventLog()
        log.go_on("one", 0, None)
        stream = log.follow()
        for sequence in range(1, _KEPT + 2):
            log.take(event(sequence))
        log.close()
        told = [one async for one in stream]
        self.assertIsInstance(told[0], Reload)
        self.assertEqual(len(told), 2)


class Files(unittest.IsolatedAsyncioTestCase):
    async def test_files_that_were_frozen_too_long_were_not_held(self) -> None:
        thawed = asyncio.Event()

        async def freeze(_why: str) -> None:
            return None

        async def thaw(_why: str) -> bool:
            thawed.set()
            return True

        source = FilesSource({}, freeze, thaw)
        params = {"freeze": "one", "why": "backup", "limitMs": 1}
        await source.answer("data-source/freeze", params)
        await asyncio.wait_for(thawed.wait(), agent.PATIENCE)
        answer = await source.answer("data-source/thaw", {"freeze": "one", "why": "backup"})
        self.assertEqual(answer, {"held": False})


class Pages(unittest.IsolatedAsyncioTestCase):
    async def pages(self, *records: AnyRecord, most: int, most_bytes: int) -> list[Any]:
        async def moment() -> AsyncIterator[AnyRecord]:
            for record in records:
                yield record

        source = RecordsSource(moment, None)
        found, cursor = [], None
        while True:
            answer = await source.answer(
                "data-source/pull",
                {"pull": "p", "cursor": cursor, "maxRecords": most, "maxBytes": most_bytes},
            )
            found.append(answer["records"])
            cursor = answer["next"]
            if cursor is None:
                await source.answer("data-source/endPull", {"pull": "p", "complete": True})
                return found

    async def test_a_large_record_comes_in_parts(self) -> None:
        records = Record("a", b"12345"), Record("b", b""), Record("c", b"6")
        found = await self.pages(*records, most=10, most_bytes=2)
        parts = [(one["key"], one["bytes"], one.get("more", False)) for one in sum(found, [])]
        expected = [("a", "MTI=", True), ("a", "MzQ=", True), ("a", "NQ==", False)]
        self.assertEqual(parts, [*expected, ("b", "", False), ("c", "Ng==", False)])

    async def test_a_page_has_no_more_records_than_are_wanted(self) -> None:
        records = [JsonRecord(str(n), n) for n in range(5)]
        found = await self.pages(*records, most=2, most_bytes=1000)
        self.assertEqual([len(page) for page in found], [2, 2, 1])


if __name__ == "__main__":
    unittest.main()
