"""Who may be asked about by a key for some entities."""

from __future__ import annotations

from payrisk.answers import Answers
from payrisk.answers.collecting.desk_scope import DeskScope
from support.ledgers.by_hand import invoice, ledger


def test_a_merged_customer_is_known_by_its_former_id_where_it_was_billed():
    bills = [
        invoice("A", customer_id="old", entity_id="E1"),
        invoice("B", customer_id="else", entity_id="E2"),
    ]
    customers = [{"customer_id": c, "recorded_on": "2025-01-01"} for c in ("c1", "old", "else")]
    alias = {"alias_id": "old", "customer_id": "c1", "valid_on": "2025-02-01",
             "recorded_on": "2025-02-01"}  # fmt: skip
    entities = [{"entity_id": e, "base_currency": "EUR"} for e in ("E1", "E2")]
    one = ledger(customers=customers, invoices=bills, aliases=[alias], entities=entities)
    answers = Answers(one, {})
    assert set(DeskScope.of(answers, frozenset({"E1"})).names) == {"c1", "old"}
    assert set(DeskScope.of(answers, frozenset({"E2"})).names) == {"else"}
    assert {"c1", "old"} <= set(DeskScope.of(answers, None).names)
    assert DeskScope.of(answers, frozenset({"E1"})).renamed == {"old": "c1"}
