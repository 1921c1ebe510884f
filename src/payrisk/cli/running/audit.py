"""payrisk audit: check what is kept against its chain."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import Json, current_settings
from payrisk.cli.running import forgetting
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.store.vouching.report import VerificationReport

UNOPENED = 3
"""The exit code where nothing is at fault and no key at hand opens what is sealed."""


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk audit`."""
    audit = typer.Typer(name="audit", help="Check and erase what the store of decisions keeps.")
    app.add_typer(audit)
    forgetting.add_commands(audit)

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
        """Check every row, ledger and published forecast against the chain; 1 if one was changed.

        3 where all that can be checked holds, and sealed data cannot be without its key.
        May run beside the service. Note the head it prints, elsewhere.
        """
        from payrisk.cli.show import show_json
        from payrisk.store import pin_faults, verify_store

        if head is not None and not re.fullmatch(r"[0-9a-f]{64}", head):
            raise InputError("A head is 64 digits 0-9a-f, as `payrisk audit verify` printed it.")
        settings = current_settings(ctx)
        report = verify_store(settings.database_url, head)
        unlike = pin_faults(settings.database_url, settings.home)
        report = dataclasses.replace(report, faults=(*report.faults, *unlike))
        if as_json:
            faults = [vars(fault) for fault in report.faults]
            show_json({"holds": report.holds, **vars(report), "faults": faults})
            return _exit_code(report)
        for fault in report.faults:
            where = "" if fault.seq is None else f"link {fault.seq}: "
            subject = f" ({fault.subject})" if fault.subject else ""
            typer.echo(f"{where}{fault.what}{subject}")
        state = f"does not hold: {len(report.faults)} faults" if report.faults else "holds"
        if report.n_unopened:
            typer.echo(
                f"{report.n_unopened} records cannot be checked without the key: {report.unopened}"
            )
            state += ", as far as it can be checked" * (not report.faults)
        erased = f", {report.n_erased} erased" if report.n_erased else ""
        typer.echo(
            f"The chain {state} · {report.n_links} links, {report.n_decisions} decisions{erased}"
        )
        typer.echo(f"head {report.head}")
        return _exit_code(report)


def _exit_code(report: VerificationReport) -> int:
    return 1 if report.faults else UNOPENED if report.n_unopened else 0
