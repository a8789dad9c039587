"""What of a program the agent watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Mapping

from .connection import Connection
from .errors import AgentUnreachable, BulwarkError

Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Recovery:
    """What the agent asks of a program about a fault of its component."""

    component: str
    action: str
    why: str
    limit: float
    """Seconds after which the agent gives it up."""


Recover = Callable[[Recovery], Awaitable[None]]


class Component:
    """Something of this program whose health the agent watches."""

    def __init__(
        self, call: Call, params: Mapping[str, Any], recovers: Mapping[str, Recover]
    ) -> None:
        self._call = call
        self._params = params
        self._recovers = recovers
        self.id = str(params["name"])

    async def heartbeat(self) -> bool:
        """Tells the agent that it is well.

        :returns: False while there is no connection; the client is looking for the agent then
        :raises RemoteError: ``component-unknown`` when it was unregistered
        """
        try:
            await self._call("component/heartbeat", {"id": self.id})
        except AgentUnreachable:
            return False
        return True

    async def register(self, connection: Connection) -> None:
        """Sent once for each connection."""
        answer = await connection.request("component/register", self._params)
        self.id = str(answer["id"])

    async def recover(self, params: Mapping[str, Any]) -> Any:
        """Answers ``component/recover``."""
        action = str(params["action"])
        recover = self._recovers.get(action)
        if recover is None:
            raise BulwarkError(f"{self.id} knows no {action}", "component-refused")
        await recover(Recovery(self.id, action, str(params["why"]), params["limitMs"] / 1000))
        return {}
