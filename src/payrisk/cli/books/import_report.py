"""What an import did, as printed: rows, problems, money, its outcome, or why it was refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from payrisk.cli.show import show

if TYPE_CHECKING:
    import pandas as pd

    from payrisk.ledger.importing.reading.report import ImportReport
    from payrisk_pipelines.importing import ImportSummary


def print_refusal(done: ImportSummary) -> None:
    """One sentence on stderr where an import was refused or brought nothing."""
    if done.outcome == "nothing":
        typer.echo(f"Nothing was changed: {done.report.reasons[0]}.", err=True)
    if done.outcome == "refused":
        first, *more = done.report.reasons
        others = f" (and {len(more)} more, see {done.path})" if more else ""
        typer.echo(
            f"Refused, nothing was changed: {first}{others}. Mend the file or the mapping, or give"
            " --accept-doubts REASON.",
            err=True,
        )


def print_report(report: ImportReport, path: Path, *, changed: bool, as_json: bool) -> None:
    """Every table of an import's report; changed: whether the ledger is another one now."""
    import pandas as pd

    refused = "refused" if report.outcome == "refused" else "nothing usable came in"
    status = refused if not report.ledger else "new" if changed else "unchanged"
    ended = [report.ledger, status, report.outcome, report.accepted, str(path)]
    outcome = pd.DataFrame([ended], columns=["ledger", "status", "outcome", "accepted", "report"])
    money = report.totals
    if not as_json:
        money = money.assign(unknown=money.pop("unreadable_rows").map(_unknown))
    tables = {
        "Rows": report.rows(),
        "Read": report.read_and_stated_totals(),
        "Problems": report.problem_summary(),
        "Money": money,
        "Rules": report.rules,
        "Doubts": pd.DataFrame({"reason": list(report.reasons)}, dtype=object),
        "Outcome": outcome,
    }
    if not as_json:
        tables = {n: t for n, t in tables.items() if len(t) or n not in ("Rules", "Doubts")}
    show_tables(tables, as_json=as_json, money=_AMOUNTS)


_AMOUNTS = (
    *(f"{what}_amount" for what in ("in", "ledger", "change", "quarantined", "left_out")),
    *(f"{what}_amount" for what in ("difference", "read", "stated")),
    "amount",
)


def _unknown(n: int) -> str:
    return f"{n:,} row{'s' * (n != 1)}, amount unreadable" if n else ""


def show_tables(
    tables: dict[str, pd.DataFrame], *, as_json: bool, money: tuple[str, ...] | None = None
) -> None:
    """Several tables: titles for people, keys in lower case for programs."""
    named = {name.lower() if as_json else name: table for name, table in tables.items()}
    show(named, as_json=as_json, money=money)
