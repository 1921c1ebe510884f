"""Whether a suggestion is the whole mapping of an export: what is wrong with it, in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import preset_from_text, read_source
from payrisk.ledger.importing.suggesting import FileSuggestion, Suggestion, suggest
from support.exports.renamed import FIELDS, RenamedExport

DAY = day_of(dt.date(2026, 1, 5))


def faults_of(export: RenamedExport, folder: Path) -> list[str]:
    """What a suggestion for the export gets wrong; [] = the mapping is found whole."""
    path = folder / f"{export.name}.csv"
    path.write_bytes(export.content)
    suggestion = suggest(path, DAY)
    (file,) = suggestion.files
    faults = [*_layout(export, file), *_columns(export, file), *_meaning(export, file)]
    return faults or _reading(export, suggestion, path)


def _layout(export: RenamedExport, file: FileSuggestion) -> list[str]:
    is_so = (file.skip_rows, file.header_rows) == (export.skip_rows, export.header_rows)
    return [] if is_so else [f"header at {file.skip_rows}, {file.header_rows} lines"]


def _columns(export: RenamedExport, file: FileSuggestion) -> list[str]:
    truth = dict(export.truth)
    credit = truth.pop("credit", "")
    if debit := truth.pop("debit", ""):
        truth["amount"] = debit
    faults = []
    for field in FIELDS:
        guess = file.column(field)
        header = guess.header if guess else ""
        if header == truth.get(field, ""):
            continue
        if field == "customer_name" and header == truth["customer_id"] and field not in truth:
            continue
        faults.append(f"{field} is '{truth.get(field, '')}', not '{header}'")
    amount = file.column("amount")
    if amount and amount.source.minus != credit:
        faults.append(f"credit is '{credit}', not '{amount.source.minus}'")
    return faults


def _meaning(export: RenamedExport, file: FileSuggestion) -> list[str]:
    faults = [] if file.kind == export.kind else [f"kind is '{export.kind}', not '{file.kind}'"]
    knows = bool(file.currency or file.column("currency"))
    asks = any(question.setting == "currency" for question in file.questions)
    if knows != export.has_currency or asks == export.has_currency:
        faults.append(f"currency '{file.currency}', asked: {asks}")
    return faults


def _reading(export: RenamedExport, suggestion: Suggestion, path: Path) -> list[str]:
    """What the suggested mapping, read as it is, makes of the rows."""
    how = preset_from_text(suggestion.mapping, "suggested")
    if not export.has_currency:
        how = replace(how, currency="USD")
    f = read_source(path, how, imported_on=DAY).tables["invoices"]
    has_due = "due_on" in export.truth
    due = f["due_on"] if has_due else f["issued_on"] * 0
    columns = f["invoice_id"], f["amount"], f["issued_on"], due
    found = {n: (int(c), int(i), int(d)) for n, c, i, d in zip(*columns, strict=True)}
    truth = {n: (c, day_of(i), day_of(d) * has_due) for n, (c, i, d) in export.invoices.items()}
    wrong = [n for n in truth if found.get(n) != truth[n]] + [n for n in found if n not in truth]
    return [f"{len(wrong)} invoices are read wrongly"] if wrong else []
