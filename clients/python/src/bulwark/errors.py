"""What can go wrong, as exceptions that programs can act on."""

from __future__ import annotations

from typing import Any, Mapping


class BulwarkError(Exception):
    """Whatever this package raises. Act on ``reason``; show the text and ``hint`` to people."""

    def __init__(
        self,
        message: str,
        reason: str,
        hint: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        """One of ``bulwark.wire.Reason``; a newer agent may have others."""
        self.hint = hint
        self.details: Mapping[str, Any] = details or {}


class AgentUnreachable(BulwarkError):
    """No agent runs, its discovery file cannot be trusted, or the connection was lost."""

    def __init__(self, message: str, hint: str | None = "Start it with: bulwark start") -> None:
        super().__init__(message, "agent-unreachable", hint)


class Unauthorized(BulwarkError):
    """The agent refused the handshake."""


class RemoteError(BulwarkError):
    """The agent answered a request with an error."""

    def __init__(self, code: int, message: str, data: Mapping[str, Any]) -> None:
        hint, details = data.get("hint"), data.get("details")
        super().__init__(
            message,
            str(data.get("reason", "internal")),
            hint if isinstance(hint, str) else None,
            details if isinstance(details, dict) else None,
        )
        self.code = code
        """Of JSON-RPC: 1 when the request was understood and failed."""


class InvalidParams(RemoteError):
    """The agent does not take these parameters; ``details["fields"]`` names them."""


class RequestCancelled(RemoteError):
    """Somebody asked the agent to stop this request."""


class AgentBusy(RemoteError):
    """Too much at once; the same request may succeed later."""


class AgentDraining(RemoteError):
    """The agent is about to leave; ask the next one."""


class PlanStale(RemoteError):
    """The restore would do more than its plan shows, or the plan is forgotten; make a new one."""


class SnapshotUnknown(RemoteError):
    """No snapshot has this id, or several ids begin so."""


_BY_REASON: Mapping[str, type[RemoteError]] = {
    "invalid-params": InvalidParams,
    "cancelled": RequestCancelled,
    "busy": AgentBusy,
    "agent-draining": AgentDraining,
    "plan-stale": PlanStale,
    "snapshot-unknown": SnapshotUnknown,
    "snapshot-ambiguous": SnapshotUnknown,
}


def remote_error(error: Any) -> RemoteError:
    """The exception for the ``error`` of an answer."""
    fields = error if isinstance(error, dict) else {}
    data = fields.get("data")
    known: Mapping[str, Any] = data if isinstance(data, dict) else {}
    code = fields.get("code")
    kind = _BY_REASON.get(str(known.get("reason")), RemoteError)
    return kind(
        code if isinstance(code, int) else 0, str(fields.get("message", "no message")), known
    )
