from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.curve_metrics import CurveScores, JudgedCurves, brier_by_day, crps
from payrisk.predictions import PaymentCurve, PaymentCurves

MONDAY = 18_000 - (18_000 + 3) % 7


def comparison(n: int = 60, seed: int = 0, **columns) -> Comparison:
    """Ours says the right day with chance .8, the reference with .4."""
    g = np.random.default_rng(seed)
    as_of = MONDAY + 7 * (np.arange(n) % 5)
    paid = np.where(np.arange(n) % 10 == 0, NEVER, as_of + g.integers(0, 5, n))
    rows = pd.DataFrame(
        {
            "invoice_id": [f"i{at}" for at in range(n)],
            "customer_id": [f"c{at % 7}" for at in range(n)],
            "country": "DE",
            "as_of": as_of,
            "issued_on": as_of,
            "due_on": as_of + 2,
            "paid_on": paid,
            "closed_on": paid,
            "closed_by": np.where(paid < NEVER, "cash", None),
            "last_known_on": np.where(paid < NEVER, NEVER, MONDAY + 60),
            "books_end_on": MONDAY + 60,
            "amount": g.integers(1, 100, n),
            "currency": "EUR",
            "is_unseen": np.arange(n) % 7 == 6,
            "train_as_of": MONDAY,
        }
    ).assign(**columns)
    scores, by_day = {}, {}
    for name, chance in (("ours", 0.8), ("customer-ecdf", 0.4)):
        curves = PaymentCurves.of([_curve(int(a), int(p), chance) for a, p in zip(as_of, paid)])
        judged = JudgedCurves.of(curves, rows)
        scores[name], by_day[name] = CurveScores.of(judged), brier_by_day(judged)
    return Comparison(rows, scores, by_day)


def _curve(as_of: int, paid: int, chance: float) -> PaymentCurve:
    wrong = (1.0 - chance) / 6
    mass = np.full(7, wrong)
    if paid < NEVER:
        mass[paid - as_of] += chance
    return PaymentCurve(
        as_of, np.concatenate([np.cumsum(mass), np.full(116, mass.sum())]).clip(0, 1)
    )


def test_paired_differences_are_theirs_minus_ours_and_sure():
    found = comparison().paired
    assert found["baseline"].tolist() == ["customer-ecdf"] * 2
    assert found["metric"].tolist() == ["crps", "nll"]
    assert (found["difference"] > 0).all()
    assert found["ratio"].iloc[0] < 1
    assert np.isnan(found["ratio"].iloc[1])  # nats have no zero to take ratios from
    assert ((found["low"] < found["difference"]) & (found["difference"] < found["high"])).all()
    nll = found.set_index("metric").loc["nll"]
    assert nll["is_sure"]
    assert nll["difference"] == pytest.approx(nll["theirs"] - nll["own"])


def test_without_a_baseline_there_are_no_pairs():
    one = comparison()
    alone = Comparison(one.rows, {"ours": one.scores["ours"]}, {"ours": one.by_day["ours"]})
    assert alone.paired.empty
    assert alone.reference == "ours"
    assert alone.slices["ratio"].dropna().eq(1).all()


def test_every_grouping_holds_every_row_once():
    one = comparison()
    for _, part in one.slices.groupby("slice"):
        assert part["n"].sum() == len(one.rows)
        assert part["unresolved"].sum() == (one.rows["closed_on"] == NEVER).sum()
        whole = (part["crps"] * part["n"]).sum() / part["n"].sum()
        assert whole == pytest.approx(one.metrics()["ours"]["crps"])


def test_other_weights_by_hand():
    one = comparison()
    crps = one.scores["ours"].crps
    found = one.reweighted.set_index("group")["crps"]
    amount = one.rows["amount"].to_numpy()
    by_customer = pd.Series(crps).groupby(one.rows["customer_id"]).mean()
    is_top = (
        one.rows["customer_id"] == one.rows["customer_id"].value_counts().index[0]
    ).to_numpy()
    assert found["every row alike"] == pytest.approx(crps.mean())
    assert found["by amount"] == pytest.approx((crps * amount).sum() / amount.sum())
    assert found["each customer alike"] == pytest.approx(by_customer.mean())
    assert found["the top customer"] == pytest.approx(crps[is_top].mean())
    assert found["without the top customer"] == pytest.approx(crps[~is_top].mean())


