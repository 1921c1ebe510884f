"""payrisk bench: run a published benchmark from a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import current_settings
from payrisk.errors import InputError

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"
"""Where a checkout keeps them; the wheel has none."""


def script(name: str, folder: Path) -> Path:
    """The file of a benchmark, named with dashes or as its file is, without .py.

    Raises InputError outside a checkout and for an unknown name.
    """
    if not folder.is_dir():
        raise InputError(
            "Benchmarks are not part of the installed package; "
            f"clone the repository and run './payrisk bench {name}' there."
        )
    files = {
        path.stem.replace("_", "-"): path
        for path in sorted(folder.glob("*.py"))
        if not path.stem.startswith("_")
    }
    found = files.get(name.replace("_", "-"))
    if found is None:
        raise InputError(
            f"There is no benchmark '{name}'; benchmarks/ has {', '.join(files) or 'none yet'}."
        )
    return found


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk bench`."""

    @app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def bench(
        ctx: typer.Context,
        name: Annotated[
            str, typer.Argument(help="A file of benchmarks/, with dashes: days-to-pay.")
        ],
    ) -> int:
        """Run a benchmark from a checkout; further arguments are passed to it."""
        home = {"PAYRISK_HOME": str(current_settings(ctx).home)}
        command = [sys.executable, str(script(name, BENCHMARKS)), *ctx.args]
        return subprocess.run(command, env=os.environ | home, check=False).returncode
