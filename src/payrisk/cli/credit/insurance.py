"""payrisk insurance: what credit insurers must be told, of which invoice, by which day."""

from __future__ import annotations

from typing import Annotated

import typer

from payrisk.cli.context import AsOf, Json

COLUMNS = (
    "customer_id",
    "name",
    "what",
    "by_on",
    "state",
    "invoice_id",
    "days_left",
    "owed",
    "covered",
    "currency",
)
"""Who it is about first: where the table is wider than a page, its second part repeats them."""


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk insurance`."""

    @app.command()
    def insurance(
        ctx: typer.Context,
        as_of: AsOf = None,
        ahead: Annotated[
            int, typer.Option(metavar="DAYS", min=0, max=365, help="Days ahead that are alerts.")
        ] = 10,
        with_all: Annotated[
            bool, typer.Option("--all", help="What is done or not yet near, too.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """List what insurers must be told: notify, stop, hand over, claim by, needs consent."""
        from payrisk.answers.desk.insurance import insurance_duties
        from payrisk.calendar import iso
        from payrisk.cli.credit.desk import open_desk
        from payrisk.cli.credit.wording import WIDTH
        from payrisk.cli.show import show

        desk = open_desk(ctx, as_of)
        duties = insurance_duties(desk.answers, desk.day, alert_days=ahead, with_all=with_all)
        if as_json:
            show(duties, as_json=True, money=("owed", "covered"))
            return
        if duties.empty:
            typer.echo(f"Nothing to tell an insurer within {ahead} days of {iso(desk.day)}.")
            return
        title = f"What insurers must be told as of {iso(desk.day)}, {ahead} days ahead"
        table = duties[list(COLUMNS)]
        show(table, as_json=False, title=title, money=("owed", "covered"), width=WIDTH)
