"""The champion in the way of a recipe: as deployed, and its own recipe refitted beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_hazard import constant_inputs
from payrisk.learning.default_risk.landmarks import Landmark
from payrisk.learning.judging.challenge import Challenge
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.gates import Check
from payrisk.learning.judging.risk_challenge import RiskChallenge, check_not_verifiable
from payrisk.learning.judging.spec import ModelSpec, RecipeChange
from payrisk.learning.measuring.comparison import Comparison
from payrisk.learning.measuring.splits import Split
from payrisk.ledger import History
from payrisk.scoring import CurveModel
from payrisk.scoring.default_risk.model import DefaultModel

RECIPE, DEPLOYED = "champion's recipe", "champion as deployed"
"""What stands beside a recipe: the champion's refitted on the same past, and what answers."""


@dataclass(frozen=True)
class Opponent:
    """A recipe, and the champion of its name that it wants to take the place of."""

    recipe: ModelSpec
    champion: DeployedChampion

    @property
    def refit(self) -> ModelSpec | None:
        """The champion's recipe where it is another and can be fitted: to be surely beaten."""
        theirs = self.champion.recipe
        return theirs if theirs is not None and theirs.sha != self.recipe.sha else None


def check_of_equal_recipe(check: Check, change: RecipeChange, unread: Collection[str]) -> Check:
    """What to make of a recipe that equals the champion's to the bit: `check`, the pass, or less.

    Nothing is passed whose inputs or settings were changed: where the change is not read on this
    ledger it is not verifiable there. unread: the changed inputs that no fit on this ledger can
    read. Raises ModelError where a change could have been read and was not, for then the fit does
    not keep to its recipe.
    """
    if not change:
        return check
    read = [name for name in change.inputs if name not in unread]
    read += [name for name in change.settings if name not in change.overridden]
    if read:
        raise ModelError(
            f"The recipe differs from the {RECIPE} in {', '.join(read)}, and yet both give the"
            " same to the bit: the fit does not read what the recipe says; mend the fit."
        )
    words = [f"{', '.join(change.inputs)} tells no rows apart"] if change.inputs else []
    words += [f"{', '.join(change.settings)} is set by the gate"] if change.settings else []
    needs = f"another ledger: the change is not read on this ledger ({'; '.join(words)})"
    metric = check.sentence.split()[0]
    sentence = f"{metric} surely better than the {RECIPE}"
    return replace(check, sentence=sentence, value=float("nan"), needs=needs, is_decisive=True)


# -- payment curves ----------------------------------------------------------------------------


@dataclass(frozen=True)
class CurveOpponent(Opponent):
    """The champion in the way of a recipe of curves.

    Its recipe, where it is another, is refitted at the same origins and has to be surely beaten;
    the deployed champion itself is met only on rows after its own as_of, and no recipe may be
    surely worse than it.
    """

    def models(self, train: History, latest: Split) -> dict[str, CurveModel]:
        """The opponents at an origin by name; latest: the last of the windows judged."""
        models: dict[str, CurveModel] = {}
        if self.refit is not None:
            models[RECIPE] = self.refit.fit_for_gate(train)
        if self.champion.model is not None and self.champion.as_of <= latest.issued_to:
            models[DEPLOYED] = self.champion.model
        return models

    def checks(
        self, comparison: Comparison, n_tries: int, mornings: Sequence[History]
    ) -> list[Check]:
        """Every promise towards champion and recipe; mornings: what was fitted on."""
        checks, nothing = [], float("nan")
        theirs = self.champion.recipe
        if theirs is None:
            words = f"crps surely better than the {RECIPE}"
            needs = "a champion whose recipe can be refitted"
            checks.append(Check(words, nothing, 0.0, needs, is_decisive=True))
        elif unread := self.recipe.overridden_by_gate(theirs):
            words = f"{', '.join(unread)} as the champion has it, for no gate reads it"
            checks.append(Check(words, nothing, 0.0, "a person's yes", is_decisive=True))
        if RECIPE in comparison.scores:
            rows = np.ones(len(comparison.rows), dtype=bool)
            checks += self._beside_recipe(
                Challenge(comparison, RECIPE, rows, n_tries, must_win=True), mornings
            )
        if DEPLOYED in comparison.scores:
            later = comparison.rows["as_of"].to_numpy(dtype=np.int64) >= self.champion.as_of
            checks += Challenge(comparison, DEPLOYED, later).checks()
        return checks

    def _beside_recipe(self, challenge: Challenge, mornings: Sequence[History]) -> list[Check]:
        first, *others = challenge.checks()
        if challenge.is_same and self.champion.recipe is not None:
            change = self.recipe.change_from(self.champion.recipe)
            constant = [
                constant_inputs(morning, change.inputs, self.recipe.seed)
                for morning in mornings
                if change.inputs
            ]
            first = check_of_equal_recipe(
                first, change, frozenset[str].intersection(*constant or [frozenset()])
            )
        return [first, *others]


