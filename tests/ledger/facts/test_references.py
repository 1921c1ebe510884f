"""References: every id finds its row, whatever the order of rows and the gaps between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.ledger.facts.arrays import resolve_arrays
from payrisk.ledger.facts.references import encode_texts, invoice_rows, ranks, text_rows
from payrisk.ledger.facts.rules import SettleRules
from payrisk.ledger.facts.tables import TEXT
from support.ledgers.messy import messy_ledger


def texts(*words):
    return pd.Series(words, dtype=TEXT)


def test_a_text_finds_its_first_row_and_an_empty_cell_none():
    keys = texts("b", "a", "b", "c")
    assert text_rows(texts("c", "b", None, "z", "a"), keys).tolist() == [3, 0, -1, -1, 1]
    assert text_rows(texts("a"), texts()).tolist() == [-1]
    assert text_rows(texts(), keys).tolist() == []


def test_a_column_in_several_pieces_is_one_column():
    both = pd.concat([texts("a", "b"), texts("c", "a")])
    assert text_rows(both, pd.concat([texts("c"), texts("a")])).tolist() == [1, -1, 0, 1]
    codes, words = encode_texts(both)
    assert [words[code] for code in codes] == ["a", "b", "c", "a"]


def test_an_empty_cell_is_coded_as_nothing():
    codes, words = encode_texts(texts(None, "x", None))
    assert [words[code] for code in codes] == [None, "x", None]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 2, 0]])
def test_an_instalment_is_found_by_both_its_names(order):
    invoices = pd.DataFrame(
        {"invoice_id": texts("A", "A", "B", "C"), "instalment": [1, 3, 1, 2]}
    ).iloc[order]
    asked = pd.DataFrame(
        {
            "invoice_id": texts("A", "A", "A", "B", "C", "C", "D"),
            "instalment": [1, 2, 3, 9, 2, 1, 1],
        }
    )
    found = invoice_rows(asked, invoices)
    assert [None if row < 0 else order[row] for row in found] == [0, None, 1, None, 3, None, None]


def test_ids_are_ranked_as_sorting_would():
    assert ranks(texts("a", "b", "b", "c")).tolist() == [1, 2, 3, 4]
    assert ranks(texts("b", "a", "Z", "b")).tolist() == [3, 2, 1, 4]
    assert ranks(texts()).tolist() == []


@pytest.mark.parametrize("seed", range(4))
def test_what_an_allocation_and_an_event_name_is_what_they_are_tied_to(seed):
    tables = messy_ledger(seed, 40).tables
    tables = {n: f.sample(frac=1, random_state=seed) for n, f in tables.items()}
    arrays = resolve_arrays(tables, SettleRules())
    links, credits, invoices = (tables[n] for n in ("allocations", "credits", "invoices"))
    got = pd.DataFrame(
        {
            "credit_id": credits["credit_id"].to_numpy()[arrays.allocations.credit],
            "invoice_id": invoices["invoice_id"].to_numpy()[arrays.allocations.invoice],
            "instalment": invoices["instalment"].to_numpy()[arrays.allocations.invoice],
            "amount": arrays.allocations.amount,
        }
    )
    assert got.to_numpy().tolist() == links[list(got)].to_numpy().tolist()
    events = tables["events"]
    for name, one in arrays.events.items():
        kind, subject = name.split(":")
        own = events[(events["kind"] == kind) & (events["subject_kind"] == subject)]
        ids = tables[f"{subject}s"][f"{subject}_id"].to_numpy()
        assert ids[one.row].tolist() == own["subject"].tolist()
        assert one.happened_on.tolist() == own["happened_on"].tolist()
        assert np.array_equal(one.amount, own["amount"].fillna(-1).to_numpy(dtype=np.int64))
        by_id = own["event_id"].to_numpy()[np.argsort(one.order)]
        assert by_id.tolist() == sorted(own["event_id"])
