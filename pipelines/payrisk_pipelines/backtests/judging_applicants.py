"""Judge a recipe of applicants: learned from some, scored on others, beside what answers now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Ints
from payrisk.calendar import NEVER, day_of, iso
from payrisk.learning.judging import canary
from payrisk.learning.judging.gates import Check, judge
from payrisk.learning.judging.risk_challenge import RiskChallenge, unmet
from payrisk.learning.judging.serving_cost import burden
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.applications import LEAST_OF_A_CLASS, ApplicationTable
from payrisk.learning.new_customer.folds import folds_of, in_order
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.learning.new_customer.scorecards import BESIDE
from payrisk.ledger import History, Ledger
from payrisk.scoring.default_risk.evidence import latest_applications
from payrisk.scoring.new_customer.model import ApplicantModel
from payrisk_pipelines.backtests.judging import DEPLOYED, RECIPE, Judgement, digest_of
from payrisk_pipelines.backtests.judging_risk import LEAST_GAP
from payrisk_pipelines.backtests.risk_opponent import met
from payrisk_pipelines.backtests.standing import Standing

TEST_SHARE = 0.3
LEAST_DAYS = 20
"""Different dates from which on a table is parted by date."""
BASE_RATE = "base-rate"
EVENTS = "applications that went bad, among those judged on"
MOST_THINNER = 2.0
"""Times as many outcomes of the rarer kind as it learns from may have taught the champion."""


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
        if _n_least(table.take(train)) >= LEAST_OF_A_CLASS and table.bad[test].any():
            return train, test, f"dated from {iso(first)} on, by what was known before"
    held = folds_of(table, seed, 10) < round(TEST_SHARE * 10)
    return np.flatnonzero(~held), np.flatnonzero(held), "three tenths at random, whole groups"


def _n_least(table: ApplicationTable) -> int:
    """How many there are of the rarer class."""
    return min(table.n_bad, len(table) - table.n_bad)


def judged_applicants(
    chosen: ModelSpec,
    table: ApplicationTable,
    standing: Standing | None = None,
    *,
    tries: Callable[[str], int] = lambda _judged_rows: 1,
) -> Judgement:
    """The recipe fitted on some applications and scored on others, beside its baselines.

    And beside what answers now, see `Opponent`. tries: how many recipes were judged on the rows of
    a digest so far, with this one.
    """
    table = in_order(table)
    if not len(table):
        return _unjudged(chosen, table, "No application of the past has an outcome yet.")
    train, test, how = split(table, chosen.seed)
    past, new = table.take(train), table.take(test)
    if _n_least(past) < LEAST_OF_A_CLASS or not new.n_bad or new.n_bad == len(new):
        note = (
            f"{past.n_bad} of {len(past)} applications to learn from went bad and {new.n_bad} of"
            f" {len(new)} to judge on; {LEAST_OF_A_CLASS} good and bad ones are needed."
        )
        return _unjudged(chosen, table, note)
    model = chosen.fit(past, chosen.seed)
    said = {chosen.name: _says(model, new.frame)}
    said[BASE_RATE] = np.full(len(new), (past.n_bad + 1.0) / (len(past) + 2.0))
    for name, fit in BESIDE.items():
        said[name] = np.array(fit(past).predict(new.frame))
    rows = _rows(new)
    checks: list[Check] = []
    more: dict[str, object] = {}
    if standing is not None:
        n_tries = tries(digest_of(rows))
        opponent = Opponent(chosen, table, standing)
        refitted = opponent.refitted(past)
        if refitted is not None:
            said[RECIPE] = _says(refitted, new.frame)
        checks = opponent.checks(said[chosen.name], said.get(RECIPE), new, n_tries)
        more = met(standing) | {"recipes_tried_on_them": n_tries}
    metrics = {name: risk_metrics(p, new.bad) for name, p in said.items()}
    # One chance for everybody has no slope.
    metrics[BASE_RATE] = {**metrics[BASE_RATE], "slope": float("nan")}
    window = {
        "judged_on": how,
        "learned_from": len(past),
        "rows": len(new),
        "bad": new.n_bad,
        "mean_probability": round(float(said[chosen.name].mean()), 4),
        "rate_of_bad": round(float(new.bad.mean()), 4),
        **more,
    }
    verdict = judge(chosen.name, chosen.gates, metrics).also(checks)
    scores = pd.DataFrame({"outcome": new.bad, **said})
    return Judgement(metrics, verdict, window, rows, scores=scores, tried=model)


def _unjudged(chosen: ModelSpec, table: ApplicationTable, note: str) -> Judgement:
    return Judgement({}, judge(chosen.name, chosen.gates, {}, note), {"rows": 0}, _rows(table))


def _rows(table: ApplicationTable) -> pd.DataFrame:
    """What identifies the rows judged, for the run's data set; nothing an applicant said."""
    return pd.DataFrame({"row": table.row, "outcome": table.bad.astype(np.int64)})


