"""Which column fills which field: by its header's words and by what its cells are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from payrisk.ledger.importing.reading.sheet import Sheet
from payrisk.ledger.importing.suggesting.by_cells import columns_told_by_cells
from payrisk.ledger.importing.suggesting.evidence import ColumnEvidence
from payrisk.ledger.importing.suggesting.field_columns import FieldColumn
from payrisk.ledger.importing.suggesting.words import debit_or_credit_header, header_scores

FIELDS: dict[str, tuple[str, ...]] = {
    "invoices": (
        "invoice_id",
        "customer_id",
        "customer_name",
        "issued_on",
        "due_on",
        "amount",
        "currency",
        "terms",
        "paid_on",
        "paid_amount",
        "balance",
        "entity_id",
        "instalment",
        "payment_method",
        "customer_country",
    ),
    "credits": (
        "credit_id",
        "customer_id",
        "happened_on",
        "amount",
        "currency",
        "invoice_id",
        "entity_id",
    ),
    "customers": ("customer_id", "name", "country"),
}
"""Fields that are looked for, by table."""

NEEDED: dict[str, tuple[str, ...]] = {
    "invoices": ("invoice_id", "customer_id", "issued_on", "amount"),
    "credits": ("customer_id", "happened_on", "amount"),
    "customers": ("customer_id",),
}
"""Fields without which the table cannot be read; a currency may be that of the whole file."""

LEAST = 0.6
"""Confidence below which a column is not proposed."""

_DAYS = {"issued_on", "due_on", "paid_on", "happened_on"}
_MONEY = {"amount", "paid_amount", "balance"}
_IDS = {"invoice_id", "customer_id", "credit_id"}


def choose_columns(
    sheet: Sheet, evidence: Sequence[ColumnEvidence], table: str
) -> dict[str, FieldColumn]:
    """The column of each field that one seems to fill; no column fills two."""
    scores: dict[tuple[str, int], float] = {}
    for position, header in enumerate(sheet.header):
        if sheet.find(header) != position:
            continue
        by_header = header_scores(header.strip(), table) if header.strip() else {}
        for name in FIELDS[table]:
            score = by_header.get(name, 0.0) * _fit(name, evidence[position])
            if score:
                scores[name, position] = score
        _party(scores, position, evidence[position], table)
    field_columns = _two_sides(sheet, evidence, scores, table)
    taken = {p for each in field_columns.values() for p in (each.position, each.minus)}
    # Of equals the shorter header is the plain one: Amount, not Original amount.
    ranked = sorted(scores.items(), key=lambda each: (-each[1], len(sheet.header[each[0][1]])))
    for (name, position), score in ranked:
        if score >= LEAST and name not in field_columns and position not in taken:
            field_columns[name] = FieldColumn(position, round(score, 2), "its header says so")
            taken.add(position)
    return field_columns | columns_told_by_cells(sheet, evidence, table, field_columns)


def _two_sides(
    sheet: Sheet,
    evidence: Sequence[ColumnEvidence],
    scores: Mapping[tuple[str, int], float],
    table: str,
) -> dict[str, FieldColumn]:
    """The amount as debit less credit, where a file has a column for each of them."""
    places: dict[str, int] = {}
    for position, header in enumerate(sheet.header):
        side = debit_or_credit_header(header)
        if side and (evidence[position].numbers >= 0.8 or not evidence[position].filled):
            places.setdefault(side, position)
    best = max((s for (name, _), s in scores.items() if name == "amount"), default=0.0)
    if table != "invoices" or len(places) < 2 or best >= 0.86:
        return {}
    why = "one column for each side: debit less credit"
    return {"amount": FieldColumn(places["debit"], 0.86, why, places["credit"])}


def _fit(name: str, cells: ColumnEvidence) -> float:
    """How well cells suit a field, from 0 to 1; an empty column may be anything but an id."""
    if not cells.filled:
        return 0.0 if name in _IDS | {"amount", "issued_on", "happened_on"} else 0.8
    if name in _DAYS:
        return 1.0 if cells.days >= 0.8 else 0.0
    if name in _MONEY:
        # Bare whole numbers are amounts only where the header surely says so: yen, not counts.
        return 0.0 if not cells.is_amount else 0.65 if cells.digits > 0.95 else 1.0
    if name == "currency":
        return 1.0 if cells.currencies >= 0.8 else 0.0
    if cells.is_day:
        return 1.0 if name == "terms" else 0.0
    return _fit_of_words(name, cells)


def _fit_of_words(name: str, cells: ColumnEvidence) -> float:
    """How well cells that are no days suit a number, a name or another word."""
    if name in _IDS and cells.fractions > 0.3:
        return 0.0
    if name in ("invoice_id", "credit_id"):
        several = 0.75 + 0.25 * cells.unique if cells.unique > 0.05 else 0.3
        return 0.7 if cells.is_key else several
    if name in ("customer_name", "name", "country"):
        return 1.0 if cells.letters >= 0.8 else 0.5 if name == "country" else 0.0
    if name == "instalment":
        return 1.0 if cells.digits >= 0.8 else 0.0
    return 1.0


def _party(
    scores: dict[tuple[str, int], float], position: int, cells: ColumnEvidence, table: str
) -> None:
    """A column headed 'Customer' whose cells are words is a name where there is a number, too."""
    name = "name" if table == "customers" else "customer_name"
    score = scores.get(("customer_id", position), 0.0)
    if name not in FIELDS[table] or not 0 < score < 1 or cells.letters < 0.8:
        return
    is_wordy = sum(" " in sample or len(sample) > 12 for sample in cells.samples) * 2
    if is_wordy >= len(cells.samples):
        scores["customer_id", position] = score - 0.1
        scores[name, position] = max(scores.get((name, position), 0.0), score - 0.05)


def column_fit_score(field_columns: Mapping[str, FieldColumn], table: str) -> float:
    """How well the columns make the table: what is needed counts twice, what lacks takes off."""
    number = field_columns.get("credit_id")
    # A list of payments has numbers of its own, or is one of invoices.
    total = -2.0 if table == "credits" and (not number or number.confidence < 0.8) else 0.0
    total += sum(each.confidence for each in field_columns.values())
    for name in NEEDED[table]:
        total += field_columns[name].confidence if name in field_columns else -1.5
    return total
