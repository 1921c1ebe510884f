"""The review queue: every customer, when it is due, and how soon a recorded fact is on it."""

from __future__ import annotations

import pytest

from payrisk.answers import Answers
from payrisk.answers.desk.review_queue import KeptReview, queue_of
from payrisk.calendar import date_of, day_of
from payrisk.credit.deciding.reviewing import ReviewedCustomer, ReviewFact, review_queue
from payrisk.credit.rules.rules import ReviewRules
from support.company.five_customers import AS_OF, champions, company_with
from support.full import FULL
from support.ledgers.by_hand import event, invoice

DAY = day_of("2025-06-02")
RULES = ReviewRules()
BANDS = ("A", "B", "C", "D", "E")


def reviewed(name="c1", band="B", **more):
    usual = dict(
        customer_id=name, band=band, band_before=band, compared_on=DAY - 30, reviewed_on=DAY - 10,
        currency="EUR", exposure=1_000, limit=10_000,
    )  # fmt: skip
    return ReviewedCustomer(**(usual | more))


def line_of(**more):
    (line,) = review_queue([reviewed(**more)], RULES, BANDS, DAY)
    return line


@pytest.mark.parametrize(("band", "days"), [("A", 365), ("B", 270), ("E", 30), ("new", 180)])
def test_the_next_review_is_as_far_as_the_band_says(band, days):
    line = line_of(band=band)
    assert (line.review_on, line.alerts, line.is_due) == (DAY - 10 + days, (), False)
    assert line_of(band=band, reviewed_on=DAY - days).is_due


@pytest.mark.parametrize(
    ("more", "alert", "recorded_on"),
    [
        ({"band_before": "A"}, "band A → B", None),
        ({"exposure": 9_001}, "90% of the limit used", None),
        ({"cover_ends_on": DAY + 30}, "insurance ends 2025-07-02", DAY - 1),
        ({"cover_ends_on": DAY - 1}, "insurance ended 2025-06-01", DAY - 31),
        (
            {"exposure": 10_001, "used_before": 1.0, "is_reviewed": False},
            "100% of the limit used",
            None,
        ),
        ({"limit_ends_on": DAY + 5}, "limit on file ends 2025-06-07", DAY - 25),
        ({"facts": (ReviewFact("late", "late", DAY - 3),)}, "late", DAY - 3),
        ({"is_in_default": True}, "in default", None),
    ],
)
def test_each_trigger_makes_a_customer_due_and_says_since_when(more, alert, recorded_on):
    line = line_of(**more)
    assert (line.alerts, line.recorded_on, line.is_due) == ((alert,), recorded_on, True)


@pytest.mark.parametrize(
    "more",
    [
        {"exposure": 9_000},
        {"cover_ends_on": DAY + 31},
        {"cover_ends_on": DAY - 91, "is_reviewed": False},  # ended a year ago: nobody's news
        {"limit": None},
        {"limit": 0},
        {"band_before": "C"},  # a better band needs nobody
        {"exposure": 9_500, "used_before": 0.95},  # as it was at the last review
    ],
)
def test_what_is_just_within_triggers_nothing(more):
    assert line_of(**more).alerts == ()


def test_who_was_never_reviewed_comes_round_for_some_days_and_not_for_ever():
    """All at once would be a list that nobody can work: in half a year each is due once."""

    def due_days(is_reviewed):
        first = DAY - 1_000
        customer = reviewed(band="C", reviewed_on=first, is_reviewed=is_reviewed)
        mornings = range(first + 1, first + 901)
        return [d - first for d in mornings if review_queue([customer], RULES, BANDS, d)[0].is_due]

    assert due_days(is_reviewed=True) == [*range(180, 901)]
    rounds = [range(180 * n, 180 * n + RULES.round_days + 1) for n in range(1, 6)]
    assert due_days(is_reviewed=False) == [d for days in rounds for d in days if d <= 900]


def test_defaults_come_first_then_alerts_by_band_then_days_that_came_then_the_rest():
    customers = [
        reviewed("later"),
        reviewed("sooner", reviewed_on=DAY - 20),
        reviewed("came", reviewed_on=DAY - 300),
        reviewed("small", band_before="A"),
        reviewed("large", band_before="A", exposure=5_000),
        reviewed("worse", "D", band_before="B"),
        reviewed("lost", is_in_default=True),
    ]
    names = [line.customer.customer_id for line in review_queue(customers, RULES, BANDS, DAY)]
    assert names == ["lost", "worse", "large", "small", "came", "sooner", "later"]


def house(events=(), **probabilities):
    return Answers(company_with(events=list(events)), champions(**probabilities))


def queue_on(answers, day, kept=None):
    lines = queue_of(answers, day, compared_on=day - 30, reviews=kept or {})
    return {line.customer.customer_id: line for line in lines}


def test_every_customer_with_an_invoice_is_in_it_on_every_morning():
    answers = house()
    for day in range(answers.first_day + 1, AS_OF, 7 if FULL else 28):
        billed = set(answers.history(day).invoices()["customer_id"])
        assert set(queue_on(answers, day)) == billed


def test_a_fact_recorded_on_a_day_is_in_the_queue_of_the_next_morning():
    """The time from recorded fact to alert: one day, and not on the day itself."""
    recorded = day_of("2025-05-20")
    report = event(
        "credit_report", "c1", "2025-05-11", subject_kind="customer", value="312",
        recorded_on=date_of(recorded).isoformat(),
    )  # fmt: skip
    answers = house([report])
    assert queue_on(answers, recorded)["c1"].recorded_on is None
    line = queue_on(answers, recorded + 1)["c1"]
    assert "credit report of 2025-05-11, score 312" in line.alerts
    assert (line.recorded_on, line.is_due) == (recorded, True)
    later = queue_on(answers, recorded + 9, {"c1": KeptReview(recorded + 2, "B")})["c1"]
    assert not any("credit report" in alert for alert in later.alerts)


def test_the_first_invoice_that_passes_thirty_days_late_is_seen_the_next_morning():
    answers = house()
    passed = day_of("2025-03-05") + 31  # c4's F
    assert not queue_on(answers, passed)["c4"].alerts
    alerts = queue_on(answers, passed + 1)["c4"].alerts
    assert "an invoice over 30 days late since 2025-04-05" in alerts


def test_a_band_that_differs_from_that_of_the_last_review_is_a_trigger():
    line = queue_on(house(), AS_OF, {"c1": KeptReview(AS_OF - 60, "A")})["c1"]
    assert line.alerts[0] == "band A → B"
    assert queue_on(house(), AS_OF, {"c1": KeptReview(AS_OF - 60, "B")})["c1"].alerts == ()


def test_what_a_later_morning_adds_moves_no_earlier_queue():
    more = invoice("late", 5_000, customer_id="c5", issued_on="2025-06-10", due_on="2025-06-20")
    grown = Answers(company_with(invoices=[more]), champions())
    assert queue_on(grown, AS_OF) == queue_on(house(), AS_OF)
