"""The payrisk command: one file a noun, a person's mistake is one sentence and exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_group

import payrisk
from payrisk.cli.books import benchmark, features, ledger, measures, receivables, simulate
from payrisk.cli.cash import curves, forecasts, pack
from payrisk.cli.collecting import actions, contacts, holdout, worklist
from payrisk.cli.credit import customers, decide, decisions, insurance, morning, policy
from payrisk.cli.running import audit, backup, bench, demo, keys, mcp, prove, serve, webhooks
from payrisk.cli.versions import (
    backtests,
    bundles,
    card,
    mlflow,
    models,
    monitor,
    reproduce,
    retrain,
    scorecard,
    shadow,
    sync,
    technical_file,
    trust,
    tune,
)
from payrisk.errors import PayriskError

NOUNS = (
    ledger,
    simulate,
    features,
    models,
    retrain,
    bundles,
    shadow,
    sync,
    technical_file,
    trust,
    mlflow,
    card,
    scorecard,
    reproduce,
    tune,
    monitor,
    backtests,
    receivables,
    measures,
    actions,
    contacts,
    worklist,
    holdout,
    curves,
    forecasts,
    pack,
    decide,
    decisions,
    customers,
    morning,
    insurance,
    policy,
    audit,
    keys,
    backup,
    webhooks,
    mcp,
    serve,
    demo,
    bench,
    benchmark,
    prove,
)
"""The files that add commands, in the order of --help."""

ANSWERING = frozenset({"decide", "decisions", "customers", "morning", "explain", "forecast"})
"""Commands that only answer, from models that were fitted before."""

app = typer.Typer(
    name="payrisk",
    help=payrisk.__doc__,
    add_completion=False,
    pretty_exceptions_enable=False,  # a bug's traceback must not print ledger rows as locals
    rich_markup_mode=None,  # plain help costs half of rich help's time
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"payrisk {payrisk.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps everything (PAYRISK_HOME, default ~/.payrisk)."),
    ] = None,
    version: Annotated[  # noqa: ARG001 - read by its callback
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    ctx.obj = home


for noun in NOUNS:
    noun.add_commands(app)


@cache
def _commands() -> TyperGroup:
    """All commands, made once a process: reading what their options are takes a while."""
    return get_group(app)


def _one_line(sentence: str) -> str:
    """A sentence fit for a terminal: what a file or an id says must not steer it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(sentence.split()))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; what a person did wrong goes to stderr.

    Exit codes: 0 done, 1 nothing usable came of it, 2 the command itself cannot be carried out;
    what another code says stands with its command.
    """
    try:
        code = _commands().main(
            args=list(arguments) or ["--help"], prog_name="payrisk", standalone_mode=False
        )
    except PayriskError as error:
        typer.echo(f"payrisk: {_one_line(str(error))}", err=True)
        return 2
    except typer.TyperException as error:
        typer.echo(f"payrisk: {_one_line(error.format_message())}", err=True)
        return 2
    except typer.Abort:
        return 130
    return code if isinstance(code, int) else 0


def main() -> None:
    """Entry point of the `payrisk` console command."""
    arguments = sys.argv[1:]
    # whatever this process and those it starts write is their owner's alone, SQLite's own files
    # beside a database, exports and what MLflow keeps among them
    os.umask(0o077)
    if _command(arguments) in ANSWERING:
        from payrisk import bundle

        bundle.without_sklearn()  # this process ends with its answer: it will never fit a model
    sys.exit(run(arguments))


def _command(arguments: Sequence[str]) -> str:
    """The first word that is no option of the house; '' where there is none."""
    words = list(arguments)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] == "--home" else 1]
    return words[0] if words else ""
