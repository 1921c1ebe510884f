"""People's dates over the model's: both are published, and no cent is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cash.forecasting.test_forecast import make, one
from cash.intervals.test_conformal import past
from payrisk.calendar import day_of
from payrisk.cash.forecasting.forecast import widened_by_past_weeks
from payrisk.cash.views.adjusting import adjust, checked_overrides, no_overrides, promised_dates
from payrisk.errors import InputError
from payrisk.receivables.agreements.promise_keeping import PromiseKeeping
from support.cash.by_hand import AS_OF
from support.ledgers.by_hand import event, invoice, ledger


def said(invoice_id: str = "i0", on: int = 3, **more: object) -> dict[str, object]:
    usual = {
        "invoice_id": invoice_id, "instalment": 1, "pays_on": AS_OF + on, "amount": None,
        "owner": "ann", "source": "user", "reason": "called", "entered_on": AS_OF - 1,
        "expires_on": AS_OF + 30,
    }  # fmt: skip
    return usual | more


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return checked_overrides(pd.DataFrame(list(rows)))


def test_the_whole_invoice_comes_on_its_day_in_every_draw():
    cash = one([0.0, 0.5, 0.5, 0.8], 1000)
    done = adjust(cash, table(said())).cash
    assert done.by_day()["expected"].tolist() == [0, 0, 0, 1000, 0, 0, 0]
    assert done.by_day()["p10"].tolist() == [0, 0, 0, 1000, 0, 0, 0]
    assert cash.by_day()["expected"].tolist() == [0, 500, 0, 300, 0, 0, 0]


def test_a_part_comes_on_its_day_and_the_rest_as_the_model_says():
    done = adjust(one([0.0, 0.5, 0.5, 0.8], 1000), table(said(amount=400)))
    assert done.cash.by_day()["expected"].tolist() == [0, 300, 0, 580, 0, 0, 0]
    assert done.row.tolist() == [0, 0]


def test_a_date_that_is_not_sure_leaves_the_rest_to_the_models_later_days():
    cash = one([0.0, 0.5, 0.5, 0.8], 1000)
    done = adjust(cash, table(said(on=1, probability=0.6))).cash
    assert done.expected[0].tolist()[:4] == [0, 600, 0, 240]
    assert not done.invoices["is_promised"].any()


def test_a_promise_comes_around_its_day_on_days_on_which_money_lands():
    cash = one([0.0, 0.5, 0.5, 0.8], 1000, horizon_days=14)
    promise = said(on=3, source="promise", probability=0.8, expires_on=AS_OF + 6)
    around = np.zeros(34)
    around[29:32] = [0.25, 0.5, 0.25]  # the eve, the day and the next
    keeping = PromiseKeeping(around=around)
    done = adjust(cash, table(promise), None, keeping).cash.expected[0]
    assert done[:7].tolist() == [0, 0, 200, 400, 200, 0, 0]
    closed = adjust(cash, table(promise), {"e": "DE"}, keeping).cash.expected[0]
    assert closed[:7].tolist() == [0, 0, 0, 533, 267, 0, 0]  # the eve is a Sunday


def test_what_a_probability_must_be():
    with pytest.raises(InputError, match="between 0 and 1"):
        table(said(probability=1.2))


@given(st.integers(0, 99), st.integers(1, 40))
def test_every_cent_keeps_one_place(seed, n):
    cash = make(n=60, seed=seed)
    g = np.random.default_rng(seed)
    rows = [
        said(
            f"i{k}",
            int(g.integers(-3, 60)),
            amount=g.choice([None, 1, 5_000, 10**9]),
            source=g.choice(["user", "promise"]),
            probability=g.choice([1.0, 0.4, 0.0]),
        )
        for k in g.integers(0, 60, n)
    ]
    done = adjust(cash, table(*rows), {"north": "DE"})
    assert (done.cash.expected >= 0).all()
    assert (done.cash.expected.sum(axis=1) == done.cash.invoices["expected_from"]).all()
    whole = np.zeros(60, dtype=np.int64)
    np.add.at(whole, done.row, done.cash.expected.sum(axis=1))
    assert (whole == cash.invoices["expected_from"]).all()
    assert (done.cash.balance()["open_balance"] == cash.balance()["open_balance"]).all()


@given(st.integers(0, 20))
def test_a_promise_is_kept_in_every_draw_whatever_past_weeks_ask(seed):
    model = widened_by_past_weeks(make(n=60, seed=seed, n_draws=25), past([6e5] * 19, sd=1e5))
    rows = model.invoices[model.invoices["expected_from"] > 0]
    whole, part = rows.index[:2]
    done = adjust(
        model,
        table(
            said(rows["invoice_id"][whole], 9),
            said(rows["invoice_id"][part], 12, amount=1),
        ),
    ).cash
    promised = done.invoices["is_promised"].to_numpy(bool)
    assert promised.sum() == 2
    only = part_of(done, promised)
    groups, drawn = only.draws("day", "customer_id")
    exact = np.zeros_like(drawn[0])
    code = groups.reset_index().merge(
        only.invoices.reset_index(), on=["currency", "customer_id"], how="right"
    )
    np.add.at(exact, code["index_x"].to_numpy(), only.expected[:, : only.horizon_days])
    assert (drawn == exact).all()
    # the rest slips as before, and nothing is lost
    together = done.draws("week")[1]
    apart = part_of(done, ~promised).draws("week")
    assert np.allclose(together.sum(axis=1), apart[1].sum(axis=1) + only.draws("week")[1].sum(1))


def part_of(cash, rows):
    return replace(
        cash,
        invoices=cash.invoices[rows].reset_index(drop=True),
        expected=cash.expected[rows],
        landed=cash.landed[:, rows],
    )


def test_the_adjusted_expectation_is_the_mean_of_its_draws():
    model = make(n=120, seed=3, n_draws=3000)
    rows = model.invoices["invoice_id"].iloc[::3]
    overrides = [
        said(
            name,
            at % 28,
            amount=[None, 9_000][at % 2],
            source=["user", "promise"][at % 3 > 1],
            probability=[1.0, 0.7, 0.2][at % 5 % 3],
        )
        for at, name in enumerate(rows)
    ]
    done = adjust(model, table(*overrides)).cash
    drawn = done.draws("week")[1]
    expected = done.by_week()["expected"].to_numpy().reshape(drawn.shape[1:])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - expected) <= 4.5 * error + 1).all()


def test_what_does_not_apply_says_why():
    cash = one([0.0, 0.5], 1000)
    rows = table(
        said(on=1, source="promise", entered_on=AS_OF - 1),
        said(on=2, entered_on=AS_OF - 5),
        said(on=4, entered_on=AS_OF - 4),
        said(expires_on=AS_OF - 1),
        said("other"),
        said(entered_on=AS_OF + 1),
    )
    done = adjust(cash, rows)
    assert done.overrides["status"].tolist() == [
        "overruled", "overruled", "applied", "expired", "not open", "not yet known",
    ]  # fmt: skip
    assert done.cash.by_day()["expected"].tolist() == [0, 0, 0, 0, 1000, 0, 0]


def test_a_promised_day_that_the_bank_is_closed_is_the_next_one():
    cash = one([0.0, 0.5], 1000, horizon_days=14)
    done = adjust(cash, table(said(on=2)), {"e": "DE"})
    assert day_of("2024-10-06") == AS_OF + 2  # a Sunday
    assert done.cash.expected[0, 3] == 1000


def test_an_override_without_an_owner_is_refused():
    with pytest.raises(InputError, match="no owner"):
        table(said(owner=" "))
    with pytest.raises(InputError, match="above 0"):
        table(said(amount=0))
    assert no_overrides().empty


def test_promises_of_the_ledger_are_overrides():
    one_ledger = ledger(
        invoices=[invoice()],
        events=[
            event("promise", "A", "2025-02-03", subject_kind="invoice", refers_on="2025-02-20",
                  amount=50_00),
            event("promise", "A", "2025-02-10", subject_kind="invoice", refers_on="2025-02-25"),
        ],
    )  # fmt: skip
    known = promised_dates(one_ledger.as_of(day_of("2025-02-10")))
    assert known["pays_on"].tolist() == [day_of("2025-02-20")]
    assert known["amount"].tolist() == [50_00]
    assert known["source"].tolist() == ["promise"]
