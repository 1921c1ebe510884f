"""The worklist by hand: worth, order, who waits and why, tones, channels, collectors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.collecting.recording.action import Action, RecordedAction
from payrisk.collecting.recording.contacts import Contact
from payrisk.collecting.worklist.gain import (
    MOST_DAYS_SOONER,
    PLAN_WAIT_DAYS,
    days_later_if_resented,
    days_sooner_by_plan,
    days_sooner_if_answered,
)
from payrisk.collecting.worklist.listing import CollectingDesk, worklist
from payrisk.collecting.worklist.policy import CollectingPolicy, Collector
from payrisk.collecting.worklist.shortfall import shortfall_lifts
from payrisk.collecting.worklist.stakes import CustomerPast, Stakes
from payrisk.collecting.worklist.worth import Worths, best_steps
from payrisk.errors import InputError
from support.ledgers.by_hand import event, invoice, ledger

AS_OF = day_of("2025-06-02")
POLICY = CollectingPolicy.read()
EXCESSIVE = {name: {"answered": 2.0} for name in ("reminder", "call", "plan")}


def owed(name, customer, amount=100_000, due="2025-05-20", **more):
    return invoice(name, amount, customer_id=customer, due_on=due, **more)


def morning(invoices, paid_on_day=20, events=(), policy=POLICY, desk=None, actions=(), **more):
    """A list where every invoice is paid for certain on one day of its curve."""
    tables = {"invoices": invoices} | ({"events": list(events)} if events else {})
    history = ledger(**tables).as_of(AS_OF)
    stakes = Stakes.of(history, None, policy.rules.least_days_late)
    days = np.broadcast_to(paid_on_day, len(stakes.rows))
    curves = (np.arange(120)[None, :] >= days[:, None]).astype(float)
    past = CustomerPast.of(history, actions)
    return worklist(stakes, curves, past, policy, desk or CollectingDesk(), **more)


def why(made):
    return dict(zip(made.waiting["customer_id"], made.waiting["why"], strict=True))


def test_days_are_those_between_the_next_run_and_the_day_it_would_have_come():
    days = np.arange(120)[None, :]
    surely_on_20 = (days >= 20).astype(float)
    # no run in the week after: answered evenly over days 2 to 8, so 15 days sooner in the mean
    sooner = np.mean([20 - d for d in range(2, 9)])
    assert days_sooner_if_answered(surely_on_20 / 5)[0] == pytest.approx(sooner / 5)
    assert days_sooner_if_answered(surely_on_20)[0] == MOST_DAYS_SOONER < sooner
    on_5 = (np.arange(120)[None, :] >= 5).astype(float)
    assert days_sooner_if_answered(on_5)[0] == 0  # its run comes on day 5 either way
    never = np.zeros((1, 120))
    assert days_sooner_if_answered(never)[0] == days_later_if_resented(never)[0] == 0
    assert days_later_if_resented(surely_on_20)[0] == 7


def test_a_plan_brings_forward_what_comes_after_six_weeks_and_nothing_before():
    days = np.arange(120)[None, :]
    on_60, on_30, never = days >= 60, days >= 30, days >= 200
    assert days_sooner_by_plan(on_60.astype(float))[0] == 60 - PLAN_WAIT_DAYS
    assert days_sooner_by_plan(on_30.astype(float))[0] == 0
    assert days_sooner_by_plan(never.astype(float))[0] == 90 - PLAN_WAIT_DAYS


def test_the_value_is_money_sooner_less_the_cost_by_hand():
    made = morning([owed("A", "c1", 5_000_000)])
    (row,) = made.rows.to_dict("records")
    effect = POLICY.effects["call"]
    days = MOST_DAYS_SOONER * effect.answered - 7 * effect.resented
    assert row["step"] == "call"
    assert row["value"] == round(5_000_000 * days * 0.06 / 365 - 400)
    assert row["held_a_month_earlier"] == round(5_000_000 * days / 30)
    assert (row["channel"], row["tone"], row["rank"]) == ("telephone", "friendly", 1)


def test_a_small_amount_is_reminded_and_a_tiny_one_left_alone():
    made = morning([owed("A", "c1", 800_000), owed("B", "c2", 5_000)])
    assert made.rows["step"].tolist() == ["reminder"]
    assert why(made) == {"c2": "worth less than it costs to ask"}


def test_the_step_that_brings_most_is_taken_of_those_worth_their_cost():
    value = np.array([[9.0, 3.0, -np.inf], [5.0, -1.0, -1.0], [-1.0, -2.0, -3.0]])
    forward = np.array([[40.0, 80.0, 900.0], [20.0, 50.0, 60.0], [1.0, 2.0, 3.0]])
    step, brought = best_steps(value, forward)
    assert step[:2].tolist() == [1, 0]
    assert brought.tolist() == [80.0, 20.0, -np.inf]


def test_distress_offers_a_plan_with_empathy():
    made = morning([owed("A", "c1", 900_000, due="2025-03-01")], paid_on_day=200)
    (row,) = made.rows.to_dict("records")
    assert (row["step"], row["tone"]) == ("plan", "empathetic")
    plan = POLICY.effects["plan"]
    recovered = 900_000 * plan.answered * plan.recovered
    assert row["value"] == round(recovered * (1 + 68 * 0.06 / 365) - 1_500)


def test_nobody_is_asked_who_disputes_promised_pays_its_run_or_was_asked_yesterday():
    invoices = [owed(name, name.lower(), 1_000_000) for name in "ABCDEF"]
    events = [
        event("dispute_opened", "A", "2025-05-25", amount=1_000_000, recorded_on="2025-05-25"),
        event("promise", "B", "2025-06-01", refers_on="2025-06-10", recorded_on="2025-06-01"),
        event("insolvency", "c", "2025-05-25", recorded_on="2025-05-25"),
        event(
            "plan", "E", "2025-06-01", refers_on="2025-07-01", amount=5, recorded_on="2025-06-01"
        ),
    ]
    days = np.array([20, 20, 20, 2, 20, 20])
    call = Action("call", "f", "anna", AS_OF - 1, AS_OF - 1, outcome="reached")
    kept = [RecordedAction("act_1", 1, "", call)]
    made = morning(invoices, days, events, actions=kept)
    assert len(made.rows) == 0
    assert why(made) == {
        "a": "disputed: its dispute is to be settled first",
        "b": "promised for 2025-06-10",
        "c": "insolvent: lodge the claim, do not ask",
        "d": "likely to pay within 2 days: wait for its payment run",
        "e": "under a plan whose payments are to come",
        "f": "asked on 2025-06-01 (call)",
    }
    assert made.overdue == 6_000_000


def test_what_was_recorded_this_morning_is_not_known_yet_but_a_claim_is():
    call = Action("call", "c1", "anna", AS_OF, AS_OF, outcome="reached")
    claim = Action("claim", "c1", "anna", AS_OF, AS_OF, refers_on=AS_OF)
    kept = [RecordedAction("act_1", 1, "", call), RecordedAction("act_2", 2, "", claim)]
    made = morning([owed("A", "c1", 5_000_000)], actions=kept)
    assert made.rows["claimed_by"].tolist() == ["anna"]


def test_broken_promises_make_it_firm():
    promises = [
        event("promise", "A", on, refers_on=by, recorded_on=on)
        for on, by in (("2025-05-22", "2025-05-24"), ("2025-05-26", "2025-05-27"))
    ]
    made = morning([owed("A", "c1", 5_000_000)], events=promises)
    assert made.rows["tone"].tolist() == ["firm"]
    assert "2 promises broken in a year" in made.rows["reason"][0]


def test_opt_outs_contacts_and_trials_are_kept_to():
    invoices = [owed(name, f"c{n}", 5_000_000) for n, name in enumerate("ABC", 1)]
    desk = CollectingDesk(
        names={"c1": "Muster GmbH"},
        contacts={"c1": [Contact("c1", name="E. Huber", role="AP", email="e@x.test")]},
        blocked={"c1": frozenset({"telephone"}), "c2": frozenset({"any"})},
        held_out=frozenset({"c3"}),
    )
    made = morning(invoices, desk=desk)
    (row,) = made.rows.to_dict("records")
    assert (row["name"], row["step"], row["contact"]) == (
        "Muster GmbH",
        "reminder",
        "E. Huber, AP, e@x.test",
    )
    assert why(made) == {
        "c2": "may not be asked by any channel",
        "c3": "held out: a trial leaves it alone",
    }


def test_collectors_get_their_customers_up_to_their_capacity_and_deputies_stand_in():
    invoices = [owed(f"I{n}", f"c{n}", 1_000_000 + n) for n in range(6)]
    collectors = (
        Collector("anna", capacity=2, customers=("c5", "c4", "c3")),
        Collector("bob", countries=("DE",), away_from=AS_OF, away_until=AS_OF, deputy="cleo"),
        Collector("cleo", capacity=2),
    )
    policy = dataclasses.replace(POLICY, collectors=collectors)
    desk = CollectingDesk(countries={"c2": "DE"})
    made = morning(invoices, policy=policy, desk=desk)
    pairs = list(zip(made.rows["customer_id"], made.rows["collector"], strict=True))
    assert pairs == [("c5", "anna"), ("c4", "anna"), ("c2", "cleo"), ("c1", "cleo")]


def test_splitting_an_invoice_or_renaming_it_moves_nothing():
    whole = morning([owed("A", "c1", 4_000_000), owed("B", "c2", 3_000_000)])
    parts = morning(
        [owed("X1", "c1", 1_000_000), owed("X2", "c1", 3_000_000), owed("Y", "c2", 3_000_000)]
    )
    for name in ("customer_id", "step", "overdue", "value", "held_a_month_earlier"):
        assert whole.rows[name].tolist() == parts.rows[name].tolist()


def test_a_cent_more_changes_no_order_and_twice_all_amounts_none_either():
    base = [owed(f"I{n}", f"c{n}", 2_000_000 + 70_000 * n) for n in range(9)]
    more = [row | {"amount": row["amount"] + 1} for row in base]
    twice = [row | {"amount": 2 * row["amount"]} for row in base]
    orders = [morning(rows).rows["customer_id"].tolist() for rows in (base, more, twice)]
    assert orders[0] == orders[1] == orders[2] == [f"c{n}" for n in range(8, -1, -1)]


def test_without_an_effect_nothing_is_claimed():
    made = morning([owed("A", "c1", 9_000_000)], policy=POLICY.with_scaled_answer_chances(0.0))
    assert len(made.rows) == 0


def test_a_currency_without_a_rate_is_told_not_dropped_silently():
    invoices = [owed("A", "c1", 5_000_000), owed("C", "c1"), owed("B", "c2", currency="USD")]
    made = morning(invoices)
    assert made.currency == "EUR"
    assert made.unrated == {"USD": 100_000}


def test_a_shortfall_ranks_by_draws_that_an_action_carries_over_the_need():
    rows = [owed("A", "c1", 100), owed("B", "c2", 1_000)]
    history = ledger(invoices=rows).as_of(AS_OF)
    stakes = Stakes.of(history, None, 1)
    curves = (np.arange(120)[None, :] >= 40).astype(float).repeat(2, axis=0)
    worths = Worths.of(stakes, curves, POLICY)
    cash = np.array([950.0, 950.0, 500.0, 2_000.0])
    landed = np.array([[40, 40], [40, 5], [40, 40], [5, 5]], dtype=np.int16)
    answer = shortfall_lifts(
        stakes, curves, worths, POLICY, day=AS_OF + 10, need=1_000.0, cash=cash, landed=landed
    )
    assert answer.chance == 0.25
    answered = POLICY.effects["reminder"].answered
    # A is 100: enough in the first two draws, in which it comes late; B in the first and third
    assert answer.lift.tolist() == [0.5 * answered, 0.5 * answered]
    with pytest.raises(InputError, match="within 90 days"):
        shortfall_lifts(
            stakes, curves, worths, POLICY, day=AS_OF + 91, need=1.0, cash=cash, landed=landed
        )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rules": {"gap": 3}}, "no entry 'gap'"),
        ({"effects": EXCESSIVE}, "between 0 and 1"),
        ({"costs": {"call": 1}}, "lacks reminder"),
        ({"money_rate": -1}, "never below 0"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_in_a_sentence(changed, said):
    document = {
        "money_rate": 0.06,
        "costs": {"call": 1, "reminder": 1, "plan": 1},
        "effects": {name: {"answered": 0.1} for name in ("call", "reminder", "plan")},
    }
    with pytest.raises(InputError, match=said):
        CollectingPolicy.from_document(document | changed, "mine.toml")
