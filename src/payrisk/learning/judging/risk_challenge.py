"""Whether a model of chances may take the place of another: by outcomes that both priced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Probabilities, Texts
from payrisk.learning.judging.gates import Check
from payrisk.learning.measuring.bootstrap import level_for_tries
from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.risk_metrics import log_loss

LEAST_AGAINST = 20
"""Bad outcomes below which two models are not told apart."""
SLACK = 0.01
"""Of its log-loss that a deployed model may surely be better by: of one recipe on two pasts either
wins by the luck of what it learned from, which drawing the rows judged anew does not see."""
ROUNDING = 1e-12
"""By which two chances may differ that are the same after an exponential."""
GUARDS = ("brier", "auc")
"""What a changed recipe may not lose while it wins on log-loss."""


@dataclass(frozen=True)
class RiskChallenge:
    """Two models on the same rows: the one that is to answer, and the one in its way.

    ours, theirs: (n,) chances. outcome: (n,) whether it went bad. group: (n,) text, rows drawn
    together; '' = alone. other: the name of the one in its way. events: what bad outcomes are
    called. tries: recipes judged on these rows so far, this one with them; each further one must
    be surer (Bonferroni). must_win: whether it has to be better, or only not surely worse.
    """

    ours: Probabilities
    theirs: Probabilities
    outcome: Flags
    group: Texts
    other: str
    events: str
    tries: int = 1
    must_win: bool = False

    @property
    def level(self) -> float:
        """Of every interval, the wider the more recipes were tried on the rows."""
        return level_for_tries(self.tries)

    @property
    def is_same(self) -> bool:
        """Whether both say the same chances of rows enough to be compared, but for rounding.

        A feature that no tree reads is one more 0 to add, which may move the last bit.
        """
        n_bad = int(self.outcome.sum())
        return n_bad >= LEAST_AGAINST and np.allclose(self.ours, self.theirs, 0.0, ROUNDING)

    def checks(self) -> list[Check]:
        """Every promise towards the other model; not verifiable where outcomes are few."""
        if int(self.outcome.sum()) < LEAST_AGAINST:
            return [
                check_not_verifiable(
                    self.other, f"{LEAST_AGAINST} {self.events}", must_win=self.must_win
                )
            ]
        if self.must_win and np.array_equal(self.ours, self.theirs):
            return [Check(f"log_loss the same as that of the {self.other}, to the bit", 0.0, 0.0)]
        found = paired_risk(self.ours, self.theirs, self.outcome, self.group, level=self.level)
        end = found.set_index("metric")
        sure = f" ({self.level:.4g} of the draws)"
        words = _words(self.other, must_win=self.must_win) + sure
        if not self.must_win:
            most = SLACK * log_loss(self.theirs, self.outcome)
            return [Check(words, -float(end.loc["log_loss", "high"]), most)]
        first = Check(words, -float(end.loc["log_loss", "low"]), 0.0, is_decisive=True)
        return [
            first,
            *(
                Check(
                    f"{metric} not surely worse than the {self.other}{sure}",
                    -float(end.loc[metric, "high"]),
                    0.0,
                )
                for metric in GUARDS
            ),
        ]


def check_not_verifiable(other: str, needs: str, *, must_win: bool) -> Check:
    """The promise towards a model that cannot be met yet; where it must win, nothing passes."""
    return Check(_words(other, must_win=must_win), float("nan"), 0.0, needs, must_win)


def _words(other: str, *, must_win: bool) -> str:
    if must_win:
        return f"log_loss surely better than the {other}"
    return f"log_loss not surely worse by {SLACK:.0%} than the {other}"
