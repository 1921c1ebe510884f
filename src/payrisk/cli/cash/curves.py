"""payrisk score, explain: when invoices will be paid, and why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.cash.what_if import InSample
from payrisk.cli.context import AsOf, Json, current_settings, date_option
from payrisk.cli.show import show
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.readouts import Thresholds

Out = Annotated[
    Path | None,
    typer.Option("--out", help="File to write (.csv, .parquet, .xlsx); default in HOME/reports."),
]

LateAfter = Annotated[int, typer.Option(help="Days late up to which an invoice is on time.")]
VeryLateAfter = Annotated[int, typer.Option(help="Days late after which it is very late.")]
ByDate = Annotated[
    dt.date | None, date_option("--by-date", "A day to read the chance of payment at.")
]


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk score` and `payrisk explain`."""

    @app.command()
    def score(  # noqa: PLR0913, PLR0917 - one argument an option
        ctx: typer.Context,
        as_of: AsOf = None,
        horizon_days: Annotated[
            int | None, typer.Option(min=1, help="Days within which a default counts.")
        ] = None,
        late_after: LateAfter = 0,
        very_late_after: VeryLateAfter = 30,
        by_date: ByDate = None,
        out: Out = None,
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Say of every open invoice when it will be paid, of every customer who will default."""
        from payrisk_pipelines.score import MONEY, report_path
        from payrisk_pipelines.score import score as run

        settings = current_settings(ctx)
        _check(out)
        day = _day(as_of or settings.as_of)
        lines = _lines(late_after, very_late_after, by_date)
        scores = run(
            settings, as_of=day, horizon_days=horizon_days, lines=lines, in_sample=in_sample
        )
        _wrote(scores.write(out or report_path(settings, "scores", scores.as_of)))
        tables = {f"Open invoices {scores.sentence}": scores.table()}
        if len(scores.customers):
            tables["Customers who owe"] = scores.customer_table()
        if as_json:
            tables = {"invoices": scores.invoices, "customers": scores.customers}
        show(tables, as_json=as_json, money=MONEY, limit=20)

    @app.command()
    def explain(
        ctx: typer.Context,
        invoice_id: Annotated[str, typer.Argument(help="An invoice of the ledger.")],
        as_of: AsOf = None,
        late_after: LateAfter = 0,
        very_late_after: VeryLateAfter = 30,
        by_date: ByDate = None,
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Say when one invoice will be paid, and what makes it later or earlier than usual."""
        from payrisk import answers
        from payrisk.calendar import iso
        from payrisk.cli.cash.explaining import print_answers

        settings = current_settings(ctx)
        lines = _lines(late_after, very_late_after, by_date)
        house = answers.read_answers_for_one_question(
            settings.home, mornings_kept=settings.mornings_kept
        )
        day = _day(as_of or settings.as_of) or house.default_as_of
        curves = house.payment_curves(
            as_of=day, invoice_ids=[invoice_id], with_reasons=True, in_sample=in_sample
        )
        if curves[0].availability == "unknown-invoice":
            raise InputError(f"The ledger knows no invoice '{invoice_id}' on {iso(day)}.")
        standing = answers.invoice_caveats(house.history(day), invoice_id)
        print_answers(curves, lines, standing, as_json=as_json)


def _check(out: Path | None) -> None:
    """Refuse an unknown format before the work, not after it."""
    from payrisk.files import known_format

    if out:
        known_format(out)


def _day(date: dt.date | None) -> int | None:
    from payrisk.calendar import day_of

    return None if date is None else day_of(date)


def _lines(late_after: int, very_late_after: int, by_date: dt.date | None) -> Thresholds:
    from payrisk.readouts import Thresholds

    return Thresholds(late_after, very_late_after, _day(by_date))


def _wrote(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"Wrote {path}", err=True)
