"""payrisk audit: check what is kept against its chain, and erase a person from it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings
from payrisk.errors import InputError


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk audit`."""
    audit = typer.Typer(name="audit", help="Check and erase what the store of decisions keeps.")
    app.add_typer(audit)

    @audit.command()
    def verify(
        ctx: typer.Context,
        head: Annotated[
            str | None,
            typer.Option(
                metavar="SHA", help="A head noted earlier: finds a tail that was cut off since."
            ),
        ] = None,
        as_json: Json = False,
    ) -> int:
        """Check every row kept against the audit chain; exit code 1 when something was changed.

        May run beside the service. Note the head it prints, elsewhere.
        """
        from payrisk.cli.show import show_json
        from payrisk.store import verify_store

        if head is not None and not re.fullmatch(r"[0-9a-f]{64}", head):
            raise InputError("A head is 64 digits 0-9a-f, as `payrisk audit verify` printed it.")
        report = verify_store(current_settings(ctx).database_url, head)
        if as_json:
            faults = [vars(fault) for fault in report.faults]
            show_json({"holds": report.holds, **vars(report), "faults": faults})
            return 0 if report.holds else 1
        for fault in report.faults:
            where = "" if fault.seq is None else f"link {fault.seq}: "
            subject = f" ({fault.subject})" if fault.subject else ""
            typer.echo(f"{where}{fault.what}{subject}")
        state = "holds" if report.holds else f"does not hold: {len(report.faults)} faults"
        erased = f", {report.n_erased} erased" if report.n_erased else ""
        typer.echo(
            f"The chain {state} · {report.n_links} links, {report.n_decisions} decisions{erased}"
        )
        typer.echo(f"head {report.head}")
        return 0 if report.holds else 1

    @audit.command()
    def erase(
        ctx: typer.Context,
        subject: Annotated[
            str, typer.Argument(help="applicant_id, customer_id or the id of a decision on them.")
        ],
        reason: Annotated[str, typer.Option(help="Why; must not name the person.")],
    ) -> int:
        """Erase the personal data kept of an applicant or customer; the chain goes on to hold.

        What was decided, when and by which figures stays, under a pseudonym.
        """
        from payrisk.store import DecisionStore

        if len("".join(reason.split())) < 4:
            raise InputError("Say why in --reason, such as 'asked for by the applicant'.")
        now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
        with DecisionStore(current_settings(ctx).database_url) as store:
            gone = store.erase(subject, reason, now)
        if not gone:
            typer.echo("No personal data is kept under this id; nothing was erased.", err=True)
            return 1
        typer.echo(f"Erased the personal data of {', '.join(gone)}.")
        return 0
