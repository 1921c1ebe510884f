"""Reactions: other facts unmoved, outcomes of one invoice with and without, means as published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.simulate import World, simulate
from payrisk.simulate.behaviour import causes
from payrisk.simulate.reactions.law import ACTIONS, ANSWERED, CAUSES, NO_REACTION, ReactionLaw
from payrisk.simulate.reactions.outcomes import Company

MORNINGS = ("2025-07-15", "2025-08-20", "2025-09-24", "2025-11-05")
LAW = ReactionLaw()


def overdue(made, day):
    truth = made.truth
    waits = (truth[["paid_on", "closed_on", "sold_on"]] > day).all(axis=1)
    rows = (waits & (truth["issued_on"] <= day) & (truth["due_on"] < day)).to_numpy()
    return Company.of(
        truth[rows].reset_index(drop=True),
        made.reactions_truth[rows].reset_index(drop=True),
        made.customers_truth,
        first_day=day - 10,
        last_day=day + 700,
    )


@pytest.fixture(scope="module")
def mornings():
    made = [simulate(150, 18, seed, world=World(has_reactions=True)) for seed in range(301, 307)]
    return [(day_of(day), overdue(one, day_of(day))) for one in made for day in MORNINGS]


def test_everything_else_is_bit_identical():
    plain = simulate(40, 12, 7)
    made = simulate(40, 12, 7, world=World(has_reactions=True))
    for name, frame in plain.tables.items():
        pd.testing.assert_frame_equal(frame, made.tables[name])
    pd.testing.assert_frame_equal(plain.truth, made.truth)
    assert not len(plain.reactions_truth.columns)
    assert (made.reactions_truth["invoice_id"] == made.truth["invoice_id"]).all()


def pooled(mornings, action, law=LAW, tone="friendly", n_before=0):
    """By cause, over all mornings: invoices, mean days saved of 90, share paid in 7 days then."""
    rows = []
    for day, company in mornings:
        base, then = (
            company.without(),
            company.payments_after_action(day, action, law, tone=tone, n_before=n_before),
        )
        days = np.clip(base.paid_on - day, 0, 90) - np.clip(then.paid_on - day, 0, 90)
        rows.append(
            pd.DataFrame(
                {
                    "cause": company.truth["cause"].astype(str),
                    "days": days,
                    "before": base.paid_on <= day + 7,
                    "after": then.paid_on <= day + 7,
                }
            )
        )
    return pd.concat(rows)


def test_means_are_those_of_the_field_experiments(mornings):
    reminder, call = pooled(mornings, "reminder"), pooled(mornings, "call")
    assert 1.03 < reminder["after"].mean() / reminder["before"].mean() < 1.10
    by_cause = reminder.groupby("cause")["days"].mean()
    assert 0.7 < by_cause["late"] < 2.5
    gain = call["after"].mean() - call["before"].mean()
    assert 1.3 < gain / (reminder["after"].mean() - reminder["before"].mean()) < 3.0


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_late_for_another_reason_is_paid_no_sooner(mornings, action):
    table = pooled(mornings, action)
    answering = set(ANSWERED[action])
    assert len(answering) <= len(CAUSES) / 2
    others = table[~table["cause"].isin(answering)]
    assert len(others) > 100
    assert (others["days"] <= 0).all()


def test_a_good_payer_called_before_its_run_pays_later_and_firmness_doubles_it(mornings):
    good = {
        tone: (t := pooled(mornings, "call", tone=tone))[t["cause"] == "on_time"]["days"].mean()
        for tone in ("friendly", "firm")
    }
    assert good["firm"] < good["friendly"] < 0


def test_an_action_more_leaves_less_of_the_next(mornings):
    first, third = (pooled(mornings, "call", n_before=n)["days"] for n in (0, 2))
    assert third.mean() < first.mean() / 2


def test_a_world_without_reactions_moves_no_day(mornings):
    for action in ACTIONS:
        assert (pooled(mornings, action, NO_REACTION)["days"] == 0).all()


def test_likelier_answers_keep_those_of_the_same_invoices(mornings):
    for day, company in mornings[:4]:
        waits = [
            company.payments_after_action(day, "call", LAW.scaled(f)).paid_on for f in (0.5, 1.0)
        ]
        resented = company.payments_after_action(day, "call", LAW.scaled(0)).paid_on
        moved = waits[0] < company.without().paid_on
        assert (waits[1][moved] == waits[0][moved]).all()
        assert (resented >= company.without().paid_on).all()


def test_cash_adds_up_with_and_without(mornings):
    n_lost = 0
    for day, company in mornings:
        base, then = company.without(), company.payments_after_action(day, "call", LAW)
        assert base.by(10**7).sum() == then.by(10**7).sum()
        by_day = sum((then.by(day + d) - base.by(day + d)).sum() for d in range(90))
        assert then.money_days_gained(base, day, 90).sum() == pytest.approx(by_day)
        plan = company.payments_after_action(day, "plan", LAW.scaled(8))
        lost = (base.paid_on > 10**6) & (plan.paid_on < 10**6)
        n_lost += lost.sum()
        assert (plan.money_days_gained(base, day, 90)[lost] > 0).all()
    assert n_lost > 0


def test_chances_hold_for_every_cause_and_action():
    assert set(causes.NAMES) < set(CAUSES)
    for action in ACTIONS:
        for cause in CAUSES:
            for n in range(4):
                assert 0 <= LAW.chance_of_answer(action, cause, "firm", n) <= 1
                assert 0 <= LAW.chance_of_resentment(action, cause, "firm", n) <= 1
    phone = LAW.only_by_phone()
    assert phone.chance_of_answer("reminder", "late", "friendly", 0) == 0
    assert phone.chance_of_answer("call", "late", "friendly", 0) > 0
    harmful = LAW.harmful_to_good_payers()
    assert harmful.chance_of_resentment("reminder", "on_time", "friendly", 0) == 0.45
