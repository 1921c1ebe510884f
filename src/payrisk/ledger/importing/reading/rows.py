"""Rows of one file as typed facts: what cannot be understood is set aside, by row and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Days, Flags
from payrisk.calendar import NEVER
from payrisk.ledger.facts.problems import Action, Problem
from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.cells import ParsedColumn, Text
from payrisk.ledger.importing.reading.clearing import no_links, with_clearings
from payrisk.ledger.importing.reading.credit_rows import names_several_invoices, split_payments
from payrisk.ledger.importing.reading.documents import LEFT_OUT
from payrisk.ledger.importing.reading.fields import field_text, typed_fields, used_columns
from payrisk.ledger.importing.reading.fields.impossible_days import with_possible_days
from payrisk.ledger.importing.reading.fields.kind_columns import with_kind_words
from payrisk.ledger.importing.reading.fields.odd_kinds import by_side, odd_kinds
from payrisk.ledger.importing.reading.headers import choose_sources
from payrisk.ledger.importing.reading.headers.telling import is_unused_amount_column
from payrisk.ledger.importing.reading.ids.changed_about import CHANGED_ABOUT, swapped_cells
from payrisk.ledger.importing.reading.ids.identified import identify_rows
from payrisk.ledger.importing.reading.ids.lookups import Lookups
from payrisk.ledger.importing.reading.ids.restored import RUINED, restore_id_columns
from payrisk.ledger.importing.reading.inferred import fill_inferred_fields
from payrisk.ledger.importing.reading.preset import FieldSource, Preset, Section
from payrisk.ledger.importing.reading.quarantine import (
    faulty_rows,
    problem_of_rows,
    repeated_keys,
)
from payrisk.ledger.importing.reading.sheet import Sheet, header_key
from payrisk.ledger.importing.reading.totals.total_lines import (
    FileTotal,
    compare_totals,
    heading_rows,
    is_total_line,
    summing_rows,
    unnamed_rows,
    with_currency,
)
from payrisk.ledger.importing.reading.totals.unread_money import (
    net_amounts,
    unread_settlement_doubts,
)

_GIVEN = ("invoice_id", "credit_id")  # as the file gives them, not those made where it gives none


@dataclass(frozen=True)
class Rows:
    """What one file gave for one table.

    frame: every row that has cells, typed, also those set aside (their values may be blank).
    rows: their numbers in the file. accepted, left_out: (n,) masks; neither = quarantined.
    has_money, has_payment: (n,) where the amount, and what was paid of it, can be read.
    n_rows: rows in the file, those without cells included. file_totals: the file's own totals
    beside what was read. links: the allocations by which its documents paid each other.
    """

    file: str
    table: str
    frame: pd.DataFrame
    rows: Days
    accepted: Flags
    left_out: Flags
    has_money: Flags
    has_payment: Flags
    n_rows: int
    problems: tuple[Problem, ...]
    file_totals: tuple[FileTotal, ...] = ()
    links: pd.DataFrame = field(default_factory=no_links)

    @property
    def accepted_rows(self) -> pd.DataFrame:
        """The accepted rows."""
        return self.frame[self.accepted].reset_index(drop=True)

    @property
    def n_accepted(self) -> int:
        """How many rows became facts."""
        return int(self.accepted.sum())

    @property
    def n_left_out(self) -> int:
        """How many rows were understood and left out: exact twins and rows meant to be skipped."""
        return int(self.left_out.sum())

    @property
    def n_quarantined(self) -> int:
        """How many rows were set aside."""
        return self.n_rows - self.n_accepted - self.n_left_out


def read_rows(
    sheet: Sheet, section: Section, preset: Preset, lookups: Lookups, imported_on: int
) -> Rows:
    """Type every row of a sheet by its section; raises InputError when a column is missing."""
    picked, table = choose_sources(sheet, section, by_synonyms=preset.synonyms), section.table
    filled = {field: field_text(source, sheet, preset.empty) for field, source in picked.items()}
    filled, lost, ruined = (
        restore_id_columns(filled, sheet, lookups, is_settled=preset.ids == "restore")
        if preset.ids != "as written"
        else (filled, {}, [])
    )
    kinds = with_kind_words(filled, sheet, section, picked, preset)
    filled = kinds.texts
    filled, on_account = _without_several(filled, sheet, table, lookups)
    constants = {field for field, source in picked.items() if _is_given(source, preset)}
    is_heading, headings = heading_rows(filled, constants, sheet)
    is_total = is_total_line(filled, sheet, table) & ~is_heading
    filled = with_currency(filled, is_total | unnamed_rows(filled, sheet, table))
    texts, repaired = fill_inferred_fields(filled, sheet, section, preset, lookups)
    problems = [
        *sheet.problems,
        *ruined,
        *repaired,
        *on_account,
        *_column_notes(sheet, section, picked, preset, kinds.headers),
    ]
    parsed, more = typed_fields(texts, picked, sheet, section, preset)
    problems += [*headings, *more]
    parsed |= {
        name: replace(parsed[name], bad=parsed[name].bad | cells_lost, why=RUINED)
        for name, cells_lost in lost.items()
        if name in parsed and cells_lost.any()
    }
    parsed |= {
        name: replace(parsed[name], bad=parsed[name].bad | odd, why=CHANGED_ABOUT)
        for name, odd in swapped_cells(
            texts | {n: filled[n] for n in _GIVEN if n in filled}
        ).items()
    }
    parsed, to_come = with_possible_days(parsed, table, sheet, imported_on)
    problems += to_come
    parsed = _by_sign(parsed) if section.signed else parsed
    sides = by_side(parsed, kinds, table, by_words=preset.synonyms and not section.signed)
    parsed = identify_rows(sides.parsed, table, lookups)
    frame = pd.DataFrame({field: p.values for field, p in parsed.items()})
    if kinds.says_paid.any():
        frame["says_paid"] = kinds.says_paid
    if kinds.denies_paid.any():
        frame["denies_paid"] = kinds.denies_paid
    if table == "invoices" and "paid_on" in frame:
        # As the row itself says, before what cleared it takes the place of its day.
        frame["says_unpaid"] = (frame["paid_on"] == NEVER) & ~kinds.says_paid
    has_money = _understood(parsed, ("amount", "currency"), len(frame))
    is_total |= summing_rows(frame, has_money, table, is_total)
    file_totals, doubts = compare_totals(frame, has_money, is_total, sheet, table)
    is_document = ~is_total & ~is_heading
    bad, faults = faulty_rows(parsed, texts, sheet, table, is_document)
    problems += [*doubts, *faults]
    left_out = np.zeros(len(frame), dtype=bool)
    if "document" in frame:
        left_out = np.asarray(frame["document"].isin(LEFT_OUT)) & ~bad & is_document
        problems += problem_of_rows(
            "skipped", "rows the mapping leaves out", sheet, left_out, "document"
        )
    documents = ~bad & ~left_out & is_document
    is_part = np.zeros(len(frame), dtype=bool)
    if table == "credits":
        frame, is_part = split_payments(frame, documents)
    twins, conflicts, told_twice = repeated_keys(frame, documents & ~is_part, sheet, table)
    accepted, links = documents & ~twins & ~conflicts, no_links()
    if table == "invoices":
        idle = _idle(sheet, section, picked, kinds.headers)
        problems += [
            *unread_settlement_doubts(frame, accepted, sheet, idle, preset),
            *net_amounts(frame, accepted, sheet, idle, preset),
            *odd_kinds(frame, kinds, sides.turned, accepted, sheet),
        ]
        frame, links = with_clearings(frame, accepted)
    return Rows(
        file=sheet.name,
        table=table,
        frame=frame,
        rows=sheet.rows,
        accepted=accepted,
        left_out=left_out | twins | ~is_document,
        has_money=has_money & is_document,
        has_payment=_understood(parsed, ("paid_on", "paid_amount"), len(frame)),
        n_rows=sheet.n_rows,
        file_totals=file_totals,
        problems=tuple(problems + told_twice),
        links=links,
    )


def _without_several(
    filled: Mapping[str, Text], sheet: Sheet, table: str, lookups: Lookups
) -> tuple[dict[str, Text], list[Problem]]:
    """The texts of credits without the cells that name several invoices, which are doubted."""
    if table != "credits" or "invoice_id" not in filled:
        return dict(filled), []
    named = filled["invoice_id"]
    hit = names_several_invoices(named, lookups.known_ids("invoice_id"))
    none = pc.if_else(pa.array(hit), pa.scalar(None, pa.string()), named)
    message = "rows that name several invoices: their money stays on account; give one a row"
    return {**filled, "invoice_id": none}, problem_of_rows(
        "several_invoices", message, sheet, hit, "invoice_id", action="doubted"
    )


def _by_sign(parsed: dict[str, ParsedColumn]) -> dict[str, ParsedColumn]:
    """The columns with every document above zero as one that is owed."""
    if "document" not in parsed or "amount" not in parsed:
        return parsed
    kind = pd.Series(parsed["document"].values)
    is_owed = pd.Series(parsed["amount"].values).fillna(0) > 0
    is_owed &= ~kind.isin(LEFT_OUT) & ~parsed["document"].bad
    return parsed | {"document": replace(parsed["document"], values=kind.mask(is_owed, "invoice"))}


def _is_given(source: FieldSource, preset: Preset) -> bool:
    """Whether a field is filled whatever the row itself says: by a constant, or from above."""
    above = {header_key(name) for name in preset.layout.fill_down}
    return source.how == "constant" or {header_key(c) for c in source.columns} <= above


def _column_notes(
    sheet: Sheet,
    section: Section,
    picked: Mapping[str, FieldSource],
    preset: Preset,
    kind_headers: tuple[str, ...],
) -> list[Problem]:
    """Columns nothing is made of, and facts that have to be dropped, said once a file.

    kind_headers: further columns that tell what a row is.
    """
    used = {header_key(name) for name in (*used_columns(section, picked), *kind_headers)}
    idle = _idle(sheet, section, picked, kind_headers)
    out: list[Problem] = []
    twice = sorted({h for i, h in enumerate(sheet.header) if h.strip() and sheet.find(h) != i})
    if twice:
        message = f"columns that occur twice, the first is read: {', '.join(twice)}"
        is_read = any(header_key(header) in used for header in twice)
        action: Action = "doubted" if is_read else "noted"
        out.append(Problem("repeated_column", message, action, sheet.name, n=len(twice)))
    telling = [
        header
        for header in idle
        if is_unused_amount_column(header, section.table, picked, by_synonyms=preset.synonyms)
        and sheet.text(sheet.header.index(header)).null_count < len(sheet.rows)
    ]
    if telling:
        message = (
            f"columns that seem to say what a row is or what is paid of it, and are not used:"
            f" {', '.join(telling)}; name them in a mapping, or leave them out of the export"
        )
        out.append(Problem("unused_column", message, "doubted", sheet.name, n=len(telling)))
        idle = [header for header in idle if header not in telling]
    if idle:
        message = f"columns not used: {', '.join(idle)}"
        out.append(Problem("unused_column", message, "noted", sheet.name, n=len(idle)))
    for dropped in section.dropped:
        position = sheet.find(dropped.column)
        if position is not None:
            marks = pa.array(list(dropped.when))
            hit = cells.flags_of(pc.is_in(sheet.text(position), value_set=marks))
            message = f"dropped: {dropped.because}"
            out += problem_of_rows("undated_fact", message, sheet, hit, dropped.column)
    return out


def _idle(
    sheet: Sheet, section: Section, picked: Mapping[str, FieldSource], more: tuple[str, ...]
) -> list[str]:
    """The headers that no field is made of, nor `more`."""
    used = {header_key(name) for name in (*used_columns(section, picked), *more)}
    return [h for h in sheet.header if h.strip() and header_key(h) not in used]


def _understood(parsed: Mapping[str, ParsedColumn], names: tuple[str, ...], n: int) -> Flags:
    """(n,) where these fields can be read, and stand where they have to."""
    out = np.ones(n, dtype=bool)
    for name in names:
        if name in parsed:
            is_required = name in ("amount", "currency")
            out &= ~parsed[name].bad & ~(parsed[name].empty & is_required)
    return out
