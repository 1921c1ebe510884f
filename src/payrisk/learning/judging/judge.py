"""Judge: how a recipe is judged, whatever its head, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from payrisk.learning.judging.backtest import Backtest
from payrisk.learning.judging.evidence import Evidence, curve_evidence, risk_evidence
from payrisk.learning.judging.gates import Check, Verdict, judge
from payrisk.learning.judging.opponent import Opponent
from payrisk.learning.judging.spec import ModelSpec
from payrisk.ledger import History

MOST_NAMED_ROWS = 20_000

Metrics = Mapping[str, Mapping[str, float]]
CountTries = Callable[[str], int]
"""How many recipes were judged on the rows of a digest so far, the present one with them."""
Clock = Callable[[], float]
"""Seconds, from whenever."""


@dataclass(frozen=True)
class Judgement:
    """What a backtest inside the ledger came to; no metrics where there was too little.

    rows: identify what was judged on. backtest: the comparison behind the metrics of curves;
    scores: the table behind those of chances; where there is one. model: that of the latest
    origin, to hold what ships against.
    """

    metrics: Metrics
    verdict: Verdict
    window: Mapping[str, Any]
    rows: pd.DataFrame
    backtest: Backtest | None = field(default=None, repr=False)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    model: Any = field(default=None, repr=False)

    @property
    def judged_rows(self) -> str:
        """Sha256 of the rows: attempts on the same ones share it."""
        return digest_of(self.rows)

    def evidence(self) -> Evidence:
        """Intervals, groups and calibration behind the metrics."""
        if self.backtest is not None:
            return curve_evidence(self.backtest.comparison)
        return risk_evidence(self.scores, list(self.metrics))


class Judge(Protocol):
    """One recipe before its court: what it knew at earlier mornings, held to what came later.

    A judge is given the recipe, the ledger and the champion; it reads no home and no settings.
    """

    @property
    def opponent(self) -> Opponent | None:
        """The champion in the recipe's way; None where nothing answers."""

    def judge(self, count_tries: CountTries = ...) -> Judgement:
        """Fit the recipe on the past, score it on what came later, hold it to its gates."""

    def honesty(self) -> list[Check]:
        """What a backtest cannot see: leaks from the future, and data that are not fresh."""

    def ship(self, model: Any, judgement: Judgement, clock: Clock) -> list[Check]:
        """Whether what ships says much the same as what was judged, and what it costs to serve.

        model: as it answers. clock: times one answer.
        """


def count_one_try(_judged_rows: str) -> int:
    """The count where nobody keeps one."""
    return 1


def digest_of(rows: pd.DataFrame) -> str:
    """Sha256 of a table's values, whatever its index."""
    hashed = pd.util.hash_pandas_object(rows.reset_index(drop=True), index=False)
    return hashlib.sha256(hashed.to_numpy().tobytes()).hexdigest()


def not_judged(recipe: ModelSpec, rows: pd.DataFrame, note: str) -> Judgement:
    """No metrics, and a verdict that says why; rows: what would have been judged on."""
    verdict = judge(recipe.name, recipe.gates, {}, note)
    return Judgement({}, verdict, {"rows": 0}, rows)


def invoice_rows(history: History) -> pd.DataFrame:
    """What a recipe that was not judged would have been judged on: the invoices known."""
    columns = ["invoice_id", "customer_id", "issued_on", "due_on", "amount"]
    return history.invoices()[columns].head(MOST_NAMED_ROWS)
