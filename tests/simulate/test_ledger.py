"""The simulated ledger: the same again, complete, cut at its end, true to the cent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import NEVER, day_of, is_business_day
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from payrisk.ledger.facts.kinds import CREDIT_KINDS, EVENT_KINDS
from payrisk.ledger.facts.tables import TABLES
from payrisk.simulate import ENDS_ON, World, simulate, simulate_parts

DEMO = dict(customers=150, months=24, seed=1)


@pytest.fixture(scope="module")
def made():
    return simulate(**DEMO)


@pytest.fixture(scope="module")
def ledger(made):
    return Ledger.from_tables(made.tables)


def everything(simulation):
    return simulation.tables | simulation.truth_tables()


def assert_same(left, right):
    assert left.keys() == right.keys()
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name], check_exact=True)


def test_same_seed_same_bits(made):
    assert_same(everything(made), everything(simulate(**DEMO)))


def test_another_seed_another_company(made):
    other = simulate(**DEMO | {"seed": 2})
    assert len(other.tables["invoices"]) != len(made.tables["invoices"])


def test_a_topic_that_changes_shifts_no_other(made):
    silent = simulate(**DEMO, world=World(promise_share=0.0))
    kinds = set(silent.tables["events"]["kind"])
    assert kinds == set(made.tables["events"]["kind"]) - {"promise"}
    apart = {"events"}
    assert_same(
        {n: f for n, f in everything(silent).items() if n not in apart},
        {n: f for n, f in everything(made).items() if n not in apart},
    )


def test_the_demo_has_its_size_and_every_kind_of_fact(made):
    tables = made.tables
    assert 8_000 <= len(tables["invoices"]) <= 12_500
    assert all(len(tables[name]) for name in TABLES)
    assert set(tables["events"]["kind"]) == set(EVENT_KINDS) - {"open_items_list", "plan", "note"}
    assert set(tables["credits"]["kind"]) == set(CREDIT_KINDS)
    invoices = tables["invoices"]
    assert invoices["currency"].nunique() >= 4
    assert invoices["entity_id"].nunique() == 3
    assert (invoices["instalment"] > 1).any()
    assert (invoices["amount"] < 0).any()
    assert (invoices["discount_rate"] > 0).any()
    assert (invoices["withholding_rate"] > 0).any()
    assert tables["customers"]["parent_id"].notna().any()
    assert {"limit", "segment", "terms", "parent", "insured_amount"} == set(
        tables["attributes"]["name"]
    )


def test_what_a_ledger_must_bear_is_there(made):
    credits, links = made.tables["credits"], made.tables["allocations"]
    days = links.merge(credits, on="credit_id", suffixes=("", "_credit")).merge(
        made.tables["invoices"], on=["invoice_id", "instalment"], suffixes=("", "_invoice")
    )
    assert (days["happened_on_credit"] < days["issued_on"]).any(), "prepayments"
    assert (days["happened_on"] > days["happened_on_credit"]).any(), "cash matched later"
    assert (~credits["credit_id"].isin(links["credit_id"])).any(), "cash never matched"
    assert (days["currency"] != days["currency_invoice"]).any(), "paid in another currency"
    assert (credits["recorded_on"] > credits["happened_on"]).mean() > 0.05, "late recording"
    assert links.duplicated("credit_id").any(), "one payment of several invoices"
    assert links.duplicated(["invoice_id", "instalment"]).any(), "parts"
    applications = made.tables["applications"]
    refused = applications[applications["decision"] == "decline"]
    assert 0.05 < len(refused) / len(applications) < 0.3
    assert refused["customer_id"].isna().all()


def test_the_ledger_takes_it_without_setting_anything_aside(made, ledger):
    assert_same(made.tables, with_defaults(made.tables))
    _, problems = ledger
    assert {p.code for p in problems} <= {"negative_document"}


def test_a_merged_customer_goes_by_its_new_name(made, ledger):
    book = ledger[0].balance_at(ENDS_ON)
    aliases = made.tables["aliases"]
    assert len(aliases)
    assert not book.invoices()["customer_id"].isin(aliases["alias_id"]).any()


def test_nothing_is_known_after_the_end_and_the_truth_goes_on(made):
    for name, frame in made.tables.items():
        assert (frame["recorded_on"] <= ENDS_ON).all(), name
        if TABLES[name].happened != "valid_on":
            assert (frame[TABLES[name].happened] <= ENDS_ON).all(), name
    paid = made.truth["paid_on"]
    assert ((paid > ENDS_ON) & (paid < NEVER)).any()


def test_nothing_refers_to_what_is_not_there_or_not_yet_known(made):
    t = made.tables
    links = t["allocations"].merge(t["credits"], on="credit_id", suffixes=("", "_credit"))
    assert len(links) == len(t["allocations"])
    both = links.merge(t["invoices"], on=["invoice_id", "instalment"], suffixes=("", "_invoice"))
    assert len(both) == len(links)
    assert (both["recorded_on"] >= both["recorded_on_credit"]).all()
    assert (both["recorded_on"] >= both["recorded_on_invoice"]).all()
    assert (both["customer_id"] == both["customer_id_invoice"]).mean() > 0.9  # but for renaming
    events = t["events"][t["events"]["subject_kind"] == "invoice"]
    known = events.merge(
        t["invoices"], left_on=["subject", "instalment"], right_on=["invoice_id", "instalment"]
    )
    assert len(known) == len(events)
    assert (known["recorded_on_x"] >= known["recorded_on_y"]).all()


def test_the_books_begin_midway_and_take_over_what_was_open(made):
    truth, invoices = made.truth, made.tables["invoices"]
    starts = made.tables["entities"].set_index("entity_id")["recorded_on"]
    assert starts.nunique() == 2
    begin = invoices["entity_id"].map(starts)
    assert (invoices["recorded_on"] >= begin).all()
    early = invoices[invoices["issued_on"] < begin]
    assert len(early)
    taken_over = early["recorded_on"] == early["entity_id"].map(starts)
    assert taken_over.mean() > 0.98  # the others were written down late, by chance
    kept = truth.merge(early[["invoice_id", "instalment", "entity_id"]])
    closed = np.minimum(kept["closed_on"], kept["sold_on"])
    assert (closed >= kept["entity_id"].map(starts)).all()
    gone = truth[~truth["in_ledger"] & (truth["issued_on"] < starts.min())]
    assert len(gone) > len(early)
    assert (np.minimum(gone["closed_on"], gone["sold_on"]) < starts.max()).all()


def test_what_closes_sums_to_the_invoice_and_cash_is_what_the_truth_says(made):
    t, truth = made.tables, made.truth
    links = t["allocations"].merge(t["credits"][["credit_id", "kind"]], on="credit_id")
    key = ["invoice_id", "instalment"]
    back = t["events"].loc[t["events"]["kind"] == "reversal", "subject"]
    links = links[~links["credit_id"].isin(back)]
    recovered = links["kind"] == "recovery"
    linked = links[~recovered].groupby(key)["amount"].sum()
    cash = links[links["kind"] == "payment"].groupby(key)["amount"].sum()
    old = truth[truth["in_ledger"] & (truth["closed_on"] < ENDS_ON - 70)]
    old = old[old["sold_on"] == NEVER].set_index(key)
    total = linked.reindex(old.index).fillna(0)
    assert (total <= old["amount"]).all()
    exact = (old["discount_rate"] == 0) & (old["withholding_rate"] == 0)
    assert (total == old["amount"])[exact].all()
    paid = old[old["paid_on"] < NEVER]
    assert (cash.reindex(paid.index).fillna(0) == paid["cash_amount"]).all()


def test_a_document_gives_no_more_than_it_has(made):
    t = made.tables
    used = t["allocations"].assign(
        used=lambda f: f["credit_amount"].fillna(f["amount"]).astype("int64")
    )
    used = used.groupby("credit_id")["used"].sum()
    has = t["credits"].set_index("credit_id")["amount"]
    assert (used <= has.reindex(used.index)).all()


def test_the_ledger_finds_the_payment_days_of_the_truth(made, ledger):
    found = ledger[0].balance_at(ENDS_ON).invoices()
    truth = made.truth[made.truth["in_ledger"] & (made.truth["sold_on"] == NEVER)]
    both = found.merge(truth, on=["invoice_id", "instalment"], suffixes=("", "_true"))
    assert len(both) == len(truth)
    both = both[both["closed_on_true"].lt(ENDS_ON - 60) | both["is_left_open"]]
    true = both["paid_on_true"].where(~both["is_left_open"], NEVER).clip(lower=both["issued_on"])
    pd.testing.assert_series_equal(both["paid_on"], true, check_names=False)
    assert (both.loc[both["cause"] == "default", "closed_by"] == "loss").all()
    without = both["cause"].isin(["credited", "offset"])
    assert (both.loc[without, "closed_by"] == "without_cash").all()


def test_the_control_total_ties_to_the_balances(ledger):
    book = ledger[0].balance_at(ENDS_ON)
    net = book.control_total().set_index("currency")["net"]
    owed = book.residuals().groupby("currency")["residual"].sum()
    free = book.credit_balances().groupby("currency")["unapplied"].sum()
    assert (net == owed.sub(free, fill_value=0)).all()


def test_payers_keep_their_runs_and_holidays(made):
    truth = made.truth.merge(made.customers_truth, on="customer_id")
    paid = truth[(truth["paid_on"] < NEVER) & (truth["intent"] == "on_time")]
    for country, own in paid.groupby("country"):
        assert is_business_day(own["paid_on"].to_numpy(), country).all()
    tuesday = paid[(paid["payment_run"] == "Tuesday") & ~paid["cause"].eq("cured")]
    assert (((tuesday["paid_on"] + 3) % 7) == 1).mean() > 0.75


def test_most_value_comes_in_cash_and_some_customers_default(made):
    truth = made.truth[made.truth["currency"] == "EUR"]
    assert 0.92 <= truth["cash_amount"].sum() / truth["amount"].sum() <= 0.99
    stops = made.spells_truth["stops_on"]
    yearly = ((stops > ENDS_ON - 730) & (stops <= ENDS_ON)).sum() / 2 / 150
    assert 0.01 <= yearly <= 0.06


def test_a_bust_out_orders_more_and_then_pays_nothing(made):
    who = made.customers_truth[made.customers_truth["is_bust_out"]]
    who = who[who["stops_on"] <= ENDS_ON]
    assert len(who)
    for customer, day in zip(who["customer_id"], who["stops_on"], strict=True):
        own = made.truth[made.truth["customer_id"] == customer]
        assert (own["issued_on"] < day).all()
        last = own["issued_on"] >= day - 60
        before = day - 60 - own["issued_on"].min()
        rise = own.loc[last, "amount"].sum() / 60 / (own.loc[~last, "amount"].sum() / before)
        assert rise > 1.5
        cash = own["paid_on"][own["paid_on"] < NEVER]
        assert (cash < day).all()
        assert (own["cause"] == "default").any()


def test_blocks_are_the_company_in_parts(monkeypatch):
    monkeypatch.setattr("payrisk.simulate.BLOCK", 30)
    whole = simulate(70, 6, 4)
    parts = list(simulate_parts(70, 6, 4))
    assert [len(p.customers_truth) for p in parts] == [30, 30, 10]
    assert_same(
        {"truth": whole.truth}, {"truth": pd.concat([p.truth for p in parts], ignore_index=True)}
    )
    for name in ("invoices", "customers", "credits", "events", "applications"):
        assert not whole.tables[name].duplicated(list(TABLES[name].key)).any()
    _, problems = Ledger.from_tables(whole.tables)
    assert {p.code for p in problems} <= {"negative_document"}
    apart = [set(p.tables["customers"]["customer_id"]) for p in parts]
    for part, own in zip(parts, apart, strict=True):
        assert set(part.tables["customers"]["parent_id"].dropna()) <= own


@settings(max_examples=12)
@given(
    customers=st.integers(1, 25),
    months=st.integers(1, 9),
    seed=st.integers(0, 2**40),
    ends_on=st.integers(day_of("2016-01-01"), day_of("2030-12-31")),
)
def test_small_companies_hold_together(customers, months, seed, ends_on):
    made = simulate(customers, months, seed, ends_on)
    assert_same(made.tables, with_defaults(made.tables))
    assert len(made.customers_truth) == customers
    assert (made.truth["issued_on"] <= ends_on).all()
    assert (made.truth["amount"] > 0).all()
    assert made.truth["in_ledger"].sum() == (made.tables["invoices"]["amount"] > 0).sum()
    if len(made.tables["invoices"]):
        ledger, problems = Ledger.from_tables(made.tables)
        assert {p.code for p in problems} <= {"negative_document"}
        assert ledger.last_day <= ends_on


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (dict(customers=0, months=1, seed=1), "customers = 0"),
        (dict(customers=1, months=0, seed=1), "months = 0"),
        (dict(customers=1, months=1, seed=-1), "seed = -1"),
        (dict(customers=1, months=1, seed=1, ends_on=5), "cannot end on 1970-01-06"),
    ],
)
def test_impossible_wishes_are_refused_in_a_sentence(what, message):
    with pytest.raises(InputError, match=message):
        simulate(**what)
