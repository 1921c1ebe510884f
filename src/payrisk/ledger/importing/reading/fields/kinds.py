"""The text of every field typed by its kind: days, minor units, rates, counts, flags, words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Floats
from payrisk.ledger.facts.kinds import EVENT_KINDS
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.tables import TEXT, Column
from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.cells import ParsedColumn, Text
from payrisk.ledger.importing.reading.fields.columns import (
    cells_held_as_numbers,
    cells_without_side,
    divisors,
    field_text,
    sign_flips,
    subtracted_text,
)
from payrisk.ledger.importing.reading.fields.kind_columns import CHOICES
from payrisk.ledger.importing.reading.headers.scales import scale_of_header, scale_of_titles
from payrisk.ledger.importing.reading.preset import FieldSource, Preset, Section, fields_of
from payrisk.ledger.importing.reading.quarantine import currency_field_of, problem_of_rows
from payrisk.ledger.importing.reading.sheet import Sheet

_CHOICES = CHOICES | {("events", "kind"): EVENT_KINDS}


_DAYS_TO_1904 = 1462
"""Days by which the two calendars of spreadsheets differ."""


def typed_fields(
    texts: Mapping[str, Text],
    picked: Mapping[str, FieldSource],
    sheet: Sheet,
    section: Section,
    preset: Preset,
) -> tuple[dict[str, ParsedColumn], list[Problem]]:
    """Every field's text by its kind, amounts in the currency of their row; and what was met.

    A column leaves doubts, once each; the cells they leave unread are bad.
    """
    problems: list[Problem] = []
    parsed: dict[str, ParsedColumn] = {}
    for name, column in fields_of(section.table).items():
        if name not in texts:
            continue
        source = picked.get(name, FieldSource())
        if column.kind == "cents":
            parsed[name], notes = _amounts(name, texts, source, sheet, section, preset)
            problems += notes
        else:
            parsed[name] = _other(column, texts[name], source, sheet, section, preset)
    parsed |= _in_order_of_file(parsed, texts, picked, preset)
    for name, column in fields_of(section.table).items():
        if name not in parsed:
            continue
        for doubt in parsed[name].doubts:
            why = f"{name} {doubt.why}".replace("the mapping", preset.mapping_to_write())
            problems += problem_of_rows(doubt.code, why, sheet, doubt.hit, name, action="doubted")
        parsed[name] = _defaulted(parsed[name], column)
    return parsed, problems


def _amounts(
    name: str,
    texts: Mapping[str, Text],
    source: FieldSource,
    sheet: Sheet,
    section: Section,
    preset: Preset,
) -> tuple[ParsedColumn, list[Problem]]:
    """Amounts as minor units of the row's currency, turned round where the mapping says so."""
    currency, divide_by = texts[currency_field_of(name)], divisors(source, sheet)

    def money_of(text: Text, typed: Flags | None) -> ParsedColumn:
        return cells.minor_units(
            text,
            cells.exponents(currency)[0],
            grammar=source.grammar or preset.grammar,
            divide_by=divide_by,
            currency=currency,
            typed=typed,
            # The credit side is below zero for what a customer owes, not for what they pay.
            credit_is_negative=(section.table, name) == ("invoices", "amount"),
        )

    if source.minus:
        first = field_text(replace(source, minus=""), sheet, preset.empty)
        second = subtracted_text(source, sheet, preset.empty)
        position = sheet.find(source.minus)
        marks = None if position is None else sheet.is_typed(position)
        money = _less(
            money_of(first, cells_held_as_numbers(source, sheet)), money_of(second, marks)
        )
    else:
        money = money_of(texts[name], cells_held_as_numbers(source, sheet))
    if (odd := cells_without_side(source, sheet)).any():
        why = "on neither side: the cell that tells debit from credit says neither"
        money = replace(money, bad=money.bad | odd, why=money.why if money.bad.any() else why)
    money = _of_other_scale(money, source, sheet)
    signed = _signed(money, sign_flips(source, sheet))
    return signed, _money_notes(money, divide_by, sheet, name)


def _of_other_scale(money: ParsedColumn, source: FieldSource, sheet: Sheet) -> ParsedColumn:
    """The amounts as bad ones where a header or title says that they are thousands or shares."""
    if source.how == "constant":
        return money
    titles = [" ".join(cells) for cells in sheet.top[: sheet.skip_rows]]
    scale = next(filter(None, map(scale_of_header, source.columns)), scale_of_titles(titles))
    if not scale:
        return money
    why = f"counted in {scale}, as its header or title says: export whole amounts"
    return replace(money, bad=~money.empty, why=why)


def _less(debit: ParsedColumn, credit: ParsedColumn) -> ParsedColumn:
    """The debit side less the credit side; an empty side is nothing, both empty are empty."""
    bad = debit.bad | credit.bad
    sides = [np.where(s.bad | s.empty, 0, pd.Series(s.values).fillna(0)) for s in (debit, credit)]
    return replace(
        debit,
        values=pd.array(sides[0].astype("int64") - sides[1].astype("int64"), dtype="Int64"),
        empty=debit.empty & credit.empty,
        bad=bad,
        why=debit.why or credit.why,
        doubts=(*debit.doubts, *credit.doubts),
    )


