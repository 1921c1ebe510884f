"""payrisk forecast: the cash that will come, published, held against what came, and what if."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.cash import kept, liquidity, what_if
from payrisk.cli.cash.what_if import (
    CENTS,
    Base,
    By,
    Horizon,
    InSample,
    RateType,
    read_outlook,
)
from payrisk.cli.context import AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show

if TYPE_CHECKING:
    from payrisk.answers.cash.receipts import DecisionBasis

Out = Annotated[
    Path | None,
    typer.Option("--out", help="File to write (.csv, .parquet, .xlsx); default in HOME/reports."),
]
Overrides = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="Dates that people know: invoice_id, instalment, pays_on, amount (empty = all),"
        " owner, source, reason, entered_on, expires_on; probability (empty = sure).",
    ),
]
PAGE_WIDTH = 100
"""Columns of a printed table at most, wherever it is printed."""
Name = Annotated[str, typer.Argument(metavar="ID", help="A forecast of 'payrisk forecast list'.")]


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk forecast` and the commands under it."""
    group = typer.Typer(
        help="Forecast the cash that the open invoices will bring; totals add up to the cent.",
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    app.add_typer(group, name="forecast")
    _forecast(group)
    _publish(group)
    kept.add_commands(group)
    what_if.add_commands(group)
    liquidity.add_commands(group)


def _forecast(group: typer.Typer) -> None:
    @group.callback()
    def forecast(  # noqa: PLR0913, PLR0917 - one argument an option
        ctx: typer.Context,
        as_of: AsOf = None,
        by: By = "week",
        group: Annotated[
            str,
            typer.Option(help="Also by entity, customer, parent or country; several with commas."),
        ] = "",
        horizon_days: Horizon = 91,
        basis: Annotated[
            str,
            typer.Option(help="booking (the day cash is booked) or value (the bank counts it)."),
        ] = "booking",
        currency: Annotated[str, typer.Option(help="Only this currency.")] = "",
        entity: Annotated[str, typer.Option(help="Only this entity's.")] = "",
        country: Annotated[str, typer.Option(help="Only of customers in this country.")] = "",
        customer: Annotated[str, typer.Option(help="Only this customer's.")] = "",
        parent: Annotated[str, typer.Option(help="Only of this group of customers.")] = "",
        arriving: Annotated[
            bool, typer.Option("--arriving", help="In the currencies customers pay in; FX apart.")
        ] = False,
        base: Base = None,
        rate_type: RateType = "spot",
        out: Out = None,
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Forecast the cash that the open invoices will bring; totals add up to the cent."""
        if ctx.invoked_subcommand is not None:
            return
        from payrisk.answers import read_answers_for_one_question
        from payrisk.answers.answered import earlier_cash_questions
        from payrisk.calendar import iso
        from payrisk.cli.cash.asked_again import ForecastRequest
        from payrisk.files import known_format

        settings = current_settings(ctx)
        if out:
            known_format(out)  # refused before the work, not after it
        answers = read_answers_for_one_question(
            settings.home, mornings_kept=settings.mornings_kept
        )
        asked = day_or_none(as_of or settings.as_of)
        morning = answers.default_as_of if asked is None else asked
        whose = (currency, entity, country, customer, parent)
        path = out or settings.home / "reports" / f"cash-by-{by}-{iso(morning)}.csv"

        def work() -> list[Path]:
            from payrisk.answers import groups
            from payrisk.answers.cash.choosing import CashChoice
            from payrisk_pipelines.forecast import MONEY, CashCurrencies
            from payrisk_pipelines.forecast import forecast as run

            report = run(
                settings,
                as_of=morning,
                by=by,
                cuts=groups.read_group_columns(group, groups.CASH),
                horizon_days=horizon_days,
                basis=_basis(basis),
                answers=answers,
                in_sample=in_sample,
                choice=CashChoice(*whose),
                currencies=CashCurrencies(arriving, base, rate_type),
            )
            paths = report.write(path)
            if as_json:
                show(report.tables(), as_json=True, money=MONEY)
            elif not len(report.cash.invoices) and not report.brings_cash:
                typer.echo(report.sentence)
            else:
                show(report.printed(), as_json=False, money=MONEY, width=PAGE_WIDTH)
                typer.echo(f"\n{report.legend}")
            return paths

        options = {
            "by": by, "group": group, "horizon_days": horizon_days, "basis": basis,
            "whose": whose, "arriving": arriving, "base": base, "rate_type": rate_type,
            "in_sample": in_sample, "as_json": as_json,
        }  # fmt: skip
        ForecastRequest(earlier_cash_questions(answers, morning), options, path).show(work)


def _publish(group: typer.Typer) -> None:
    @group.command()
    def publish(
        ctx: typer.Context,
        as_of: AsOf = None,
        horizon_days: Horizon = 91,
        overrides: Overrides = None,
        base: Base = None,
        rate_type: RateType = "spot",
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Freeze a forecast for ever, with its rates, calendar, overrides and grounds."""
        from payrisk.answers.cash.publishing import publish as frozen

        settings = current_settings(ctx)
        outlook = read_outlook(
            ctx,
            as_of,
            horizon_days,
            overrides=overrides,
            base=base,
            rate_type=rate_type,
            in_sample=in_sample,
        )
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        snapshot = frozen(outlook, settings.home, published_at=now)
        typer.echo(f"Published {snapshot.name}", err=True)
        show(
            kept.snapshot_table([snapshot.manifest]),
            as_json=as_json,
            title="Published",
            money=CENTS,
        )


def _basis(text: str) -> DecisionBasis:
    from payrisk.errors import InputError

    if text not in {"booking", "value"}:
        raise InputError(f"'{text}' is no basis; use booking or value.")
    return "value" if text == "value" else "booking"
