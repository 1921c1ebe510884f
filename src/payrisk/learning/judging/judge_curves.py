"""Judge a recipe of curves inside the ledger: refitted at earlier mornings, by what came later."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from payrisk.arrays import Floats
from payrisk.calendar import iso
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW
from payrisk.learning.judging import canary
from payrisk.learning.judging.backtest import Backtest, fit_baselines, judge_models
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.gates import Check, judge, serving_cost
from payrisk.learning.judging.judge import (
    Clock,
    CountTries,
    Judgement,
    count_one_try,
    digest_of,
    invoice_rows,
    not_judged,
)
from payrisk.learning.judging.opponent import CurveOpponent
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.replay import rows_at_issue, sample
from payrisk.learning.measuring.splits import (
    LEAST_TRAIN_DAYS,
    ORIGINS,
    Split,
    last_origin,
    origins,
)
from payrisk.ledger import History
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel

MOST_JUDGED_ROWS = 20_000
MOST_ISSUE_DAYS = 30
ASKED_OF_A_CANARY = 300
SHIPPED_ROWS = 1_000
LEAST_SHIFT_DAYS, SHIFT_OF_CRPS, LEAST_SETTLED = 1.0, 2.0, 1_000

ROWS = ["invoice_id", "customer_id", "as_of", "issued_on", "due_on", "amount"]
"""What identifies a row judged."""


@dataclass(frozen=True)
class CurveJudge:
    """The judge of one recipe of payment curves, on what was known on the morning of `history`."""

    recipe: ModelSpec
    history: History
    champion: DeployedChampion | None = None

    @property
    def opponent(self) -> CurveOpponent | None:
        """The champion in the recipe's way; None where nothing answers."""
        return None if self.champion is None else CurveOpponent(self.recipe, self.champion)

    def judge(self, count_tries: CountTries = count_one_try) -> Judgement:
        """Judge at past origins, on the days whose invoices had time to be paid.

        Beside its baselines and its opponent. count_tries: how many recipes were judged on the
        rows of a digest so far, with this one. Raises ModelError where the fit does not keep to
        its recipe.
        """
        if self._is_young:
            return self._unjudged(self._why_young())
        recipe, ledger, opponent = self.recipe, self.history.ledger, self.opponent
        splits = origins(self.history, ORIGINS)
        histories = [ledger.as_of(split.train_as_of) for split in splits]
        n_paid = [SettlementHistory.of(then).n_paid for then in histories]
        able = [n >= YOUNG_BELOW for n in n_paid]
        windows, mornings = list(compress(splits, able)), list(compress(histories, able))[::-1]
        if not windows:
            return self._unjudged(self._why_not(n_paid))
        # side by side: each fit is one thread of its own, so the bits are those of a sequence
        with ThreadPoolExecutor(max_workers=len(mornings)) as pool:
            fitted = list(pool.map(recipe.fit_for_gate, mornings))
        parts, days = [], []
        for split, train, model in zip(reversed(windows), mornings, fitted, strict=True):
            moments = rows_at_issue(
                ledger, split.issued_from, split.issued_to, split.as_of, most_days=MOST_ISSUE_DAYS
            )
            moments = sample(moments, MOST_JUDGED_ROWS // len(windows), recipe.seed)
            if not len(moments.rows):
                continue
            models: dict[str, CurveModel] = {recipe.name: model, **fit_baselines(recipe, train)}
            if opponent is not None:
                models |= opponent.models(train, windows[0])
            parts.append(judge_models(models, train, moments))
            days.append(len(moments.histories))
        if not parts:
            return self._unjudged("No invoice was issued on the days to test.")
        backtest = Backtest.joined(parts)
        verdict = judge(recipe.name, recipe.gates, backtest.metrics)
        rows, n_tries = backtest.comparison.rows[ROWS], 1
        if opponent is not None:
            n_tries = count_tries(digest_of(rows))
            verdict = verdict.with_checks(opponent.checks(backtest.comparison, n_tries, mornings))
        window = self._window(backtest, windows, days) | {"recipes_tried_on_them": n_tries}
        return Judgement(backtest.metrics, verdict, window, rows, backtest, model=fitted[-1])

    def honesty(self) -> list[Check]:
        """What a backtest cannot see, see `canary.honesty`; of a young ledger nothing is asked."""
        if self._is_young:
            return []
        day = self.history.as_of
        recipe = self.recipe
        return canary.honesty(
            self.history.ledger, day, recipe.fit_sketch, _says, recipe.seed, recipe.backdated
        )

    def ship(self, model: Any, judgement: Judgement, clock: Clock) -> list[Check]:
        """Whether what ships is what was judged, and what it costs to serve."""
        if self._is_young:
            return []
        checks = [check_curve_shift(model, judgement, self.history)]
        one = self.history.open_invoices().head(1)
        if len(one):
            files = model.to_files()
            checks += serving_cost(files, lambda: model.curves(self.history, one), clock)
        return checks

    # -- the parts -----------------------------------------------------------------------------

    @property
    def _is_young(self) -> bool:
        return len(self.history.settled_invoices()) < YOUNG_BELOW

    def _why_young(self) -> str:
        n_settled = len(self.history.settled_invoices())
        return (
            f"The ledger is too young to judge on: {n_settled} invoices are"
            f" settled, {YOUNG_BELOW} are needed; the shrunk ECDF over published payment practice"
            " answers as the fallback."
        )

    def _why_not(self, n_paid: Sequence[int]) -> str:
        split = last_origin(self.history)
        if split is None:
            days = LEAST_TRAIN_DAYS
            return f"The ledger is too short: {days} days to train on and later ones to test."
        day = iso(split.train_as_of)
        return f"On {day}, the latest origin to judge from, only {n_paid[0]} were settled."

    def _unjudged(self, note: str) -> Judgement:
        return not_judged(self.recipe, invoice_rows(self.history), note)

    def _window(
        self, backtest: Backtest, windows: Sequence[Split], days: Sequence[int]
    ) -> dict[str, Any]:
        facts = {} if self.champion is None else self.champion.facts
        return {
            "trained_as_of": ", ".join(iso(split.train_as_of) for split in reversed(windows)),
            "issued_from": iso(min(split.issued_from for split in windows)),
            "issued_to": iso(windows[0].issued_to),
            "issue_days_taken": sum(days),
            "outcomes_known_before": iso(windows[0].as_of),
            "rows": backtest.n_rows,
            "rows_not_paid_so_far": backtest.n_open,
            "rows_of_unseen_customers": backtest.n_unseen,
            "rows_closed_before_as_of_left_out": backtest.n_left_out,
            **facts,
        }


def check_curve_shift(model: CurveModel, judgement: Judgement, history: History) -> Check:
    """How far what ships is from what was judged, of the invoices open now.

    value: mean over invoices of the days between both curves, Σ|F − F'| over days; bound: twice
    the CRPS of what was judged, at least a day: it may have learned, but not changed its mind.
    A model judged on little is no measure for one that has seen much more.
    """
    rows = history.open_invoices().head(SHIPPED_ROWS)
    words = (
        f"days between what ships and what was judged, at most {SHIFT_OF_CRPS:g} times its crps"
    )
    backtest = judgement.backtest
    if judgement.model is None or backtest is None or not len(rows):
        return Check(words, float("nan"), float("nan"))
    crps = next(iter(judgement.metrics.values()))["crps"]
    bound = max(LEAST_SHIFT_DAYS, SHIFT_OF_CRPS * crps)
    n_settled = backtest.populations[max(backtest.populations)]["settled_by_cash"]
    needs = (
        "" if n_settled >= LEAST_SETTLED else f"{LEAST_SETTLED:,} invoices settled at its origin"
    )
    ships, judged = model.curves(history, rows), judgement.model.curves(history, rows)
    n = min(ships.matrix.shape[1], judged.matrix.shape[1])
    gap = np.abs(ships.matrix[:, :n] - judged.matrix[:, :n])
    return Check(words, float(gap.sum(axis=1).mean()), bound, needs)


def _says(model: CurveModel, history: History) -> Floats:
    """What a model says of invoices open on a morning, known by then and in a fixed order."""
    rows = (
        history.open_invoices().sort_values(["invoice_id", "instalment"]).head(ASKED_OF_A_CANARY)
    )
    return np.asarray(model.curves(history, rows).matrix, dtype=np.float64)
