"""payrisk retrain: a month in one command, from the ledger to judged candidates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payrisk.cli.books.import_report import print_refusal
from payrisk.cli.books.ledger import AcceptDoubts, preset_of
from payrisk.cli.context import AllowUndated, AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show, show_json
from payrisk.cli.versions.heartbeat import Heartbeat
from payrisk.cli.versions.models import git_commit

if TYPE_CHECKING:
    import pandas as pd

    from payrisk_pipelines.training.stages import WatchSteps

MOST_SILENT_DAYS = 7


def add_commands(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(retrain)


def retrain(  # noqa: PLR0913, PLR0917 - one argument an option of the command
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Models, such as days-to-pay; default: all.")
    ] = None,
    as_of: AsOf = None,
    source: Annotated[
        Path | None,
        typer.Option("--import", help="First read this export into the ledger (file or folder)."),
    ] = None,
    preset: Annotated[str | None, typer.Option(help="How to read it: a shipped mapping.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="How to read it: a mapping (TOML).")] = None,
    accept_doubts: AcceptDoubts = "",
    anew: Annotated[
        bool, typer.Option("--anew", help="Train even what was trained on all the same already.")
    ] = False,
    allow_undated: AllowUndated = None,
    as_json: Json = False,
) -> int:
    """Train every model on the current ledger, judge it at past origins, register candidates.

    Nothing is promoted: that is `payrisk promote`. Exit code 1 when a model could not be trained
    at all; one that its gates refuse is an ordinary outcome, told and registered as such. An
    export that is refused (2) or holds nothing usable (1) trains nothing; 3 = it is in doubt.
    """
    from payrisk.calendar import day_of, iso
    from payrisk.store import read_actions
    from payrisk_models import specs
    from payrisk_pipelines.importing import import_files
    from payrisk_pipelines.training.retrain import retrain as run

    settings, doubts = current_settings(ctx, as_of=as_of), 0
    if source is not None:
        how = preset_of(preset, mapping, None)
        today = day_of(dt.date.today())
        done = import_files(
            settings.home,
            source,
            how,
            today,
            accept_doubts=accept_doubts,
            actions=lambda: read_actions(settings.database_url).actions,
        )
        typer.echo(f"Imported {source}: {done.outcome}; the report is {done.path}.", err=True)
        print_refusal(done)
        doubts = done.outcome.exit_code
        if done.outcome in ("refused", "nothing"):
            return doubts
    with _watched(len(names or specs()), quiet=as_json) as tell:
        month = run(
            settings,
            names or (),
            day_or_none(settings.as_of),
            git_commit=git_commit(),
            allow_undated=tuple(allow_undated or ()),
            anew=anew,
            tell=tell,
        )
    if as_json:
        show_json(month.to_json())
        return int(month.has_failed) or doubts
    show(_quality(month.quality), as_json=False, title=f"the ledger on {iso(month.as_of)}")
    typer.echo()
    show(month.table(), as_json=False, title="what it took")
    for outcome in month.outcomes:
        typer.echo(outcome.sentence)
    silent = day_of(dt.date.today()) - month.as_of
    if as_of is None and silent > MOST_SILENT_DAYS:
        typer.echo(
            f"Nothing was recorded in the {silent} days before today: import what is newer, or"
            " models go on answering from old news.",
            err=True,
        )
    return int(month.has_failed) or doubts


def _quality(quality: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value)
        for name, value in quality.items()
    ]
    return pd.DataFrame(rows, columns=["what", "found"], dtype=object)


@contextmanager
def _watched(models: int, *, quiet: bool) -> Iterator[WatchSteps]:
    """A line a step on stderr; for whoever watches a bar of the models, and the step at work.

    Where nobody watches a terminal, a step that takes long says every few seconds that it goes on.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("models  {task.description}"),
        TimeElapsedColumn(),
    )
    is_watched = console.is_terminal
    with Progress(
        *columns, console=console, transient=True, disable=quiet or not is_watched
    ) as bar:
        task = bar.add_task("", total=models)
        shown: list[str] = []
        heartbeat = Heartbeat(bar.console.print)

        def tell(model: str, step: str, how: str, seconds: float, peak_gb: float) -> None:
            if model not in shown:
                shown.append(model)
            done = max(len(shown) - 2, 0)  # the ledger comes first, and the last is at work
            bar.update(task, completed=done, description=f"{model}: {step}")
            heartbeat.begin_step("" if how == "done" else f"{model}: {step}")
            if how == "done" and not quiet:
                bar.console.print(f"{model}: {step}  {seconds:.1f} s, {peak_gb:.1f} GB")

        with heartbeat if not (quiet or is_watched) else nullcontext():
            yield tell
