from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER
from payrisk.learning.judging.challenge import LEAST_ROWS, Challenge
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.curve_metrics import CurveScores

MONDAY = 18_000 - (18_000 + 3) % 7
N = 800
OTHER = "champion"


def scores(crps, seed=9, **columns):
    g = np.random.default_rng(seed)
    n = len(crps)
    chance = g.uniform(0.2, 0.8, n)
    usual = {
        "crps": np.asarray(crps, dtype=np.float64),
        "nll": np.full(n, 2.0),
        "pit": (np.arange(n) + 0.5) / n,
        "error": np.full(n, 3.0),
        "covered": (np.arange(n) % 5 > 0).astype(np.float64),
        "width": np.full(n, 9.0),
        "is_late": (g.random(n) < chance).astype(np.float64),
        "chance_late": chance,
    }
    return CurveScores(**(usual | columns))


def found(own, other, rows=None):
    """Both on rows of 40 customers in 10 weeks, two origins and two countries."""
    n = len(own.crps)
    at = np.arange(n)
    as_of = MONDAY + 7 * (at % 10) + at % 5
    frame = pd.DataFrame(
        {
            "invoice_id": [f"i{k}" for k in at],
            "customer_id": [f"c{k % 40}" for k in at],
            "country": np.where(at % 40 < 10, "FR", "DE"),
            "as_of": as_of,
            "issued_on": as_of,
            "due_on": as_of + 20,
            "paid_on": as_of + 5,
            "closed_on": as_of + 5,
            "closed_by": "cash",
            "last_known_on": NEVER,
            "books_end_on": MONDAY + 200,
            "amount": 100 + at,
            "currency": "EUR",
            "is_unseen": False,
            "n_settled": 20,
            "train_as_of": np.where(at % 10 < 5, MONDAY - 40, MONDAY - 5),
        }
    )
    by_day = {name: np.ones((1, 2)) for name in ("ours", OTHER)}
    if rows is not None:
        frame = frame.assign(**rows)
    return Comparison(frame, {"ours": own, OTHER: other}, by_day)


def noisy(shift, seed=1):
    """CRPS of the other, and ours shifted by so much on average with noise on every row."""
    g = np.random.default_rng(seed)
    base = g.gamma(4.0, 0.5, N)
    return scores(base + shift + g.normal(0, 0.3, N)), scores(base)


def outcomes(own, other, **more):
    one = found(own, other)
    rows = more.pop("rows", np.ones(len(one.rows), dtype=bool))
    checks = Challenge(one, OTHER, rows, **more).checks()
    return {check.sentence: check.outcome for check in checks}


def refused(own, other, **more):
    return [words for words, how in outcomes(own, other, **more).items() if how == "refused"]


def test_a_clearly_better_recipe_passes_every_promise():
    own, other = noisy(-0.4)
    found = outcomes(own, other, must_win=True)
    assert set(found.values()) == {"passed"}
    assert len(found) == 8  # crps, four of the whole, two origins, the worst group


def test_an_equal_one_need_not_win_unless_it_must():
    own, other = noisy(0.0)
    assert refused(own, other) == []
    (said,) = refused(own, other, must_win=True)
    assert said.startswith("crps surely better than champion (0.95")


def test_what_changed_in_nothing_the_gate_reads_is_called_the_same_and_not_better():
    _, other = noisy(0.0)
    found = outcomes(scores(other.crps), other, must_win=True)
    assert "crps the same as that of champion, to the bit" in found
    assert not [words for words in found if "surely better" in words]
    assert set(found.values()) == {"passed"}


def test_a_surely_worse_one_is_refused_either_way():
    own, other = noisy(0.06)
    assert any(words.startswith("crps not surely worse") for words in refused(own, other))
    assert any(words.startswith("crps surely better") for words in refused(own, other, must_win=1))


def test_each_further_try_on_the_same_rows_must_be_surer():
    own, other = noisy(0.0)
    highs = []
    for tries in (1, 2, 10, 100):
        every = np.ones(N, dtype=bool)
        first = Challenge(found(own, other), OTHER, every, tries, must_win=True).checks()[0]
        highs.append(first.value)
        assert f"{1 - 0.05 / tries:.4g}" in first.sentence
    assert highs == sorted(highs)
    assert highs[0] < highs[-1]
    # a shift between the bounds wins at its first try and not at its hundredth
    edge = (highs[0] + highs[-1]) / 2
    lucky = scores(own.crps - edge)
    assert not refused(lucky, other, must_win=True, tries=1)
    assert refused(lucky, other, must_win=True, tries=100)


