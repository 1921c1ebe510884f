"""The champion in the way of a recipe of applicants that learned from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import NEVER, day_of, iso
from payrisk.learning.judging import canary
from payrisk.learning.judging.gates import Check
from payrisk.learning.judging.opponent import DEPLOYED, RECIPE, Opponent, check_of_equal_recipe
from payrisk.learning.judging.risk_challenge import RiskChallenge, check_not_verifiable
from payrisk.learning.judging.spec import RecipeChange
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.scoring.new_customer.encoding import Input
from payrisk.scoring.new_customer.model import ApplicantModel

EVENTS = "applications that went bad, among those judged on"
MOST_THINNER = 2.0
"""Times as many outcomes of the rarer kind as it learns from may have taught the champion."""


@dataclass(frozen=True)
class ApplicantOpponent(Opponent):
    """The champion in the way of a recipe that learned from a table, and whether they can meet.

    The deployed champion is met on rows it cannot have learned from: dated after its own morning,
    or after the last date of its table; the candidate may not be surely worse there. Its recipe,
    where it is another, is fitted on the same applications, and the candidate must be surely
    better. The columns that are read belong to the recipe: those of a table are the mapping's.
    """

    table: ApplicationTable

    @property
    def needed_to_compare(self) -> str:
        """What is needed before the two can be held against each other; '' where nothing is."""
        model = self.champion.model
        if model is None:
            return "a champion that can be loaded"
        columns = {column.name: (column.kind, column.specials) for column in self.table.inputs}
        gone = [
            column.name
            for column in model.encoding.inputs
            if columns.get(column.name) != (column.kind, column.specials)
        ]
        if gone:
            more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
            named = f"{', '.join(gone[:3])}{more}"
            return f"the columns that the champion reads, as it reads them: {named}"
        recipe = self.champion.recipe
        is_other = recipe is not None and recipe.rule != self.recipe.rule
        if model.horizon_days != self.table.horizon_days or (self.table.is_own and is_other):
            return "a champion that means the same by going bad, within the same days"
        return ""

    @property
    def is_other_recipe(self) -> bool:
        """Whether the recipe is another than the champion's, as far as can be told."""
        recipe, model = self.champion.recipe, self.champion.model
        if recipe is None or self.needed_to_compare or recipe.sha != self.recipe.sha:
            return True
        return _described(self.table.inputs) != _described(model.encoding.inputs)

    @property
    def known_until(self) -> int:
        """The first day of which the champion cannot have learned."""
        last = self._last_dated_on
        morning = self.champion.as_of
        return min(morning, day_of(last) + 1) if last else morning

    @property
    def _last_dated_on(self) -> str:
        """The latest date of the champion's table, as its card says; '' where it had none."""
        return str(self.champion.bundle.card.get("population", {}).get("last_dated_on") or "")

    def refitted(self, past: ApplicationTable) -> ApplicantModel | None:
        """The champion's recipe fitted on these applications; None where it is the same one."""
        recipe = self.champion.recipe
        if recipe is None or self.needed_to_compare or not self.is_other_recipe:
            return None
        directions = {
            column.name: column.direction for column in self.champion.model.encoding.inputs
        }
        table = past.only(list(directions))
        inputs = tuple(
            replace(column, direction=directions[column.name]) for column in table.inputs
        )
        return recipe.applicants(replace(table, inputs=inputs))

    def checks(
        self,
        ours: Floats,
        refitted: Floats | None,
        past: ApplicationTable,
        new: ApplicationTable,
        n_tries: int,
    ) -> list[Check]:
        """Every promise towards champion and recipe.

        ours, refitted: (n,) chances of the rows judged, `new`; past: what was learned from.
        """
        checks = []
        if self.is_other_recipe:
            if refitted is None:
                needs = self.needed_to_compare or "a champion whose recipe can be refitted"
                checks.append(check_not_verifiable(RECIPE, needs, must_win=True))
            else:
                challenge = RiskChallenge(
                    ours, refitted, new.bad, new.group, RECIPE, EVENTS, n_tries, must_win=True
                )
                first, *others = challenge.checks()
                if challenge.is_same:
                    first = check_of_equal_recipe(first, self._change, self._unread(past))
                checks += [first, *others]
        if self.needed_to_compare:
            return [
                *checks,
                check_not_verifiable(DEPLOYED, self.needed_to_compare, must_win=False),
            ]
        later = (new.dated_on >= self.known_until) & (new.dated_on < NEVER)
        rows = new.take(np.flatnonzero(later))
        theirs = chances(self.champion.model, rows.frame)
        events = f"applications that went bad, dated from {iso(self.known_until)} on"
        deployed = RiskChallenge(ours[later], theirs, rows.bad, rows.group, DEPLOYED, events)
        return [*checks, *deployed.checks(), *self._fed()]

    @property
    def _change(self) -> RecipeChange:
        """The columns that one of the two reads alone, or in another direction; the settings."""
        theirs = self.champion.model.encoding.inputs
        change = RecipeChange()
        if self.champion.recipe is not None:
            change = self.recipe.change_from(self.champion.recipe)
        columns = {str(name) for name, *_ in _described(self.table.inputs) ^ _described(theirs)}
        return replace(change, inputs=tuple(sorted({*change.inputs, *columns})))

    def _unread(self, past: ApplicationTable) -> set[str]:
        """Columns that are the same in every row learned from, or differ in direction alone."""
        theirs = {column.name for column in self.champion.model.encoding.inputs}
        unread = {column.name for column in self.table.inputs if column.name in theirs}
        for name in {column.name for column in self.table.inputs} - theirs:
            if past.only([name]).frame.nunique(dropna=False).max() <= 1:
                unread.add(name)
        return unread

    def _fed(self) -> list[Check]:
        """Whether it learned from as much as the champion did, and from as late."""
        n, bad = self.champion.model.counts
        rarer = max(self.table.n_rarer, 1)
        words = f"times as many of the rarer outcome taught the champion, at most {MOST_THINNER:g}"
        checks = [Check(words, min(bad, n - bad) / rarer, MOST_THINNER)]
        if self._last_dated_on:
            last = self.table.last_dated
            late = (
                float("nan") if last is None else float(max(day_of(self._last_dated_on) - last, 0))
            )
            most = float(canary.LEAST_STALE_DAYS)
            words = f"days by which its applications end before the champion's, at most {most:g}"
            checks.append(Check(words, late, most))
        return checks


def _described(inputs: Sequence[Input]) -> set[tuple[object, ...]]:
    """What the mapping says of each column."""
    return {(column.name, column.kind, column.specials, column.direction) for column in inputs}


def chances(model: ApplicantModel, frame: pd.DataFrame) -> Floats:
    """(n,) the chance that each application goes bad."""
    return np.array(model.predict(frame), dtype=np.float64)
