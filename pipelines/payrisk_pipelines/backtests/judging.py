"""Judge a recipe of curves inside the ledger: refitted at earlier mornings, by what came later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import iso
from payrisk.learning.days_to_pay.fit_ecdf import YOUNG_BELOW
from payrisk.learning.judging import canary
from payrisk.learning.judging.challenge import Challenge
from payrisk.learning.judging.gates import Check, Verdict, judge
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.replay import issued, sample
from payrisk.learning.measuring.splits import (
    LEAST_TRAIN_DAYS,
    ORIGINS,
    Split,
    last_origin,
    origins,
)
from payrisk.ledger import History, Ledger
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring import CurveModel
from payrisk_pipelines.backtests.days_to_pay import Backtest, compared, rivals
from payrisk_pipelines.backtests.standing import Standing

MOST_JUDGED_ROWS = 20_000
MOST_ISSUE_DAYS = 30
ASKED_OF_A_CANARY = 300
SHIPPED_ROWS = 1_000
LEAST_SHIFT_DAYS, SHIFT_OF_CRPS, LEAST_SETTLED = 1.0, 2.0, 1_000
RECIPE, DEPLOYED = "champion's recipe", "champion as deployed"

ROWS = ["invoice_id", "customer_id", "as_of", "issued_on", "due_on", "amount"]
"""What identifies a row judged."""

Metrics = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Judgement:
    """What a backtest inside the ledger found; no metrics where there was too little.

    rows: identify what was judged on. found: the comparison behind the metrics of curves, scores:
    the table behind those of chances; where there is one. tried: the model of the latest origin,
    to hold what ships against.
    """

    metrics: Metrics
    verdict: Verdict
    window: Mapping[str, Any]
    rows: pd.DataFrame
    found: Backtest | None = field(default=None, repr=False)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    tried: Any = field(default=None, repr=False)

    @property
    def judged_rows(self) -> str:
        """Sha256 of the rows: attempts on the same ones share it."""
        return digest_of(self.rows)


def judged_curves(
    chosen: ModelSpec,
    ledger: Ledger,
    history: History,
    standing: Standing | None = None,
    *,
    tries: Callable[[str], int] = lambda _judged_rows: 1,
) -> Judgement:
    """Judge a recipe at past origins on the days whose invoices had time to be paid.

    Beside its baselines, and beside what answers now: the champion's recipe, refitted at the same
    origins, which a changed recipe must surely beat; and the deployed champion itself, only on
    rows after its own as_of, than which no recipe may be surely worse. tries: how many recipes
    were judged on the rows of a digest so far, with this one.
    """
    asked = origins(history, ORIGINS)
    known = [ledger.as_of(split.train_as_of) for split in asked]
    n_paid = [SettlementHistory.of(then).n_paid for then in known]
    able = [n >= YOUNG_BELOW for n in n_paid]
    windows, mornings = list(compress(asked, able)), list(compress(known, able))[::-1]
    if not windows:
        return unjudged(chosen, history, _why_not(history, n_paid))
    # side by side: each fit is one thread of its own, so the bits are those of one after the other
    with ThreadPoolExecutor(max_workers=len(mornings)) as pool:
        fitted = list(pool.map(chosen.gated, mornings))
    parts, days = [], []
    for split, train, model in zip(reversed(windows), mornings, fitted, strict=True):
        moments = issued(
            ledger, split.issued_from, split.issued_to, split.as_of, most_days=MOST_ISSUE_DAYS
        )
        moments = sample(moments, MOST_JUDGED_ROWS // len(windows), chosen.seed)
        if not len(moments.rows):
            continue
        models: dict[str, CurveModel] = {chosen.name: model, **rivals(chosen, train)}
        models |= _opponents(chosen, standing, train, windows[0])
        parts.append(compared(models, train, moments))
        days.append(len(moments.histories))
    if not parts:
        return unjudged(chosen, history, "No invoice was issued on the days to test.")
    found = Backtest.joined(parts)
    verdict = judge(chosen.name, chosen.gates, found.metrics)
    rows = found.comparison.rows[ROWS]
    n_tries = tries(digest_of(rows)) if standing is not None else 1
    verdict = verdict.also(_against(chosen, found.comparison, standing, n_tries))
    described = _described(found, windows, days, standing) | {"recipes_tried_on_them": n_tries}
    return Judgement(found.metrics, verdict, described, rows, found, tried=fitted[-1])


def digest_of(rows: pd.DataFrame) -> str:
    """Sha256 of a table's values, whatever its index."""
    hashed = pd.util.hash_pandas_object(rows.reset_index(drop=True), index=False)
    return hashlib.sha256(hashed.to_numpy().tobytes()).hexdigest()


def honesty(chosen: ModelSpec, ledger: Ledger, as_of: int) -> list[Check]:
    """What a backtest cannot see: see `canary.honesty`."""
    return canary.honesty(ledger, as_of, chosen.sketch, _says, chosen.seed)