def _other(
    column: Column,
    text: Text,
    source: FieldSource,
    sheet: Sheet,
    section: Section,
    preset: Preset,
) -> ParsedColumn:
    """A column of days, rates, counts, flags or words."""
    if column.kind == "day":
        text = _counted_from_1900(text) if sheet.from_1904 else text
        days = cells.days(text, source.dates or preset.dates, zone=preset.timezone)
        return _later(days, source, sheet) if source.plus_days else days
    if column.kind == "rate":
        return cells.rates(
            text,
            is_share=column.name.endswith("_rate"),
            grammar=source.grammar or preset.grammar,
            typed=cells_held_as_numbers(source, sheet),
        )
    if column.kind == "count":
        return cells.counts(text)
    if column.kind == "flag":
        return cells.flags(text)
    return _text(text, section.table, column)


def _counted_from_1900(text: Text) -> Text:
    """Days of a workbook that are numbers counted from 1904, as every other workbook counts."""
    is_number = pc.match_substring_regex(text, r"^\d{4,5}(\.\d+)?$")
    serial = pc.cast(pc.if_else(is_number, text, pa.scalar(None, pa.string())), pa.float64())
    moved = pc.cast(pc.floor(serial), pa.int64())
    return pc.coalesce(pc.cast(pc.add(moved, _DAYS_TO_1904), pa.string()), text)


def _later(days: ParsedColumn, source: FieldSource, sheet: Sheet) -> ParsedColumn:
    """The days with the first filled of the columns of days added; days that are none are bad."""
    added, bad = np.zeros(len(days.bad), dtype=np.int64), days.bad
    for column in source.plus_days:
        position = sheet.find(column)
        if position is not None:
            counts = cells.counts(sheet.text(position))
            bad = bad | counts.bad
            added = np.where((added == 0) & ~counts.bad & ~counts.empty, counts.values, added)
    later = np.where(bad | days.empty, days.values, days.values + added)
    return replace(days, values=later, bad=bad, why=days.why or "no day, or no number of days")


def _in_order_of_file(
    parsed: Mapping[str, ParsedColumn],
    texts: Mapping[str, Text],
    picked: Mapping[str, FieldSource],
    preset: Preset,
) -> dict[str, ParsedColumn]:
    """Dates of two readings in the order of the file's other dates, where those tell one."""
    told = {column.order for column in parsed.values() if column.order}
    if len(told) != 1:
        return {}
    (order,) = told
    return {
        name: cells.days(
            texts[name],
            picked.get(name, FieldSource()).dates or preset.dates,
            zone=preset.timezone,
            file_order=order,
        )
        for name, column in parsed.items()
        if any(doubt.code == "date_order" for doubt in column.doubts)
    }


def _signed(money: ParsedColumn, turn: Flags) -> ParsedColumn:
    values = np.where(money.bad, 0, np.where(turn, -money.values, money.values))
    return replace(money, values=pd.array(values, dtype="Int64"))


def _money_notes(
    money: ParsedColumn, divide_by: Floats | None, sheet: Sheet, name: str
) -> list[Problem]:
    rounded = np.zeros(len(money.empty), dtype=bool) if money.repaired is None else money.repaired
    if divide_by is None:
        message = "written with float noise, read as the nearest minor unit"
        return problem_of_rows("float_noise", message, sheet, rounded, name, action="repaired")
    back = (divide_by != 1.0) & ~money.bad & ~money.empty
    message = "converted amounts turned back to their own currency at the mapping's rate"
    return [
        *problem_of_rows("converted_back", message, sheet, back, name, action="repaired"),
        *problem_of_rows(
            "float_noise",
            "written with float noise, read as the nearest minor unit",
            sheet,
            rounded & ~back,
            name,
            action="repaired",
        ),
    ]


def _text(text: Text, table: str, column: Column) -> ParsedColumn:
    empty = cells.empty_cells(text)
    bad = np.zeros(len(empty), dtype=bool)
    why = ""
    if column.name in ("currency", "credit_currency", "base_currency"):
        bad = cells.exponents(text)[1] & ~empty
        why = "no ISO 4217 currency code"
    elif (table, column.name) in _CHOICES:
        choices = _CHOICES[table, column.name]
        bad = ~cells.flags_of(pc.is_in(text, value_set=pa.array(choices))) & ~empty
        why = f"none of {', '.join(choices)}"
    return ParsedColumn(TEXT.__from_arrow__(text), empty, bad, why)


def _defaulted(parsed: ParsedColumn, column: Column) -> ParsedColumn:
    """What an empty cell of the column reads as."""
    values = parsed.values
    if column.kind == "cents":
        values[parsed.empty] = pd.NA
    elif column.default is not None:
        if column.kind == "text":
            values = values.fillna(column.default)
        else:
            values = np.where(parsed.empty, column.default, values).astype(values.dtype)
    return replace(parsed, values=values)
