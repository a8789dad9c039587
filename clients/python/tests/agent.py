"""The real agent, in a folder of its own."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))

PATIENCE = 45.0
_NODE = os.environ.get("BULWARK_NODE", "node")
_AGENT = os.environ.get(
    "BULWARK_AGENT", str(pathlib.Path(__file__).parents[3] / "dist" / "agent.js")
)


class RealAgent:
    """Started by ``start``; ``close`` ends it and removes everything."""

    def __init__(self) -> None:
        # Not deeper: a path of a unix socket is short.
        self.root = pathlib.Path(os.path.realpath(tempfile.mkdtemp(prefix="bulwark-py-")))
        self.home = self.root / "home"
        self.home.mkdir(mode=0o700)
        (self.home / "settings.json").write_text(json.dumps({"tcpPort": 0}))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {**os.environ, "BULWARK_HOME": str(self.home)}
        self._process = subprocess.Popen([_NODE, _AGENT, "agent"], env=env)
        end = time.monotonic() + PATIENCE
        while not self._is_announced(self._process.pid):
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the agent did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def worktree(self, name: str) -> pathlib.Path:
        """A folder with one file."""
        path = self.root / name
        path.mkdir()
        (path / "story").write_text("once")
        return path

    def _is_announced(self, pid: int) -> bool:
        try:
            return bool(json.loads((self.home / "agent.json").read_text())["pid"] == pid)
        except (OSError, ValueError):
            return False
