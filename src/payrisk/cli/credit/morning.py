"""payrisk morning: what a day will be asked for, worked out before anyone asks."""

from __future__ import annotations

import typer

from payrisk.cli.context import AsOf, Json


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk morning`."""

    @app.command()
    def morning(ctx: typer.Context, as_of: AsOf = None, as_json: Json = False) -> None:
        """Prepare a morning after an import or a promotion, so that its answers come at once.

        A running service does so by itself. Made once: a second run finds it and is done.
        """
        from payrisk.calendar import iso
        from payrisk.cli.credit.desk import desk_of
        from payrisk.cli.show import show_json
        from payrisk.errors import InputError

        desk = desk_of(ctx, as_of)
        if not desk.settings.mornings_kept:
            raise InputError("PAYRISK_MORNINGS_KEPT is 0, so no morning is kept; set it to 4.")
        was_there = desk.answers.is_prepared(desk.day)
        ready = desk.answers.prepare_morning(desk.day, with_curves=True)
        is_there = desk.answers.is_prepared(desk.day)
        document = {
            "as_of": iso(desk.day),
            "ledger_sha": desk.answers.ledger_sha,
            "customers": len(desk.names),
            "risks": ready,
            "was_prepared": was_there,
            "is_prepared": is_there,
        }
        if as_json:
            show_json(document)
            return
        state = "was prepared before" if was_there else "is prepared"
        if not is_there:
            state = "cannot be kept (no room, or no right to write)"
        typer.echo(f"The morning of {iso(desk.day)} {state}: {len(desk.names):,} customers.")
