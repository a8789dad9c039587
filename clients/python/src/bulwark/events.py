"""What happens, told to whoever follows it: each event once, in order, across reconnects."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Mapping, Union

_KEPT = 10_000
"""Events that wait for whoever follows; with more, it is told to ask for everything again."""


@dataclass(frozen=True)
class Event:
    """Something that happened; ``body`` is one of ``bulwark.wire.AgentEvent``."""

    sequence: int
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Reload:
    """Events were missed that cannot be had any more: ask for everything again."""


Happening = Union[Event, Reload]


class EventStream:
    """``async for happening in client.events()``; ends when the client is closed."""

    def __init__(self) -> None:
        self._waiting: list[Happening] = []
        self._news = asyncio.Event()
        self._closed = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Happening:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.pop(0)

    def close(self) -> None:
        self._closed = True
        self._news.set()

    def put(self, happening: Happening) -> None:
        if self._closed:
            return
        if len(self._waiting) >= _KEPT:
            self._waiting = [Reload()]
        self._waiting.append(happening)
        self._news.set()


class EventLog:
    """Knows which events were seen, so that a new connection goes on where the last one ended."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.sequence = 0
        self._streams: list[EventStream] = []
        self._held: list[Mapping[str, Any]] | None = None

    def follow(self) -> EventStream:
        self._streams = [stream for stream in self._streams if not stream._closed]
        stream = EventStream()
        self._streams.append(stream)
        return stream

    def hold(self) -> None:
        """From now on events wait until it is known what was missed before them."""
        self._held = []

    def take(self, params: Mapping[str, Any]) -> None:
        """One event, as its notification has it."""
        if self._held is not None:
            self._held.append(params)
            return
        sequence, body = params.get("sequence"), params.get("event")
        if not isinstance(sequence, int) or not isinstance(body, dict):
            return
        if sequence <= self.sequence:
            return
        self.sequence = sequence
        self._tell(Event(sequence, str(body.get("kind")), body))

    def go_on(self, epoch: str, sequence: int, missed: Any) -> None:
        """What was missed is known.

        :param sequence: the last event before the answer to ``client/identify``
        :param missed: the answer to ``event/since``; None for a first connection
        """
        held, self._held = self._held or [], None
        events = missed.get("events") if isinstance(missed, dict) else None
        if missed is None or not isinstance(events, list):
            self.sequence = sequence
            if missed is not None:
                self._tell(Reload())
        else:
            for event in events:
                self.take(event)
        self.epoch = epoch
        for event in held:
            self.take(event)

    def close(self) -> None:
        for stream in self._streams:
            stream.close()

    def _tell(self, happening: Happening) -> None:
        for stream in self._streams:
            stream.put(happening)
