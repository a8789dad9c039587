"""The client: one object that stays connected to the agent of this user."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from pathlib import Path
from typing import Any, Awaitable, Literal, Mapping, Sequence, cast

from . import wire
from .component import Component, Recover
from .connection import Connection, Listener, UnknownCall
from .discovery import home_folder, read_discovery
from .errors import AgentUnreachable, BulwarkError
from .events import EventLog, EventStream
from .sources import (
    BeginRestore,
    FilesSource,
    FolderSource,
    Freeze,
    Records,
    RecordsSource,
    Source,
    Thaw,
)
from .transport import Over, WebSocket

_log = logging.getLogger("bulwark")

_CONNECT_SECONDS = 10.0
_FIRST_DELAY = 0.25
_LONGEST_DELAY = 30.0

Kind = Literal["terminal", "editor", "coding-agent", "program"]


class Client:
    """Stays connected to the agent, from ``async with`` on.

    When the connection is lost, it looks for the agent until it is there again, registers
    everything again, and tells what was missed.
    """

    def __init__(
        self,
        name: str,
        version: str,
        *,
        kind: Kind = "program",
        interactive: bool = False,
        home: str | os.PathLike[str] | None = None,
        over: Over = "socket",
        patient: bool = False,
    ) -> None:
        """
        :param name: who this is, for people; at most 100 characters
        :param interactive: whether a person can see notices there
        :param home: folder of the agent; ``BULWARK_HOME`` or ``~/.bulwark`` unless told
        :param over: ``tcp`` for 127.0.0.1, where the agent has a ``tcpPort``
        :param patient: do not fail when no agent runs: wait for one
        """
        self._identity = {
            "name": name,
            "version": version,
            "kind": kind,
            "interactive": interactive,
            "pid": os.getpid(),
        }
        self._home = home_folder() if home is None else Path(home)
        self._over: Over = over
        self._patient = patient
        self._connection: Connection | None = None
        self._connected = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._components: dict[str, Component] = {}
        self._sources: dict[str, Source] = {}
        self._events = EventLog()
        self.agent_pid: int | None = None
        self.agent_version: str | None = None

    async def __aenter__(self) -> Client:
        """:raises BulwarkError: the agent cannot be reached, unless ``patient``"""
        first: Connection | None = None
        try:
            first = await self._connect()
        except BulwarkError:
            if not self._patient:
                raise
        self._keeping = asyncio.create_task(self._keep(first))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    @property
    def connected(self) -> bool:
        return self._connection is not None and self._connection.is_open

    async def ready(self) -> None:
        """Waits until there is a connection."""
        await self._connected.wait()

    async def close(self) -> None:
        """Ends the connection for good. What was registered as a component stays."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        if self._connection is not None:
            await self._connection.close()
            await self._lose()
        self._events.close()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        on_progress: Listener | None = None,
    ) -> Any:
        """Sends any request (docs/PROTOCOL.md) and waits for its answer. Cancelling the task asks
        the agent to stop.

        :param on_progress: called with ``bulwark.wire.Progress``, for methods that report it
        :raises RemoteError: with the agent's reason
        :raises AgentUnreachable: there is no connection now, or it was lost
        """
        if self._connection is None:
            raise AgentUnreachable("there is no connection to the agent")
        return await self._connection.request(method, params or {}, on_progress)

    def events(self) -> EventStream:
        """What happens from now on, each event once and in order, across reconnects."""
        return self._events.follow()

    async def register_component(
        self,
        name: str,
        spec: Mapping[str, Any],
        *,
        recovers: Mapping[str, Recover] | None = None,
        folder: str | None = None,
    ) -> Component:
        """Has something watched. It is registered again after each connect.

        :param spec: ``bulwark.wire.ComponentSpec``, say ``{"kind": "heartbeat", "everyMs": 10000}``
        :param recovers: what is done when the agent asks for it: ``reset_connections``,
            ``restart_component``, ``force_garbage_collection`` or a name of your own
        """
        recovers = recovers or {}
        params: dict[str, Any] = {"name": name, "spec": spec, "program": self._identity["name"]}
        if recovers:
            params["recovers"] = list(recovers)
        if folder is not None:
            params["folder"] = folder
        component = Component(self.call, params, recovers)
        self._components[component.id] = component
        try:
            await component.register(self._live())
        except BaseException:
            self._components.pop(name, None)
            raise
        return component

    async def unregister_component(self, component: Component) -> None:
        """Takes it back; a process that the agent runs for it is stopped."""
        self._components.pop(component.id, None)
        await self.call("component/unregister", {"id": component.id})

    async def keep_folder(self, name: str, path: str) -> wire.DataSourceInfo:
        """Has a folder kept whose files are whole whenever somebody looks."""
        return await self._keep_source(name, FolderSource(path))

    async def keep_files(
        self,
        name: str,
        path: str,
        *,
        freeze: Freeze,
        thaw: Thaw,
        files: Sequence[str] | None = None,
        freeze_limit: float = 30.0,
    ) -> wire.DataSourceInfo:
        """Has files kept that belong together.

        :param freeze: bring them into a state of one moment and leave them alone
        :param thaw: go on; returns whether they were left alone all the time
        :param files: files and folders below ``path``; all of it unless told
        :param freeze_limit: how long they can stay frozen, seconds
        """
        spec: dict[str, Any] = {"kind": "files", "path": path}
        spec["freezeMs"] = round(freeze_limit * 1000)
        if files is not None:
            spec["files"] = list(files)
        return await self._keep_source(name, FilesSource(spec, freeze, thaw))

    async def keep_records(
        self, name: str, records: Records, *, restore: BeginRestore | None = None
    ) -> wire.DataSourceInfo:
        """Has records kept that lie in no file.

        :param records: all of them as they are when the first one is asked for
        :param restore: begins to take records back; they cannot be restored in place without it
        """
        return await self._keep_source(name, RecordsSource(records, restore))

    async def forget_source(self, name: str) -> None:
        """No more backups of a source. Its snapshots stay."""
        self._sources.pop(name, None)
        await self.call("data-source/unregister", {"name": name})

    async def protect(self, path: str) -> Sequence[wire.WorktreeInfo]:
        """Protects a repository with all its worktrees, or a plain folder."""
        answer = await self.call("worktree/protect", {"path": path})
        return cast("Sequence[wire.WorktreeInfo]", answer["worktrees"])

    async def snapshot(
        self, path: str, *, label: str | None = None, on_progress: Listener | None = None
    ) -> wire.SnapshotSummary:
        """Takes a snapshot of the worktree that holds a path, or of ``source:NAME``."""
        params = {"path": path} if label is None else {"path": path, "label": label}
        answer = await self.call("snapshot/create", params, on_progress=on_progress)
        return cast("wire.SnapshotSummary", answer)

    async def snapshots(
        self, path: str | None = None, *, limit: int = 20
    ) -> Sequence[wire.ListedSnapshot]:
        """Snapshots, newest first; of the worktree that holds a path, or of all."""
        params: dict[str, Any] = {"limit": limit}
        if path is not None:
            params["path"] = path
        answer = await self.call("snapshot/list", params)
        return cast("Sequence[wire.ListedSnapshot]", answer["snapshots"])

    async def plan_restore(
        self,
        snapshot: str,
        *,
        path: str | None = None,
        paths: Sequence[str] | None = None,
        to: str | None = None,
        with_git_state: bool = False,
        on_progress: Listener | None = None,
    ) -> wire.RestorePlan:
        """What a restore would write and delete. Changes nothing.

        :param path: where ``latest`` is looked up
        :param paths: only these files and folders of the snapshot
        :param to: another folder; nothing is deleted there
        """
        params: dict[str, Any] = {"snapshot": snapshot, "withGitState": with_git_state}
        given = {"path": path, "paths": None if paths is None else list(paths), "to": to}
        params.update({name: value for name, value in given.items() if value is not None})
        return cast(
            "wire.RestorePlan", await self.call("restore/plan", params, on_progress=on_progress)
        )

    async def apply(
        self, plan: wire.RestorePlan, *, on_progress: Listener | None = None
    ) -> wire.RestoreResult:
        """Saves the present state, does what the plan says, and reads it back.

        :raises PlanStale: more has changed than the plan shows
        """
        answer = await self.call("restore/apply", {"plan": plan["id"]}, on_progress=on_progress)
        return cast("wire.RestoreResult", answer)

    async def undo(
        self, operation: str | None = None, *, on_progress: Listener | None = None
    ) -> wire.RestoreResult:
        """Goes back to before the last restore of all, or before a named one."""
        params = {} if operation is None else {"operation": operation}
        answer = await self.call("restore/undo", params, on_progress=on_progress)
        return cast("wire.RestoreResult", answer)

    def _live(self) -> Connection:
        if self._connection is None:
            raise AgentUnreachable("there is no connection to the agent")
        return self._connection

    async def _keep_source(self, name: str, source: Source) -> wire.DataSourceInfo:
        earlier = self._sources.get(name)
        self._sources[name] = source
        try:
            params = {"name": name, "source": source.spec}
            answer = await self._live().request("data-source/register", params)
        except BaseException:
            self._sources.pop(name, None)
            if earlier is not None:
                self._sources[name] = earlier
            raise
        return cast("wire.DataSourceInfo", answer)

    async def _connect(self) -> Connection:
        agent = read_discovery(self._home)
        socket = await WebSocket.open(agent, self._over, _CONNECT_SECONDS)
        self._events.hold()
        connection = Connection(socket, self._events.take, self._answer)
        try:
            greeting = connection.request("client/identify", self._identity)
            welcome = await asyncio.wait_for(greeting, _CONNECT_SECONDS)
            last, epoch = self._events.sequence, self._events.epoch
            missed = None
            if epoch is not None:
                missed = await connection.request("event/since", {"sequence": last, "epoch": epoch})
            await self._register_again(connection)
        except asyncio.TimeoutError:
            await connection.close()
            raise AgentUnreachable("the agent does not answer") from None
        except BaseException:
            await connection.close()
            raise
        self.agent_pid, self.agent_version = welcome["agent"]["pid"], welcome["agent"]["version"]
        self._connection = connection
        self._connected.set()
        self._events.go_on(welcome["epoch"], welcome["sequence"], missed)
        return connection

    async def _register_again(self, connection: Connection) -> None:
        for component in list(self._components.values()):
            await _or_log(f"component {component.id}", component.register(connection))
        for name, source in list(self._sources.items()):
            params = {"name": name, "source": source.spec}
            await _or_log(f"source {name}", connection.request("data-source/register", params))

    async def _keep(self, first: Connection | None) -> None:
        connection, delay = first, _FIRST_DELAY
        while True:
            if connection is not None:
                await connection.ended()
                await self._lose()
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            try:
                connection, delay = await self._connect(), _FIRST_DELAY
            except BulwarkError as error:
                _log.debug("no agent yet: %s", error)
                connection, delay = None, min(delay * 2, _LONGEST_DELAY)
            except Exception:
                _log.exception("what answers there is no agent")
                connection, delay = None, min(delay * 2, _LONGEST_DELAY)

    async def _lose(self) -> None:
        self._connection = None
        self._connected.clear()
        for source in list(self._sources.values()):
            await source.lost()

    async def _answer(self, method: str, params: Mapping[str, Any]) -> Any:
        if method == "component/recover":
            component = self._components.get(str(params.get("id")))
            if component is not None:
                return await component.recover(params)
        elif method.startswith("data-source/"):
            source = self._sources.get(str(params.get("name")))
            if source is not None:
                return await source.answer(method, params)
        raise UnknownCall(method)


async def _or_log(what: str, registering: Awaitable[Any]) -> None:
    """A registration that the agent refuses is tried again with the next connection.

    :raises BulwarkError: it should be tried again soon, with another connection
    """
    try:
        await registering
    except BulwarkError as error:
        if error.reason in ("agent-unreachable", "agent-draining", "busy", "source-taken"):
            raise
        _log.warning("the agent refuses %s: %s", what, error)
