"""A source read as a whole: all its files, one set of tables, every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.importing.beyond_invoice import over_allocation_doubts
from payrisk.ledger.importing.open_items.comparing import known_on_list_day, with_known_amounts
from payrisk.ledger.importing.paid_before import set_aside_unknown_payments
from payrisk.ledger.importing.reading import documents
from payrisk.ledger.importing.reading.control_totals import (
    ControlTotals,
    control_totals_of,
    quarantined_later,
)
from payrisk.ledger.importing.reading.credit_rows import linked_credits, whole_credits
from payrisk.ledger.importing.reading.fields.blank_columns import without_blank_columns
from payrisk.ledger.importing.reading.fields.repeated_headers import (
    without_page_lines,
    without_repeated_headers,
)
from payrisk.ledger.importing.reading.files import SourcePart, source_parts
from payrisk.ledger.importing.reading.headers.stated_evening import stated_evenings
from payrisk.ledger.importing.reading.ids.lookups import Lookups
from payrisk.ledger.importing.reading.preset import Preset, Section
from payrisk.ledger.importing.reading.rows import Rows, read_rows
from payrisk.ledger.importing.reading.sheet import Sheet, read_sheet
from payrisk.ledger.importing.reading.stated_balances import (
    invoices_stated_unpaid,
    no_balances,
    paid_yet_open,
    stated_balances,
    unpaid_but_dated_doubts,
    unstated_balances,
)
from payrisk.ledger.importing.reading.variants import fitting_preset

Progress = Callable[[str, int, int], None]
"""Told (what is being read, steps done, steps in all)."""


@dataclass(frozen=True)
class FileCount:
    """The rows of one file: in = accepted + left_out + quarantined."""

    file: str
    table: str
    rows_in: int
    accepted: int
    left_out: int
    quarantined: int


@dataclass(frozen=True)
class SourceContents:
    """What a source says, before the ledger has seen it.

    tables: only the columns the source fills (a column that is absent was not said; absent is
    not empty), typed as in `facts`. totals: what the files' rows add up to, by table and currency.
    evenings: of which the titles above its tables say that they are true. unpaid: the invoices
    (id and instalment) whose row has a day of payment that is empty.
    """

    tables: Tables
    problems: tuple[Problem, ...]
    files: tuple[FileCount, ...]
    totals: ControlTotals = field(default_factory=ControlTotals)
    balances: pd.DataFrame = field(default_factory=no_balances)
    evenings: frozenset[int] = frozenset()
    unpaid: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def rows_in(self) -> int:
        """Rows the files hold."""
        return sum(f.rows_in for f in self.files)

    @property
    def rows_accepted(self) -> int:
        """Rows that became facts."""
        return sum(f.accepted for f in self.files)

    @property
    def rows_left_out(self) -> int:
        """Rows understood and left out: exact twins, and what the mapping skips."""
        return sum(f.left_out for f in self.files)

    @property
    def rows_quarantined(self) -> int:
        """Rows that could not be understood, each named by a Problem."""
        return sum(f.quarantined for f in self.files)


def read_source(
    source: Path,
    preset: Preset,
    *,
    imported_on: int,
    ledger_tables: Mapping[str, pd.DataFrame] | None = None,
    progress: Progress | None = None,
) -> SourceContents:
    """Read a file or folder through a preset.

    imported_on: the day on which facts without a date of their own become known.
    ledger_tables: those of the ledger so far; references (an allocation's invoice) may end there.
    Raises InputError for what makes a whole file unusable; row defects are Problems.
    """
    preset = fitting_preset(source, preset)
    parts, idle = source_parts(source, preset)
    lookups = Lookups()
    lookups.add(ledger_tables or {})
    tables: Tables = {}
    counts: list[FileCount] = []
    unread = "no section reads it: name it in the mapping or take it out of the folder"
    problems = [Problem("unused_file", unread, "doubted", file=name) for name in idle]
    totals, balances, evenings = ControlTotals(), no_balances(), frozenset[int]()
    unpaid: list[pd.DataFrame] = []
    stated_links = pd.DataFrame(columns=["credit_id", "invoice_id", "instalment", "amount"])
    tell = progress or (lambda *_: None)
    for step, part in enumerate(parts):
        tell(f"reading {part.path.name}", 2 * step, 2 * len(parts))
        sheet = _sheet(part, preset)
        tell(f"typing {part.path.name}", 2 * step + 1, 2 * len(parts))
        titles = [" ".join(cells) for cells in sheet.top[: sheet.skip_rows]]
        evenings |= stated_evenings(titles, preset.dates)
        section, overlaps = _without_paid_on(part.section, parts, sheet)
        rows = read_rows(sheet, section, preset, lookups, imported_on)
        facts, more = _facts(rows, section, sheet, imported_on)
        stated_links = pd.concat([stated_links, _stated_links(rows, section)], ignore_index=True)
        facts, twice = _without_documented(facts, tables)
        problems += [*overlaps, *rows.problems, *more, *_documented_twice(twice, sheet)]
        problems += [
            *unstated_balances(rows),
            *paid_yet_open(rows),
            *unpaid_but_dated_doubts(rows),
        ]
        for name, frame in facts.items():
            tables[name] = _joined(name, tables.get(name), frame)
        if step < len(parts) - 1:  # nobody looks anything up after the last file
            lookups.add(facts)
        totals = totals + control_totals_of(rows) + quarantined_later("credits", twice)
        stated = stated_balances(rows, is_list=preset.kind == "open items")
        balances = pd.concat([balances, stated], ignore_index=True) if len(stated) else balances
        unpaid.append(invoices_stated_unpaid(rows))
        counts.append(
            FileCount(
                sheet.name,
                section.table,
                rows.n_rows,
                rows.n_accepted - len(twice),
                rows.n_left_out,
                rows.n_quarantined + len(twice),
            )
        )
    tell("", 2 * len(parts), 2 * len(parts))
    del sheet, rows, facts, lookups  # what was read last, before more room is taken
    tables = with_known_amounts(tables, balances, ledger_tables or {})
    if preset.kind == "open items":
        tables = known_on_list_day(tables, imported_on)
    tables, carried = set_aside_unknown_payments(tables, ledger_tables or {})
    problems += carried
    problems += over_allocation_doubts(stated_links, tables, ledger_tables or {})
    return SourceContents(
        tables, tuple(problems), tuple(counts), totals, balances, evenings, pd.concat(unpaid)
    )


def _sheet(part: SourcePart, preset: Preset) -> Sheet:
    sheet = read_sheet(part.path, sheet=part.sheet, layout=preset.layout)
    return without_page_lines(without_repeated_headers(without_blank_columns(sheet)))


def _without_paid_on(
    section: Section, parts: list[SourcePart], sheet: Sheet
) -> tuple[Section, list[Problem]]:
    """A folder with credits of its own tells payments there; `paid_on` would tell them again."""
    has_credits = any(part.section.table == "credits" for part in parts)
    if section.table != "invoices" or not has_credits or "paid_on" not in section.fields:
        return section, []
    fields = {name: s for name, s in section.fields.items() if not name.startswith("paid_")}
    has = any(sheet.find(c) is not None for s in section.fields["paid_on"] for c in s.columns)
    problem = Problem(
        "paid_on_ignored", "paid_on not read: the credits tell the payments", "noted", sheet.name
    )
    return replace(section, fields=fields), [problem] if has else []


def _without_documented(facts: Tables, tables: Tables) -> tuple[Tables, pd.DataFrame]:
    """The facts without the credits that an earlier file told as documents, and those."""
    if "credits" not in facts or "credits" not in tables:
        return facts, pd.DataFrame(columns=["currency", "amount"])
    credits = facts["credits"]
    twice = credits["credit_id"].isin(tables["credits"]["credit_id"])
    return facts | {"credits": credits[~twice].reset_index(drop=True)}, credits[twice]


def _documented_twice(credits: pd.DataFrame, sheet: Sheet) -> list[Problem]:
    if not len(credits):
        return []
    message = "credits that the documents have told already, the documents count"
    return [
        Problem("conflict", message, "quarantined", sheet.name, None, "credit_id", len(credits))
    ]


def _joined(name: str, earlier: pd.DataFrame | None, later: pd.DataFrame) -> pd.DataFrame:
    if earlier is None:
        return later
    whole = pd.concat([complete(name, earlier), complete(name, later)], ignore_index=True)
    return whole.drop_duplicates(list(TABLES[name].key), ignore_index=True)


def _facts(
    rows: Rows, section: Section, sheet: Sheet, imported_on: int
) -> tuple[Tables, list[Problem]]:
    """The fact tables that the accepted rows of one file fill."""
    good = rows.accepted_rows
    problems: list[Problem] = []
    if section.table == "invoices":
        tables, problems = documents.document_facts(good)
        if len(rows.links):
            parts = [tables[n] for n in ("allocations",) if n in tables]
            tables["allocations"] = pd.concat([*parts, rows.links], ignore_index=True)
        problems = [replace(p, file=rows.file) for p in problems]
    else:
        columns = [c for c in TABLES[section.table].names if c in good]
        tables = {section.table: good[columns]}
        if section.table == "credits":
            tables["credits"] = whole_credits(good[columns])
        if section.table == "credits" and "invoice_id" in good:
            tables["allocations"] = linked_credits(good)
    if section.attributes:
        tables["attributes"] = _attributes(rows, section, sheet)
    if "attributes" in tables:
        tables["attributes"] = _dated(tables["attributes"], imported_on)
    return {n: f for n, f in tables.items() if len(f) or n == section.table}, problems


def _stated_links(rows: Rows, section: Section) -> pd.DataFrame:
    """The allocations whose amounts a file states itself."""
    good = rows.accepted_rows
    if section.table == "allocations":
        links = good
    elif section.table == "credits" and {"invoice_id", "allocated_amount"} <= {*good.columns}:
        links = good[good["invoice_id"].notna() & good["allocated_amount"].notna()]
        links = links.assign(amount=links["allocated_amount"])
    else:
        links = good[:0].assign(credit_id=None, invoice_id=None, amount=0)
    named = ["credit_id", "invoice_id", "amount"]
    return links[named].assign(instalment=links.get("instalment", 1))


def _attributes(rows: Rows, section: Section, sheet: Sheet) -> pd.DataFrame:
    """Further columns of a customer's row as attributes, one a filled cell."""
    positions: Iterator[tuple[str, int | None]] = (
        (name, sheet.find(column)) for name, column in section.attributes.items()
    )
    customer_id = rows.frame["customer_id"]
    parts = [
        pd.DataFrame(
            {
                "customer_id": customer_id,
                "name": name,
                "value": sheet.text(position).to_pandas().to_numpy(dtype=object),
            }
        )[rows.accepted].dropna(subset="value")
        for name, position in positions
        if position is not None
    ]
    empty = pd.DataFrame(columns=["customer_id", "name", "value"])
    whole = pd.concat(parts, ignore_index=True) if parts else empty
    return whole.drop_duplicates(["customer_id", "name"], ignore_index=True)


def _dated(attributes: pd.DataFrame, imported_on: int) -> pd.DataFrame:
    """Attributes without a date are known from their import on, not earlier."""
    f = attributes.copy()
    for name in ("valid_on", "recorded_on"):
        if name not in f:
            f[name] = NEVER
    undated = (f["valid_on"] == NEVER) & (f["recorded_on"] == NEVER)
    f.loc[undated, ["valid_on", "recorded_on"]] = imported_on
    return f
