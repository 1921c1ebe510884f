"""Attributes without date history: known from their import on, before it only where allowed."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.features import CATALOGUE, LedgerStreams, Moments, build
from payrisk.features.catalogue.undated import READ, admit_undated, undated_attributes
from payrisk.features.streams.numbers import READERS
from support.ledgers.by_hand import credit, event, invoice, ledger, link

IMPORTED = "2025-07-01"
BLOCKED = "customer__blocked__is__now"


def attribute(customer_id, name, value, on, told=None):
    days = {"valid_on": on, "recorded_on": told or on}
    return {"customer_id": customer_id, "name": name, "value": value} | days


def company(*attributes):
    """c1 pays; c2 never does, is insolvent in May and its blocked flag comes with the import."""
    invoices = [
        invoice(f"{who}-{month}", customer_id=who, issued_on=f"2025-{month:02d}-05",
                due_on=f"2025-{month:02d}-20")
        for who in ("c1", "c2") for month in range(1, 11)
    ]  # fmt: skip
    return ledger(
        customers=[{"customer_id": who, "recorded_on": "2025-01-05"} for who in ("c1", "c2")],
        invoices=invoices,
        credits=[credit(f"p{m}", 100_00, f"2025-{m:02d}-25") for m in range(1, 10)],
        allocations=[link(f"p{m}", f"c1-{m}", 100_00, f"2025-{m:02d}-25") for m in range(1, 10)],
        events=[event("insolvency", "c2", "2025-05-10", subject_kind="customer")],
        attributes=list(attributes),
    )


@pytest.fixture(scope="module")
def flagged():
    """Only the defaulter has the flag: who is blocked has not paid."""
    return company(attribute("c2", "blocked", "yes", IMPORTED))


def at_issue(one, backdated=frozenset()):
    """(customer, issue day) → the flag at issue."""
    moments = Moments.at_issue(one)
    flag = build(LedgerStreams.of(one, backdated), moments, [BLOCKED]).column(BLOCKED)
    ids = one.tables["customers"]["customer_id"].to_numpy()[moments.customer]
    return dict(zip(zip(ids, moments.as_of.tolist(), strict=True), flag.tolist(), strict=True))


def test_a_flag_set_after_default_does_not_reach_earlier_mornings(flagged):
    seen = at_issue(flagged)
    assert len(seen) == 20
    for (customer, morning), flag in seen.items():
        if customer == "c2" and morning > day_of(IMPORTED):
            assert flag == 1
        else:
            assert np.isnan(flag), (customer, morning)


@pytest.mark.parametrize("morning", ["2025-06-30", IMPORTED])
def test_the_day_of_the_import_itself_does_not_know_it(flagged, morning):
    day = day_of(morning)
    for asked in (
        Moments.open_invoices(flagged, [day]),
        Moments.customers(flagged, ["c1", "c2"], day),
    ):
        assert np.isnan(build(LedgerStreams.of(flagged), asked, [BLOCKED]).values).all()
    after = Moments.customers(flagged, ["c2"], day_of(IMPORTED) + 1)
    assert build(LedgerStreams.of(flagged), after, [BLOCKED]).values.tolist() == [[1.0]]


def test_a_matrix_of_earlier_mornings_is_refused_with_the_way_out(flagged):
    with pytest.raises(InputError) as said:
        admit_undated(flagged, [CATALOGUE[BLOCKED]], day_of("2025-01-05"))
    sentence = str(said.value)
    for part in ("'blocked' from 2025-07-01", BLOCKED, "--allow-undated blocked", "valid_on"):
        assert part in sentence
    assert "2025-01-06" in sentence  # before it the ledger knows nothing at all


def test_from_the_morning_after_the_import_on_nothing_is_refused(flagged):
    read = [CATALOGUE[BLOCKED]]
    assert admit_undated(flagged, read, day_of(IMPORTED) + 1) == frozenset()
    with pytest.raises(InputError, match="blocked"):
        admit_undated(flagged, read, day_of(IMPORTED))


def test_features_that_do_not_read_it_are_free(flagged):
    others = [f for f in CATALOGUE.values() if f.name != BLOCKED]
    assert admit_undated(flagged, others, 0) == frozenset()
    assert admit_undated(flagged, others, 0, ["blocked"]) == frozenset()


def test_an_allowed_name_is_read_as_if_known_since_ever(flagged):
    allowed = admit_undated(flagged, [CATALOGUE[BLOCKED]], 0, ["blocked", "limit"])
    assert allowed == {"blocked"}
    seen = at_issue(flagged, allowed)
    assert {flag for (who, _), flag in seen.items() if who == "c2"} == {1.0}
    assert all(np.isnan(flag) for (who, _), flag in seen.items() if who == "c1")
    assert np.isnan(at_issue(flagged)["c2", day_of("2025-01-05")])  # the others' reading stays


def test_of_an_allowed_name_only_the_first_value_is_read_back(flagged):
    later = attribute("c2", "blocked", "no", "2025-09-01")
    one = company(attribute("c2", "blocked", "yes", IMPORTED), later)
    allowed = admit_undated(one, [CATALOGUE[BLOCKED]], 0, ["blocked"])
    seen = at_issue(one, allowed)
    assert seen["c2", day_of("2025-01-05")] == 1
    assert seen["c2", day_of("2025-10-05")] == 0


def test_what_an_attribute_without_history_is():
    one = company(
        attribute("c1", "blocked", "no", IMPORTED),
        attribute("c2", "blocked", "yes", "2025-08-01"),
        attribute("c1", "segment", "big", IMPORTED),
        attribute("c2", "segment", "small", IMPORTED),
        attribute("c2", "segment", "big", "2025-09-01"),  # a later import that changed it
        attribute("c1", "limit", "100", "2025-02-01"),
        attribute("c2", "limit", "100", IMPORTED, "2025-07-09"),
    )
    assert undated_attributes(one) == {"segment": day_of(IMPORTED)}


def test_groups_are_attributes_too():
    one = company(attribute("c1", "segment", "big", IMPORTED))
    name = "segment__days_late__mean__365d"
    with pytest.raises(InputError, match=name):
        admit_undated(one, [CATALOGUE[name]], 0)
    allowed = admit_undated(one, CATALOGUE.values(), 0, ["segment"])
    assert allowed == {"segment"}
    asked = Moments.customers(one, ["c1"], day_of("2025-03-01"))
    known, backdated = (
        build(LedgerStreams.of(one, names), asked, [name]).values.item()
        for names in (frozenset(), allowed)
    )
    assert np.isnan(known)
    assert backdated == 5


def test_a_parent_that_only_changes_a_group_told_before_is_dated():
    moved = attribute("c1", "parent", "c2", IMPORTED)
    assert "parent" in undated_attributes(company(moved))
    one = company(moved)
    one.tables["customers"].loc[0, "parent_id"] = "c2"
    assert undated_attributes(one) == {}


def test_a_name_that_nothing_reads_is_a_mistake(flagged):
    with pytest.raises(InputError, match="'blokced'.*blocked"):
        admit_undated(flagged, [], 0, ["blokced"])


def test_every_attribute_that_is_read_can_be_guarded():
    named = {name for feature in CATALOGUE.values() for name in feature.attributes}
    assert named <= set(READ)
    assert set(READERS) <= set(READ)


@pytest.mark.parametrize(
    ("text", "flag"), [("Yes", 1), (" true", 1), ("1", 1), ("NO", 0), ("false", 0), ("0", 0)]
)
def test_a_flag_is_read_from_the_words_people_write(text, flag):
    assert READERS["blocked"](text) == flag
    assert np.isnan(READERS["blocked"]("perhaps"))
