"""A WebSocket over what the agent listens on: a unix socket, a named pipe or 127.0.0.1.

The framing is that of ``websockets``; its layer without input and output is the one that works
over a named pipe too, and is the same in all of its versions since 10.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Any, Literal, cast

from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from .discovery import Discovery
from .errors import AgentUnreachable, BulwarkError, Unauthorized

if TYPE_CHECKING:
    ClientProtocol: Any
else:
    try:
        from websockets.client import ClientProtocol
    except ImportError:  # Its name in version 10.
        from websockets.client import ClientConnection as ClientProtocol

MAX_SENT = 1_048_576
"""Largest message to the agent, bytes."""
_MAX_RECEIVED = 67_108_864
_CHUNK = 262_144
_CLOSE_SECONDS = 2.0

Over = Literal["socket", "tcp"]


class WebSocket:
    """One open connection. Messages are text."""

    def __init__(
        self, protocol: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._protocol = protocol
        self._reader = reader
        self._writer = writer
        self._frames: list[Frame] = []
        self._parts: list[bytes] = []
        self._ended = False

    @classmethod
    async def open(cls, agent: Discovery, over: Over, timeout: float) -> WebSocket:
        """Connects and does the handshake.

        :param timeout: seconds
        :raises AgentUnreachable: nobody listens there, or does not answer in time
        :raises Unauthorized: the agent refused the token
        :raises BulwarkError: ``busy`` when it has too many connections
        """
        try:
            return await asyncio.wait_for(cls._open(agent, over), timeout)
        except asyncio.TimeoutError:
            raise AgentUnreachable("the agent does not answer the handshake") from None
        except OSError as error:
            raise AgentUnreachable(f"the agent cannot be reached: {error}") from error

    @classmethod
    async def _open(cls, agent: Discovery, over: Over) -> WebSocket:
        reader, writer = await _streams(agent, over)
        try:
            host = "localhost" if over == "socket" else f"127.0.0.1:{agent.tcp_port}"
            protocol = ClientProtocol(parse_uri(f"ws://{host}/"), max_size=_MAX_RECEIVED)
            request = protocol.connect()
            request.headers["Authorization"] = f"Bearer {agent.token}"
            protocol.send_request(request)
            socket = cls(protocol, reader, writer)
            await socket._handshake()
            return socket
        except BaseException:
            writer.close()
            raise

    async def _handshake(self) -> None:
        await self._flush()
        while not (events := self._protocol.events_received()):
            if self._ended:
                raise AgentUnreachable("the agent closed the connection")
            await self._read()
        failure = self._protocol.handshake_exc
        if isinstance(failure, InvalidStatus):
            raise _refusal(failure.response.status_code)
        if failure is not None:
            raise AgentUnreachable(f"the handshake failed: {failure}")
        self._frames.extend(event for event in events[1:] if isinstance(event, Frame))

    async def receive(self) -> str:
        """The next message.

        :raises AgentUnreachable: the connection has ended
        """
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
                    continue
                self._parts.append(bytes(frame.data))
                if frame.fin:
                    text = b"".join(self._parts).decode()
                    self._parts.clear()
                    return text
            if self._ended:
                raise AgentUnreachable(self._why_ended())
            await self._read()
            self._frames.extend(
                event for event in self._protocol.events_received() if isinstance(event, Frame)
            )

    async def send(self, text: str) -> None:
        """Sends a message.

        :raises AgentUnreachable: the connection has ended
        """
        if self._ended or self._writer.is_closing():
            raise AgentUnreachable(self._why_ended())
        try:
            self._protocol.send_text(text.encode())
            await self._flush()
        except BulwarkError:
            raise
        except Exception as error:  # Its state, or the pipe: either way it is over.
            raise AgentUnreachable(f"the connection was lost: {error}") from error

    async def close(self) -> None:
        """Says goodbye and ends the connection. Whoever receives just now is told."""
        with contextlib.suppress(Exception):
            if not self._ended:
                self._protocol.send_close(1000)
                await asyncio.wait_for(self._flush(), _CLOSE_SECONDS)
        self._writer.close()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._writer.wait_closed(), _CLOSE_SECONDS)

    async def _read(self) -> None:
        try:
            data = await self._reader.read(_CHUNK)
        except OSError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._ended = True
            self._protocol.receive_eof()
        # Answers to pings and to a goodbye.
        with contextlib.suppress(OSError):
            await self._flush()

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
            elif self._writer.can_write_eof():
                self._writer.write_eof()
        await self._writer.drain()

    def _why_ended(self) -> str:
        code, reason = self._protocol.close_code, self._protocol.close_reason
        return str(reason) if reason else f"the connection was closed ({code})"


async def _streams(
    agent: Discovery, over: Over
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if over == "tcp":
        if agent.tcp_port is None:
            raise AgentUnreachable(
                "the agent does not listen on TCP", "Set tcpPort in its settings.json."
            )
        return await asyncio.open_connection("127.0.0.1", agent.tcp_port)
    if sys.platform != "win32":
        return await asyncio.open_unix_connection(agent.socket)
    loop = cast(Any, asyncio.get_running_loop())
    if not hasattr(loop, "create_pipe_connection"):
        raise AgentUnreachable("this event loop has no named pipes", "Use the ProactorEventLoop.")
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.create_pipe_connection(lambda: protocol, agent.socket)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _refusal(status: int) -> BulwarkError:
    if status in (401, 403):
        return Unauthorized(
            f"the agent refused this client ({status})",
            "unauthorized",
            "Its discovery file is from another agent. Try again, or restart the agent.",
        )
    if status == 503:
        return BulwarkError(
            "the agent has too many connections",
            "busy",
            "Close other programs that talk to it, then try again.",
        )
    return AgentUnreachable(f"the agent answered the handshake with {status}")
