"""payrisk backtest: score the past as it was then, one command a model."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from payrisk.cli.context import (
    AllowUndated,
    Json,
    current_settings,
    date_from,
    date_option,
    day_or_none,
)
from payrisk.cli.show import show, show_json
from payrisk.cli.versions import applicants
from payrisk.cli.versions.applicants import AllowLeak
from payrisk.cli.versions.models import HEADS
from payrisk.errors import InputError

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
MonitorReport = Annotated[
    Path | None, typer.Option(help="Also write a page with tables and charts to this HTML file.")
]
Out = Annotated[Path | None, typer.Option(help="Also write every curve to this Parquet file.")]


Mornings = Annotated[
    list[dt.date],
    date_option("--train-as-of", "Mornings to learn from, one or more."),
]
TestMornings = Annotated[
    list[dt.date],
    date_option("--test-as-of", "Mornings whose customers are scored, one or more."),
]


class RepeatedOptionCommand(TyperCommand):
    """A command whose mornings may follow their option one after another."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat an option before each further value it is given."""
        spread: list[str] = []
        option = ""
        for position, word in enumerate(args):
            if word.startswith("-"):
                option = word if word in {"--train-as-of", "--test-as-of"} else ""
            elif option and not args[position - 1].startswith("-"):
                spread.append(option)
            spread.append(word)
        return super().parse_args(ctx, spread)


def add_commands(app: typer.Typer) -> None:
    """Register the group of commands."""
    group = typer.Typer(help="Score the past as it was then, beside every baseline.")
    group.command("days-to-pay")(days_to_pay)
    group.command("default-risk", cls=RepeatedOptionCommand)(default_risk)
    group.command("new-customer")(new_customer)
    group.command("cash")(cash)
    app.add_typer(group, name="backtest", no_args_is_help=True)


def days_to_pay(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    train_as_of: TrainAsOf = None,
    issued_from: IssuedFrom = None,
    issued_to: IssuedTo = None,
    landmarks: Landmarks = None,
    origins: Origins = None,
    test_days: TestDays = 30,
    gap_days: GapDays = 0,
    tuned_until: TunedUntil = None,
    out: Out = None,
    report: MonitorReport = None,
    slices: Slices = False,
    allow_undated: AllowUndated = None,
    as_json: Json = False,
) -> None:
    """When invoices are paid: score past ones as they were then, and judge the recipe."""
    from payrisk.calendar import day_of
    from payrisk_pipelines.backtests.days_to_pay import (
        RollingWindow,
        backtest_days_to_pay,
        windows_of,
    )
    from payrisk_pipelines.backtests.report import report as page
    from payrisk_pipelines.backtests.report import require_writable

    if (issued_from is None) != (issued_to is None):
        raise InputError("--issued-from and --issued-to belong together; give both.")
    between = None
    if issued_from is not None and issued_to is not None:
        between = (day_of(issued_from), day_of(issued_to))
    rolling = None
    if origins is not None:
        rolling = RollingWindow(*_range(origins), test_days, gap_days)
    target = None if report is None else require_writable(report)
    settings = current_settings(ctx)
    backtested = backtest_days_to_pay(
        settings,
        windows_of(
            train_as_of=day_or_none(train_as_of),
            issued_between=between,
            landmark_range=None if landmarks is None else _range(landmarks),
            rolling=rolling,
        ),
        tuned_until=day_or_none(tuned_until),
        out=out,
        as_of=day_or_none(settings.as_of),
        allow_undated=allow_undated or (),
    )
    if target is not None:
        target.write_text(page(backtested), encoding="utf-8")
    if as_json:
        show_json(backtested.to_json())
        return
    tables = {"days-to-pay": backtested.table().rename(columns=HEADS)}
    tables |= {"baseline minus ours, 95 % interval": backtested.comparison.paired}
    if len(backtested.populations) > 1:
        tables |= {"training dates": backtested.origin_table()}
    if slices:
        tables |= {"weighed otherwise": backtested.comparison.reweighted}
        tables |= {"groups of rows": backtested.comparison.slices}
        tables |= {"customers that gain least and most": backtested.comparison.extremes}
        unseen = backtested.unseen_customers_table().rename(columns=HEADS)
        tables |= {"customers unseen in training": unseen}
    show(tables, as_json=False)
    typer.echo(backtested.sentence)


