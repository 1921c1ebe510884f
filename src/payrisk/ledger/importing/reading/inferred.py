"""Ids, subjects and currencies that a file does not give, inferred from what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.facts.kinds import CASH_KINDS
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.importing.reading.cells import Text, empty_cells
from payrisk.ledger.importing.reading.fields.columns import constant_text
from payrisk.ledger.importing.reading.headers import missing_column
from payrisk.ledger.importing.reading.ids.lookups import Lookups
from payrisk.ledger.importing.reading.preset import Preset, Section
from payrisk.ledger.importing.reading.sheet import Sheet

ROW_ID = "row-"
"""How the id of a row begins that has none of its own; its number in the file follows."""

_NUMBERED = {
    "invoices": ("invoice_id", ROW_ID),
    "credits": ("credit_id", "credit-" + ROW_ID),
    "events": ("event_id", "event-" + ROW_ID),
    "applications": ("application_id", "application-" + ROW_ID),
}
_SUBJECTS = (("invoice_id", "invoice"), ("credit_id", "credit"), ("customer_id", "customer"))


def fill_inferred_fields(
    filled: Mapping[str, Text], sheet: Sheet, section: Section, preset: Preset, lookups: Lookups
) -> tuple[dict[str, Text], list[Problem]]:
    """The texts with what can be known filled in, and what had to be repaired for it.

    Raises InputError for a required field that no column fills. An id is made of the row's place
    only where the section says that its rows are `numbered` so.
    """
    texts, table = dict(filled), section.table
    if preset.kind == "open items" and "balance" in texts and "amount" not in texts:
        texts["amount"] = texts.pop("balance")  # what is open is all that such a list tells
    problems: list[Problem] = []
    for name in ("currency", "credit_currency", "base_currency", "entity_currency"):
        if name in texts:
            texts[name] = pc.utf8_upper(texts[name])
    # A payment here and there without a number is told apart by its row; a list that has no
    # numbers at all, and an invoice without one, only where the mapping says so.
    is_few = table in _NUMBERED and table != "invoices" and _NUMBERED[table][0] in texts
    if table in _NUMBERED and (section.numbered or is_few):
        problems += _number(texts, sheet, section)
    problems += _number_payments(texts, sheet, section, is_list=preset.kind == "open items")
    if table == "events":
        _subjects(texts)
    if table == "credits" and "invoice_id" in texts:
        customer = lookups.values_of("invoice_id", "customer_id", texts["invoice_id"])
        texts["customer_id"] = _first(texts.get("customer_id"), customer)
    problems += _currencies(texts, sheet, table, preset, lookups)
    for column in TABLES[table].columns:
        if column.required and column.default is None and column.name not in texts:
            raise missing_column(column.name, section, sheet)
    return texts, problems


def _first(*texts: Text | None) -> Text:
    return pc.coalesce(*[text for text in texts if text is not None])


def _number(texts: dict[str, Text], sheet: Sheet, section: Section) -> list[Problem]:
    """Numbers for the rows that have none, by what the section goes by."""
    field, prefix = _NUMBERED[section.table]
    numbers = pc.binary_join_element_wise(prefix, pa.array(sheet.rows).cast(pa.string()), "")
    by = _told_apart(sheet, section.numbered_by)
    if by is not None:
        missing_ids = pc.is_null(texts[field]) if field in texts else pa.array([True] * len(by))
        texts[field] = pc.coalesce(texts.get(field, by), _with_turns(by, missing_ids))
        n = int(pc.sum(missing_ids).as_py() or 0)
        told = [column for column in section.numbered_by if sheet.find(column) is not None]
        message = f"no {field}, so one made of {', '.join(told)}"
        return (
            [Problem("named_by_cells", message, "noted", sheet.name, None, field, n)] if n else []
        )
    missing = empty_cells(texts[field]) if field in texts else np.ones(len(sheet.rows), dtype=bool)
    texts[field] = _first(texts.get(field), numbers)
    if not missing.any():
        return []
    message = f"no {field}, so {prefix}<n> by the row's place; import the file again in this order"
    row = int(sheet.rows[np.argmax(missing)])
    return [Problem("numbered", message, "repaired", sheet.name, row, field, int(missing.sum()))]


def _number_payments(
    texts: dict[str, Text], sheet: Sheet, section: Section, *, is_list: bool
) -> list[Problem]:
    """Payments of a document list without a number: one made of customer, day and amount.

    A later export says the same of them, whatever rows come before. A payment that bears the
    number of an invoice of the file paid that one, but on a list (`is_list`) both are open.
    """
    if section.table != "invoices" or not {"document", "invoice_id"} <= texts.keys():
        return []
    is_payment = pc.fill_null(pc.is_in(texts["document"], value_set=pa.array(CASH_KINDS)), False)
    is_invoice = pc.fill_null(pc.equal(texts["document"], "invoice"), True)
    bears = pc.is_in(texts["invoice_id"], value_set=texts["invoice_id"].filter(is_invoice))
    bears = pc.and_(pc.and_(bears, is_payment), pc.is_valid(texts["invoice_id"]))
    if not is_list and pc.any(bears).as_py():
        nothing = pa.scalar(None, pa.string())
        named = pc.if_else(bears, texts["invoice_id"], nothing)
        texts["applies_to"] = pc.coalesce(texts.get("applies_to", named), named)
        texts["invoice_id"] = pc.if_else(bears, nothing, texts["invoice_id"])
    missing = pc.and_(pc.is_null(texts["invoice_id"]), is_payment)
    n = int(pc.sum(missing).as_py() or 0)
    if not n:
        return []
    by = pc.binary_join_element_wise(
        *[texts[c] for c in ("document", "customer_id", "issued_on", "amount") if c in texts],
        " ",
        null_handling="replace",
        null_replacement="",
    )
    made = pc.if_else(missing, by, pa.scalar(None, pa.string()))
    texts["invoice_id"] = pc.coalesce(texts["invoice_id"], _with_turns(made, missing))
    message = "payments without a number of their own, named by customer, day and amount"
    return [Problem("named_by_cells", message, "noted", sheet.name, None, "invoice_id", n)]


def _told_apart(sheet: Sheet, columns: Sequence[str]) -> Text | None:
    """What these columns say, a text a row; None where the file has none of them."""
    places = [p for column in columns if (p := sheet.find(column)) is not None]
    if not places:
        return None
    return pc.binary_join_element_wise(
        *[sheet.text(p) for p in places], " ", null_handling="replace", null_replacement=""
    )


def _with_turns(ids: Text, among: pa.Array) -> pa.Array:
    """Ids of which the second and later ones among the rows bear their turn: "A", "A #2"."""
    chosen = ids.to_pandas().where(np.asarray(among).astype(bool))
    turn = chosen.groupby(chosen).cumcount().fillna(0).astype(int) + 1
    return pa.array(chosen.where(turn == 1, chosen + " #" + turn.astype(str)), pa.string())


def _subjects(texts: dict[str, Text]) -> None:
    """An event's subject may stand in a column of its own kind, such as invoice_id."""
    for field, kind in _SUBJECTS:
        if field not in texts:
            continue
        n = len(texts[field])
        nothing = pa.nulls(n, pa.string())
        subject = texts.get("subject", nothing)
        fresh = pc.and_(pc.is_null(subject), pc.is_valid(texts[field]))
        texts["subject"] = pc.if_else(fresh, texts[field], subject)
        stated = texts.get("subject_kind", nothing)
        texts["subject_kind"] = pc.if_else(fresh, constant_text(kind, n), stated)


