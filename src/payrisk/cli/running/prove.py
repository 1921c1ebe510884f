"""payrisk prove: try what payrisk promises, from a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import current_settings
from payrisk.cli.running.bench import BENCHMARKS
from payrisk.errors import InputError


def probe_paths(benchmarks: Path, name: str) -> str:
    """Where the probes and what they share with the tests are read from.

    Raises InputError outside a checkout.
    """
    folders = (benchmarks, benchmarks.parent / "tests")
    if not all(folder.is_dir() for folder in folders):
        raise InputError(
            "Proofs are not part of the installed package; "
            f"clone the repository and run './payrisk prove {name}' there."
        )
    return os.pathsep.join(map(str, folders))


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk prove`."""

    @app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def prove(
        ctx: typer.Context,
        name: Annotated[str, typer.Argument(help="A figure by its name (kill9), or all of them.")],
    ) -> int:
        """Try a promise often, and on a broken twin: --profile ci|short|full|night, --seed."""
        env = os.environ | {
            "PAYRISK_HOME": str(current_settings(ctx).home),
            "PYTHONPATH": probe_paths(BENCHMARKS, name),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "proofs", name, *ctx.args]
        return subprocess.run(command, env=env, check=False).returncode
