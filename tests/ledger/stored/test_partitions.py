"""Partitions: what is read of a customer in its part is what is read of it in the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.errors import InputError, LedgerError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.stored.partitions import (
    customer_groups,
    part_numbers,
    read_part,
    split_ledger,
    write_part,
)
from support.full import FULL
from support.ledgers.by_hand import credit, event, frame, invoice, link
from support.ledgers.by_hand import ledger as by_hand
from support.ledgers.messy import START, messy_ledger, messy_tables

IDS = ("customer_id", "parent_id", "alias_id", "invoice_id", "credit_id", "event_id", "subject")
FAMILIES = 5


def crowd(seed):
    """Families of messy customers, here and there tied by a fact that is heard of late."""
    g = np.random.default_rng(seed)
    families = [messy_tables(FAMILIES * seed + i, 8) for i in range(FAMILIES)]
    for i, tables in enumerate(families):
        for name, table in tables.items():
            for column in set(IDS) & set(table):
                tables[name][column] = f"{i}" + table[column]
    tables = {
        name: pd.concat([f[name] for f in families], ignore_index=True) for name in families[0]
    }

    def one(table, family):
        rows = tables[table][tables[table].iloc[:, 0].str.startswith(f"{family}")]
        return rows.iloc[int(g.integers(len(rows)))]

    a, b = g.permutation(FAMILIES)[:2]
    day = START + int(g.integers(50, 250))
    bill, paid, named = one("invoices", a), one("credits", a), one("aliases", a)
    other, billed = one("customers", b)["customer_id"], one("invoices", b)
    since = np.datetime_as_string(np.datetime64(int(named.valid_on), "D"))
    key = f"{bill.invoice_id}|{bill.instalment}"
    heard = {"recorded_on": day, "valid_on": day}
    to = {"invoice_id": billed.invoice_id, "instalment": billed.instalment}
    facts = [
        correction("invoice", key, "customer_id", other, day),
        correction("invoice", key, "amount", "77", day),
        correction("credit", paid.credit_id, "customer_id", other, day),
        correction("customer", f"{a}c0", "parent_id", other, day),
        correction("alias", f"{named.alias_id}|{since}", "customer_id", other, day),
        correction("event", one("events", a).event_id, "subject", billed.invoice_id, day),
        correction("entity", "north", "country", "FR", day),
        ("attributes", {"customer_id": f"{a}c1", "name": "parent", "value": other} | heard),
        ("aliases", {"alias_id": f"{a}c4", "customer_id": other} | heard),
        (
            "allocations",
            {"credit_id": paid.credit_id, "amount": 5, "credit_amount": 5} | to | heard,
        ),
        ("rates", {"from": "USD", "to": "EUR", "rate": 0.9} | heard),
    ]
    for at in g.choice(len(facts), 3, replace=False):
        name, fact = facts[at]
        more = complete(name, pd.DataFrame([fact]))
        tables[name] = pd.concat([tables[name], more], ignore_index=True)
    return Ledger.from_tables(tables)[0]


def correction(kind, subject, field, new, day):
    said = {"event_id": f"x{kind}{field}", "kind": "changed", "happened_on": day, "field": field}
    return "events", said | {"subject_kind": kind, "subject": subject, "new": new}


def same(one, other, name):
    one, other = one.reset_index(drop=True), other.reset_index(drop=True)
    pd.testing.assert_frame_equal(one, other, obj=name, check_dtype=len(one) > 0)


@settings(max_examples=8 if FULL else 3)
@given(seed=st.integers(0, 10_000), n_parts=st.integers(1, 4))
def test_the_parts_together_are_the_ledger_and_each_reads_like_it(seed, n_parts):
    whole = crowd(seed)
    parts = split_ledger(whole, n_parts)
    assert len(parts) == n_parts
    for name, table in whole.tables.items():
        both = pd.concat([part[name] for part in parts])
        if name in ("entities", "rates") or n_parts == 1:
            both = parts[0][name]
        elif name == "events":
            both = both.drop_duplicates()  # corrections of entities are in every part
        same(both.sort_values(list(TABLES[name].key), kind="stable"), table, name)
    for morning in (START + 60, START + 180, whole.default_as_of):
        for tables in parts:
            reads_alike(whole.as_of(morning), tables, morning)


def reads_alike(whole, tables, morning):
    who = set(tables["customers"]["customer_id"])
    bills = pd.MultiIndex.from_frame(tables["invoices"][["invoice_id", "instalment"]])
    rows = whole.invoices()
    rows = rows[pd.MultiIndex.from_frame(rows[["invoice_id", "instalment"]]).isin(bills)]
    if not len(tables["invoices"]) or morning <= Ledger(tables).first_day:
        assert not len(rows)
        return
    part = Ledger(tables).as_of(morning)
    same(part.invoices(), rows, "invoices")
    for frame_of in ("customers", "credit_balances", "defaults"):
        rows = getattr(whole, frame_of)()
        same(getattr(part, frame_of)(), rows[rows["customer_id"].isin(who)], frame_of)
    for table in tables:
        if table not in ("entities", "rates", "events"):
            key = list(TABLES[table].key)
            known = part.known_rows(table).set_index(key)
            same(known, whole.known_rows(table).set_index(key).loc[known.index], table)


TWO = {
    "customers": [
        {"customer_id": "c1", "recorded_on": "2025-01-01"},
        {"customer_id": "c2", "recorded_on": "2025-01-01"},
        {"customer_id": "c3", "parent_id": "elsewhere", "recorded_on": "2025-01-01"},
        {"customer_id": "c4", "parent_id": "elsewhere", "recorded_on": "2025-01-01"},
    ],
    "invoices": [invoice("A"), invoice("B", customer_id="c2"), invoice("C", customer_id="c3")],
    "credits": [credit("p1", 5_00, "2025-01-20"), credit("p3", 5, "2025-02-01", customer_id="c3")],
    "events": [event("reminder", "A", "2025-02-03", subject_kind="invoice", event_id="e1")],
    "aliases": [{"alias_id": "old|er", "customer_id": "c1", "valid_on": "2025-03-01"}],
    "attributes": [
        {"customer_id": "c1", "name": "parent", "value": "gone", "valid_on": "2025-01-09"},
        {"customer_id": "c1", "name": "limit", "value": "c2", "valid_on": "2025-01-09"},
    ],
}


def changed(kind, subject, field, new):
    said = {"subject_kind": kind, "field": field, "new": new}
    return {"events": [*TWO["events"], event("changed", subject, "2025-05-01", **said)]}


def and_also(table, *rows):
    return {table: [*TWO.get(table, []), *rows]}


LINKS = {
    "nothing": {},
    "a limit that reads like a customer": changed(
        "attribute", "c1|limit|2025-01-09", "value", "c2"
    ),
    "a corrected name": changed("customer", "c1", "name", "c2"),
}
TIES = {
    "a parent by date": and_also(
        "attributes",
        {"customer_id": "c2", "name": "parent", "value": "c1", "valid_on": "2025-01-09"},
    ),
    "an alias": and_also(
        "aliases", {"alias_id": "c2", "customer_id": "c1", "valid_on": "2025-06-01"}
    ),
    "an alias of an alias": and_also(
        "aliases", {"alias_id": "c2", "customer_id": "old|er", "valid_on": "2025-06-01"}
    ),
    "a credit on another's invoice": and_also("allocations", link("p1", "B", 5_00, "2025-02-01")),
    "a corrected parent": changed("customer", "c2", "parent_id", "c1"),
    "a corrected parent by date": changed("attribute", "c1|parent|2025-01-09", "value", "c2"),
    "a corrected alias": changed("alias", r"old\|er|2025-03-01", "customer_id", "c2"),
    "an invoice given to another": changed("invoice", "B|1", "customer_id", "c1"),
    "a credit given to another": changed("credit", "p1", "customer_id", "c2"),
    "an event of another invoice": changed("event", "e1", "subject", "B"),
    "an event of another customer": changed("event", "e1", "subject", "c2"),
}


@pytest.mark.parametrize("more", LINKS.values(), ids=LINKS)
def test_customers_without_a_tie_are_groups_of_their_own(more):
    assert customer_groups(by_hand(**TWO | more).tables)[:4].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("more", TIES.values(), ids=TIES)
def test_whatever_ties_two_customers_makes_them_one_group(more):
    tables = by_hand(**TWO | more).tables
    assert customer_groups(tables)[:4].tolist() == [0, 0, 2, 3]
    shuffled = {name: table.sample(frac=1, random_state=2) for name, table in tables.items()}
    ids = shuffled["customers"]["customer_id"].to_numpy()
    first = dict(zip(ids, ids[customer_groups(shuffled)]))
    assert {name: first[name] for name in ("c1", "c2", "c3", "c4")} == {
        "c1": "c1",
        "c2": "c1",
        "c3": "c3",
        "c4": "c4",
    }


def test_a_part_goes_by_the_first_id_of_its_group_alone():
    tables = {"invoices": [invoice(f"i{n}", customer_id=f"c{n}") for n in range(6)]}
    few, more = by_hand(**tables), by_hand(**tables, **and_also("credits", TWO["credits"][1]))

    def where(one):
        return [
            [
                n
                for n, part in enumerate(split_ledger(one, 4))
                if name in set(part["customers"].iloc[:, 0])
            ]
            for name in [f"c{n}" for n in range(6)]
        ]

    # these numbers are part of the promise: another process, another day, the same part
    assert where(few) == where(more) == PLACES


PLACES = [[1], [1], [2], [3], [1], [3]]


def test_what_names_no_customer_is_in_the_first_part():
    asked = [
        {"application_id": "a1", "customer_id": None, "applied_on": START},
        {"application_id": "a2", "customer_id": "c1", "applied_on": START},
        {"application_id": "a3", "customer_id": "stranger", "applied_on": START},
    ]
    parts = split_ledger(by_hand(**TWO, applications=asked), 3)
    kept = [part["applications"]["application_id"].tolist() for part in parts]
    assert "a1" in kept[0]
    assert sorted(name for names in kept for name in names) == ["a1", "a2", "a3"]
    home = next(n for n, part in enumerate(parts) if "c1" in set(part["customers"].iloc[:, 0]))
    assert "a2" in kept[home]


def test_no_parts_is_a_sentence():
    with pytest.raises(InputError, match="into 0 parts; give 1 or more"):
        split_ledger(messy_ledger(1), 0)


def test_a_part_comes_back_as_it_went(tmp_path):
    one = messy_ledger(3)
    write_part(messy_ledger(4).tables, tmp_path, 7)
    write_part(one.tables, tmp_path, 7)
    write_part(one.tables, tmp_path, 12)
    assert part_numbers(tmp_path) == [7, 12]
    back = read_part(tmp_path, 7, rules=one.rules)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table, obj=name)
    day = one.default_as_of
    same(back.as_of(day).invoices(), one.as_of(day).invoices(), "invoices")


def test_a_column_that_is_left_out_seems_empty(tmp_path):
    one = messy_ledger(3)
    write_part(one.tables, tmp_path, 0)
    without = ["customers.name", "credits.value_on", "events.amount", "events.value"]
    back = read_part(tmp_path, 0, without=without)
    for name, table in one.tables.items():
        lost = [w.partition(".")[2] for w in without if w.startswith(f"{name}.")]
        expected = complete(name, table.drop(columns=lost))
        pd.testing.assert_frame_equal(back.tables[name], expected, obj=name)
    with pytest.raises(InputError, match="cannot be read without invoices.amount"):
        read_part(tmp_path, 0, without=["invoices.amount"])


@pytest.mark.parametrize("harm", ["lose", "cut", "other"])
def test_a_missing_or_damaged_part_is_a_sentence(tmp_path, harm):
    write_part(messy_ledger(3).tables, tmp_path, 0)
    path = tmp_path / "part-00000" / "credits.parquet"
    if harm == "lose":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    else:
        path.write_bytes((path.parent / "invoices.parquet").read_bytes())
    with pytest.raises(LedgerError, match="Part 0 .* is missing or damaged; write the parts"):
        read_part(tmp_path, 0)


def test_dates_in_a_part_are_dates_for_other_readers(tmp_path):
    one = by_hand(invoices=[invoice("A")])
    write_part(one.tables, tmp_path, 0)
    stored = pd.read_parquet(tmp_path / "part-00000" / "invoices.parquet")
    assert str(stored["issued_on"][0]) == "2025-01-01"
    assert frame([invoice("A")])["issued_on"][0] == one.tables["invoices"]["issued_on"][0]
