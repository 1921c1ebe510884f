"""One file looked at: its table, its columns and conventions, and what it leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from payrisk.ledger.importing.reading.cells import NumberGrammar, Text, minor_units
from payrisk.ledger.importing.reading.preset import FieldSource
from payrisk.ledger.importing.reading.sheet import Sheet
from payrisk.ledger.importing.reading.totals.total_lines import is_total_line
from payrisk.ledger.importing.suggesting.amounts import amounts_by_sums
from payrisk.ledger.importing.suggesting.choosing import (
    FIELDS,
    NEEDED,
    choose_columns,
    column_fit_score,
)
from payrisk.ledger.importing.suggesting.conventions import date_formats, decimal_sign
from payrisk.ledger.importing.suggesting.currencies import currency_of_file
from payrisk.ledger.importing.suggesting.evidence import ColumnEvidence, evidence_of
from payrisk.ledger.importing.suggesting.field_columns import FieldColumn
from payrisk.ledger.importing.suggesting.header_row import HeadedSheet, read_headed_sheet
from payrisk.ledger.importing.suggesting.kind_words import credit_marks, kinds_of
from payrisk.ledger.importing.suggesting.list_kind import is_open_item_title, stated_evening_text
from payrisk.ledger.importing.suggesting.suggestion import (
    ColumnGuess,
    FileSuggestion,
    Question,
)
from payrisk.ledger.importing.suggesting.words import is_kind_header, is_side_header

_DAYS = ("issued_on", "due_on", "paid_on", "happened_on")
_MONEY = ("amount", "paid_amount", "balance")
_MOST_KINDS = 12
CURRENCY = Question(
    "currency",
    "In which currency are the amounts? No column, cell or title says it.",
    ("EUR", "USD", "GBP"),
)
KIND = Question(
    "kind",
    "Does the file list all that was billed, paid or not ('documents'), or only what was"
    " unpaid one evening ('open items')?",
    ("documents", "open items"),
)


def suggest_for_file(path: Path, name: str | None = None) -> FileSuggestion:
    """What one file (or one sheet of a workbook) seems to be.

    Raises InputError where it cannot be read as a table.
    """
    headed = read_headed_sheet(path, name)
    sheet, evidence = headed.sheet, evidence_of(headed.sheet)
    by_table = {table: choose_columns(sheet, evidence, table) for table in FIELDS}
    table = max(by_table, key=lambda each: column_fit_score(by_table[each], each))
    field_columns = by_table[table]
    if table == "invoices":
        field_columns = amounts_by_sums(sheet, evidence, field_columns)
    fill_down = _fill_down(sheet, field_columns)
    days = [sheet.text(field_columns[f].position) for f in _DAYS if f in field_columns]
    pair = _text(sheet, field_columns, "issued_on"), _text(sheet, field_columns, "due_on")
    dates, questions = date_formats(days, [pair] if pair[0] and pair[1] else [])
    places = [
        p
        for f in _MONEY
        if f in field_columns
        for p in (field_columns[f].position, field_columns[f].minus)
    ]
    money = [(sheet.text(p), sheet.is_typed(p)) for p in places if p >= 0]
    currency, asked = _currency(headed, field_columns, [text for text, _ in money], table)
    questions += asked
    codes = _text(sheet, field_columns, "currency")
    decimal, asked = decimal_sign(money, currency if codes is None else codes)
    questions += asked
    columns = [_guess(f, c, sheet, evidence) for f, c in field_columns.items()]
    order = FIELDS[table]
    if table == "invoices":
        columns, more = _with_kinds(columns, sheet, evidence, field_columns, decimal)
        questions += more
    kind, asked = _kind(headed, path, field_columns, decimal) if table == "invoices" else ("", [])
    questions += asked + _missing(field_columns, table, sheet)
    used = {header for column in columns for header in _headers(column.source)}
    columns.sort(key=lambda each: order.index(each.field) if each.field in order else 99)
    return FileSuggestion(
        file=path.name,
        sheet=name or "",
        table=table,
        skip_rows=headed.layout.skip_rows,
        header_rows=headed.layout.header_rows,
        columns=tuple(columns),
        idle=tuple(h for h in sheet.header if h.strip() and h not in used),
        dates=dates,
        decimal=decimal,
        currency=currency,
        kind=kind,
        fill_down=fill_down,
        evening=stated_evening_text([*headed.titles, path.stem], dates)
        if kind != "documents"
        else "",
        total_row=_total_row(sheet, field_columns, table),
        questions=tuple(questions),
    )


def _text(sheet: Sheet, field_columns: Mapping[str, FieldColumn], name: str) -> Text | None:
    return sheet.text(field_columns[name].position) if name in field_columns else None


def _guess(
    name: str, field_column: FieldColumn, sheet: Sheet, evidence: Sequence[ColumnEvidence]
) -> ColumnGuess:
    header = sheet.header[field_column.position]
    samples = evidence[field_column.position].samples
    minus = sheet.header[field_column.minus] if field_column.minus >= 0 else ""
    source = FieldSource((header,), minus=minus)
    return ColumnGuess(name, header, field_column.confidence, samples, field_column.why, source)


def _headers(source: FieldSource) -> set[str]:
    return {*source.columns, *source.negative_when, source.minus}


def _fill_down(sheet: Sheet, field_columns: Mapping[str, FieldColumn]) -> tuple[str, ...]:
    """Columns that are filled only in the first row of a group, among rows that are documents."""
    if not {"customer_id", "issued_on", "amount"} <= set(field_columns):
        return ()
    position = field_columns["customer_id"].position
    day, text = sheet.text(field_columns["issued_on"].position), sheet.text(position)
    text = text.filter(pc.is_valid(day))
    is_grouped = len(text) > 1 and text[0].is_valid and text.null_count > 0.3 * len(text)
    fields = [field_columns[f] for f in ("customer_id", "customer_name") if f in field_columns]
    return tuple(dict.fromkeys(sheet.header[f.position] for f in fields)) if is_grouped else ()


def _currency(
    headed: HeadedSheet,
    field_columns: Mapping[str, FieldColumn],
    amounts: Sequence[Text],
    table: str,
) -> tuple[str, list[Question]]:
    if "currency" in field_columns or table == "customers":
        return "", []
    sheet = headed.sheet
    headers = [sheet.header[field_columns[f].position] for f in _MONEY if f in field_columns]
    code = currency_of_file(headers, headed.titles, amounts)
    return (code, []) if code else ("", [CURRENCY])


def _with_kinds(
    columns: list[ColumnGuess],
    sheet: Sheet,
    evidence: Sequence[ColumnEvidence],
    field_columns: Mapping[str, FieldColumn],
    decimal: str,
) -> tuple[list[ColumnGuess], list[Question]]:
    """The columns with what their rows are, and the side on which they stand."""
    taken = {p for each in field_columns.values() for p in (each.position, each.minus)}
    questions: list[Question] = []
    for position, header in enumerate(sheet.header):
        if position in taken or sheet.find(header) != position or not evidence[position].filled:
            continue
        distinct = [str(c) for c in pc.drop_null(pc.unique(sheet.text(position))).to_pylist()]
        if len(distinct) > _MOST_KINDS:
            continue
        if is_side_header(header) and (marks := credit_marks(distinct)):
            columns = _turned(columns, header, marks, sheet, field_columns, decimal)
            continue
        if not is_kind_header(header):
            continue
        meant = kinds_of(distinct)
        if not meant:
            continue
        source = FieldSource((header,), values=meant)
        samples = evidence[position].samples
        why = "its cells are kinds of documents"
        columns.append(ColumnGuess("document", header, 0.9, samples, why, source))
        if unknown := [cell for cell in distinct if cell not in meant]:
            text = f"What are the rows whose '{header}' is {', '.join(unknown[:5])}?"
            answers = ("invoice", "credit_note", "payment", "skip")
            questions.append(Question("invoices.columns.document.values", text, answers))
    return columns, questions


def _turned(
    columns: list[ColumnGuess],
    header: str,
    marks: tuple[str, ...],
    sheet: Sheet,
    field_columns: Mapping[str, FieldColumn],
    decimal: str,
) -> list[ColumnGuess]:
    """The amounts turned round on the credit side, unless their sign says it already."""
    out = []
    for column in columns:
        if column.field in ("amount", "balance") and not column.source.minus:
            text = sheet.text(field_columns[column.field].position)
            decimals = np.full(len(text), 2, dtype=np.int64)
            values = minor_units(text, decimals, grammar=NumberGrammar(decimal)).values
            if not (values < 0).any():
                source = FieldSource((column.header,), negative_when={header: marks})
                column = ColumnGuess(
                    column.field,
                    column.header,
                    column.confidence,
                    column.samples,
                    f"{column.why}; below zero where {header} is {', '.join(marks)}",
                    source,
                )
        out.append(column)
    return out


def _kind(
    headed: HeadedSheet, path: Path, field_columns: Mapping[str, FieldColumn], decimal: str
) -> tuple[str, list[Question]]:
    """Documents or open items: by payments, by balances, by what titles say."""
    sheet = headed.sheet
    if "paid_on" in field_columns and sheet.text(
        field_columns["paid_on"].position
    ).null_count < len(sheet.rows):
        return "documents", []
    balances = None
    if "balance" in field_columns:
        text = sheet.text(field_columns["balance"].position)
        read = minor_units(
            text, np.full(len(text), 2, dtype=np.int64), grammar=NumberGrammar(decimal)
        )
        balances = read.values[~read.bad & ~read.empty]
    if is_open_item_title([*headed.titles, path.stem]):
        return "open items", []
    if balances is not None and len(balances):
        if (np.asarray(balances) == 0).mean() > 0.02:
            return "documents", []
        if len(balances) >= 3:
            return "open items", []
    return "", [KIND]


def _missing(field_columns: Mapping[str, FieldColumn], table: str, sheet: Sheet) -> list[Question]:
    """A question for each needed field without a column, with the headers that are left."""
    left = [
        header
        for position, header in enumerate(sheet.header)
        if header.strip() and position not in {each.position for each in field_columns.values()}
    ]
    return [
        Question(f"{table}.columns.{name}", f"Which column holds the {name}?", tuple(left[:12]))
        for name in NEEDED[table]
        if name not in field_columns
    ]


def _total_row(sheet: Sheet, field_columns: Mapping[str, FieldColumn], table: str) -> int | None:
    """The number of the last row that is a total of the file's own; None where none is."""
    filled = {f: sheet.text(c.position) for f, c in field_columns.items()}
    places = np.flatnonzero(is_total_line(filled, sheet, table))
    return int(sheet.rows[places[-1]]) if len(places) else None
