"""Talks to the Bulwark agent of this user. ``Client`` is where to begin."""

from . import wire
from .client import Client
from .component import Component, Recover, Recovery
from .discovery import Discovery, home_folder, read_discovery
from .errors import (
    AgentBusy,
    AgentDraining,
    AgentUnreachable,
    BulwarkError,
    InvalidParams,
    PlanStale,
    RemoteError,
    RequestCancelled,
    SnapshotUnknown,
    Unauthorized,
)
from .events import Event, EventStream, Reload
from .sources import JsonRecord, Record, Restoring

__all__ = [
    "AgentBusy",
    "AgentDraining",
    "AgentUnreachable",
    "BulwarkError",
    "Client",
    "Component",
    "Discovery",
    "Event",
    "EventStream",
    "InvalidParams",
    "JsonRecord",
    "PlanStale",
    "Record",
    "Recover",
    "Recovery",
    "Reload",
    "RemoteError",
    "RequestCancelled",
    "Restoring",
    "SnapshotUnknown",
    "Unauthorized",
    "home_folder",
    "read_discovery",
    "wire",
]
