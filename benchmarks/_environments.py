"""An outsider's own environment: what it needs stands beside ours and touches none of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from _running import say

TOOLS = Path(sys.prefix) / "tools"


def python_with(packages: Sequence[str], folder: Path) -> Path:
    """The interpreter of an environment in `folder` that holds some packages, made if need be.

    Raises SystemExit where they cannot be had.
    """
    python = folder / "bin" / "python"
    done = folder / "complete"
    if done.is_file() and done.read_text() == "\n".join(packages):
        return python
    say(f"  installing {', '.join(packages)} ...")
    uv = [sys.executable, "-m", "uv"]
    environment = os.environ | {"PYTHONPATH": str(TOOLS)}
    for command in (
        [*uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "-q", "--python", str(python), *packages],
    ):
        if subprocess.run(command, env=environment, check=False).returncode:
            raise SystemExit(f"{', '.join(packages)} cannot be installed; uv's words stand above.")
    done.write_text("\n".join(packages))
    return python
