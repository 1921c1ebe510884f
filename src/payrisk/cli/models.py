"""payrisk train, backtest, promote, rollback, models: learn, judge and choose what answers."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import AllowUndated, AsOf, Json, current, date_from, date_option
from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.registry import Registry, Version
    from payrisk.settings import Settings

HEADS = {"pit_deviation": "pit", "coverage_80": "cover_80", "log_loss_late": "ll_late"}
"""Shorter column heads for people; --json keeps the names of DESIGN §6."""

Name = Annotated[str, typer.Argument(help="Name of the model, such as days-to-pay.")]
TrainAsOf = Annotated[
    dt.date | None,
    date_option("--train-as-of", "Train on facts recorded before this day only."),
]
IssuedFrom = Annotated[
    dt.date | None, date_option("--issued-from", "First issue day to score, on the issue day.")
]
IssuedTo = Annotated[
    dt.date | None, date_option("--issued-to", "Last issue day to score, included.")
]
Landmarks = Annotated[
    str | None,
    typer.Option(
        metavar="FIRST:LAST:STEP",
        help="Instead, score every invoice open on these mornings (STEP in days, end included).",
    ),
]
Origins = Annotated[
    str | None,
    typer.Option(
        metavar="FIRST:LAST:STEP",
        help="Instead, train anew on each of these days and score what is issued next.",
    ),
]
TestDays = Annotated[int, typer.Option(help="With --origins: days of issue scored at each.")]
GapDays = Annotated[int, typer.Option(help="With --origins: days left out after training.")]
TunedUntil = Annotated[
    dt.date | None,
    date_option(
        "--tuned-until", "Refuse rows issued up to this day: the recipe was tuned on them."
    ),
]
Slices = Annotated[bool, typer.Option("--slices", help="Also print the groups of rows.")]
Report = Annotated[
    Path | None, typer.Option(help="Also write a page with tables and charts to this HTML file.")
]
Out = Annotated[Path | None, typer.Option(help="Also write every curve to this Parquet file.")]


def add(app: typer.Typer) -> None:
    """Register the commands on models."""
    for command in (train, backtest, promote, rollback):
        app.command()(command)
    app.command("models")(list_models)


def train(
    ctx: typer.Context,
    name: Name,
    as_of: AsOf = None,
    allow_undated: AllowUndated = None,
    as_json: Json = False,
) -> None:
    """Train a model, judge it on later dates beside baselines, register the candidate."""
    from payrisk_pipelines.train import train as run

    settings = current(ctx, as_of=as_of)
    trained = run(
        settings,
        name,
        _day(settings.as_of),
        git_commit=_git_commit(),
        allow_undated=allow_undated or (),
    )
    if as_json:
        show_json(trained.to_json())
        return
    show(trained.table().rename(columns=HEADS), as_json=False, title=name)
    typer.echo(trained.sentence)


def backtest(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    name: Name,
    train_as_of: TrainAsOf = None,
    issued_from: IssuedFrom = None,
    issued_to: IssuedTo = None,
    landmarks: Landmarks = None,
    origins: Origins = None,
    test_days: TestDays = 30,
    gap_days: GapDays = 0,
    tuned_until: TunedUntil = None,
    out: Out = None,
    report: Report = None,
    slices: Slices = False,
    allow_undated: AllowUndated = None,
    as_json: Json = False,
) -> None:
    """Score past invoices as they were then, beside every baseline, and judge them."""
    from payrisk.calendar import day_of
    from payrisk_models import spec
    from payrisk_pipelines.backtest import Rolling, backtest_days_to_pay
    from payrisk_pipelines.backtest_report import report as page
    from payrisk_pipelines.backtest_report import writable

    if spec(name).head != "curves":
        raise InputError(f"'{name}' says no payment curves; backtest days-to-pay instead.")
    if (issued_from is None) != (issued_to is None):
        raise InputError("--issued-from and --issued-to belong together; give both.")
    between = None
    if issued_from is not None and issued_to is not None:
        between = (day_of(issued_from), day_of(issued_to))
    rolling = None
    if origins is not None:
        rolling = Rolling(*_range(origins), test_days, gap_days)
    target = None if report is None else writable(report)
    settings = current(ctx)
    found = backtest_days_to_pay(
        settings,
        train_as_of=_day(train_as_of),
        issued_between=between,
        landmark_range=None if landmarks is None else _range(landmarks),
        rolling=rolling,
        tuned_until=_day(tuned_until),
        out=out,
        as_of=_day(settings.as_of),
        allow_undated=allow_undated or (),
    )
    if target is not None:
        target.write_text(page(found), encoding="utf-8")
    if as_json:
        show_json(found.to_json())
        return
    tables = {name: found.table().rename(columns=HEADS)}
    tables |= {"baseline minus ours, 95 % interval": found.comparison.paired}
    if len(found.populations) > 1:
        tables |= {"training dates": found.origin_table()}
    if slices:
        tables |= {"weighed otherwise": found.comparison.weighed}
        tables |= {"groups of rows": found.comparison.slices}
        tables |= {"customers that gain least and most": found.comparison.extremes}
        tables |= {"customers unseen in training": found.unseen_table().rename(columns=HEADS)}
    show(tables, as_json=False)
    typer.echo(found.sentence)


def promote(
    ctx: typer.Context,
    name: Name,
    version: Annotated[str | None, typer.Argument(help="Default: the candidate.")] = None,
    force: Annotated[
        str, typer.Option(metavar="REASON", help="Promote although the gates refused it.")
    ] = "",
) -> None:
    """Let a version answer: the local champion first, MLflow's alias after."""
    from payrisk_models import spec

    spec(name)  # a name that no model has is told the names there are
    done = _registry(current(ctx)).promote(name, version, reason=force)
    typer.echo(f"{name} version {done.version} answers now.")


