"""What a ledger's raw rows say one morning, read in plain Python: no array, no frame."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import pandas as pd

from payrisk.calendar import NEVER, day_of, iso
from payrisk.ledger import Ledger
from payrisk.ledger.facts.corrections import SUBJECT_TABLE
from payrisk.ledger.facts.tables import TABLES

Row = dict[str, Any]


class Facts:
    """The rows of every table as plain dicts, converted once, and the corrections in order."""

    def __init__(self, ledger: Ledger) -> None:
        self.rules = ledger.rules
        self.rows: dict[str, list[Row]] = {}
        for name, frame in ledger.tables.items():
            columns = [[plain(v) for v in frame[c].tolist()] for c in frame.columns]
            rows = [dict(zip(frame.columns, cells)) for cells in zip(*columns)]
            for place, row in enumerate(rows):
                row["place"] = place
            self.rows[name] = rows
        changed = [e for e in self.rows["events"] if e["kind"] == "changed"]
        changed.sort(key=lambda e: (e["recorded_on"], e["happened_on"], e["event_id"]))
        self.changes = [e for e in changed if e["subject_kind"] in SUBJECT_TABLE]
        named = {SUBJECT_TABLE[e["subject_kind"]] for e in self.changes}
        self.places = {
            name: {key_of(name, row): row["place"] for row in self.rows[name]} for name in named
        }

    @cached_property
    def currencies(self) -> set[str]:
        """Every currency that an invoice or credit ever had."""
        return {row["currency"] for t in ("invoices", "credits") for row in self.rows[t]}


def plain(value: Any) -> Any:
    """A cell as Python says it; None where it is empty."""
    return None if value is pd.NA or value is None or value != value else value


def key_of(name: str, row: Row) -> str:
    """The key of a row as a correction's subject writes it."""
    parts = []
    for column in TABLES[name].key:
        value = row[column]
        if TABLES[name].column(column).kind == "day":
            parts.append("" if value == NEVER else iso(value))
        else:
            text = str(value)
            several = len(TABLES[name].key) > 1
            parts.append(text.replace("\\", "\\\\").replace("|", "\\|") if several else text)
    return "|".join(parts)


def said(name: str, field: str, text: str | None) -> Any:
    """What a correction's text puts into a column."""
    column = TABLES[name].column(field)
    if not text:
        return NEVER if column.kind == "day" else None
    if column.kind == "day":
        return day_of(text)
    if column.kind in ("cents", "count"):
        return int(text)
    return float(text) if column.kind == "rate" else text


