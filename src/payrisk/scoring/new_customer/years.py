"""What walking forward through the years of a table showed, kept beside the model it shaped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from payrisk.calendar import iso


@dataclass(frozen=True)
class YearsApart:
    """How far what was learned held in the time that came after (ADR 0052).

    half_life_days: age at which an application counts for half; 0 where all count alike.
    trees: weight of the trees beside the line. kept: share of the log-odds that is kept, for use
    in the year to come. turned: inputs that pointed one way in the past and surely the other way
    after; drawn_in: those of them that have not surely held since, whose gain counts for less.
    level_deviation: of the log-odds of the level, from one year to the next. origins: days from
    which on it was judged.
    brier_less: what the model's squared error was less by than the WOE scorecard's, over all
    origins; is_card: the scorecard ships, since the model was surely worse than it.
    """

    half_life_days: int = 0
    trees: float = 1.0
    kept: float = 1.0
    turned: tuple[str, ...] = ()
    drawn_in: tuple[str, ...] = ()
    level_deviation: float = 0.0
    origins: tuple[int, ...] = ()
    brier_less: float = 0.0
    is_card: bool = False

    @property
    def widening(self) -> float:
        """What log-odds are multiplied by for the mean chance over a level so uncertain.

        Of a normal level: 1 ÷ √(1 + π s² ÷ 8), MacKay 1992.
        """
        return 1.0 / math.sqrt(1.0 + math.pi * self.level_deviation**2 / 8.0)

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        return {
            "walked_from": [iso(day) for day in self.origins],
            "half_life_days": self.half_life_days,
            "log_odds_kept": round(self.kept, 4),
            "level_deviation": round(self.level_deviation, 4),
            "inputs_that_turned": list(self.turned),
            "of_these_drawn_in": list(self.drawn_in),
            "brier_less_than_scorecard": round(self.brier_less, 5),
            "scorecard_ships": self.is_card,
        }

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """What `to_json` wrote; raises KeyError or ValueError when it is not that."""
        return cls(
            int(body["half_life_days"]),
            float(body["trees"]),
            float(body["kept"]),
            tuple(str(name) for name in body["turned"]),
            tuple(str(name) for name in body["drawn_in"]),
            float(body["level_deviation"]),
            tuple(int(day) for day in body["origins"]),
            float(body["brier_less"]),
            bool(body["is_card"]),
        )
