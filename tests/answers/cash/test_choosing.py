"""Whose cash is asked for, layer by layer, read plainly from the tables."""

from __future__ import annotations

import pytest

from payrisk.answers.cash.choosing import CashChoice
from payrisk.cash.views.changed_band import BILLED_DAYS
from payrisk.errors import InputError
from support.company.receiving import receiving, receiving_ledger


@pytest.fixture(scope="module")
def ledger():
    return receiving_ledger()


@pytest.fixture(scope="module")
def receipts(ledger):
    return receiving(ledger)


def words(receipts):
    """A value of each kind that is there."""
    row = receipts.cash.invoices.iloc[0]
    customers = receipts.outlook.history.customers()
    children = customers[customers["parent_id"].notna()]
    parent = children["parent_id"].iloc[0] if len(children) else row["customer_id"]
    return {
        "currency": row["currency"],
        "entity": row["entity_id"],
        "country": row["country"],
        "customer": row["customer_id"],
        "parent": parent,
    }


def wanted(rows, customers, kind, value):
    """Rows of one choice by pandas alone."""
    if kind in ("currency", "entity", "customer"):
        column = {"currency": "currency", "entity": "entity_id", "customer": "customer_id"}[kind]
        return rows[rows[column].astype(object) == value]
    who = customers.drop_duplicates("customer_id", keep="last")
    if kind == "country":
        return rows[rows["customer_id"].isin(who[who["country"] == value]["customer_id"])]
    return rows[rows["customer_id"].isin([*who[who["parent_id"] == value]["customer_id"], value])]


@pytest.mark.parametrize("kind", ["currency", "entity", "country", "customer", "parent"])
def test_a_choice_is_its_own_open_invoices_and_its_share_of_what_comes(ledger, receipts, kind):
    value = str(words(receipts)[kind])
    chosen = CashChoice(**{kind: value}).applied(receipts)
    customers, as_of = ledger.tables["customers"], receipts.cash.as_of
    its = wanted(receipts.cash.invoices, customers, kind, value)
    assert sorted(chosen.cash.invoices["invoice_id"]) == sorted(its["invoice_id"])
    assert chosen.cash.expected.sum() == its["expected_from"].sum()
    rows = ledger.tables["invoices"]
    rows = rows[(rows["recorded_on"] < as_of) & (rows["issued_on"] >= as_of - BILLED_DAYS)]
    whole = rows.groupby(rows["currency"].astype(str))["amount"].sum()
    share = wanted(rows, customers, kind, value)
    share = share.groupby(share["currency"].astype(str))["amount"].sum() / whole
    for place, currency in enumerate(receipts.band.currencies):
        plain = float(share.fillna(0).get(currency, 0.0)) * receipts.band.expected[place].sum()
        if currency in chosen.band.currencies:
            here = chosen.band.expected[chosen.band.currencies.index(currency)].sum()
            assert here == pytest.approx(plain)
        else:
            assert plain == 0


def test_choices_join_and_a_name_that_nobody_has_is_refused(receipts):
    told = words(receipts)
    both = CashChoice(entity=told["entity"], customer=told["customer"])
    assert both.description == f"of entity {told['entity']}, customer {told['customer']}"
    alone = CashChoice(customer=told["customer"]).applied(receipts)
    assert both.applied(receipts).cash.expected.sum() <= alone.cash.expected.sum()
    with pytest.raises(InputError, match="no invoice of customer 'nobody'"):
        CashChoice(customer="nobody").applied(receipts)
    assert CashChoice().applied(receipts) is receipts


def test_choices_that_cover_all_add_up(receipts):
    entities = sorted(set(receipts.outlook.history.invoices()["entity_id"]))
    parts = [CashChoice(entity=name).applied(receipts) for name in entities]
    whole = receipts.cash.expected.sum()
    assert sum(part.cash.expected.sum() for part in parts) == whole
    band = sum(part.band.expected.sum() for part in parts)
    assert band == pytest.approx(receipts.band.expected.sum())


def test_a_currency_that_nobody_ever_owed_in_is_refused_by_name(receipts):
    for wrong in ("XYZ", "eur"):
        with pytest.raises(InputError, match=f"No cash is known in '{wrong}'; use .*EUR"):
            CashChoice(currency=wrong).refuse_unknown_currency(receipts)
    CashChoice(currency="EUR").refuse_unknown_currency(receipts)
