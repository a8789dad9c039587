"""What the package promises, against the real agent. The protocol itself is tried by the
conformance suite (clients/README.md)."""

from __future__ import annotations

import asyncio
import os
import unittest
from typing import Any, AsyncIterator, Awaitable, Callable

from agent import PATIENCE, RealAgent

from bulwark import (
    AgentUnreachable,
    Client,
    Event,
    InvalidParams,
    JsonRecord,
    PlanStale,
    Record,
    Recovery,
    RemoteError,
    SnapshotUnknown,
)
from bulwark.sources import AnyRecord


async def until(what: str, look: Callable[[], Awaitable[Any]]) -> Any:
    async def looking() -> Any:
        while not (found := await look()):
            await asyncio.sleep(0.02)
        return found

    try:
        return await asyncio.wait_for(looking(), PATIENCE)
    except asyncio.TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None


class Memory:
    """A store that has records of both kinds and takes them back."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {"a": {"owner": "me", "paid": True}, "b": b"\x00\xff"}
        self._coming: dict[str, Any] = {}

    async def moment(self) -> AsyncIterator[AnyRecord]:
        for key, value in list(self.values.items()):
            is_bytes = isinstance(value, bytes)
            yield Record(key, value) if is_bytes else JsonRecord(key, value)

    async def restore(self, mode: str, _count: int) -> Memory:
        self._coming = dict(self.values) if mode == "merge" else {}
        return self

    async def put(self, record: AnyRecord) -> None:
        self._coming[record.key] = record.value

    async def remove(self, key: str) -> None:
        self._coming.pop(key, None)

    async def commit(self) -> None:
        self.values = self._coming

    async def abort(self) -> None:
        self._coming = {}


class WithAnAgent(unittest.IsolatedAsyncioTestCase):
    agent: RealAgent

    @classmethod
    def setUpClass(cls) -> None:
        cls.agent = RealAgent()
        try:
            cls.agent.start()
        except BaseException:
            cls.agent.close()
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        cls.agent.close()

    def client(self, name: str = "a test", **options: Any) -> Client:
        return Client(name, "1", home=self.agent.home, **options)

    async def test_a_plan_a_restore_and_its_undo(self) -> None:
        path = self.agent.worktree("restored")
        async with self.client() as client:
            await client.protect(str(path))
            heard: list[str] = []
            snapshot = await client.snapshot(
                str(path), label="kept", on_progress=lambda value: heard.append(value["phase"])
            )
            self.assertEqual(snapshot["label"], "kept")
            (path / "story").write_text("spoilt")
            plan = await client.plan_restore(snapshot["id"], paths=["story"])
            self.assertEqual((plan["overwrites"], plan["deletes"]), (1, 0))
            result = await client.apply(plan)
            self.assertTrue(result["verified"])
            self.assertEqual((path / "story").read_text(), "once")
            self.assertTrue((await client.undo(result["operation"]))["verified"])
            self.assertEqual((path / "story").read_text(), "spoilt")
            listed = await client.snapshots(str(path))
            self.assertIn(snapshot["id"], [one["id"] for one in listed])

    async def test_nothing_is_deleted_that_the_plan_did_not_show(self) -> None:
        path = self.agent.worktree("stale")
        async with self.client() as client:
            await client.protect(str(path))
            snapshot = await client.snapshot(str(path))
            (path / "story").write_text("spoilt")
            plan = await client.plan_restore(snapshot["id"])
            (path / "note").write_text("not in the plan")
            with self.assertRaises(PlanStale):
                await client.apply(plan)
            self.assertEqual((path / "note").read_text(), "not in the plan")

    async def test_errors_say_why_and_what_to_do(self) -> None:
        async with self.client() as client:
            with self.assertRaises(SnapshotUnknown) as unknown:
                await client.plan_restore("ffffffffffffffff")
            self.assertEqual(unknown.exception.reason, "snapshot-unknown")
            with self.assertRaises(InvalidParams) as invalid:
                await client.call("component/heartbeat", {"id": 7})
            self.assertIn("id", invalid.exception.details["fields"])
            with self.assertRaises(RemoteError) as missing:
                await client.protect("/nowhere/at/all")
            self.assertEqual(missing.exception.reason, "path-missing")
            self.assertEqual(missing.exception.code, 1)

    async def test_it_connects_over_127_0_0_1_as_well(self) -> None:
        async with self.client(over="tcp") as client:
            self.assertIn("worktrees", await client.call("worktree/list"))

    async def test_records_of_both_kinds_go_and_come_back(self) -> None:
        memory = Memory()
        before = dict(memory.values)
        async with self.client("a store") as client:
            await client.keep_records("memory", memory.moment, restore=memory.restore)
            await until("a backup", lambda: self._backup(client, "memory"))
            snapshot = await client.snapshot("source:memory")
            memory.values = {"a": {"owner": "somebody else"}, "c": b"new"}
            result = await client.apply(await client.plan_restore(snapshot["id"]))
            self.assertTrue(result["verified"])
            self.assertEqual(memory.values, before)

    async def test_a_client_that_stops_waiting_stops_the_agent(self) -> None:
        async with self.client() as client:
            waiting = asyncio.create_task(client.call("store/verify"))
            await asyncio.sleep(0)
            waiting.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await waiting
            self.assertIn("worktrees", await client.call("worktree/list"))

    async def test_nobody_there(self) -> None:
        with self.assertRaises(AgentUnreachable):
            async with Client("a test", "1", home=self.agent.root / "empty"):
                self.fail("it connected")

    async def test_bulwark_home_names_the_folder(self) -> None:
        before = os.environ.get("BULWARK_HOME")
        os.environ["BULWARK_HOME"] = str(self.agent.home)
        try:
            async with Client("a test", "1") as client:
                self.assertTrue(client.connected)
        finally:
            del os.environ["BULWARK_HOME"]
            if before is not None:
                os.environ["BULWARK_HOME"] = before

    async def _backup(self, client: Client, name: str) -> bool:
        sources = (await client.call("data-source/list"))["sources"]
        return any(one["name"] == name and one["lastSnapshot"] for one in sources)


class AnAgentThatComesAndGoes(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.agent = RealAgent()
        self.addCleanup(self.agent.close)

    async def test_a_service_lives_through_it(self) -> None:
        async def recover(_recovery: Recovery) -> None:
            return None

        async with Client("shop", "1", home=self.agent.home, patient=True) as client:
            self.assertFalse(client.connected)
            with self.assertRaises(AgentUnreachable):
                await client.call("worktree/list")
            self.agent.start()
            await asyncio.wait_for(client.ready(), PATIENCE)
            component = await client.register_component(
                "shop",
                {"kind": "heartbeat", "everyMs": 60_000},
                recovers={"reset_connections": recover},
            )
            events = client.events()
            self.assertTrue(await component.heartbeat())
            self.agent.kill()

            async def is_away() -> bool:
                return not await component.heartbeat()

            await until("the loss", is_away)
            self.agent.start()
            await until("a heartbeat", component.heartbeat)
            listed = (await client.call("component/list"))["components"]
            self.assertEqual([one["id"] for one in listed], ["shop"])
            await client.unregister_component(component)
            with self.assertRaises(RemoteError) as gone:
                await component.heartbeat()
            self.assertEqual(gone.exception.reason, "component-unknown")

            async def removed() -> bool:
                happening = await events.__anext__()
                return isinstance(happening, Event) and happening.kind == "component/removed"

            await until("the event", removed)


if __name__ == "__main__":
    unittest.main()
