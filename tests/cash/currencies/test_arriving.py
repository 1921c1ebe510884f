"""Cash in the currency that arrives: no cent is lost, shares are of the past, FX is apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from payrisk.answers.cash.arriving_receipts import arriving_receipts
from payrisk.answers.cash.choosing import CashChoice
from payrisk.answers.cash.receipts_in_base import receipts_in_base
from payrisk.calendar import TARGET, is_business_day
from payrisk.cash.currencies.arriving import ConversionRate, arriving_cash, fx_apart
from payrisk.cash.currencies.payment_currency import PaymentCurrencies, payment_currencies
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.views.fx import BaseRates
from payrisk.ledger import Ledger
from payrisk.simulate import World, simulate
from support.cash.by_hand import AS_OF, credits, curves, open_invoices
from support.company.receiving import receiving

CALENDARS = {"north": "US", "south": "US"}


@pytest.fixture(scope="module")
def made():
    return simulate(40, 12, 8, world=World(has_mixed_payers=True))


@pytest.fixture(scope="module")
def receipts(made):
    return receiving(Ledger.from_tables(made.tables)[0])


def by_hand(shares, rate=0.25, n=60):
    """Sixty invoices in EUR and USD; customers pay dollars in these shares of euros."""
    rows = open_invoices(n, 4)
    cash = forecast(
        rows, curves(n, 4), credits(("c1", "north", "USD", 5_000)), as_of=AS_OF,
        generator=np.random.default_rng(1), horizon_days=28, n_draws=200,
    )  # fmt: skip
    known = {(name, "USD"): np.array([share, 1 - share]) for name, share in shares.items()}
    learned = PaymentCurrencies(("EUR", "USD"), {}, known, 1.0, {}, {})
    rates = {("USD", "EUR"): ConversionRate(rate, rate, "spot", AS_OF - 1)}
    return cash, arriving_cash(cash, learned, rates, CALENDARS), rates


def test_the_parts_of_an_invoice_are_the_invoice_to_the_cent():
    names = {f"c{k}": k / 12 for k in range(13)}
    cash, arriving, _ = by_hand(names, rate=1.0)
    keys = ["invoice_id", "instalment"]
    for column in ("residual", "covered", "expected_from"):
        parts = arriving.invoices.groupby(keys)[column].sum()
        assert parts.to_dict() == cash.invoices.groupby(keys)[column].sum().to_dict()
    assert arriving.expected.sum() == cash.expected.sum()
    assert arriving.expected[:, -1].sum() == cash.expected[:, -1].sum()
    assert (arriving.expected >= 0).all()
    rows = arriving.invoices
    assert (arriving.expected.sum(axis=1) == rows["expected_from"]).all()
    assert (rows["covered"] + rows["expected_from"] == rows["residual"]).all()


def test_dollars_that_arrive_in_euros_land_on_days_of_target():
    _, arriving, _ = by_hand({f"c{k}": 0.5 for k in range(13)})
    rows = arriving.invoices
    came = ((rows["currency"] == "EUR") & (rows["invoice_currency"] == "USD")).to_numpy()
    closed = np.flatnonzero(~is_business_day(AS_OF + np.arange(28), TARGET))
    assert came.any()
    assert len(closed) >= 8
    assert not arriving.expected[came][:, closed].any()
    assert not np.isin(arriving.landed[:, came], closed).any()
    assert arriving.expected[~came][:, closed].any()  # by hand: on no bank days before


def test_each_draw_of_an_invoice_comes_in_one_currency_as_often_as_its_share():
    cash, arriving, _ = by_hand({f"c{k}": 0.7 for k in range(13)})
    rows = arriving.invoices
    never = cash.horizon_days + 1
    is_euro = (rows["invoice_currency"] == "USD").to_numpy() & (rows["currency"] == "EUR")
    came = (arriving.landed != never).astype(int)
    codes = rows.groupby(["invoice_id", "instalment"]).ngroup().to_numpy()
    in_one = np.zeros((len(came), codes.max() + 1), dtype=int)
    for part, code in enumerate(codes):
        in_one[:, code] += came[:, part]
    assert in_one.max() == 1
    lands = cash.landed[:, (cash.invoices["currency"] == "USD").to_numpy()] != never
    share = came[:, is_euro].sum() / lands.sum()
    assert share == pytest.approx(0.7, abs=0.03)


def test_what_is_converted_is_at_the_rate_and_the_fx_is_told_apart():
    cash, arriving, rates = by_hand({f"c{k}": 0.5 for k in range(13)})
    table = fx_apart(cash, arriving, rates).set_index(["invoice_currency", "currency"])
    assert table.loc[("USD", "EUR"), "rate"] == 0.25
    assert table.loc[("USD", "EUR"), "share"] == pytest.approx(0.5, abs=0.001)
    assert table.groupby(level=0)["share"].sum().tolist() == pytest.approx([1, 1])
    dollars = (cash.invoices["currency"] == "USD").to_numpy()
    whole = cash.expected[dollars][:, :28].sum()
    told = table.loc["USD", "in_invoice_currency"].sum()
    assert told == pytest.approx(whole, abs=len(cash.invoices) * 4)
    assert table.loc[("USD", "EUR"), "expected"] == pytest.approx(whole * 0.5 * 0.25, rel=0.001)


def test_nobody_who_pays_in_the_invoices_currency_is_moved():
    cash, arriving, _ = by_hand({f"c{k}": 0.0 for k in range(13)})
    assert (arriving.expected == cash.expected).all()
    assert (arriving.landed == cash.landed).all()
    assert arriving.by("week").equals(cash.by("week"))


def test_shares_are_learned_from_what_was_known_alone_read_plainly(made, receipts):
    as_of, tables = receipts.cash.as_of, made.tables
    learned = payment_currencies(receipts.outlook.history)
    links, paid = tables["allocations"], tables["credits"]
    links = links[links["recorded_on"] < as_of]
    paid = paid[(paid["recorded_on"] < as_of) & (paid["kind"] == "payment")]
    invoices = tables["invoices"].drop_duplicates("invoice_id")
    both = links.merge(paid[["credit_id", "currency"]], on="credit_id")
    both = both.merge(
        invoices[["invoice_id", "currency"]], on="invoice_id", suffixes=("_paid", "")
    )
    both = both[both["currency"] == "PLN"].drop_duplicates("credit_id")
    assert learned.n["PLN"] == len(both)
    euros = set(both["currency_paid"])
    assert euros == {"EUR", "PLN"}
    truth = made.customers_truth.set_index("customer_id")["euro_chance"]
    place = learned.currencies.index("EUR")
    known = {who: s[place] for (who, name), s in learned.customers.items() if name == "PLN"}
    assert len(known) >= 2
    spread = [abs(share - truth[who]) for who, share in known.items()]
    assert np.mean(spread) < 0.2


def test_receipts_arrive_in_other_currencies_and_are_worth_the_same(receipts):
    arriving = arriving_receipts(receipts)
    before = receipts.cash.invoices["currency"].value_counts()
    assert "PLN" in before
    parts = arriving.fx.set_index(["invoice_currency", "currency"])
    assert 0 < parts.loc[("PLN", "EUR"), "share"] < 1
    assert parts.loc[("PLN", "EUR"), "n_payments"] > 0
    rates = BaseRates.of(receipts.outlook.history.known_rows("rates"), "EUR")
    was = receipts_in_base(receipts, "week", rates)[0]
    now = receipts_in_base(arriving.receipts, "week", rates)[0]
    assert now["expected"].sum() == pytest.approx(was["expected"].sum(), rel=2e-4)
    assert arriving.receipts.cash.doubt
    only = arriving_receipts(receipts, CashChoice(currency="EUR")).receipts
    assert set(only.cash.invoices["currency"]) == {"EUR"}
    assert "PLN" in set(only.cash.invoices["invoice_currency"])
    whole = replace(arriving.receipts).in_all("week")
    alone = only.in_all("week")
    assert alone["expected"].sum() == whole.loc[whole["currency"] == "EUR", "expected"].sum()


def test_mixed_payers_change_what_is_paid_in_and_nothing_else():
    plain, mixed = simulate(30, 8, 4), simulate(30, 8, 4, world=World(has_mixed_payers=True))
    for name, table in plain.tables.items():
        if name not in ("credits", "allocations"):
            assert table.equals(mixed.tables[name])
    assert "euro_chance" not in plain.customers_truth
    same = list(plain.customers_truth)
    assert plain.customers_truth.equals(mixed.customers_truth[same])
