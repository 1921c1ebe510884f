"""payrisk train and backtest of the model of applicants, on the ledger or on a labelled table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.settings import Settings
    from payrisk_pipelines.training.heads import TrainingOptions

HEADS = {
    "n_events": "bad",
    "mean_probability": "said",
    "expected_loss": "expected",
    "is_in_order": "in_order",
}
"""Shorter column heads for people."""

Applications = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="new-customer: past applications, CSV or Parquet."),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="MAP.toml", help="new-customer: which column is what."),
]
AllowLeak = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-leak",
        metavar="COLUMN",
        help="new-customer: a suspected leak that was known in time (repeatable).",
    ),
]


def is_applicant_model(
    name: str,
    applications: Path | None,
    mapping: Path | None,
    allow_leak: list[str] | None,
) -> bool:
    """Whether the model of applicants is meant; raises InputError for its options elsewhere."""
    from payrisk_models import spec
    from payrisk_pipelines.training.heads import HEADS as TRAINED

    if TRAINED[spec(name).head].reads_tables:
        return True
    options = {
        "--applications": applications,
        "--mapping": mapping,
        "--allow-leak": allow_leak,
    }
    for option, value in options.items():
        if value:
            raise InputError(f"{option} is not for '{name}'; it goes with new-customer.")
    return False


def train(
    settings: Settings,
    name: str,
    applications: Path | None,
    mapping: Path | None,
    options: TrainingOptions,
    *,
    day: int | None,
    as_json: bool,
) -> None:
    """Train on a labelled table, or on the company's own past applications; register it."""
    from payrisk_models import spec
    from payrisk_pipelines.training.train import train as train_on_ledger
    from payrisk_pipelines.training.train_applicants import train_on_table

    if (applications is None) != (mapping is None):
        raise InputError("--applications and --mapping belong together; give both or neither.")
    if applications is not None and mapping is not None:
        trained = train_on_table(
            settings,
            spec(name, options.recipe),
            applications,
            mapping,
            as_of=_today() if day is None else day,
            options=options,
        )
    else:
        trained = train_on_ledger(settings, name, day, options=options)
    if as_json:
        show_json(trained.to_json())
        return
    show(trained.table().rename(columns=HEADS), as_json=False, title=name)
    typer.echo(trained.sentence)


def _today() -> int:
    """A table has no morning of its own: the card tells the day it was trained."""
    from payrisk.calendar import day_of

    return day_of(dt.datetime.now(dt.UTC).date())


def backtest(
    applications: Path,
    test: Path,
    mapping: Path,
    allow_leaks: Collection[str],
    *,
    out: Path | None,
    as_json: bool,
) -> None:
    """Learn from one file, score another, beside a WOE scorecard and a logistic regression."""
    from payrisk_pipelines.backtests.applicants import backtest_applicants

    backtested = backtest_applicants(applications, test, mapping, out=out, allow_leaks=allow_leaks)
    if as_json:
        show_json(backtested.to_json())
        return
    tables = {"new-customer": backtested.table().rename(columns=HEADS)}
    tables |= {"better by, 95 % interval of paired draws": backtested.paired()}
    for model in backtested.chances:
        tables[f"rank order by {model}, the riskiest tenth first"] = backtested.bands(
            model
        ).rename(columns=HEADS)
    show(tables, as_json=False)
    typer.echo(backtested.sentence)