def test_the_group_that_loses_most_is_found_and_named():
    own, other = noisy(-0.4)
    is_french = np.arange(N) % 40 < 10
    ruined = scores(np.where(is_french, other.crps * 1.6, own.crps))
    (said,) = refused(ruined, other)
    assert "worst: country: FR" in said


def test_the_weekday_of_payment_is_no_group():
    own, other = noisy(-0.4)
    paid = MONDAY + np.random.default_rng(2).integers(0, 70, N)
    is_friday = (paid - MONDAY) % 7 == 4
    ruined = scores(np.where(is_friday, other.crps * 1.6, own.crps))
    one = found(ruined, other, {"paid_on": paid})
    (said,) = [
        c for c in Challenge(one, OTHER, np.ones(N, dtype=bool)).checks() if "group" in c.sentence
    ]
    assert said.outcome == "passed"
    assert "weekday paid" not in said.sentence


def test_a_small_group_is_not_judged():
    own, other = noisy(-0.4)
    few = np.arange(N) % 40 < 4  # four customers
    ruined = scores(np.where(few, other.crps * 3, own.crps))
    one = found(ruined, other, {"country": np.where(few, "FR", "DE")})
    checks = Challenge(one, OTHER, np.ones(N, dtype=bool)).checks()
    assert not [c for c in checks if "FR" in c.sentence]


@pytest.mark.parametrize(
    ("metric", "worse"),
    [
        ("nll", {"nll": np.full(N, 2.03)}),
        ("log_loss_late", {"chance_late": np.full(N, 0.95)}),
        ("pit_deviation", {"pit": np.linspace(0, 0.8, N)}),
        ("missed by the 80 % interval", {"covered": (np.arange(N) % 10 > 2).astype(float)}),
    ],
)
def test_each_guard_refuses_a_better_crps_on_its_own(metric, worse):
    own, other = noisy(-0.4)
    (said,) = refused(scores(own.crps, **worse), other, must_win=True)
    assert said.startswith(metric)


def test_within_their_slack_the_guards_hold():
    own, other = noisy(-0.4)
    slack = {"nll": np.full(N, 2.01), "covered": (np.arange(N) % 100 > 23).astype(float)}
    assert refused(scores(own.crps, **slack), other) == []


def test_no_single_origin_may_be_clearly_worse():
    _, other = noisy(-0.4)
    is_early = np.arange(N) % 10 < 5
    torn = scores(np.where(is_early, other.crps * 1.15, other.crps - 1.0))
    said = refused(torn, other, must_win=True)
    assert len([words for words in said if words.startswith("crps of the origin")]) == 1


def test_too_few_rows_prove_nothing():
    own, other = noisy(-0.4)
    rows = np.arange(N) < LEAST_ROWS - 1
    one = found(own, other)
    (check,) = Challenge(one, OTHER, rows, must_win=True).checks()
    assert (check.outcome, check.needs) == ("not verifiable", "200 rows")
    assert len(Challenge(one, OTHER, np.arange(N) < LEAST_ROWS).checks()) > 1


def test_only_the_rows_that_may_be_compared_count():
    own, other = noisy(-0.4)
    rows = np.arange(N) >= N // 2
    torn = scores(np.where(rows, own.crps, other.crps + 9))
    assert refused(torn, other, rows=rows, must_win=True) == []


def test_equally_good_models_are_hardly_ever_refused_where_rows_are_few():
    """Two models whose errors hang together by customer: luck alone breaks no promise often."""
    n, n_refused, times = 300, 0, 60
    for seed in range(times):
        g = np.random.default_rng(seed)
        bias = g.normal(0, 0.25, (2, 40))[:, np.arange(n) % 40]
        noise = g.normal(0, 0.3, (2, n))
        nll = 2.0 + bias + noise
        late = g.random(n) < 0.4
        chance = np.clip(0.4 + bias / 3, 0.02, 0.98)
        pit = np.clip(g.random(n) + bias / 10, 0, 1)
        own, other = (
            scores(
                2 + bias[k] + noise[k],
                nll=nll[k],
                is_late=late.astype(float),
                chance_late=chance[k],
                pit=pit[k],
            )
            for k in range(2)
        )
        n_refused += bool(refused(own, other))
    assert n_refused <= times // 10


def test_what_may_be_chance_is_told_as_not_sure():
    own, other = noisy(-0.4)
    spread = np.random.default_rng(3).normal(0, 3.0, N)
    unsure = scores(own.crps, nll=2.0 + spread - spread.mean() + 0.03)
    (how,) = [how for words, how in outcomes(unsure, other).items() if words.startswith("nll")]
    assert how == "not verifiable"
    assert refused(unsure, other) == []
