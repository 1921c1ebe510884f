"""payrisk import --suggest: a mapping for a file that nobody has described yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.ledger.importing.suggesting import Suggestion


def print_suggestion(suggestion: Suggestion, out: Path | None, *, as_json: bool) -> int:
    """Print a suggestion and write its mapping; the exit code of the import it tried.

    Raises InputError where the mapping cannot be written, or would replace a file.
    """
    if out is not None:
        _write(suggestion.mapping, out)
    if as_json:
        show_json(suggestion.as_dict())
    else:
        _show(suggestion, out)
    codes = {"clean": 0, "doubts": 3, "refused": 2}
    return codes.get(suggestion.trial.outcome, 1)


def _write(text: str, out: Path) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"There is a file {out} already; choose another --out.") from None
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror or error}).") from None


def _show(suggestion: Suggestion, out: Path | None) -> None:
    import pandas as pd

    columns = [
        {
            "file": file.file,
            "table": file.table,
            "field": guess.field,
            "column": guess.header,
            "sure": f"{guess.confidence:.0%}",
            "cells": " | ".join(guess.samples),
        }
        for file in suggestion.files
        for guess in file.columns
    ]
    trial = suggestion.trial
    money = [
        {
            "file": line["file"],
            "table": line["table"],
            "currency": line["currency"],
            "rows": line["n_rows"],
            "read_amount": line["read_amount"],
            "stated_amount": line["stated_amount"],
        }
        for line in trial.money
    ]
    asked = [
        {"setting": q.setting, "question": q.text, "answers": ", ".join(q.answers)}
        for q in suggestion.questions
    ]
    tables = {
        "Columns": pd.DataFrame(columns),
        "Rows": pd.DataFrame(list(trial.rows)),
        "Read": pd.DataFrame(money, dtype=object),
        "Problems": pd.DataFrame(list(trial.problems), dtype=object),
        "To answer": pd.DataFrame(asked),
    }
    tables = {name: table for name, table in tables.items() if len(table)}
    show(tables, as_json=False, money=("read_amount", "stated_amount"))
    typer.echo(f"\nIt would be {trial.outcome}; nothing was changed. {trial.refusal}".rstrip())
    for reason in trial.reasons:
        typer.echo(f"- {reason}")
    if suggestion.unread:
        typer.echo(f"Not read: {', '.join(suggestion.unread)}")
    if suggestion.preset:
        typer.echo(f"This is an export that payrisk knows: --preset {suggestion.preset}")
    if out is not None:
        typer.echo(f"The mapping is in {out}: answer what is open, then import with --mapping.")
    else:
        typer.echo(f"\n{suggestion.mapping}", nl=False)
