from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.errors import LedgerError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.judging import canary
from payrisk.learning.judging.canary import Canary, freshness
from payrisk.ledger import Ledger
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, invoice, ledger
from support.ledgers.messy import START, messy_ledger

KEYS = ["invoice_id", "instalment"]


@pytest.fixture(scope="module")
def made():
    return Ledger.from_tables(simulate(12, 10, 3).tables)[0]


def curves(model, history):
    rows = history.open_invoices().sort_values(KEYS)
    return model.curves(history, rows).matrix


@dataclass(frozen=True)
class Peeking:
    """A model that looks up in the ledger what day an invoice will be paid."""

    model: Any

    def curves(self, history, rows):
        later = history.ledger.as_of(history.ledger.default_as_of).invoices().set_index(KEYS)
        paid = later["paid_on"].reindex(pd.MultiIndex.from_frame(rows[KEYS]))
        found = self.model.curves(history, rows)
        is_paid = (paid < NEVER).to_numpy()
        return replace(found, matrix=np.where(is_paid[:, None], 1.0, found.matrix))

    def to_files(self):
        return self.model.to_files()


def learns_later_facts(history):
    return fit_shrunk_ecdf(history.ledger.as_of(history.ledger.default_as_of))


@pytest.mark.parametrize("at_the_end", [True, False])
@pytest.mark.parametrize(
    "fit", [learns_later_facts, lambda history: Peeking(fit_shrunk_ecdf(history))]
)
def test_a_fit_that_reads_or_asks_the_future_is_a_leak(made, fit, at_the_end):
    as_of = made.default_as_of - (0 if at_the_end else 40)
    found = Canary.of(made, as_of, fit, curves)
    assert found.moved > 0.1
    assert found.checks()[0].outcome == "refused"
    assert "leak" in found.checks()[0].sentence


def test_an_honest_fit_moves_no_bit(made):
    found = Canary.of(made, made.default_as_of - 20, fit_shrunk_ecdf, curves)
    assert found == Canary(0.0, is_stale=False)
    assert {check.outcome for check in found.checks()} == {"passed"}


@pytest.mark.parametrize("seed", [1, 5])
def test_trees_on_a_disordered_ledger_with_late_facts_move_no_bit(seed):
    fitted = []

    def fit(history):
        fitted.append(fit_daily_hazard(history, seeds=1, rounds=5))
        return fitted[-1]

    found = Canary.of(messy_ledger(seed, 400), START + 230, fit, curves)
    assert found.moved == 0.0
    assert isinstance(fitted[0], DailyHazard)  # old enough for trees


def test_a_snapshot_that_nobody_refreshes_is_stale(made):
    old = made.default_as_of - 150

    def frozen(history):
        return fit_shrunk_ecdf(history.ledger.as_of(min(old, history.as_of)))

    found = Canary.of(made, made.default_as_of, frozen, curves)
    assert found == Canary(0.0, is_stale=True)
    assert [check.outcome for check in found.checks()] == ["passed", "refused"]
    assert "stale" in found.checks()[1].sentence


def test_without_facts_in_those_days_an_unchanged_fit_is_not_stale(made):
    day = made.default_as_of - 30 - canary.BEFORE_DAYS
    quiet = {
        name: frame
        if "recorded_on" not in frame or name in canary.EVERYBODY
        else frame[(frame["recorded_on"] < day - canary.STALE_DAYS) | (frame["recorded_on"] > day)]
        for name, frame in made.tables.items()
    }
    one = Ledger.from_tables(quiet)[0]
    found = Canary.of(one, made.default_as_of - 30, fit_shrunk_ecdf, curves)
    assert not found.is_stale


def test_answers_of_another_shape_and_missing_ones(made):
    as_of = made.default_as_of

    def say(model, history):
        return np.full(model.n, np.nan)

    @dataclass(frozen=True)
    class Counts:
        n: int

        def to_files(self):
            return {"n": str(self.n).encode()}

    def later(history):
        return Counts(len(history.ledger.tables["invoices"]))

    assert Canary.of(made, as_of, later, say).moved == 1.0
    assert Canary.of(made, as_of, lambda history: Counts(history.as_of % 7), say).moved == 0.0


def test_a_large_ledger_is_tried_on_whole_customers(made, monkeypatch):
    monkeypatch.setattr(canary, "ENOUGH_INVOICES", 100)
    whole = made.tables["invoices"]["customer_id"].value_counts()
    seen = []

    def fit(history):
        seen.append(history.ledger.tables["invoices"]["customer_id"].value_counts())
        return fit_shrunk_ecdf(history)

    assert Canary.of(made, made.default_as_of, fit, curves, seed=1).moved == 0.0
    assert 0 < len(seen[0]) < len(whole)
    assert (seen[0] == whole[seen[0].index]).all()


def test_a_ledger_too_young_to_go_back_says_so(made):
    with pytest.raises(LedgerError):
        Canary.of(made, made.first_day + 10, fit_shrunk_ecdf, curves)


def regular(every: int, n: int = 20, silent_after: int | None = None):
    """An invoice and a credit recorded every so many days."""
    days = [day_of("2025-01-01") + every * at for at in range(n)]
    return days[-1], ledger(
        invoices=[
            invoice(f"i{day}", issued_on=day, due_on=day + 10, recorded_on=day) for day in days
        ],
        credits=[credit(f"p{day}", 5, day, recorded_on=day) for day in days],
    )


@pytest.mark.parametrize(("every", "bound"), [(1, 14.0), (3, 14.0), (10, 30.0)])
def test_the_bound_of_silence_is_the_ledgers_own_rhythm(every, bound):
    last, one = regular(every)
    fresh, silent = freshness(one, last + 1), freshness(one, last + int(bound) + 2)
    assert (fresh.value, fresh.bound, fresh.outcome) == (0.0, bound, "passed")
    assert freshness(one, last + int(bound) + 1).outcome == "passed"
    assert (silent.value, silent.outcome) == (bound + 1, "refused")


def test_what_is_recorded_on_the_morning_or_later_is_no_sign_of_life():
    last, one = regular(1)
    assert freshness(one, last - 3).value == 0.0
    first = day_of("2025-01-01")
    assert freshness(one, first).outcome == "not verifiable"


def test_payments_that_stop_while_invoices_go_on_are_stale(made):
    as_of = made.default_as_of
    assert freshness(made, as_of).outcome == "passed"
    stopped = dict(made.tables)
    for name in ("credits", "allocations"):
        frame = stopped[name]
        stopped[name] = frame[frame["recorded_on"] < as_of - 75].reset_index(drop=True)
    check = freshness(Ledger.from_tables(stopped)[0], as_of)
    assert check.outcome == "refused"
    assert "(credits)" in check.sentence
