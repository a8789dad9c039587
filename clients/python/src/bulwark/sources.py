"""Data of a program that the agent keeps: files that are frozen, and records in pages.

What the calls of the protocol ask for is done here; a program gives a few functions.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
from dataclasses import dataclass
from typing import Any, AsyncIterator, Awaitable, Callable, Literal, Mapping, Protocol, Union

from .connection import UnknownCall
from .errors import BulwarkError

_log = logging.getLogger("bulwark")

Params = Mapping[str, Any]
Why = Literal["backup", "restore"]


@dataclass(frozen=True)
class Record:
    """A record of bytes. In a key, bytes that are not UTF-8 are U+DCXX (``os.fsdecode``)."""

    key: str
    value: bytes
    modified_at: int | None = None
    """Milliseconds since 1970, UTC; shown as the time of the record."""


@dataclass(frozen=True)
class JsonRecord:
    """A record that is kept as text, so that people can read and compare it."""

    key: str
    value: Any
    modified_at: int | None = None


AnyRecord = Union[Record, JsonRecord]


class Restoring(Protocol):
    """Takes records back. Nothing of them may show before the commit."""

    async def put(self, record: AnyRecord) -> None: ...

    async def remove(self, key: str) -> None: ...

    async def commit(self) -> None:
        """Make all of it durable and visible, at once."""

    async def abort(self) -> None:
        """Forget what came; also called when the connection ends before the commit."""


Freeze = Callable[[Why], Awaitable[None]]
Thaw = Callable[[Why], Awaitable[bool]]
Records = Callable[[], AsyncIterator[AnyRecord]]
BeginRestore = Callable[[Literal["replace", "merge"], int], Awaitable[Restoring]]


class Source(Protocol):
    """A data source as the client serves it."""

    @property
    def spec(self) -> Params:
        """``source`` of ``data-source/register``."""

    async def answer(self, call: str, params: Params) -> Any: ...

    async def lost(self) -> None:
        """The connection has ended: nobody will thaw, or commit."""


class FolderSource:
    """A folder that is watched like any other; nothing is asked of the program."""

    def __init__(self, path: str) -> None:
        self.spec: Params = {"kind": "folder", "path": path}

    async def answer(self, call: str, params: Params) -> Any:
        raise UnknownCall(call)

    async def lost(self) -> None:
        return None


class FilesSource:
    """Files that hold still between a freeze and a thaw.

    Each freeze is thawed once: when the agent says so, when its time is over, or when the
    connection ends; the last two mean that the files were not held, and that there is no backup.
    """

    def __init__(self, spec: Params, freeze: Freeze, thaw: Thaw) -> None:
        self.spec = spec
        self._freeze = freeze
        self._thaw = thaw
        self._held: dict[str, asyncio.TimerHandle] = {}
        self._why: dict[str, Why] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, call: str, params: Params) -> Any:
        if call == "data-source/freeze":
            number, why = params["freeze"], params["why"]
            loop = asyncio.get_running_loop()
            self._why[number] = why
            self._held[number] = loop.call_later(params["limitMs"] / 1000, self._expire, number)
            await self._freeze(why)
            return {}
        if call == "data-source/thaw":
            return {"held": await self._end(params["freeze"])}
        raise UnknownCall(call)

    async def lost(self) -> None:
        for number in list(self._held):
            with contextlib.suppress(Exception):
                await self._end(number)

    def _expire(self, number: str) -> None:
        async def end() -> None:
            try:
                await self._end(number)
            except Exception:
                _log.exception("a thaw failed after its time was over")

        task = asyncio.create_task(end())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, number: str) -> bool:
        """Whether the files stayed as they were until now."""
        timer = self._held.pop(number, None)
        why = self._why.pop(number, "backup")
        if timer is None:
            return False
        timer.cancel()
        return await self._thaw(why)


class _Pull:
    """The pages of one moment."""

    def __init__(self, records: AsyncIterator[AnyRecord]) -> None:
        self._records = records
        self._page = 0
        self._rest: AnyRecord | None = None
        self._at = 0

    async def page(self, most: int, most_bytes: int) -> Any:
        found: list[dict[str, Any]] = []
        room = most_bytes
        while len(found) < most:
            record = self._rest or await anext(self._records, None)
            self._rest = None
            if record is None:
                return {"records": found, "next": None}
            if isinstance(record, JsonRecord):
                size = len(json.dumps(record.value))
                if found and size > room:
                    self._rest = record
                    break
                found.append({"kind": "json", "json": record.value, **_named(record)})
                room -= size
                continue
            part = record.value[self._at : self._at + max(room, 0)]
            if not part and record.value:
                self._rest = record
                break
            self._at += len(part)
            room -= len(part)
            more = self._at < len(record.value)
            text = base64.b64encode(part).decode()
            found.append({"kind": "bytes", "bytes": text, **_named(record)})
            if more:
                found[-1]["more"] = True
                self._rest = record
                break
            self._at = 0
        self._page += 1
        return {"records": found, "next": str(self._page)}

    async def close(self) -> None:
        close = getattr(self._records, "aclose", None)
        if close is not None:
            await close()


class _Restore:
    """Joins the parts of large records."""

    def __init__(self, sink: Restoring) -> None:
        self.sink = sink
        self._parts: list[bytes] = []

    async def take(self, record: Params) -> None:
        key, at = record["key"], record.get("modifiedAt")
        if record["kind"] == "json":
            await self.sink.put(JsonRecord(key, record["json"], at))
            return
        self._parts.append(base64.b64decode(record["bytes"]))
        if record.get("more"):
            return
        value, self._parts = b"".join(self._parts), []
        await self.sink.put(Record(key, value, at))


class RecordsSource:
    """Records that are handed out in pages of one moment, and taken back."""

    def __init__(self, records: Records, restore: BeginRestore | None) -> None:
        self.spec: Params = {"kind": "records", "restores": restore is not None}
        self._records = records
        self._restore = restore
        self._pulls: dict[str, _Pull] = {}
        self._restores: dict[str, _Restore] = {}

    async def answer(self, call: str, params: Params) -> Any:
        if call == "data-source/pull":
            if params["cursor"] is None:
                self._pulls[params["pull"]] = _Pull(self._records())
            pull = self._pulls.get(params["pull"])
            if pull is None:
                raise BulwarkError("no such pull is under way", "internal")
            return await pull.page(params["maxRecords"], params["maxBytes"])
        if call == "data-source/endPull":
            ended = self._pulls.pop(params["pull"], None)
            if ended is not None:
                await ended.close()
            return {}
        return await self._take_back(call, params)

    async def _take_back(self, call: str, params: Params) -> Any:
        if self._restore is None:
            raise UnknownCall(call)
        if call == "data-source/beginRestore":
            sink = await self._restore(params["mode"], params["records"])
            self._restores[params["restore"]] = _Restore(sink)
        elif call == "data-source/restore":
            restore = self._restores[params["restore"]]
            for record in params["records"]:
                await restore.take(record)
            for key in params["remove"]:
                await restore.sink.remove(key)
        elif call == "data-source/commitRestore":
            await self._restores.pop(params["restore"]).sink.commit()
        elif call == "data-source/abortRestore":
            begun = self._restores.pop(params["restore"], None)
            if begun is not None:
                await begun.sink.abort()
        else:
            raise UnknownCall(call)
        return {}

    async def lost(self) -> None:
        pulls, self._pulls = self._pulls, {}
        restores, self._restores = self._restores, {}
        for pull in pulls.values():
            with contextlib.suppress(Exception):
                await pull.close()
        for restore in restores.values():
            with contextlib.suppress(Exception):
                await restore.sink.abort()


def _named(record: AnyRecord) -> dict[str, Any]:
    at = record.modified_at
    return {"key": record.key} if at is None else {"key": record.key, "modifiedAt": at}
