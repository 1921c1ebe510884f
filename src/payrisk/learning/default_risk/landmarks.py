"""Which customers then defaulted, and the counts the roll-up needs of the ledger's past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.ledger import DefaultRule, History, Ledger
from payrisk.receivables.arrears import Arrears
from payrisk.receivables.days_late import (
    CLOSED_UNPAID,
    EARLIEST,
    LATEST,
    WIDTH,
    SettlementHistory,
    counts_as_text,
)
from payrisk.scoring import CurveModel
from payrisk.scoring.default_risk.evidence import ApplicantRisks
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.default_risk.rollup import RollUp

LANDMARK_EVERY_DAYS = 30
ACTIVE_DAYS = 365
"""A customer without an open invoice is asked about for so long after its last one."""


@dataclass(frozen=True)
class Landmark:
    """A past morning: its active customers that could default, and the models of then.

    n_in_default, n_treated: active customers left out because they were in default already, or
    under prepayment or on hold and so could not default in the ordinary way.
    """

    ledger: Ledger
    as_of: int
    curves: CurveModel
    customer_ids: tuple[str, ...]
    n_in_default: int = 0
    n_treated: int = 0
    applicants: ApplicantRisks | None = None
    _told: dict[object, tuple[pd.DataFrame, float]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _books: list[History] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def at(
        cls,
        history: History,
        curves: CurveModel,
        rule: DefaultRule,
        applicants: ApplicantRisks | None = None,
    ) -> Landmark:
        """The landmark of a morning; curves, applicants: fitted on what was known then."""
        standing = Arrears.of(history, rule)
        customers = standing.customers
        recent = customers["last_issued_on"] >= history.as_of - ACTIVE_DAYS
        owing = (customers["n_not_due"] + customers["n_overdue"]) > 0
        active = set(customers.index[recent | owing])
        there = active & standing.in_default
        treated = (active - there) & set(standing.treated)
        ids = tuple(sorted(active - there - treated))
        counts = len(there), len(treated)
        return cls(
            history.ledger, history.as_of, curves, ids, *counts, applicants, _books=[history]
        )

    @property
    def history(self) -> History:
        """What was known that morning; kept until it was told, a dozen would fill the memory."""
        if not self._books:
            self._books.append(self.ledger.as_of(self.as_of))
        return self._books[0]

    def rows_and_expected(
        self, rule: DefaultRule, horizon_days: int, names: tuple[str, ...]
    ) -> tuple[pd.DataFrame, float]:
        """What models could read that morning, and the defaults that the roll-up of then expected.

        Worked out once: every later morning learns from it anew.
        """
        key = rule, horizon_days, names
        if key not in self._told:
            plain = fit_roll_up(self.history, None, self.curves, rule, horizon_days)
            model = DefaultModel(plain, names=names, applicants=self.applicants)
            rows = model.rows(self.history, self.customer_ids)
            expected = float(plain.parts(rows)["probability"].sum())
            rows = rows.assign(customer_id=list(self.customer_ids), morning=self.as_of)
            self._told[key] = rows, expected
            self._books.clear()
        return self._told[key]


def defaulted_within(
    later: History, customer_ids: Sequence[str], as_of: int, horizon_days: int, rule: DefaultRule
) -> Flags:
    """(n,) whether each customer went into default in [as_of, as_of + horizon), as known later."""
    spells = Arrears.of(later, rule).spells
    begins = spells["default_on"]
    hit = set(spells[(begins >= as_of) & (begins < as_of + horizon_days)]["customer_id"])
    return np.array([customer in hit for customer in customer_ids], dtype=bool)


def matured_landmarks(first: int, as_of: int, horizon_days: int) -> list[int]:
    """Mornings every 30 days after `first` whose horizon had passed by `as_of`, latest first."""
    return list(range(as_of - horizon_days, first, -LANDMARK_EVERY_DAYS))


@dataclass(frozen=True)
class PastMornings:
    """What models could have read on past mornings, and what then happened.

    rows: (n,) flat rows of `DefaultModel.rows`, with customer_id and morning. bad: (n,) whether
    the customer defaulted within the horizon. expected: the defaults that the roll-up of then,
    without any level, expected of them.
    """

    rows: pd.DataFrame
    bad: Flags
    expected: float

    @classmethod
    def of(
        cls,
        history: History,
        past: Sequence[Landmark],
        rule: DefaultRule,
        horizon_days: int,
        names: tuple[str, ...] = (),
    ) -> PastMornings | None:
        """Of landmarks whose horizons had passed on the morning of `history`; None without any.

        names: the catalogue features that the rows hold.
        """
        blocks, outcomes, expected = [], [], 0.0
        for then in past:
            rows, said = then.rows_and_expected(rule, horizon_days, names)
            blocks.append(rows)
            expected += said
            ids = then.customer_ids
            outcomes.append(defaulted_within(history, ids, then.as_of, horizon_days, rule))
        if not blocks:
            return None
        return cls(pd.concat(blocks, ignore_index=True), np.concatenate(outcomes), expected)


def fit_roll_up(
    history: History,
    past: PastMornings | None,
    curves: CurveModel,
    rule: DefaultRule,
    horizon_days: int,
) -> RollUp:
    """The roll-up with the shares, base rate and level known on the morning of `history`.

    What the formula said on past mornings beside what happened gives the level. Without any, base
    rate and level stay their priors.
    """
    standing = Arrears.of(history, rule)
    frame = SettlementHistory.of(history).frame
    is_failed = frame["is_loss"] | (
        (frame["outcome"] != CLOSED_UNPAID) & (frame["days_late"] > rule.days)
    )
    is_other = (frame["outcome"] == CLOSED_UNPAID) & ~frame["is_loss"]
    closings = frame["days_late"][is_other].clip(EARLIEST, LATEST) - EARLIEST
    return RollUp(
        rule,
        horizon_days,
        (int(is_failed.sum()), int(standing.customers["n_matured"].sum())),
        len(standing.spells),
        (0, 0) if past is None else (int(past.bad.sum()), len(past.bad)),
        0.0 if past is None else round(past.expected, 6),
        counts_as_text(np.bincount(closings.to_numpy(dtype=np.int64), minlength=WIDTH)),
        curves=curves,
    )