def _says(model: ApplicantModel, frame: pd.DataFrame) -> Floats:
    return np.array(model.predict(frame), dtype=np.float64)


# -- beside what answers now ---------------------------------------------------------------------


@dataclass(frozen=True)
class Opponent:
    """The champion in the way of a recipe that learned from a table, and whether they can meet.

    The deployed champion is met on rows it cannot have learned from: dated after its own morning,
    or after the last date of its table; the candidate may not be surely worse there. Its recipe,
    where it is another, is fitted on the same applications, and the candidate must be surely
    better. The columns that are read belong to the recipe: those of a table are the mapping's.
    """

    chosen: ModelSpec
    table: ApplicationTable
    standing: Standing

    @property
    def apart(self) -> str:
        """What is needed before the two can be held against each other; '' where nothing is."""
        model = self.standing.model
        if model is None:
            return "a champion that can be loaded"
        own = {one.name: (one.kind, one.specials) for one in self.table.inputs}
        gone = [
            one.name
            for one in model.encoding.inputs
            if own.get(one.name) != (one.kind, one.specials)
        ]
        if gone:
            more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
            named = f"{', '.join(gone[:3])}{more}"
            return f"the columns that the champion reads, as it reads them: {named}"
        recipe = self.standing.recipe
        is_other = recipe is not None and recipe.rule != self.chosen.rule
        if model.horizon_days != self.table.horizon_days or (self.table.is_own and is_other):
            return "a champion that means the same by going bad, within the same days"
        return ""

    @property
    def is_changed(self) -> bool:
        """Whether the recipe is another than the champion's, as far as can be told."""
        recipe, model = self.standing.recipe, self.standing.model
        if recipe is None or self.apart or recipe.sha != self.chosen.sha:
            return True
        own = {(one.name, one.kind, one.specials, one.direction) for one in self.table.inputs}
        return own != {
            (one.name, one.kind, one.specials, one.direction) for one in model.encoding.inputs
        }

    @property
    def known_until(self) -> int:
        """The first day of which the champion cannot have learned."""
        told = self.standing.found.card.get("population", {}).get("last_dated_on")
        own = self.standing.as_of
        return min(own, day_of(told) + 1) if told else own

    def refitted(self, past: ApplicationTable) -> ApplicantModel | None:
        """The champion's recipe fitted on these applications; None where it is the same one."""
        recipe = self.standing.recipe
        if recipe is None or self.apart or not self.is_changed:
            return None
        theirs = {one.name: one.direction for one in self.standing.model.encoding.inputs}
        seen = past.only(list(theirs))
        inputs = tuple(replace(one, direction=theirs[one.name]) for one in seen.inputs)
        model: ApplicantModel = recipe.fit(replace(seen, inputs=inputs), recipe.seed)
        return model

    def checks(
        self, ours: Floats, refitted: Floats | None, new: ApplicationTable, tries: int
    ) -> list[Check]:
        """Every promise towards champion and recipe; (n,) chances of the rows judged."""
        found = []
        if self.is_changed:
            if refitted is None:
                needs = self.apart or "a champion whose recipe can be refitted"
                found.append(unmet(RECIPE, needs, must_win=True))
            else:
                found += RiskChallenge(
                    ours, refitted, new.bad, new.group, RECIPE, EVENTS, tries, must_win=True
                ).checks()
        if self.apart:
            return [*found, unmet(DEPLOYED, self.apart, must_win=False)]
        later = (new.dated_on >= self.known_until) & (new.dated_on < NEVER)
        some = new.take(np.flatnonzero(later))
        theirs = _says(self.standing.model, some.frame)
        events = f"applications that went bad, dated from {iso(self.known_until)} on"
        met_with = RiskChallenge(ours[later], theirs, some.bad, some.group, DEPLOYED, events)
        return [*found, *met_with.checks(), *self._fed()]

    def _fed(self) -> list[Check]:
        """Whether it learned from as much as the champion did, and from as late."""
        n, bad = self.standing.model.counts
        rarer = max(_n_least(self.table), 1)
        words = f"times as many of the rarer outcome taught the champion, at most {MOST_THINNER:g}"
        found = [Check(words, min(bad, n - bad) / rarer, MOST_THINNER)]
        told = self.standing.found.card.get("population", {}).get("last_dated_on")
        if told:
            last = last_dated(self.table.dated_on)
            late = float("nan") if last is None else float(max(day_of(told) - last, 0))
            most = float(canary.LEAST_STALE_DAYS)
            words = f"days by which its applications end before the champion's, at most {most:g}"
            found.append(Check(words, late, most))
        return found


