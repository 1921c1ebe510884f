"""payrisk aging: what is owed on an evening, how it came about, and how it moves on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.books.reading_books import Base, Out, print_or_write, read_books, write_and_tell
from payrisk.cli.context import AsOf, CloseOf, Json, current_settings, date_from
from payrisk.cli.show import show

if TYPE_CHECKING:
    from payrisk.receivables.age_bands import AgeBands
    from payrisk.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk aging`."""

    @app.command()
    def aging(  # noqa: PLR0913, PLR0917 - one argument an option of the command
        ctx: typer.Context,
        close_of: CloseOf = None,
        as_of: AsOf = None,
        by: Annotated[
            str,
            typer.Option(
                help="customer, parent, country, segment, entity, several with commas; currency."
            ),
        ] = "currency",
        buckets: Annotated[
            str, typer.Option(metavar="DAYS", help="The last day of each bucket but the open one.")
        ] = "30,60,90",
        age_by: Annotated[
            str, typer.Option("--age-by", help="due: days late; issued: days since issue.")
        ] = "due",
        base: Base = None,
        documents: Annotated[
            bool, typer.Option("--documents", help="The invoices and credits behind the figures.")
        ] = False,
        customer: Annotated[
            str | None, typer.Option(help="Only documents of this customer.")
        ] = None,
        bucket: Annotated[
            str | None, typer.Option(help="Only documents in this column of the aging.")
        ] = None,
        between: Annotated[
            tuple[str, str] | None,
            typer.Option(
                "--rollforward",
                metavar="FROM TO",
                help="How the balance of one evening became that of another, to the cent.",
            ),
        ] = None,
        rolls: Annotated[
            tuple[str, str] | None,
            typer.Option(
                "--roll-rates",
                metavar="FROM TO",
                help="Month by month, which share of each bucket was a bucket later at its end.",
            ),
        ] = None,
        out: Out = None,
        as_json: Json = False,
    ) -> None:
        """Age what is owed: true at an evening (--close-of) or as known one morning (--as-of)."""
        from payrisk.answers import groups
        from payrisk.receivables.age_bands import AgeBands
        from payrisk.receivables.aging import aging as age
        from payrisk.receivables.base_currency import BASE_AMOUNTS, aging_in_base

        settings, bands = current_settings(ctx), AgeBands.from_text(buckets, age_by)
        if between:
            _roll_forward(settings, between, out, as_json=as_json)
            return
        if rolls:
            _roll_rates(settings, rolls, bands, out, as_json=as_json)
            return
        keys = groups.read_group_columns(by, groups.RECEIVABLES)
        _, books = read_books(settings, as_of, close_of)
        aged = age(books, bands)
        title, money = f"Receivables {aged.title}", {*aged.amounts, *BASE_AMOUNTS}
        if documents or customer or bucket:
            table = aged.documents(customer, bucket)
            print_or_write(
                table, f"Documents {aged.title}", books, DOCUMENT_MONEY, out, as_json=as_json
            )
            return
        if base:
            table = aging_in_base(aged, books, base, *keys, named=True)
            print_or_write(table, f"{title}, in {base}", books, money, out, as_json=as_json)
            return
        print_or_write(aged.by(*keys, named=True), title, books, money, out, as_json=as_json)


DOCUMENT_MONEY = ("amount", "open", "unapplied", "disputed", "promised", "planned", "paid_in_part")


def _roll_forward(
    settings: Settings, between: tuple[str, str], out: Path | None, *, as_json: bool
) -> None:
    """Print what lies between two evenings, one row an entity and currency."""
    from payrisk.calendar import day_of
    from payrisk.ledger.stored.storage import load
    from payrisk.receivables.rollforward import AMOUNTS, rollforward

    starts_on, ends_on = (day_of(date_from(text)) for text in between)
    ledger = load(settings.home)
    rolled = rollforward(ledger, starts_on, ends_on, ledger.default_as_of)
    table = rolled.rows
    write_and_tell({"rollforward": table}, set(AMOUNTS), out)
    show(table, as_json=as_json, title=f"Receivables {rolled.title}", money=set(AMOUNTS))


def _roll_rates(
    settings: Settings, rolls: tuple[str, str], bands: AgeBands, out: Path | None, *, as_json: bool
) -> None:
    """Print a heat map of roll rates, months down and buckets across; all figures to programs."""
    from payrisk.calendar import day_of
    from payrisk.ledger.stored.storage import load
    from payrisk.receivables.roll_rates import PARTS, heat_map, month_ends, roll_rates

    evenings = month_ends(*(day_of(date_from(text)) for text in rolls))
    ledger = load(settings.home)
    rates = roll_rates(ledger, evenings, ledger.default_as_of, bands)
    write_and_tell({"roll_rates": rates, "heat_map": heat_map(rates)}, set(PARTS), out)
    if as_json:
        show(rates, as_json=True, money=set(PARTS))
        return
    title = "Share of each bucket that stood in a later one at the month's end, invoice by invoice"
    show(heat_map(rates).round(3), as_json=False, title=title, money=set())