def _currencies(
    texts: dict[str, Text], sheet: Sheet, table: str, preset: Preset, lookups: Lookups
) -> list[Problem]:
    """The row's currency: its own, that of what it refers to, the mapping's, its entity's."""
    if table not in ("invoices", "credits", "allocations", "events"):
        return []
    n = len(sheet.rows)
    ways = [texts[name] for name in ("currency",) if name in texts]
    if table == "events" and "subject" in texts:
        bare = pc.replace_substring_regex(texts["subject"], "^(invoice|credit|customer):", "")
        ways += [lookups.values_of(key, "currency", bare) for key, _ in _SUBJECTS]
    if table in ("credits", "allocations") and "invoice_id" in texts:
        ways.append(lookups.values_of("invoice_id", "currency", texts["invoice_id"]))
    if table == "allocations" and "credit_id" in texts:
        credit = lookups.values_of("credit_id", "currency", texts["credit_id"])
        texts["credit_currency"] = _first(texts.get("credit_currency"), credit)
        ways.append(texts["credit_currency"])
    if preset.currency:
        ways.append(constant_text(preset.currency.upper(), n))
    stated = _first(*ways) if ways else pa.nulls(n, pa.string())
    entity = texts.get("entity_id", constant_text("main", n))
    full = _first(stated, lookups.values_of("entity_id", "currency", entity))
    if ways or full.null_count < n or table in ("allocations", "events"):
        texts["currency"] = full
    repaired = empty_cells(stated) & ~empty_cells(full)
    if not repaired.any():
        return []
    row, why = int(sheet.rows[np.argmax(repaired)]), "no currency, taken from the entity"
    count = int(repaired.sum())
    return [Problem("currency_of_entity", why, "repaired", sheet.name, row, "currency", count)]
