"""Recipes of applicants judged beside what answers now, on made-up tables."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from payrisk.bundle import Bundle
from payrisk.calendar import day_of, iso
from payrisk.errors import ModelError
from payrisk.learning.judging import judge_applicants
from payrisk.learning.judging.applicant_opponent import chances
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.judge_applicants import ApplicantJudge, split
from payrisk.learning.judging.opponent import DEPLOYED, RECIPE
from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.folds import in_order
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from payrisk_models import spec
from support.credit.past_applications import made, mapping
from support.credit.quick_trees import quick_trees  # noqa: F401

pytestmark = pytest.mark.long

SPEC = spec("new-customer")
DAYS = 1_000
"""Of the whole past; the champion learned from its first part."""


@cache
def rows():
    """A past of which the champion saw the first 60 %, and the candidate all."""
    return made(1_200, 3, days=DAYS)


def table(frame, **sections):
    return applications_of(frame, mapping(**sections))


@cache
def whole():
    return table(rows())


@cache
def earlier():
    return table(rows().head(720))


@cache
def model():
    """What answers now, fitted on the first part."""
    return fit_applicant(earlier(), SPEC.seed)


def champion(fitted=None, *, taught=None, recipe=SPEC, as_of=None, tells_dates=True, why_not=""):
    """A champion as it stands: trained the morning after the last date of its table."""
    taught = earlier() if taught is None else taught
    last = taught.last_dated
    card = {"population": {"last_dated_on": iso(last)}} if tells_dates else {}
    facts = {"as_of": iso(last + 1 if as_of is None else as_of), "digest": "ab" * 32}
    fitted = model() if fitted is None else fitted
    return DeployedChampion(
        Bundle("new-customer", "1", fitted, card, facts, Path()), recipe, why_not
    )


def judged(recipe, past, standing=None, **more):
    return ApplicantJudge(recipe, past, champion=standing).judge(**more)


def shipped(model, found, past):
    return ApplicantJudge(SPEC, past).ship(model, found, perf_counter)


def told(found, words):
    """The checks whose sentence holds the words."""
    return [check for check in found.verdict.checks if words in check.sentence]


@cache
def same():
    """The same recipe on all of the past, beside the champion of its first part."""
    return judged(SPEC, whole(), champion())


def test_the_same_recipe_on_newer_data_passes():
    found = same()
    assert found.verdict.outcome == "passed"
    assert not told(found, RECIPE)  # it is not compared with itself
    assert [check.outcome for check in told(found, DEPLOYED)] == ["passed"]
    assert [check.outcome for check in told(found, "champion's, at most")] == ["passed"]
    assert found.window["champion"].startswith("version 1, as of ")
    assert RECIPE not in found.metrics
    moved = dict(each.rsplit(" ", 1) for each in found.window["psi_of_inputs"])
    assert set(moved) == {"debt", "score", "sector"}
    assert all(0.0 <= float(index) < 0.25 for index in moved.values())  # drawn alike all along


def broken_feed():
    """The past as it is, but what was learned from tells everybody another one's score."""
    frame = rows().copy()
    past, _, _ = split(in_order(whole()), SPEC.seed)
    learned = np.sort(in_order(whole()).row[past])
    scores = frame["score"].to_numpy(dtype=object)
    scores[learned] = np.random.default_rng(0).permutation(scores[learned])
    return table(frame.assign(score=scores))


def test_a_champion_that_is_far_better_on_what_it_never_saw_refuses():
    worse = broken_feed()
    assert judged(SPEC, worse).verdict.outcome == "passed"  # by its baselines alone
    found = judged(SPEC, worse, champion())
    assert [check.outcome for check in told(found, DEPLOYED)] == ["refused"]
    assert found.verdict.outcome == "refused"
    assert "not surely worse by 1% than the champion as deployed" in found.verdict.sentence


def test_the_champion_is_met_only_on_what_it_cannot_have_learned():
    everything = champion(fit_applicant(whole(), 0), taught=whole())
    found = judged(SPEC, whole(), everything)
    (check,) = told(found, DEPLOYED)
    assert check.outcome == "not verifiable"
    assert check.needs.startswith("20 applications that went bad, dated from")
    assert found.verdict.outcome == "passed"
    # a table that tells no dates: only after the morning it was trained
    late = champion(tells_dates=False, as_of=day_of("2030-01-01"))
    assert told(judged(SPEC, whole(), late), DEPLOYED)[0].outcome == "not verifiable"


def test_a_changed_recipe_has_to_be_surely_better():
    blind = champion(fit_applicant(earlier().only(("debt",)), 0))
    found = judged(SPEC, whole(), blind)
    checks = told(found, RECIPE)
    assert [check.outcome for check in checks] == ["passed"] * 3
    assert "surely better" in checks[0].sentence
    assert found.metrics[RECIPE]["log_loss"] > found.metrics["new-customer"]["log_loss"]
    assert found.verdict.outcome == "passed"


def test_one_that_is_worse_than_the_champions_recipe_on_the_same_rows_is_refused():
    turned = table(rows(), monotone={"score": "+", "debt": "+"})
    found = judged(SPEC, turned, champion())
    assert told(found, RECIPE)[0].outcome == "refused"
    assert found.verdict.outcome == "refused"


def test_another_seed_is_another_recipe_and_has_to_win():
    ordinary = replace(SPEC, fit=fit_applicant)  # which chooses nothing by what came later
    found = judged(ordinary, whole(), champion(recipe=replace(ordinary, seed=1)))
    first = told(found, "surely better")[0]
    assert first.is_decisive
    assert first.outcome == "refused"


