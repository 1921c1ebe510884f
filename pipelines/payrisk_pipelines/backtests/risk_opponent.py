"""The default risk that answers now, in the way of a recipe: whether and how the two can meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.learning.default_risk.landmarks import Landmark
from payrisk.learning.judging.gates import Check
from payrisk.learning.judging.risk_challenge import RiskChallenge, unmet
from payrisk.learning.judging.spec import ModelSpec
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk_pipelines.backtests.judging import DEPLOYED, RECIPE
from payrisk_pipelines.backtests.standing import Standing


def met(standing: Standing) -> dict[str, str]:
    """What a window tells of the champion that a recipe was judged beside."""
    told = {"champion": f"version {standing.found.version}, as of {iso(standing.as_of)}"}
    return told | ({"champion_not_refitted": standing.why_not} if standing.why_not else {})


@dataclass(frozen=True)
class RiskOpponent:
    """The champion in the way of a recipe, both over the curves and applicants of past mornings.

    On the mornings after its own the recipe may not be surely worse than the deployed champion.
    Where the champion's recipe is another it is fitted at the same mornings, and has to be surely
    beaten: by its own seed and features, but not over curves of its own, which are judged apart.
    """

    chosen: ModelSpec
    standing: Standing

    @property
    def apart(self) -> str:
        """What is needed before the two can be held against each other; '' where nothing is."""
        model = self.standing.model
        if model is None:
            return "a champion that can be loaded"
        means = self.chosen.rule, self.chosen.horizon_days
        if (model.roll_up.rule, model.horizon_days) != means:
            return "a champion that means the same by default, within the same days"
        return ""

    def models(self, then: Landmark, earlier: Sequence[Landmark]) -> dict[str, DefaultModel]:
        """The opponents of a morning by name; earlier: the landmarks matured by then."""
        found: dict[str, DefaultModel] = {}
        if self.apart:
            return found
        if then.as_of >= self.standing.as_of:
            found[DEPLOYED] = self.standing.model
        recipe = self.standing.recipe
        if recipe is not None and recipe.sha != self.chosen.sha:
            # a bundle keeps no order; in today's the same names give the same bits
            known = [name for name in self.chosen.inputs if name in recipe.inputs]
            names = (*known, *sorted(set(recipe.inputs) - set(known)))
            rule, horizon = recipe.rule, recipe.horizon_days
            found[RECIPE] = recipe.fit(
                then.history, earlier, then.curves, rule, horizon, recipe.seed, names
            )
        return found

    def checks(self, rows: pd.DataFrame, tries: int) -> list[Check]:
        """Every promise towards champion and recipe.

        rows: customer_id, outcome, and a column of chances for the recipe and each opponent, NaN
        on mornings that it was not asked about.
        """
        found = []
        if self.standing.recipe is None or self.apart:
            needs = self.apart or "a champion whose recipe can be refitted"
            found.append(unmet(RECIPE, needs, must_win=True))
        elif RECIPE in rows:
            found += self._challenge(rows, RECIPE, "defaults on past mornings", tries)
        if self.apart:
            return [*found, unmet(DEPLOYED, self.apart, must_win=False)]
        return found + self._challenge(rows, DEPLOYED, "defaults after its own morning", 1)

    def _challenge(self, rows: pd.DataFrame, other: str, events: str, tries: int) -> list[Check]:
        theirs = rows[other] if other in rows else pd.Series(np.nan, rows.index)
        some = rows[theirs.notna()]
        return RiskChallenge(
            some[self.chosen.name].to_numpy(dtype=np.float64),
            theirs[some.index].to_numpy(dtype=np.float64),
            some["outcome"].to_numpy(dtype=bool),
            some["customer_id"].to_numpy(dtype=object),
            other,
            events,
            tries,
            must_win=other == RECIPE,
        ).checks()
