"""JSON-RPC over one WebSocket, both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Awaitable, Callable, Mapping

from .errors import AgentUnreachable, BulwarkError, remote_error
from .transport import MAX_SENT, WebSocket

Json = Any
Answer = Callable[[str, Mapping[str, Json]], Awaitable[Json]]
Listener = Callable[[Mapping[str, Json]], None]

_APPLICATION_ERROR = 1
_METHOD_NOT_FOUND = -32601


class UnknownCall(Exception):
    """The agent asked for something that nobody here knows."""


class Connection:
    """Requests in both directions over one WebSocket, until it ends."""

    def __init__(self, socket: WebSocket, on_event: Listener, answer: Answer) -> None:
        self._socket = socket
        self._on_event = on_event
        self._answer = answer
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._progress: dict[str, Listener] = {}
        self._calls: dict[int | str, asyncio.Task[None]] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._lost: AgentUnreachable | None = None
        self._reading = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return self._lost is None

    async def ended(self) -> None:
        """Returns when the connection is over, by whomever."""
        await asyncio.wait([self._reading])

    async def request(
        self,
        method: str,
        params: Mapping[str, Json],
        on_progress: Listener | None = None,
    ) -> Json:
        """Asks the agent, however long it takes. When this is cancelled the agent is told.

        :raises RemoteError: with the agent's reason
        :raises AgentUnreachable: the connection is or gets lost
        :raises BulwarkError: ``too-large``, the parameters do not fit into one message
        """
        if self._lost is not None:
            raise self._lost
        self._last_id += 1
        number = self._last_id
        token = f"p{number}"
        if on_progress is not None:
            params = {**params, "progressToken": token}
            self._progress[token] = on_progress
        text = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        if len(text) > MAX_SENT:
            self._progress.pop(token, None)
            raise BulwarkError("the parameters do not fit into one message", "too-large")
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._socket.send(text)
            return await answer
        except asyncio.CancelledError:
            self._tell("$/cancelRequest", {"id": number})
            raise
        finally:
            self._waiting.pop(number, None)
            self._progress.pop(token, None)
            # Whoever closes the connection need not wait for it.
            if answer.done() and not answer.cancelled():
                answer.exception()

    async def close(self) -> None:
        """Ends the connection; who waits for an answer gets ``AgentUnreachable``."""
        if self._farewells:
            await asyncio.wait(self._farewells)
        self._end(AgentUnreachable("closed by this client", None))
        await self._socket.close()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    def _tell(self, method: str, params: Mapping[str, Json]) -> None:
        text = json.dumps({"jsonrpc": "2.0", "method": method, "params": params})
        task = asyncio.create_task(self._send_quietly(text))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    async def _read(self) -> None:
        try:
            while True:
                self._take(await self._socket.receive())
        except AgentUnreachable as error:
            self._end(error)
        except (ValueError, UnicodeDecodeError):
            self._end(AgentUnreachable("what answers there is no agent", None))
            await self._socket.close()

    def _end(self, why: AgentUnreachable) -> None:
        if self._lost is not None:
            return
        self._lost = why
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(why)
        for call in self._calls.values():
            call.cancel()

    def _take(self, text: str) -> None:
        """One message; what is of no kind that is known comes from a newer agent."""
        message = json.loads(text)
        if not isinstance(message, dict):
            return
        number, method, params = message.get("id"), message.get("method"), message.get("params")
        if isinstance(method, str):
            fields: Mapping[str, Json] = params if isinstance(params, dict) else {}
            if isinstance(number, (int, str)):
                self._calls[number] = asyncio.create_task(self._serve(number, method, fields))
            else:
                self._notified(method, fields)
        elif isinstance(number, int):
            answer = self._waiting.get(number)
            if answer is None or answer.done():
                return
            if "error" in message:
                answer.set_exception(remote_error(message["error"]))
            else:
                answer.set_result(message.get("result"))

    def _notified(self, method: str, params: Mapping[str, Json]) -> None:
        if method == "event":
            self._on_event(params)
        elif method == "$/progress":
            listener = self._progress.get(str(params.get("token")))
            value = params.get("value")
            if listener is not None and isinstance(value, dict):
                listener(value)
        elif method == "$/cancelRequest":
            given = params.get("id")
            call = self._calls.get(given) if isinstance(given, (int, str)) else None
            if call is not None:
                call.cancel()

    async def _serve(self, number: int | str, method: str, params: Mapping[str, Json]) -> None:
        reply: dict[str, Json] = {"jsonrpc": "2.0", "id": number}
        try:
            result = await self._answer(method, params)
            text = json.dumps({**reply, "result": result})
            if len(text) > MAX_SENT:
                raise BulwarkError("the answer is too large for one message", "too-large")
        except UnknownCall:
            text = _failure(reply, _METHOD_NOT_FOUND, f"{method} is not known here")
        except asyncio.CancelledError:
            # Answered nevertheless: the agent counts what it was not answered.
            text = _failure(reply, _APPLICATION_ERROR, "cancelled")
        except Exception as error:
            text = _failure(reply, _APPLICATION_ERROR, str(error) or type(error).__name__)
        finally:
            self._calls.pop(number, None)
        await self._send_quietly(text)

    async def _send_quietly(self, text: str) -> None:
        """Whoever is gone needs no answer."""
        with contextlib.suppress(AgentUnreachable):
            await self._socket.send(text)


def _failure(reply: Mapping[str, Json], code: int, message: str) -> str:
    return json.dumps({**reply, "error": {"code": code, "message": message}})
