"""The chance that a customer defaults, rolled up from the payment curves of its invoices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import Days, iso
from payrisk.errors import ModelError
from payrisk.features.arrears import Arrears, expected_new
from payrisk.features.feature import Feature
from payrisk.features.waiting import EARLIEST, from_text
from payrisk.ledger import DefaultRule, History
from payrisk.predictions import DefaultRisk, Reason
from payrisk.scoring import CurveModel

Floats = npt.NDArray[np.float64]

SHARE_WEIGHT = 10.0
"""Invoices that the ledger's defaults per invoice count for, beside the customer's own."""
LEVEL_WEIGHT = 3.0
"""Defaults that the level's prior of 1 counts for."""
BASE_WEIGHT = 5.0
"""Matured invoices after which the ledger's base rate counts half."""
SPARSE_BELOW = 5
GRID = 1024
_SURE = 1.0 - 1e-12

ROLL_UP_FEATURES = (
    Feature(
        "customer__unpaid__chances",
        "'weight:chance' pairs",
        "text",
        "Open invoices: undisputed residual over what the default rule calls material, and the"
        " chance of passing the rule's days within the horizon by the days-to-pay champion.",
    ),
    Feature("customer__n_invoices", "invoices", "number", "Invoices of the customer known."),
    Feature(
        "customer__n_matured", "invoices", "number", "Invoices whose days of the rule have passed."
    ),
    Feature("customer__n_defaults", "spells", "number", "Spells of default of the customer."),
    Feature(
        "customer__n_expected",
        "invoices",
        "number",
        "Invoices expected to be issued early enough to pass the days of the rule in the horizon.",
    ),
)