def test_a_recipe_that_differs_in_nothing_the_fit_reads_passes_to_the_bit():
    elsewhere = champion(recipe=replace(SPEC, rule=DefaultRule(days=30)))  # a table's own rule
    found = judged(SPEC, whole(), elsewhere)
    assert [check.outcome for check in told(found, "to the bit")] == ["passed"]
    assert found.verdict.outcome == "passed"


def test_a_column_more_that_is_the_same_for_everybody_is_not_verifiable():
    columns = {
        "date": "applied_on",
        "numeric": ["score", "debt", "empty"],
        "categorical": ["sector"],
    }
    more = table(rows().assign(empty="7"), columns=columns)
    opponent = ApplicantJudge(SPEC, more, champion=champion()).opponent
    alike = chances(model(), opponent.table.frame)
    check, *_ = opponent.checks(alike, alike.copy(), opponent.table, opponent.table, 1)
    assert check.is_decisive
    assert check.outcome == "not verifiable"
    assert check.needs.endswith("(empty tells no rows apart)")
    columns["numeric"] = ["score", "debt", "size"]
    telling = in_order(table(rows().assign(size=rows()["debt"]), columns=columns))
    with pytest.raises(ModelError, match="differs from the champion's recipe in size"):
        replace(opponent, table=telling).checks(alike, alike.copy(), telling, telling, 1)


def without_score(frame, **sections):
    columns = {"date": "applied_on", "numeric": ["debt"], "categorical": ["sector"]}
    return table(frame, columns=columns, missing={}, monotone={"debt": "+"}, **sections)


def test_a_table_that_lacks_what_the_champion_reads_says_so():
    found = judged(SPEC, without_score(rows()), champion())
    assert found.verdict.outcome == "not verifiable"
    assert {check.needs for check in told(found, "than the champion")} == {
        "the columns that the champion reads, as it reads them: score"
    }
    other = table(rows(), missing={"score": [-9, -8]})  # the same name, read otherwise
    assert judged(SPEC, other, champion()).verdict.outcome == "not verifiable"


@pytest.mark.parametrize(
    "standing",
    [
        lambda: champion(recipe=None, why_not="It is too old."),
        lambda: replace(champion(), bundle=replace(champion().bundle, model=None)),
        lambda: champion(replace(model(), horizon_days=90)),
    ],
)
def test_a_champion_that_cannot_be_met_leaves_it_not_verifiable(standing):
    found = judged(SPEC, whole(), standing())
    assert found.verdict.outcome == "not verifiable"
    assert told(found, "surely better")[0].is_decisive
    assert found.window.get("champion_not_refitted", "It is too old.") == "It is too old."


def test_an_own_past_whose_champion_means_something_else_is_not_comparable():
    own = replace(whole(), is_own=True)
    elsewhere = champion(recipe=replace(SPEC, rule=DefaultRule(days=30)))
    found = judged(SPEC, own, elsewhere)
    assert found.verdict.outcome == "not verifiable"
    assert "means the same by going bad" in told(found, "surely better")[0].needs


def test_a_stale_or_a_thin_table_is_refused():
    found = judged(SPEC, earlier(), champion(taught=whole()))
    stale = told(found, "days by which its applications end before the champion's")
    assert [check.outcome for check in stale] == ["refused"]
    assert found.verdict.outcome == "refused"
    few = table(rows().tail(280))
    thin = told(judged(SPEC, few, champion()), "of the rarer outcome")
    assert [check.outcome for check in thin] == ["refused"]


def test_tries_are_asked_for_the_rows_and_widen_the_interval():
    asked = []

    def tries(digest):
        asked.append(digest)
        return 4

    blind = champion(fit_applicant(earlier().only(("debt",)), 0))
    found = judged(SPEC, whole(), blind, count_tries=tries)
    assert asked == [found.judged_rows]
    assert found.window["recipes_tried_on_them"] == 4
    assert "0.9875 of the draws" in told(found, "surely better")[0].sentence


def test_what_ships_is_held_to_what_was_judged():
    found = same()
    gap, megabytes, milliseconds = shipped(found.model, found, whole())
    assert gap.value == 0.0
    assert {gap.outcome, megabytes.outcome, milliseconds.outcome} == {"passed"}
    honest = shipped(fit_applicant(whole(), 0), found, whole())[0]
    assert honest.value > 0.0
    assert honest.outcome == "passed"
    moved = found.model.shift_level(found.model.shift + 3.0, found.model.level)
    assert shipped(moved, found, whole())[0].outcome == "refused"
    none = judged(SPEC, whole().take(np.arange(30)))
    assert shipped(found.model, none, whole())[0].outcome == "not verifiable"


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_tables(simulate(40, 26, 2).tables)[0]


def honesty(ledger, day):
    return ApplicantJudge(SPEC, whole(), ledger.as_of(day)).honesty()


def test_a_silent_ledger_is_stale_and_an_honest_one_is_not(ledger):
    now, later = (honesty(ledger, ledger.default_as_of + more) for more in (0, 60))
    assert "without a recorded fact" in now[0].sentence
    assert now[1].sentence.startswith("answers that move with what is recorded later")
    assert [check.outcome for check in now] == ["passed", "passed"]
    assert [check.outcome for check in later] == ["refused", "passed"]


def test_a_recipe_that_reads_later_outcomes_is_a_leak(ledger, monkeypatch):
    def peeks(then, *means):
        return own_applications(then.ledger.as_of(then.ledger.default_as_of), *means)

    monkeypatch.setattr(judge_applicants, "own_applications", peeks)
    checks = honesty(ledger, ledger.default_as_of - 30)
    assert checks[1].outcome == "refused"
