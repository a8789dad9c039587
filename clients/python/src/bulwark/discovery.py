"""Where the agent of this user listens."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import AgentUnreachable

_MAX_BYTES = 65_536
# No link is followed, and a named pipe in its place does not hang; Windows has neither flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_TOKEN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Discovery:
    """What the discovery file of an agent says."""

    socket: str
    token: str = field(repr=False)
    pid: int
    version: str
    tcp_port: int | None


def home_folder() -> Path:
    """The folder with all state of the agent: ``BULWARK_HOME``, or ``.bulwark`` at home."""
    configured = os.environ.get("BULWARK_HOME")
    return Path(configured).absolute() if configured else Path.home() / ".bulwark"


def read_discovery(home: Path) -> Discovery:
    """Reads where the agent with this folder listens. That the file is there does not mean that
    the agent still lives.

    :raises AgentUnreachable: there is none that can be trusted: it is missing, damaged, no regular
        file, or somebody else owns it or may read it
    """
    path = home / "agent.json"
    try:
        said = json.loads(_read_private(path))
    except FileNotFoundError:
        raise AgentUnreachable("no agent runs: it has no discovery file") from None
    except (OSError, ValueError) as error:
        raise AgentUnreachable(f"{path} cannot be trusted: {error}") from error
    found = _discovery(said)
    if found is None:
        raise AgentUnreachable(f"{path} is damaged")
    return found


def _read_private(path: Path) -> bytes:
    with open(os.open(path, _FLAGS), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise ValueError("it is no discovery file")
        # Windows has neither owner numbers nor such bits; there the profile folder is the fence.
        if hasattr(os, "getuid"):
            if status.st_uid != os.getuid():
                raise ValueError("it belongs to somebody else")
            if status.st_mode & 0o077:
                raise ValueError("others may read or write it")
        return file.read()


def _discovery(said: Any) -> Discovery | None:
    if not isinstance(said, dict):
        return None
    socket, token, pid = said.get("socket"), said.get("token"), said.get("pid")
    version, port = said.get("version"), said.get("tcpPort")
    if not isinstance(socket, str) or not isinstance(token, str) or not isinstance(pid, int):
        return None
    if socket == "" or _TOKEN.fullmatch(token) is None or not isinstance(version, str):
        return None
    return Discovery(socket, token, pid, version, port if isinstance(port, int) else None)