class Known:
    """The rows known on the morning `t`, as they read then, and who everybody was."""

    def __init__(self, facts: Facts, t: int) -> None:
        self.facts, self.t = facts, t
        self._rows: dict[str, list[Row]] = {}
        self._corrected: dict[str, dict[int, Row]] = {}
        self._of_invoices: dict[str, list[tuple[Row, Row]]] = {}
        for change in facts.changes:
            if change["recorded_on"] < t:
                self._correct(change)

    def _correct(self, change: Row) -> None:
        name, field = SUBJECT_TABLE[change["subject_kind"]], change["field"]
        place = self.facts.places[name].get(change["subject"])
        if place is None or field == "recorded_on" or field not in TABLES[name].names:
            return
        rows = self._corrected.setdefault(name, {})
        row = rows.setdefault(place, dict(self.facts.rows[name][place]))
        row[field] = said(name, field, change["new"])

    def rows(self, name: str) -> list[Row]:
        """Rows recorded before this morning."""
        if name not in self._rows:
            corrected = self._corrected.get(name, {})
            read = [corrected.get(row["place"], row) for row in self.facts.rows[name]]
            self._rows[name] = [row for row in read if row["recorded_on"] < self.t]
        return self._rows[name]

    def happened(self, name: str, column: str = "happened_on") -> list[Row]:
        """Those of them that had happened by the evening before."""
        return [row for row in self.rows(name) if row[column] < self.t]

    @cached_property
    def invoices(self) -> dict[tuple[str, int], Row]:
        """The invoices by id and instalment, in the ledger's order."""
        issued = self.happened("invoices", "issued_on")
        return {(row["invoice_id"], row["instalment"]): row for row in issued}

    @cached_property
    def events(self) -> list[Row]:
        """All events but corrections."""
        return [row for row in self.happened("events") if row["kind"] != "changed"]

    def of_invoices(self, kind: str) -> list[tuple[Row, Row]]:
        """Events of a kind with the invoice each speaks of, where both are known."""
        if kind not in self._of_invoices:
            own = [e for e in self.events if e["kind"] == kind and e["subject_kind"] == "invoice"]
            asked = [(e, self.invoices.get((e["subject"], e["instalment"]))) for e in own]
            self._of_invoices[kind] = [(e, i) for e, i in asked if i is not None]
        return self._of_invoices[kind]

    @cached_property
    def customer_ids(self) -> set[str]:
        """Everybody the ledger has a row of, known by now or not: what ids may refer to."""
        return {row["customer_id"] for row in self.facts.rows["customers"]}

    @cached_property
    def _aliases(self) -> dict[str, str]:
        rows = self.happened("aliases", "valid_on")
        rows = sorted(rows, key=lambda a: (a["valid_on"], a["recorded_on"], a["customer_id"]))
        return {a["alias_id"]: a["customer_id"] for a in rows}

    def name(self, customer: str) -> str:
        """The id a customer goes by."""
        seen, now = {customer}, customer
        while now in self._aliases:
            now = self._aliases[now]
            if now in seen:
                break
            seen.add(now)
        return now if now in self.customer_ids else customer

    def attribute(self, name: str) -> dict[str, str | None]:
        """The customers' values of a dated attribute: the latest, the last recorded of a day."""
        rows = [a for a in self.happened("attributes", "valid_on") if a["name"] == name]
        rows.sort(key=lambda a: (a["valid_on"], a["recorded_on"], a["value"] or ""))
        return {a["customer_id"]: a["value"] for a in rows}

    @cached_property
    def _named_parent(self) -> dict[str, str]:
        own = {c["customer_id"]: c["parent_id"] for c in self.rows("customers")}
        own |= self.attribute("parent")
        return {one: head for one, head in own.items() if head in self.customer_ids}

    @cached_property
    def _heads(self) -> dict[str, str]:
        return {}

    def parent(self, customer: str) -> str:
        """The head of a customer's group: up to 1,024 steps up, so a ring ends somewhere in it."""
        if customer not in self._heads:
            now = customer
            for _ in range(1024):
                if now not in self._named_parent:
                    break
                now = self._named_parent[now]
            self._heads[customer] = now
        return self._heads[customer]

    @cached_property
    def segments(self) -> dict[str, str | None]:
        """The segment of each customer that has one."""
        return {one: text for one, text in self.attribute("segment").items() if text}

    @cached_property
    def countries(self) -> dict[str, str]:
        """The country of each customer whose row, known by now, names one."""
        return {c["customer_id"]: c["country"] for c in self.rows("customers") if c["country"]}

    @cached_property
    def limits(self) -> dict[str, float]:
        """The credit limit of each customer that has one; what is no number is none."""
        return {one: number(text) for one, text in self.attribute("limit").items()}

    @cached_property
    def blocked(self) -> dict[str, float]:
        """Whether each customer is blocked, where that is said in a word that is understood."""
        words = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}
        told = self.attribute("blocked").items()
        return {one: words.get((text or "").strip().lower(), math.nan) for one, text in told}

    def calendar(self, customer: str | None, entity: str | None) -> str:
        """The country whose holidays count: the customer's, else our bank's, else our own."""
        if customer in self.countries:
            return self.countries[customer]
        for row in self.rows("entities"):
            if row["entity_id"] == entity:
                return row["bank_calendar"] or row["country"] or ""
        return ""


def number(text: str | None) -> float:
    """A text as a number; NaN where it is none."""
    try:
        return float(text or "")
    except ValueError:
        return math.nan
