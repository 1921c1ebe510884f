"""Whole companies hold all that a plain reader must cope with, the same each time."""

from __future__ import annotations

import pandas as pd
import pytest

from payrisk.simulate import simulate
from support.company.whole import N_MORNINGS, SEEDS, WHOLE, whole_company


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return whole_company(SEEDS[0], tmp_path_factory.mktemp("whole"))


def read(whole, name):
    return pd.read_csv(whole.folder / f"{name}.csv")


def test_there_are_twenty_of_them_with_two_years_of_mornings_each(whole):
    assert len(SEEDS) >= 20
    assert len(whole.mornings) == N_MORNINGS == 24


def test_every_kind_of_trouble_is_in_the_files(whole):
    invoices, events = read(whole, "invoices"), read(whole, "events")
    assert set(invoices["currency"]) == {"EUR", "USD", "GBP", "PLN", "INR"}
    owed_in = invoices[["customer_id", "currency"]].drop_duplicates()
    assert owed_in["customer_id"].duplicated().any()
    assert read(whole, "customers")["parent_id"].notna().any()
    assert {"order", "order_cancelled", "dispute_opened"} <= set(events["kind"])
    names = set(read(whole, "attributes")["name"])
    assert {"insured_amount", "insured_rate", "insured_until", "limit"} <= names
    assert {"withholding", "credit_note", "write_off"} <= set(read(whole, "credits")["kind"])
    assert invoices["order_number"].notna().any()


def test_some_sales_come_back_if_unpaid(tmp_path):
    reasons = set()
    for seed in SEEDS[:4]:
        events = read(whole_company(seed, tmp_path / str(seed)), "events")
        reasons |= set(events.loc[events["kind"] == "sold", "reason"])
    assert reasons == {"with recourse", "without recourse"}


def test_the_files_say_the_same_money_as_the_ledger(whole):
    """All five currencies have two decimals."""
    table = whole.ledger.tables["invoices"].groupby("currency")["amount"].sum()
    written = (read(whole, "invoices").groupby("currency")["amount"].sum() * 100).round()
    assert written.astype("int64").to_dict() == table.to_dict()


def test_an_order_names_the_currency_its_amount_is_written_in(whole):
    events = read(whole, "events")
    said = events[events["order_currency"].notna()]
    assert len(said)
    assert (said["currency"] == said["order_currency"]).all()


def test_the_same_seed_gives_the_same_company(whole):
    again = simulate(60, 24, SEEDS[0], world=WHOLE)
    assert again.tables.keys() == whole.simulation.tables.keys()
    for name, frame in again.tables.items():
        pd.testing.assert_frame_equal(frame, whole.simulation.tables[name])
    pd.testing.assert_frame_equal(again.orders_truth, whole.simulation.orders_truth)