def shipped(model: CurveModel, found: Judgement, history: History) -> Check:
    """Whether what ships says much the same as what was judged, of the invoices open now.

    value: mean over invoices of the days between both curves, Σ|F − F'| over days; bound: twice
    the CRPS of what was judged, at least a day: it may have learned, but not changed its mind.
    A model judged on little is no measure for one that has seen much more.
    """
    rows = history.open_invoices().head(SHIPPED_ROWS)
    words = (
        f"days between what ships and what was judged, at most {SHIFT_OF_CRPS:g} times its crps"
    )
    tried, comparison = found.tried, found.found
    if tried is None or comparison is None or not len(rows):
        return Check(words, float("nan"), float("nan"))
    crps = next(iter(found.metrics.values()))["crps"]
    bound = max(LEAST_SHIFT_DAYS, SHIFT_OF_CRPS * crps)
    held = comparison.populations[max(comparison.populations)]["settled_by_cash"]
    needs = "" if held >= LEAST_SETTLED else f"{LEAST_SETTLED:,} invoices settled at its origin"
    ours, theirs = model.curves(history, rows), tried.curves(history, rows)
    n = min(ours.matrix.shape[1], theirs.matrix.shape[1])
    gap = np.abs(ours.matrix[:, :n] - theirs.matrix[:, :n])
    return Check(words, float(gap.sum(axis=1).mean()), bound, needs)


def unjudged(chosen: ModelSpec, history: History, note: str) -> Judgement:
    """No metrics, and a verdict that says why."""
    columns = ["invoice_id", "customer_id", "issued_on", "due_on", "amount"]
    rows = history.invoices()[columns].head(MOST_JUDGED_ROWS)
    verdict = judge(chosen.name, chosen.gates, {}, note)
    return Judgement({}, verdict, {"rows": 0}, rows)


# -- the parts ---------------------------------------------------------------------------------


def _why_not(history: History, n_paid: list[int]) -> str:
    split = last_origin(history)
    if split is None:
        days = LEAST_TRAIN_DAYS
        return f"The ledger is too short: {days} days to train on and later ones to test."
    day = iso(split.train_as_of)
    return f"On {day}, the latest origin to judge from, only {n_paid[0]} were settled."


def _opponents(
    chosen: ModelSpec, standing: Standing | None, train: History, latest: Split
) -> dict[str, CurveModel]:
    found: dict[str, CurveModel] = {}
    if standing is None:
        return found
    if standing.recipe is not None and standing.recipe.sha != chosen.sha:
        found[RECIPE] = standing.recipe.gated(train)
    if standing.model is not None and standing.as_of <= latest.issued_to:
        found[DEPLOYED] = standing.model
    return found


def _against(
    chosen: ModelSpec, found: Comparison, standing: Standing | None, tries: int
) -> list[Check]:
    if standing is None:
        return []
    checks, nothing = [], float("nan")
    rows = np.ones(len(found.rows), dtype=bool)
    if standing.recipe is None:
        words = f"crps surely better than the {RECIPE}"
        needs = "a champion whose recipe can be refitted"
        checks.append(Check(words, nothing, 0.0, needs, is_decisive=True))
    elif unread := chosen.unread(standing.recipe):
        words = f"{', '.join(unread)} as the champion has it, for no gate reads it"
        checks.append(Check(words, nothing, 0.0, "a person's yes", is_decisive=True))
    if RECIPE in found.scores:
        checks += Challenge(found, RECIPE, rows, tries, must_win=True).checks()
    if DEPLOYED in found.scores:
        later = found.rows["as_of"].to_numpy(dtype=np.int64) >= standing.as_of
        checks += Challenge(found, DEPLOYED, later).checks()
    return checks


def _described(
    found: Backtest, windows: list[Split], days: list[int], standing: Standing | None
) -> dict[str, Any]:
    told = {
        "trained_as_of": ", ".join(iso(one.train_as_of) for one in reversed(windows)),
        "issued_from": iso(min(one.issued_from for one in windows)),
        "issued_to": iso(windows[0].issued_to),
        "issue_days_taken": sum(days),
        "outcomes_known_before": iso(windows[0].as_of),
        "rows": found.n_rows,
        "rows_not_paid_so_far": found.n_open,
        "rows_of_unseen_customers": found.n_unseen,
        "rows_closed_before_as_of_left_out": found.n_left_out,
    }
    if standing is not None:
        told["champion"] = f"version {standing.found.version}, as of {iso(standing.as_of)}"
        if standing.why_not:
            told["champion_not_refitted"] = standing.why_not
    return told


def _says(model: CurveModel, history: History) -> Floats:
    """What a model says of invoices open on a morning, known by then and in a fixed order."""
    rows = (
        history.open_invoices().sort_values(["invoice_id", "instalment"]).head(ASKED_OF_A_CANARY)
    )
    return np.asarray(model.curves(history, rows).matrix, dtype=np.float64)
