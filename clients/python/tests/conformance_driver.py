"""Drives this client for the conformance suite (clients/README.md): lines of JSON in and out."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any, AsyncIterator, Mapping

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))

from bulwark import BulwarkError, Client, Component, Event, Record, Recovery  # noqa: E402
from bulwark.sources import AnyRecord, JsonRecord  # noqa: E402

CAN = [
    "connect",
    "stay",
    "call",
    "progress",
    "any-name",
    "cancel",
    "follow",
    "register-component",
    "heartbeat",
    "recover",
    "keep-files",
    "keep-records",
    "snapshot",
    "restore",
]


def say(saying: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(saying) + "\n")
    sys.stdout.flush()


class Restore:
    """Gathers records, and puts them in the place of what is there."""

    def __init__(self, name: str, records: dict[str, str], mode: str) -> None:
        self._name = name
        self._records = records
        self._found = dict(records) if mode == "merge" else {}

    async def put(self, record: AnyRecord) -> None:
        is_json = isinstance(record, JsonRecord)
        self._found[record.key] = json.dumps(record.value) if is_json else record.value.decode()

    async def remove(self, key: str) -> None:
        self._found.pop(key, None)

    async def commit(self) -> None:
        self._records.clear()
        self._records.update(self._found)
        say({"said": "restored", "name": self._name, "records": self._records})

    async def abort(self) -> None:
        self._found.clear()


class Driver:
    def __init__(self) -> None:
        self._client = Client("conformance", "1")
        self._components: dict[str, Component] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._following: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    def take(self, wish: Mapping[str, Any]) -> None:
        number = int(wish["id"])
        task = asyncio.create_task(self._answer(number, wish))
        self._running[number] = task
        task.add_done_callback(lambda _task: self._running.pop(number, None))

    async def _answer(self, number: int, wish: Mapping[str, Any]) -> None:
        try:
            result = await self._do(wish)
        except BulwarkError as error:
            say({"id": number, "failed": {"reason": error.reason, "message": str(error)}})
        except asyncio.CancelledError:
            say({"id": number, "failed": {"reason": "cancelled", "message": "cancelled"}})
        except Exception as error:
            say({"id": number, "failed": {"reason": "internal", "message": repr(error)}})
        else:
            say({"id": number, "ok": result})
            if wish["do"] == "close":
                self.closed.set()

    async def _do(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        client, what = self._client, wish["do"]
        if what == "hello":
            return {"client": "clients/python", "version": "0.1.0", "can": CAN}
        if what == "connect":
            await client.__aenter__()
            return {"pid": client.agent_pid}
        if what == "call":
            return {"result": await self._call(wish)}
        if what == "cancel":
            self._running[wish["call"]].cancel()
        elif what == "follow":
            self._following = asyncio.create_task(self._follow())
            await asyncio.sleep(0)
        elif what == "register-component":
            return await self._register(wish)
        elif what == "heartbeat":
            await self._components[wish["component"]].heartbeat()
        elif what == "keep-files":
            await self._keep_files(wish["name"], wish["path"])
        elif what == "keep-records":
            await self._keep_records(wish["name"], dict(wish["records"]))
        elif what == "snapshot":
            snapshot = await client.snapshot(wish["path"], label=wish["label"])
            return {"snapshot": snapshot["id"]}
        elif what == "restore":
            result = await client.apply(await client.plan_restore(wish["snapshot"]))
            return {"verified": result["verified"]}
        elif what == "undo":
            return {"verified": (await client.undo())["verified"]}
        elif what == "close":
            await client.close()
        return {}

    async def _call(self, wish: Mapping[str, Any]) -> Any:
        number = wish["id"]

        def told(value: Mapping[str, Any]) -> None:
            say({"said": "progress", "call": number, "value": value})

        listener = told if wish["progress"] else None
        return await self._client.call(wish["method"], wish["params"], on_progress=listener)

    async def _follow(self) -> None:
        async for happening in self._client.events():
            if isinstance(happening, Event):
                say({"said": "event", "sequence": happening.sequence, "kind": happening.kind})
            else:
                say({"said": "reload"})

    async def _register(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        async def recover(recovery: Recovery) -> None:
            say({"said": "recover", "component": recovery.component, "action": recovery.action})
            if recovery.action in wish["fails"]:
                raise RuntimeError("it cannot")

        spec = {"kind": "heartbeat", "everyMs": wish["everyMs"]}
        recovers = {action: recover for action in wish["recovers"]}
        component = await self._client.register_component(wish["name"], spec, recovers=recovers)
        self._components[component.id] = component
        return {"component": component.id}

    async def _keep_files(self, name: str, path: str) -> None:
        async def change(said: str, content: str) -> None:
            with open(os.path.join(path, "state"), "w", encoding="utf-8") as file:
                file.write(content)
            say({"said": said, "name": name})

        async def freeze(_why: str) -> None:
            await change("freeze", "frozen")

        async def thaw(_why: str) -> bool:
            await change("thaw", "thawed")
            return True

        await self._client.keep_files(name, path, freeze=freeze, thaw=thaw)

    async def _keep_records(self, name: str, records: dict[str, str]) -> None:
        async def moment() -> AsyncIterator[AnyRecord]:
            for key, value in list(records.items()):
                yield Record(key, value.encode())

        async def restore(mode: str, _count: int) -> Restore:
            return Restore(name, records, mode)

        await self._client.keep_records(name, moment, restore=restore)


async def main() -> None:
    driver = Driver()
    # Lines are as long as what they hold; a record may be some megabytes.
    loop = asyncio.get_running_loop()
    reading = loop.run_in_executor(None, sys.stdin.readline)
    closed: asyncio.Future[Any] = asyncio.create_task(driver.closed.wait())
    while not driver.closed.is_set():
        both: list[asyncio.Future[Any]] = [reading, closed]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            line = reading.result()
            if not line:
                return
            driver.take(json.loads(line))
            reading = loop.run_in_executor(None, sys.stdin.readline)
            # A line at a time: what it asks for has begun before the next one.
            await asyncio.sleep(0)
    # The suite ends its input now: the thread that reads must not hold the end up.
    await reading


if __name__ == "__main__":
    asyncio.run(main())
