"""Trials over a ledger: drawn by group, read by hand, nothing found where nothing was done."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from payrisk.answers import Answers
from payrisk.answers.collecting.trials import (
    arms_of,
    draw_trial,
    effects_document,
    naive_paid_shares,
    read_trial_effects,
)
from payrisk.calendar import day_of
from payrisk.collecting.holdout.assignment import CONTROL
from payrisk.collecting.holdout.drawing import require_groups
from payrisk.collecting.holdout.trial import held_out_on, read_trial, read_trials
from payrisk.collecting.recording.action import Action, RecordedAction
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.errors import InputError, UnusableHomeFile
from support.company.five_customers import champions
from support.ledgers.by_hand import credit, invoice, ledger, link

MORNING = day_of("2025-06-02")
POLICY = CollectingPolicy.read()
N = 40


def answers_where(paid_on):
    """Forty customers that owe 100.00 each since May; paid_on: customer → day it paid, if so."""
    invoices = [
        invoice(f"I{n}", 10_000, customer_id=f"c{n}", due_on="2025-05-20", issued_on="2025-04-20")
        for n in range(N)
    ]
    credits = [credit(f"P{n}", 10_000, day, customer_id=f"c{n}") for n, day in paid_on.items()]
    links = [link(f"P{n}", f"I{n}", 10_000, day) for n, day in paid_on.items()]
    last = invoice("last", 100, customer_id="c99", issued_on="2025-08-01", due_on="2025-09-01")
    tables = {"invoices": [*invoices, last]}
    tables |= {"credits": credits, "allocations": links} if credits else {}
    return Answers(ledger(**tables), champions(), ledger_sha="1" * 64)


def draw(answers, name="t", **more):
    return draw_trial(
        answers, MORNING, POLICY, name=name, arms=arms_of(0.5, ("call",)), days=28, seed=3, **more
    )[0]


def test_the_effect_is_that_of_hand():
    trial = draw(answers_where({}))
    called = trial.rows.loc[trial.rows["arm"] == "call", "customer_id"]
    # a call brings it on the 10th, left alone it comes on the 20th
    paid = {
        int(who[1:]): "2025-06-10" if who in set(called) else "2025-06-20"
        for who in trial.rows["customer_id"]
    }
    answers = answers_where(paid)
    again = draw(answers)
    assert again.rows.equals(trial.rows)  # what came later changes no lot
    actions = [
        RecordedAction(
            f"act_{n}", n, "", Action("call", who, "anna", MORNING, MORNING, outcome="reached")
        )
        for n, who in enumerate(called, 1)
    ]
    made = read_trial_effects(answers, trial, actions, POLICY)
    effects = made.readout.effects.set_index("outcome")
    assert effects.loc["days", "effect"] == pytest.approx(-10)
    assert effects.loc["days", "control_mean"] == 18
    assert effects.loc["cash", "effect"] == pytest.approx(0)  # all came within the window
    assert effects.loc["loss", "effect"] == 0
    (counts,) = made.readout.counts.to_dict("records")
    assert (counts["asked"], counts["control_asked"]) == (len(called), 0)
    assert counts["false_interventions"] == len(called)  # it would have come anyhow


def test_who_is_asked_in_the_control_is_counted_and_stays_in_it():
    trial = draw(answers_where({}))
    held = trial.rows.loc[trial.rows["arm"] == CONTROL, "customer_id"].tolist()
    call = Action("call", held[0], "anna", MORNING + 3, MORNING + 3, outcome="reached")
    actions = [RecordedAction("act_1", 1, "", call)]
    made = read_trial_effects(answers_where({}), trial, actions, POLICY)
    assert made.readout.counts["control_asked"].tolist() == [1]
    assert made.readout.effects["n_control"].tolist() == [20, 20, 20]


def test_a_trial_is_kept_once_and_its_control_left_alone_in_its_window(tmp_path):
    trial = draw(answers_where({}), actor="anna")
    trial.save(tmp_path)
    with pytest.raises(InputError, match="drawn before"):
        trial.save(tmp_path)
    kept = read_trial(tmp_path, "t")
    assert kept.rows.to_dict("list") == trial.rows.to_dict("list")
    assert [one.name for one in read_trials(tmp_path)] == ["t"]
    held = frozenset(trial.rows.loc[trial.rows["arm"] == CONTROL, "customer_id"])
    assert held_out_on(tmp_path, MORNING) == held_out_on(tmp_path, MORNING + 27) == held
    assert held_out_on(tmp_path, MORNING + 28) == held_out_on(tmp_path, MORNING - 1) == frozenset()


def test_before_its_window_is_over_nothing_is_told():
    answers = answers_where({})
    trial = draw_trial(
        answers,
        day_of("2025-07-20"),
        POLICY,
        name="t",
        arms=arms_of(0.5, ()),
        days=28,
        seed=1,
    )[0]
    with pytest.raises(InputError, match="runs until 2025-08-16"):
        read_trial_effects(answers, trial, (), POLICY)


def test_without_a_lot_only_the_naive_shares_are_told():
    # recorded on 2025-08-01 last, so the window is from 2025-07-05 on
    answers = answers_where({0: "2025-07-10", 1: "2025-07-10"})
    call = Action(
        "call", "c0", "anna", day_of("2025-07-07"), day_of("2025-07-07"), outcome="reached"
    )
    naive = naive_paid_shares(answers, [RecordedAction("act_1", 1, "", call)], POLICY)
    assert naive["asked"] == 1.0
    assert naive["others"] == pytest.approx(1 / 39)
    assert np.isclose(naive["n_others"], 39)


def test_a_trial_with_an_arm_too_small_to_be_read_is_refused_with_the_least_number():
    arms = arms_of(0.9, ("call", "plan", "reminder"))
    trial = draw_trial(answers_where({}), MORNING, POLICY, name="t", arms=arms, days=28, seed=3)[0]
    with pytest.raises(InputError, match="arm 'call' would have . of 40 groups .* needs 8"):
        require_groups(trial.rows, arms)


def test_customers_under_a_running_trial_are_left_out_and_a_stop_sets_them_free(tmp_path):
    answers = answers_where({})
    first = draw(answers)
    first.save(tmp_path)
    with pytest.raises(InputError, match="40 customers under a running trial left out"):
        draw(answers, "u", running=[first])
    half = dataclasses.replace(first, rows=first.rows[:15])
    second = draw(answers, "u", running=[half])
    assert (second.n_left_out, len(second.rows)) == (15, 25)
    assert not set(second.rows["customer_id"]) & set(half.rows["customer_id"])
    stopped = read_trial(tmp_path, "t").stop(tmp_path, MORNING + 5, "anna")
    kept = read_trial(tmp_path, "t")
    assert (kept.ends_on, kept.stopped_by) == (MORNING + 4, "anna")
    assert held_out_on(tmp_path, MORNING + 4)
    assert held_out_on(tmp_path, MORNING + 5) == frozenset()
    with pytest.raises(InputError, match="nothing to stop"):
        stopped.stop(tmp_path, MORNING + 6, "anna")
    document = effects_document(read_trial_effects(answers, kept, (), POLICY))
    assert (document["stopped_on"], document["ends_on"]) == ("2025-06-07", "2025-06-06")
    assert [row["control_mean"] for row in document["effects"] if row["outcome"] == "days"] == [5]


def test_a_trial_cut_short_on_the_disk_is_told_by_its_name_and_never_passed_over(tmp_path):
    path = draw(answers_where({})).save(tmp_path)
    assert [file.name for file in path.parent.iterdir()] == ["t.json"]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UnusableHomeFile, match="holdouts/t.json .* from a backup"):
        held_out_on(tmp_path, MORNING)