def test_the_customers_that_gain_least_come_first_and_all_gains_add_up():
    one = comparison()
    found = one.extremes
    assert found["gained"].is_monotonic_increasing
    assert len(found) == 7  # all there are, each once
    gap = one.scores["customer-ecdf"].crps - one.scores["ours"].crps
    assert found["gained"].sum() == pytest.approx(gap.sum())
    many = comparison(customer_id=[f"c{at}" for at in range(60)]).extremes
    assert len(many) == 20
    assert many["customer_id"].is_unique


def test_a_currency_of_large_numbers_does_not_outweigh_the_others():
    euros = comparison()
    half = np.arange(60) < 30
    yen = comparison(
        amount=euros.rows["amount"] * np.where(half, 1000, 1),
        currency=np.where(half, "JPY", "EUR"),
    )
    parts = [
        comparison(amount=np.where(half == side, euros.rows["amount"], 0))
        for side in (True, False)
    ]
    means = [part.reweighted.set_index("group").at["by amount", "crps"] for part in parts]
    assert yen.reweighted.set_index("group").at["by amount", "crps"] == pytest.approx(
        np.mean(means)
    )


def test_outcomes_are_counted_and_none_is_dropped():
    paid_on = comparison(7).rows["paid_on"].to_numpy().copy()
    closed_by = ["cash", "without_cash", "loss", None, None, "cash", "cash"]
    paid_on[:] = [1, NEVER, NEVER, NEVER, NEVER, 1, 1]
    closed_on = [1, 1, 1, NEVER, NEVER, 1, 1]
    last = [NEVER, NEVER, NEVER, MONDAY + 60, MONDAY + 10, NEVER, NEVER]
    one = comparison(7)
    rows = one.rows.assign(
        paid_on=paid_on, closed_on=closed_on, closed_by=closed_by, last_known_on=last
    )
    assert Comparison(rows, one.scores, one.by_day).outcomes == {
        "paid": 3, "closed without cash": 1, "lost": 1, "sold": 1, "still open": 1,
    }  # fmt: skip


def test_joined_parts_are_the_whole():
    one, other = comparison(40, 1), comparison(30, 2)
    whole = Comparison.joined([one, other])
    assert len(whole.rows) == 70
    assert whole.metrics()["ours"]["crps"] == pytest.approx(
        (one.metrics()["ours"]["crps"] * 40 + other.metrics()["ours"]["crps"] * 30) / 70
    )
    assert whole.days_ahead["n"].iloc[0] == 70
    assert whole.unseen["ours"]["n"] == whole.rows["is_unseen"].sum()


def test_the_error_by_days_ahead_adds_up_to_the_crps_where_all_days_are_within_reach():
    one = comparison()
    own = one.by_day["ours"]
    as_of = one.rows["as_of"].to_numpy()
    everything = PaymentCurves.of([_curve(int(a), NEVER, 0.8) for a in as_of])
    rows = one.rows.assign(due_on=as_of)
    judged = JudgedCurves.of(everything, rows)
    assert brier_by_day(judged)[:, 0].sum() == pytest.approx(crps(judged).sum())
    assert (own[:, 1] <= len(one.rows)).all()


def test_reliability_pit_and_weeks_speak_of_all_rows():
    one = comparison()
    said = one.reliability[one.reliability["model"] == "ours"]
    assert said["n"].sum() == one.metrics()["ours"]["n_late_known"]
    assert one.pit["ours"].sum() == pytest.approx(1)
    assert one.by_week["n"].sum() == len(one.rows)
    assert (one.by_week["week"].to_numpy() % 7 == MONDAY % 7).all()
    assert one.by_week["unresolved"].sum() == (one.rows["closed_on"] == NEVER).sum()


def test_taking_rows_and_joining_them_again_keeps_the_scores():
    scores = comparison().scores["ours"]
    first = np.arange(len(scores)) < 20
    again = CurveScores.joined([scores.take(first), scores.take(~first)])
    assert again.metrics() == pytest.approx(scores.metrics(), nan_ok=True)