def rollback(ctx: typer.Context, name: Name) -> None:
    """Let the previous champion answer again."""
    from payrisk_models import spec

    spec(name)
    done = _registry(current(ctx)).rollback(name)
    typer.echo(f"{name} version {done.version} answers again.")


def list_models(ctx: typer.Context, as_json: Json = False) -> None:
    """List the registered versions, their gates and which of them answers here."""
    import pandas as pd

    from payrisk import bundle

    settings = current(ctx)
    answering = {}
    rows = []
    for one in _registry(settings).versions():
        if one.name not in answering:
            answering[one.name] = bundle.champion_version(settings.home, one.name)
        rows.append(_row(one, answering[one.name]))
    if not rows and not as_json:
        typer.echo("No model is registered here yet; `payrisk train days-to-pay` makes the first.")
        return
    columns = ["model", "version", "answers", "aliases", "gate", "as_of", "ledger"]
    show(pd.DataFrame(rows, columns=columns), as_json=as_json, title="models")


def _row(one: Version, answering: str | None) -> dict[str, object]:
    return {
        "model": one.name,
        "version": one.version,
        "answers": one.version == answering,
        "aliases": ", ".join(one.aliases),
        "gate": one.tags.get("gate", ""),
        "as_of": one.tags.get("as_of", ""),
        "ledger": one.tags.get("ledger_sha", "")[:12],
    }


def _registry(settings: Settings) -> Registry:
    from payrisk_pipelines.train import registry_of

    return registry_of(settings)


def _day(date: dt.date | None) -> int | None:
    from payrisk.calendar import day_of

    return None if date is None else day_of(date)


def _range(text: str) -> tuple[int, int, int]:
    from payrisk.calendar import day_of

    parts = text.split(":")
    if len(parts) != 3 or not parts[2].isdigit():
        raise InputError(
            f"'{text}' is not FIRST:LAST:STEP; write it like 2025-01-06:2025-03-31:7."
        )
    return day_of(date_from(parts[0])), day_of(date_from(parts[1])), int(parts[2])


def _git_commit() -> str:
    """The commit of the checkout this runs from; '' when installed from a wheel."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
