"""Judge a recipe of applicants: learned from some, scored on others, beside what answers now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER, iso
from payrisk.learning.judging import canary
from payrisk.learning.judging.applicant_opponent import ApplicantOpponent, chances
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.gates import Check, judge, serving_cost
from payrisk.learning.judging.judge import (
    Clock,
    CountTries,
    Judgement,
    count_one_try,
    digest_of,
    not_judged,
)
from payrisk.learning.judging.judge_default import LEAST_GAP
from payrisk.learning.judging.opponent import RECIPE
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.applications import LEAST_OF_A_CLASS, ApplicationTable
from payrisk.learning.new_customer.fit_points import card_of
from payrisk.learning.new_customer.folds import folds_of, in_order
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.learning.new_customer.scorecards import BESIDE
from payrisk.ledger import History
from payrisk.scoring.default_risk.evidence import latest_applications
from payrisk.scoring.new_customer.model import ApplicantModel

TEST_SHARE = 0.3
LEAST_DAYS = 20
"""Different dates from which on a table is parted by date."""
BASE_RATE = "base-rate"


def split(table: ApplicationTable, seed: int) -> tuple[Ints, Ints, str]:
    """Rows to learn from, rows to judge on, and in words how they were parted.

    By date where most rows have one and the past is long enough: the latest TEST_SHARE is judged,
    and only what was known before the first of them is learned from. Else at random.
    """
    dated = table.dated_on < NEVER
    if len(table) and dated.mean() > 0.5 and len(np.unique(table.dated_on[dated])) >= LEAST_DAYS:
        rows = np.flatnonzero(dated)
        first = int(np.quantile(table.dated_on[rows], 1.0 - TEST_SHARE, method="higher"))
        test = rows[table.dated_on[rows] >= first]
        known = table.dated_on + 1 if table.known_on is None else table.known_on
        train = rows[known[rows] <= first]
        judged_groups = set(table.group[test]) - {""}
        train = train[[group not in judged_groups for group in table.group[train]]]
        if table.take(train).n_rarer >= LEAST_OF_A_CLASS and table.bad[test].any():
            return train, test, f"dated from {iso(first)} on, by what was known before"
    held = folds_of(table, seed, 10) < round(TEST_SHARE * 10)
    return np.flatnonzero(~held), np.flatnonzero(held), "three tenths at random, whole groups"


@dataclass(frozen=True)
class ApplicantJudge:
    """The judge of one recipe of applicants, on a table of past applications.

    history: the morning as of which the table was read from a ledger; None for a file's.
    """

    recipe: ModelSpec
    table: ApplicationTable
    history: History | None = None
    champion: DeployedChampion | None = None

    @property
    def opponent(self) -> ApplicantOpponent | None:
        """The champion in the recipe's way; None where nothing answers."""
        if self.champion is None:
            return None
        return ApplicantOpponent(self.recipe, self.champion, in_order(self.table))

    def judge(self, count_tries: CountTries = count_one_try) -> Judgement:
        """The recipe fitted on some applications and scored on others, beside its baselines.

        And beside its opponent. count_tries: how many recipes were judged on the rows of a digest
        so far, with this one. Raises ModelError where the fit does not keep to its recipe.
        """
        recipe, opponent, table = self.recipe, self.opponent, in_order(self.table)
        if not len(table):
            note = "No application of the past has an outcome yet."
            return not_judged(recipe, _rows(table), note)
        train, test, how = split(table, recipe.seed)
        past, new = table.take(train), table.take(test)
        if past.n_rarer < LEAST_OF_A_CLASS or not new.n_bad or new.n_bad == len(new):
            return not_judged(recipe, _rows(table), _too_few(past, new))
        model = recipe.applicants(past)
        says = {recipe.name: chances(model, new.frame)}
        says[BASE_RATE] = np.full(len(new), (past.n_bad + 1.0) / (len(past) + 2.0))
        for name, fit in BESIDE.items():
            says[name] = np.array(fit(past).predict(new.frame))
        rows = _rows(new)
        checks: list[Check] = []
        facts: dict[str, object] = {}
        if opponent is not None:
            n_tries = count_tries(digest_of(rows))
            refitted = opponent.refitted(past)
            if refitted is not None:
                says[RECIPE] = chances(refitted, new.frame)
            checks = opponent.checks(says[recipe.name], says.get(RECIPE), past, new, n_tries)
            facts = opponent.champion.facts | {"recipes_tried_on_them": n_tries}
        metrics = {name: risk_metrics(p, new.bad) for name, p in says.items()}
        # One chance for everybody has no slope.
        metrics[BASE_RATE] = {**metrics[BASE_RATE], "slope": float("nan")}
        window = {
            "judged_on": how,
            "learned_from": len(past),
            "rows": len(new),
            "bad": new.n_bad,
            "mean_probability": round(float(says[recipe.name].mean()), 4),
            "rate_of_bad": round(float(new.bad.mean()), 4),
            "psi_of_inputs": _moved(past, new),
            **facts,
        }
        verdict = judge(recipe.name, recipe.gates, metrics).with_checks(checks)
        scores = pd.DataFrame({"outcome": new.bad, **says})
        return Judgement(metrics, verdict, window, rows, scores=scores, model=model)

    def honesty(self) -> list[Check]:
        """Whether the ledger is fresh, and whether what the recipe says moves with later facts.

        See `canary.honesty`; of a table that no ledger gave nothing is asked. Whether the last
        days left a mark on a fit tells nothing here: an application's outcome takes a year, and
        none need have matured in some weeks.
        """
        if self.history is None:
            return []
        recipe = self.recipe

        def fit(then: History) -> ApplicantModel:
            return recipe.applicants(own_applications(then, recipe.rule, recipe.horizon_days))

        def say(model: ApplicantModel, then: History) -> Floats:
            customers = sorted(then.known_rows("applications")["customer_id"].dropna().unique())
            _, fields = latest_applications(then, customers)
            return model.log_odds(model.rows(fields)) if fields else np.zeros(0)

        ledger, day = self.history.ledger, self.history.as_of
        return canary.honesty(ledger, day, fit, say, recipe.seed)[:2]

    def ship(self, model: ApplicantModel, judgement: Judgement, clock: Clock) -> list[Check]:
        """Whether what ships says much the same of the rows judged as what was judged; its cost.

        value of the first: mean over rows of the gap between both chances, at most as much as the
        mean chance.
        """
        words = "gap between the chances of what ships and of what was judged, at most their mean"
        gap = bound = float("nan")
        if judgement.model is not None:
            table = in_order(self.table)
            frame = table.frame[np.isin(table.row, judgement.rows["row"].to_numpy())]
            ships, judged = chances(model, frame), chances(judgement.model, frame)
            gap = float(np.abs(ships - judged).mean())
            bound = max(LEAST_GAP, float(judged.mean()))
        horizon = model.horizon_days or 1

        def ask() -> object:
            return model.risks_of([{}], 0, horizon, [""])

        return [Check(words, gap, bound), *serving_cost(model.to_files(), ask, clock)]


def _moved(past: ApplicationTable, new: ApplicationTable) -> list[str]:
    """Each input with its stability index (PSI) of the rows judged against those learned from."""
    told = card_of(past).card.stability(new.frame)
    order = sorted(told, key=lambda each: (-each["psi"], each["attribute"]))
    return [f"{each['attribute']} {each['psi']:.2f}" for each in order]


def _too_few(past: ApplicationTable, new: ApplicationTable) -> str:
    return (
        f"{past.n_bad} of {len(past)} applications to learn from went bad and {new.n_bad} of"
        f" {len(new)} to judge on; {LEAST_OF_A_CLASS} good and bad ones are needed."
    )


def _rows(table: ApplicationTable) -> pd.DataFrame:
    """What identifies the rows judged, for the run's data set; nothing an applicant said."""
    return pd.DataFrame({"row": table.row, "outcome": table.bad.astype(np.int64)})
