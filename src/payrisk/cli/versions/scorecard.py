"""payrisk scorecard: the points of each answer, on screen or one printed page, and drift."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show, show_json


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk scorecard`."""

    @app.command()
    def scorecard(
        ctx: typer.Context,
        name: Annotated[
            str, typer.Argument(help="NAME (what answers, else the candidate) or NAME/VERSION.")
        ] = "new-customer",
        out: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Write one page of A4 (HTML) here.")
        ] = None,
        recent_days: Annotated[
            int, typer.Option(min=1, max=3650, help="Applications of so many days for the PSI.")
        ] = 365,
        as_of: AsOf = None,
        as_json: Json = False,
    ) -> None:
        """Print a scorecard's points, and how the applications of late have shifted (PSI)."""
        from payrisk.calendar import iso
        from payrisk.ledger.stored import storage
        from payrisk_pipelines.papers.scorecard_paper import printed_scorecard, write_scorecard

        settings = current_settings(ctx, as_of=as_of)
        ledger = storage.load(settings.home, storage.current_sha(settings.home))
        day = day_or_none(settings.as_of)
        history = ledger.as_of(ledger.default_as_of if day is None else day)
        card = printed_scorecard(settings, name, history, recent_days=recent_days)
        if out is not None:
            write_scorecard(card, out)
            typer.echo(f"Wrote {out}.")
            return
        if as_json:
            show_json(card.to_json())
            return
        typer.echo(f"{card.name} version {card.version}. {card.sentence}")
        show(card.points, as_json=False, title="Points", money=(), limit=200)
        chances = "; ".join(f"{score}: {chance:.1%}" for score, chance in card.chances())
        typer.echo(f"Chance of going bad by score: {chances}.")
        if card.n_recent:
            title = f"Shift of {card.n_recent} applications since {iso(card.since)} (PSI)"
            show(card.stability, as_json=False, title=title, money=(), limit=100)
            typer.echo("Below 0.1 is little, from 0.25 on much.")
