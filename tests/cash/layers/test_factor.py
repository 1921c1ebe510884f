"""Cash of invoices sold with recourse comes from the factor: advance, reserve, taken back."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.answers import Answers
from payrisk.answers.cash.choosing import CashChoice
from payrisk.answers.cash.holders import holders_money
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.receipts_in_base import receipts_in_base
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import TARGET, day_of, is_business_day
from payrisk.cash.liquidity.plans import CashPlan
from payrisk.cash.views.fx import BaseRates
from support.company.five_customers import champions
from support.ledgers.by_hand import event, invoice, ledger

AS_OF = day_of("2025-03-05")  # a Wednesday
DUE = "2025-03-17"
ADVANCED, ENDS = day_of("2025-03-06"), day_of("2025-03-31")


def receipts(**sale):
    """100.00 sold the day before: half is paid by the due day, nine tenths 20 days later."""
    usual = {"reason": "with recourse", "value": 0.8, "refers_on": "2025-03-31"}
    one = ledger(
        entities=[{"entity_id": "main", "country": "DE", "recorded_on": "2024-01-01"}],
        customers=[{"customer_id": "c1", "recorded_on": "2024-01-01"}],
        invoices=[invoice("A", 100_00, due_on=DUE), invoice("mine", 7_00, due_on=DUE)],
        events=[event("sold", "A", "2025-03-04", **usual | sale)],
        rates=[
            {"from": "EUR", "to": "USD", "valid_on": "2025-01-01", "rate": 2.0,
             "recorded_on": "2025-01-01"}
        ],
    )  # fmt: skip
    return Receipts.of(Outlook.of(Answers(one, champions()), as_of=AS_OF, horizon_days=56))


@pytest.fixture(scope="module")
def told():
    return receipts()


def test_the_advance_comes_the_reserve_when_it_is_paid_and_an_advance_goes_back(told):
    by_day = told.factor.expected.sum(axis=0)
    assert by_day[ADVANCED - AS_OF] == 80_00
    assert by_day[day_of(DUE) - AS_OF] == 10_00  # half of the reserve
    back = by_day[ENDS - AS_OF]
    assert back == -40_00  # half are not paid by then
    later = day_of("2025-04-07") - AS_OF  # 20 days after the due day, rolled over a Sunday
    assert by_day[later] == 40_00  # ours again: whole
    closed = ~is_business_day(AS_OF + np.arange(56), TARGET)
    assert not by_day[closed].any()
    drawn = told.factor.drawn()
    assert not drawn[:, closed].any()
    assert np.abs(drawn.mean(axis=0) - by_day).max() < 8_00
    assert set(np.unique(drawn[:, ENDS - AS_OF])) == {-80_00, 0}
    paid = drawn[:, day_of(DUE) - AS_OF] > 0
    assert (drawn[paid].sum(axis=1) == 100_00).all()
    assert "the advance back" in told.assumptions()["layers"]


def test_it_stands_in_every_total_and_apart(told):
    whole = told.in_all("month")
    parts = [told.open_invoices("month"), told.not_yet_issued("month"), told.from_factor("month")]
    sums = sum(part.groupby("starts_on")["expected"].sum() for part in parts if len(part))
    assert whole.set_index("starts_on")["expected"].to_dict() == sums.to_dict()
    assert told.side_by_side("month")["from_factor"].sum() == told.factor.expected.sum()
    files = told.records("week").groupby("layer")["expected"].sum()
    assert files["from_factor"] == told.factor.expected.sum()
    assert files["all_receipts"] == whole["expected"].sum()
    for grain in ("day", "week"):
        assert told.from_factor(grain)["expected"].sum() == told.factor.expected.sum()
    drawn = told.drawn()
    assert drawn.expected.sum() == pytest.approx(whole["expected"].sum(), abs=1)
    rates = BaseRates.of(told.outlook.history.known_rows("rates"), "USD")
    base, _ = receipts_in_base(told, "month", rates)
    assert base["from_factor"].sum() == 2 * told.factor.expected.sum()
    (money,) = holders_money(told, CashPlan(()), [("main", "EUR")], "all")
    assert money.path.receipts["from_factor"].sum() == told.factor.expected.sum()
    assert money.path.drawn.mean() * 56 == pytest.approx(drawn.draws.mean() * 56, rel=1e-6)


def test_it_is_narrowed_like_the_rest(told):
    assert len(CashChoice(currency="USD").applied(told).factor.invoices) == 0
    assert len(CashChoice(customer="c1").applied(told).factor.invoices) == 1
    other = Receipts.of(told.outlook, entities=frozenset({"other"}))
    assert not len(other.from_factor("week"))
    assert not len(Receipts.of(told.outlook, intercompany="only").from_factor("week"))


def test_an_advance_of_before_is_in_the_bank_and_one_without_a_rate_is_said():
    early = receipts(happened_on="2025-02-20")
    assert early.factor.expected.sum(axis=0)[:10].sum() == 0
    unknown = receipts(value=None)
    assert not len(unknown.from_factor("week"))
    assert "of 1 more no cash is expected" in unknown.assumptions()["layers"]
    assert "from_factor" not in unknown.side_by_side("week")
    for gone in ({"reason": "without recourse"}, {"refers_on": "2025-03-01"}):
        assert not len(receipts(**gone).from_factor("week"))