@dataclass(frozen=True)
class RollUp:
    """Default risk as a formula over the current days-to-pay champion (DESIGN §6).

    1 − PD = (1 − chance that the open invoices that pass the rule's days unpaid are together
    material) × (1 − q)^m, to the power of the level, × (1 − b)^(k/(n + k)).

    q: the customer's shrunk defaults per matured invoice; m: new invoices that can still fail;
    level: what happened over what was said on past mornings; b: the ledger's base rate; n: the
    customer's matured invoices, so that one without any gets the base rate. It holds no copy of
    a curve model: `curves` is the champion of the day (None until `over`).

    A cash curve leaves an invoice unpaid that a credit note will close; of those unpaid in cash,
    only the share that in the past was not closed otherwise in time can fail.

    default_share: (defaults, matured invoices) of the ledger; base_rate: (defaulted, observed)
    customers on past mornings, `said` the defaults the formula expected of them; n_failed:
    invoices that passed the rule's days or were lost; other_closings: days late at which others
    were closed without cash, as 'days late:invoices' text.
    """

    kind: ClassVar[str] = "curve-roll-up"
    needs: ClassVar[str] = "days-to-pay"
    inputs: ClassVar[tuple[Feature, ...]] = ROLL_UP_FEATURES

    rule: DefaultRule
    horizon_days: int
    default_share: tuple[int, int] = (0, 0)
    base_rate: tuple[int, int] = (0, 0)
    said: float = 0.0
    longest_matured_days: int = 0
    n_failed: int = 0
    other_closings: str = ""
    curves: CurveModel | None = None

    def over(self, curves: CurveModel) -> RollUp:
        """The same formula over these curves."""
        return replace(self, curves=curves)

    # -- from the ledger ---------------------------------------------------------------------

    def risks(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None = None
    ) -> list[DefaultRisk]:
        """One risk a customer, in their order, within `horizon_days` (default: the spec's).

        A customer in default this morning has probability 1 and says so. Raises ModelError when
        no days-to-pay champion is bound.
        """
        horizon = self.horizon_days if horizon_days is None else horizon_days
        rows = self.rows(history, customer_ids, horizon)
        parts = self.parts(rows)
        standing = Arrears.known(history, self.rule)
        late = standing.of(pd.Index(customer_ids)).to_dict("records")
        in_default = standing.in_default
        risks = []
        for customer, row, part, now in zip(
            customer_ids, rows.to_dict("records"), parts.to_dict("records"), late, strict=True
        ):
            reasons = self._reasons(row, part, _late_text(now))
            is_in_default = customer in in_default
            if is_in_default:
                reasons = (Reason("in_default", "The customer is in default already."), *reasons)
            risks.append(
                DefaultRisk(
                    customer,
                    history.as_of,
                    horizon,
                    1.0 if is_in_default else float(part["probability"]),
                    reasons,
                    is_in_default,
                    int(row["customer__n_invoices"]),
                )
            )
        return risks

    def rows(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None = None
    ) -> pd.DataFrame:
        """The flat input rows of `predict` for these customers; raises ModelError when unbound."""
        if self.curves is None:
            raise ModelError(
                f"A default risk is a formula over '{self.needs}', which has no champion;"
                f" run `payrisk train {self.needs}` and `payrisk promote {self.needs}` first."
            )
        horizon = self.horizon_days if horizon_days is None else horizon_days
        customers = pd.Index(customer_ids)
        standing = Arrears.known(history, self.rule)
        mine = standing.open_invoices
        mine = mine[mine["customer_id"].isin(customers)]
        ripe_on = np.maximum(mine["due_on"].to_numpy() + self.rule.days, history.as_of - 1)
        in_time = ripe_on + 1 < history.as_of + horizon
        mine, ripe_on = mine[in_time].reset_index(drop=True), ripe_on[in_time]
        pairs: dict[str, list[str]] = {}
        if len(mine):
            chances = 1.0 - self.curves.curves(history, mine).paid_by(ripe_on)
            chances *= self.failing_share(history.as_of - 1 - mine["due_on"].to_numpy())
            for customer, weight, chance in zip(
                mine["customer_id"], mine["weight"], chances, strict=True
            ):
                pairs.setdefault(customer, []).append(f"{float(weight)!r}:{float(chance)!r}")
        counted = standing.of(customers)
        new = expected_new(counted, horizon - self.rule.days)
        numbers = (counted["n"], counted["n_matured"], counted["n_defaults"], new)
        values = (
            [" ".join(pairs.get(c, [])) for c in customers],
            *(column.to_numpy(dtype=np.float64) for column in numbers),
        )
        moment = {"as_of": [iso(history.as_of)] * len(customers)}
        return pd.DataFrame(moment | dict(zip((f.name for f in self.inputs), values, strict=True)))

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The probability of default of flat rows (see `rows`)."""
        return [float(p) for p in self.parts(rows)["probability"]]

    # -- the formula -------------------------------------------------------------------------

    @property
    def prior_share(self) -> float:
        """Defaults per matured invoice of the whole ledger, shrunk to 1 %."""
        defaults, matured = self.default_share
        return (defaults + 0.5) / (matured + 50.0)

    @property
    def base_probability(self) -> float:
        """What a customer without any invoice gets: the observed default rate, shrunk to 2 %."""
        defaulted, observed = self.base_rate
        return (defaulted + 1.0) / (observed + 50.0)

    @property
    def level(self) -> float:
        """Defaults seen over defaults said on past mornings, shrunk to 1."""
        return (self.base_rate[0] + LEVEL_WEIGHT) / (self.said + LEVEL_WEIGHT)

    def failing_share(self, days_late: Days) -> Floats:
        """(n,) of the invoices open at these days late and not paid in time, those that fail."""
        counts = from_text(self.other_closings)
        counts[self.rule.days - EARLIEST + 1 :] = 0
        still_to_close = np.append(np.cumsum(counts[::-1])[::-1], 0)
        column = np.clip(days_late + 1 - EARLIEST, 0, len(counts))
        return np.asarray((self.n_failed + 1) / (self.n_failed + still_to_close[column] + 2))

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Per row, −log(1 − p) of `open` and `new` invoices and `base`; then `probability`."""
        chances, _, n_matured, n_defaults, new = (rows[f.name] for f in self.inputs)
        unpaid = np.array([_open_term(str(text)) for text in chances])
        share = (n_defaults + SHARE_WEIGHT * self.prior_share) / (n_matured + SHARE_WEIGHT)
        later = -np.log1p(-np.minimum(share.to_numpy(), _SURE)) * new.to_numpy()
        base = -np.log1p(-self.base_probability) * BASE_WEIGHT / (n_matured + BASE_WEIGHT)
        behaviour = {"open": self.level * unpaid, "new": self.level * later}
        parts = pd.DataFrame(behaviour | {"base": base.to_numpy()})
        return parts.assign(probability=np.clip(-np.expm1(-parts.sum(axis=1)), 0.0, 1.0))

    def _reasons(
        self, row: Mapping[str, Any], part: Mapping[str, Any], open_text: str
    ) -> tuple[Reason, ...]:
        """Adverse causes by weight; contributions are −log(1 − p) and add up to the whole."""
        seen = int(row["customer__n_invoices"])
        base_text = (
            f"Only {seen} {'invoice' if seen == 1 else 'invoices'} of this customer known; the"
            if seen
            else "No invoice of this customer is known; the"
        ) + f" ledger's own rate of default ({self.base_probability:.1%}) stands in."
        if not seen:
            return (Reason("unknown_customer", base_text, float(part["base"]), "ledger"),)
        n, share = int(row["customer__n_defaults"]), self.prior_share
        share_text = (
            f"{n} {'default' if n == 1 else 'defaults'} in {int(row['customer__n_matured'])} past"
            f" invoices; the ledger has {100 * share:.2g} per 100."
        )
        found = [
            Reason("open_invoices", open_text, float(part["open"]), self.needs),
            Reason("past_lateness", share_text, float(part["new"]), "ledger"),
        ]
        if seen >= SPARSE_BELOW:
            base_text = (
                "Whatever the invoices do not show: customers of this ledger default at a rate of"
                f" {self.base_probability:.1%}."
            )
        code = "base_rate" if seen >= SPARSE_BELOW else "sparse_history"
        found.append(Reason(code, base_text, float(part["base"]), "ledger"))
        return tuple(sorted(found, key=lambda reason: -reason.contribution))

    # -- on disk -----------------------------------------------------------------------------

    def to_files(self) -> dict[str, bytes]:
        """The formula's parameters as one JSON; the curves are never part of it."""
        body: dict[str, Any] = {
            "kind": self.kind,
            "rule": asdict(self.rule),
            "horizon_days": self.horizon_days,
            "default_share": list(self.default_share),
            "base_rate": list(self.base_rate),
            "said": self.said,
            "longest_matured_days": self.longest_matured_days,
            "n_failed": self.n_failed,
            "other_closings": self.other_closings,
        }
        return {"model.json": json.dumps(body, indent=1, sort_keys=True).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> RollUp:
        """The formula that `to_files` wrote; raises KeyError or ValueError when it is not one."""
        body = json.loads(files["model.json"])
        if body["kind"] != cls.kind:
            raise ValueError("model.json holds another kind of model")
        return cls(
            DefaultRule(**body["rule"]),
            int(body["horizon_days"]),
            (int(body["default_share"][0]), int(body["default_share"][1])),
            (int(body["base_rate"][0]), int(body["base_rate"][1])),
            float(body["said"]),
            int(body["longest_matured_days"]),
            int(body["n_failed"]),
            str(body["other_closings"]),
        )


def _late_text(now: Mapping[str, Any]) -> str:
    n, days = int(now["n_overdue"]), int(now["oldest_overdue"])
    if not n:
        return "No open invoice is overdue; those open may still stay unpaid."
    if n == 1:
        return f"1 open invoice is overdue, by {days} days."
    return f"{n} open invoices are overdue, the oldest by {days} days."


def _open_term(text: str) -> float:
    """−log(1 − chance that the open invoices left unpaid together weigh 1 or more).

    Exact but for weights rounded to 1/GRID: the chances of every weight below 1 are carried from
    invoice to invoice, and what reaches 1 stays there. So one more invoice never lowers it.
    """
    below = np.zeros(GRID)
    below[0] = 1.0
    for pair in text.split():
        weight, _, chance = pair.partition(":")
        step, p = round(float(weight) * GRID), min(float(chance), _SURE)
        moved = p * below[: max(GRID - step, 0)]
        below *= 1.0 - p
        below[step:] += moved
    return max(0.0, float(-np.log(max(below.sum(), 1e-300))))