def default_risk(
    ctx: typer.Context,
    train_as_of: Mornings,
    test_as_of: TestMornings,
    horizon_days: Annotated[
        int | None, typer.Option(min=1, max=730, help="Days within which a default counts.")
    ] = None,
    default_days: Annotated[
        int | None, typer.Option(min=0, max=730, help="Days late from which an arrear counts.")
    ] = None,
    default_rule: Annotated[
        str, typer.Option(help="material, or any: one invoice so late is enough.")
    ] = "material",
    out: Annotated[Path | None, typer.Option(help="Also write every chance to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Which customers default: learn from past mornings, score later ones."""
    from payrisk.calendar import day_of
    from payrisk_pipelines.backtests.defaults import backtest_default_risk

    backtested = backtest_default_risk(
        current_settings(ctx),
        [day_of(text) for text in train_as_of],
        [day_of(text) for text in test_as_of],
        horizon_days=horizon_days,
        default_days=default_days,
        default_rule=default_rule,
        out=out,
    )
    if as_json:
        show_json(backtested.to_json())
        return
    heads = applicants.HEADS
    tables = {
        "default-risk": backtested.table().rename(columns=heads),
        "mornings": backtested.counts,
    }
    tables |= {"better by, 95 % interval, customers drawn anew": backtested.paired()}
    for model in backtested.models:
        tables[f"rank order by {model}, the riskiest tenth first"] = backtested.bands(
            model
        ).rename(columns=heads)
    show(tables, as_json=False)
    typer.echo(backtested.sentence)


def new_customer(
    applications: Annotated[
        Path, typer.Option("--applications", metavar="TRAIN", help="Applications to learn from.")
    ],
    test: Annotated[Path, typer.Option("--test", metavar="TEST", help="Applications to score.")],
    mapping: Annotated[
        Path, typer.Option("--mapping", metavar="MAP.toml", help="Which column is what.")
    ],
    allow_leak: AllowLeak = None,
    out: Annotated[Path | None, typer.Option(help="Also write every chance to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Which applicants go bad: learn from one labelled file, score another."""
    applicants.backtest(applications, test, mapping, allow_leak or (), out=out, as_json=as_json)


def cash(
    ctx: typer.Context,
    train_as_of: Annotated[
        dt.date, date_option("--train-as-of", "Train on facts recorded before this day only.")
    ],
    landmarks: Annotated[
        str,
        typer.Option(
            metavar="FIRST:LAST:STEP",
            help="Mornings to forecast from (STEP in days, end included).",
        ),
    ],
    weeks: Annotated[int, typer.Option(help="Weeks ahead.")] = 8,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write every total, with money in cents, to this Parquet file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What cash comes in: forecast from past mornings, judge totals and intervals."""
    from payrisk.calendar import day_of
    from payrisk_pipelines.backtests.cash import backtest_cash

    settings = current_settings(ctx)
    backtested = backtest_cash(
        settings,
        train_as_of=day_of(train_as_of),
        landmark_range=_range(landmarks),
        weeks=weeks,
        as_of=day_or_none(settings.as_of),
    )
    if out is not None:
        backtested.write(out)
    tables = {
        "cash from open invoices": backtested.table(),
        "receipts in all, not yet issued included": backtested.table(from_open=False),
        "receipts in all by span, currencies pooled": backtested.by_span(),
        "receipts in all, bias of totals": backtested.bias_of_totals(),
        "ours by week ahead": backtested.by_week_ahead(),
        "landmarks where a baseline was better": backtested.baseline_wins(),
    }
    show(tables, as_json=as_json)
    if not as_json:
        typer.echo(backtested.sentence)


def _range(text: str) -> tuple[int, int, int]:
    from payrisk.calendar import day_of

    parts = text.split(":")
    if len(parts) != 3 or not parts[2].isdigit():
        raise InputError(
            f"'{text}' is not FIRST:LAST:STEP; write it like 2025-01-06:2025-03-31:7."
        )
    return day_of(date_from(parts[0])), day_of(date_from(parts[1])), int(parts[2])
