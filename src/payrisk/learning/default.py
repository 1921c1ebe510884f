"""Which customers then defaulted, and the counts the roll-up needs of the ledger's past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from payrisk.features.arrears import Arrears
from payrisk.features.waiting import EARLIEST, LATEST, UNPAID, WIDTH, Waiting, as_text
from payrisk.ledger import DefaultRule, History
from payrisk.scoring import CurveModel
from payrisk.scoring.rollup import RollUp

LANDMARK_EVERY_DAYS = 30

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Landmark:
    """A past morning: the customers who owed and were not in default, and the curves of then."""

    history: History
    curves: CurveModel
    customer_ids: tuple[str, ...]

    @classmethod
    def at(cls, history: History, curves: CurveModel, rule: DefaultRule) -> Landmark:
        """The landmark of a morning; curves: fitted on what was known then."""
        owing = set(history.open_invoices()["customer_id"])
        in_default = Arrears.known(history, rule).in_default
        return cls(history, curves, tuple(sorted(owing - in_default)))

    @property
    def as_of(self) -> int:
        """The morning."""
        return self.history.as_of


def defaulted_within(
    later: History, customer_ids: Sequence[str], as_of: int, horizon_days: int, rule: DefaultRule
) -> Flags:
    """(n,) whether each customer went into default in [as_of, as_of + horizon), as known later."""
    spells = Arrears.known(later, rule).spells
    begins = spells["default_on"]
    hit = set(spells[(begins >= as_of) & (begins < as_of + horizon_days)]["customer_id"])
    return np.array([customer in hit for customer in customer_ids], dtype=bool)


def matured_landmarks(first: int, as_of: int, horizon_days: int) -> list[int]:
    """Mornings every 30 days after `first` whose horizon had passed by `as_of`, latest first."""
    return list(range(as_of - horizon_days, first, -LANDMARK_EVERY_DAYS))


def fit_roll_up(
    history: History,
    past: Sequence[Landmark],
    curves: CurveModel,
    rule: DefaultRule,
    horizon_days: int,
) -> RollUp:
    """The roll-up with the shares, base rate and level known on the morning of `history`.

    past: landmarks whose horizons had passed by then; what the formula said of them beside what
    happened gives the level. Without any, base rate and level stay their priors.
    """
    customers = Arrears.known(history, rule).customers
    frame = Waiting.known(history).frame
    is_failed = frame["is_loss"] | ((frame["left"] != UNPAID) & (frame["days_late"] > rule.days))
    is_other = (frame["left"] == UNPAID) & ~frame["is_loss"]
    closings = frame["days_late"][is_other].clip(EARLIEST, LATEST) - EARLIEST
    n_defaulted, n_observed, expected = 0, 0, 0.0
    for then in past:
        ids = then.customer_ids
        plain = fit_roll_up(then.history, [], then.curves, rule, horizon_days)
        expected += sum(plain.predict(plain.rows(then.history, ids)))
        n_defaulted += int(defaulted_within(history, ids, then.as_of, horizon_days, rule).sum())
        n_observed += len(ids)
    return RollUp(
        rule,
        horizon_days,
        (int(customers["n_defaults"].sum()), int(customers["n_matured"].sum())),
        (n_defaulted, n_observed),
        round(expected, 6),
        horizon_days if past else 0,
        int(is_failed.sum()),
        as_text(np.bincount(closings.to_numpy(dtype=np.int64), minlength=WIDTH)),
        curves,
    )