# -- default risk ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DefaultOpponent(Opponent):
    """The champion in the way of a recipe of default risk.

    Both answer over the curves and applicants of past mornings. On the mornings after its own the
    recipe may not be surely worse than the deployed champion. Where the champion's recipe is
    another it is fitted at the same mornings, and has to be surely beaten: by its own seed and
    features, but not over curves of its own, which are judged apart.
    """

    @property
    def needed_to_compare(self) -> str:
        """What is needed before the two can be held against each other; '' where nothing is."""
        model = self.champion.model
        if model is None:
            return "a champion that can be loaded"
        promise = self.recipe.rule, self.recipe.horizon_days
        if (model.roll_up.rule, model.horizon_days) != promise:
            return "a champion that means the same by default, within the same days"
        return ""

    def models(self, morning: Landmark, earlier: Sequence[Landmark]) -> dict[str, DefaultModel]:
        """The opponents of a morning by name; earlier: the landmarks matured by then."""
        models: dict[str, DefaultModel] = {}
        if self.needed_to_compare:
            return models
        if morning.as_of >= self.champion.as_of:
            models[DEPLOYED] = self.champion.model
        if self.refit is not None:
            models[RECIPE] = self.refit.risk(morning.history, earlier, morning.curves)
        return models

    def checks(
        self, rows: pd.DataFrame, n_tries: int, learned_from: Sequence[Sequence[Landmark]]
    ) -> list[Check]:
        """Every promise towards champion and recipe.

        rows: customer_id, outcome, and a column of chances for the recipe and each opponent, NaN
        on mornings that it was not asked about. learned_from: the landmarks that trees were
        fitted on, of each morning judged that knew defaults enough for them.
        """
        checks = []
        if self.champion.recipe is None or self.needed_to_compare:
            needs = self.needed_to_compare or "a champion whose recipe can be refitted"
            checks.append(check_not_verifiable(RECIPE, needs, must_win=True))
        elif RECIPE in rows:
            challenge = self._challenge(rows, RECIPE, "defaults on past mornings", n_tries)
            first, *others = challenge.checks()
            if challenge.is_same:
                change = self.recipe.change_from(self.champion.recipe)
                first = check_of_equal_recipe(
                    first, change, self._unread(change.inputs, learned_from)
                )
            checks += [first, *others]
        if self.needed_to_compare:
            return [
                *checks,
                check_not_verifiable(DEPLOYED, self.needed_to_compare, must_win=False),
            ]
        deployed = self._challenge(rows, DEPLOYED, "defaults after its own morning", 1)
        return checks + deployed.checks()

    def _unread(
        self, names: tuple[str, ...], learned_from: Sequence[Sequence[Landmark]]
    ) -> set[str]:
        """Features that are the same in every row learned from; all where no trees were fitted."""
        unread = set(names)
        for mornings in learned_from if names else ():
            promise = self.recipe.rule, self.recipe.horizon_days
            rows = pd.concat(
                [morning.rows_and_expected(*promise, names)[0] for morning in mornings]
            )
            n_values = rows[list(names)].nunique(dropna=False)
            unread &= set(n_values.index[n_values <= 1])
        return unread

    def _challenge(
        self, rows: pd.DataFrame, other: str, events: str, n_tries: int
    ) -> RiskChallenge:
        theirs = rows[other] if other in rows else pd.Series(np.nan, rows.index)
        met = rows[theirs.notna()]
        return RiskChallenge(
            met[self.recipe.name].to_numpy(dtype=np.float64),
            theirs[met.index].to_numpy(dtype=np.float64),
            met["outcome"].to_numpy(dtype=bool),
            met["customer_id"].to_numpy(dtype=object),
            other,
            events,
            n_tries,
            must_win=other == RECIPE,
        )