def last_dated(dated_on: Days) -> int | None:
    """The latest date of some applications; None where none has one."""
    dated = dated_on[dated_on < NEVER]
    return int(dated.max()) if len(dated) else None


# -- what a backtest cannot see ------------------------------------------------------------------


def applicants_honesty(chosen: ModelSpec, ledger: Ledger, as_of: int) -> list[Check]:
    """Whether the ledger is fresh, and whether what the recipe says moves with later facts.

    See `canary.honesty`. Whether the last days left a mark on a fit tells nothing here: an
    application's outcome takes a year, and none need have matured in some weeks.
    """

    def fit(then: History) -> ApplicantModel:
        table = own_applications(then, chosen.rule, chosen.horizon_days)
        model: ApplicantModel = chosen.fit(table, chosen.seed)
        return model

    def say(model: ApplicantModel, then: History) -> Floats:
        customers = sorted(then.known_rows("applications")["customer_id"].dropna().unique())
        _, fields = latest_applications(then, customers)
        return model.log_odds(model.rows(fields)) if fields else np.zeros(0)

    return canary.honesty(ledger, as_of, fit, say, chosen.seed)[:2]


def shipped_applicants(
    model: ApplicantModel, found: Judgement, table: ApplicationTable
) -> list[Check]:
    """Whether what ships says much the same of the rows judged as what was judged, and its burden.

    value of the first: mean over rows of the gap between both chances, at most as much as the mean
    chance.
    """
    words = "gap between the chances of what ships and of what was judged, at most their mean"
    gap = bound = float("nan")
    if found.tried is not None:
        table = in_order(table)
        judged = table.frame[np.isin(table.row, found.rows["row"].to_numpy())]
        ours, theirs = _says(model, judged), _says(found.tried, judged)
        gap, bound = float(np.abs(ours - theirs).mean()), max(LEAST_GAP, float(theirs.mean()))
    horizon = model.horizon_days or 1

    def ask() -> object:
        return model.risks_of([{}], 0, horizon, [""])

    return [Check(words, gap, bound), *burden(model.to_files(), ask, time.perf_counter)]
