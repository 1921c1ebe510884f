"""The chance that a customer defaults, rolled up from the payment curves of its invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats
from payrisk.errors import ModelError
from payrisk.features.catalogue.feature import Feature
from payrisk.ledger import DefaultRule, History
from payrisk.predictions import Dependence
from payrisk.receivables.arrears import Arrears, expected_new_invoices
from payrisk.receivables.days_late import EARLIEST, counts_from_text
from payrisk.scoring import CurveModel
from payrisk.scoring.default_risk.joint import OpenStakes, arrear_hazard

SHARE_WEIGHT = 10.0
"""Invoices that the ledger's share of failures counts for, beside the customer's own."""
LEVEL_WEIGHT = 3.0
"""Defaults that the level's prior of 1 counts for."""
BASE_SHARE = 0.02
"""What of the base rate stays for a known customer: what neither its open nor its new invoices
show. More of it ranks worse, for customers without business hardly default (ADR 0014)."""
NEEDS = "days-to-pay"
_SURE = 1.0 - 1e-12

ROLL_UP_FEATURES = (
    Feature(
        "customer__unpaid__chances",
        "'weight:chance' pairs",
        "text",
        "Open invoices, a bar between days due: undisputed residual over what the default rule"
        " calls material, and the chance of passing the rule's days within the horizon by the"
        " days-to-pay champion.",
    ),
    Feature("customer__n_settled", "invoices", "number", "Invoices settled, paid or not."),
    Feature(
        "customer__n_matured",
        "invoices",
        "number",
        "Invoices settled, and those that passed the rule's days unpaid.",
    ),
    Feature(
        "customer__n_failed",
        "invoices",
        "number",
        "Invoices that passed the rule's days unpaid, or were lost.",
        direction=1,
    ),
    Feature(
        "customer__n_expected",
        "invoices",
        "number",
        "Invoices expected to be issued early enough to pass the days of the rule in the horizon.",
    ),
)


@dataclass(frozen=True)
class RollUp:
    """Default risk as a formula over the curves' champion (docs/design.md, 'Default risk').

    1 − PD = (1 − chance that the open invoices that pass the rule's days unpaid are together
    material) × (1 − q)^m, to the power of the level, × (1 − b) to the power of 1 or .02.

    q: the customer's shrunk share of failed invoices times the defaults that a failed one brings;
    m: new invoices that can still fail; level: what happened over what was said on past mornings;
    b: the ledger's base rate, which an unknown customer gets in full. It holds no copy of a curve
    model: `curves` is the champion of the day.

    A cash curve leaves an invoice unpaid that a credit note will close; of those unpaid in cash,
    only the share that in the past was not closed otherwise in time can fail.

    failures: (failed, matured) invoices of the ledger; n_spells: spells of default in it;
    base_rate: (defaulted, observed) customers on past mornings, `said` the defaults the formula
    expected of them; other_closings: days late at which invoices that did not fail were closed
    without cash, as 'days late:invoices' text.
    """

    rule: DefaultRule
    horizon_days: int
    failures: tuple[int, int] = (0, 0)
    n_spells: int = 0
    base_rate: tuple[int, int] = (0, 0)
    said: float = 0.0
    other_closings: str = ""
    dependence: Dependence = field(default_factory=Dependence)
    curves: CurveModel | None = None

    def bind(self, curves: CurveModel) -> RollUp:
        """The same formula over these curves."""
        return replace(self, curves=curves)

    def rows(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None = None
    ) -> pd.DataFrame:
        """The flat input rows of `parts` for these customers; raises ModelError when unbound."""
        if self.curves is None:
            raise ModelError(
                f"A default risk is a formula over '{NEEDS}', which has no champion;"
                f" run `payrisk train {NEEDS}` and `payrisk promote {NEEDS}` first."
            )
        horizon = self.horizon_days if horizon_days is None else horizon_days
        customers = pd.Index(customer_ids)
        standing = Arrears.of(history, self.rule)
        open_invoices = standing.open_invoices
        open_invoices = open_invoices[open_invoices["customer_id"].isin(customers)]
        ripe_on = np.maximum(
            open_invoices["due_on"].to_numpy() + self.rule.days, history.as_of - 1
        )
        in_time = ripe_on + 1 < history.as_of + horizon
        open_invoices, ripe_on = open_invoices[in_time].reset_index(drop=True), ripe_on[in_time]
        pairs: dict[str, str] = {}
        if len(open_invoices):
            chances = 1.0 - self.curves.curves(history, open_invoices).paid_by(ripe_on)
            chances *= self.failing_share(history.as_of - 1 - open_invoices["due_on"].to_numpy())
            pairs = _as_text(open_invoices, chances)
        counted = standing.rows_of(customers)
        new = expected_new_invoices(counted, horizon - self.rule.days)
        numbers = (counted["n_settled"], counted["n_matured"], counted["n_failed"], new)
        values = (
            [pairs.get(c, "") for c in customers],
            *(column.to_numpy(dtype=np.float64) for column in numbers),
        )
        return pd.DataFrame(dict(zip((f.name for f in ROLL_UP_FEATURES), values, strict=True)))

    # -- the formula -------------------------------------------------------------------------

    @property
    def prior_share(self) -> float:
        """Failed invoices per matured one of the whole ledger, shrunk to 1 %."""
        failed, matured = self.failures
        return (failed + 0.5) / (matured + 50.0)

    @property
    def spells_per_failure(self) -> float:
        """Spells of default that a failed invoice brings, shrunk to one half; at most 1."""
        return min(1.0, (self.n_spells + 1.0) / (self.failures[0] + 2.0))

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
        counts = counts_from_text(self.other_closings)
        counts[self.rule.days - EARLIEST + 1 :] = 0
        still_to_close = np.append(np.cumsum(counts[::-1])[::-1], 0)
        column = np.clip(days_late + 1 - EARLIEST, 0, len(counts))
        n_failed = self.failures[0]
        return np.asarray((n_failed + 1) / (n_failed + still_to_close[column] + 2))

    def invoice_hazard(self, n_failed: Floats, n_matured: Floats) -> Floats:
        """−log(1 − p) of a new invoice of a customer so many of whose matured ones failed."""
        share = (n_failed + SHARE_WEIGHT * self.prior_share) / (n_matured + SHARE_WEIGHT)
        each = np.minimum(share * self.spells_per_failure, _SURE)
        return np.asarray(-np.log1p(-each))

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Per row, −log(1 − p) of `open` and `new` invoices and `base`; then `probability`."""
        chances, n_settled, n_matured, n_failed, new = (rows[f.name] for f in ROLL_UP_FEATURES)
        unpaid = arrear_hazard(_from_text(chances), len(rows), self.dependence)
        later = self.invoice_hazard(n_failed.to_numpy(), n_matured.to_numpy()) * new.to_numpy()
        is_known = (n_settled + n_matured + new > 0).to_numpy() | (chances != "").to_numpy()
        base = -np.log1p(-self.base_probability) * np.where(is_known, BASE_SHARE, 1.0)
        behaviour = {"open": self.level * unpaid, "new": self.level * later}
        parts = pd.DataFrame(behaviour | {"base": base})
        return parts.assign(probability=np.clip(-np.expm1(-parts.sum(axis=1)), 0.0, 1.0))

    # -- on disk -----------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """The formula's parameters as plain values; the curves are never part of them."""
        plain = {name: value for name, value in vars(self).items() if name != "curves"}
        parts = {"rule": self.rule.to_json(), "dependence": asdict(self.dependence)}
        pairs = {"failures": list(self.failures), "base_rate": list(self.base_rate)}
        return plain | parts | pairs

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> RollUp:
        """What `to_json` gave; raises KeyError, TypeError or ValueError when it is not that."""
        return cls(
            DefaultRule.of_json(body["rule"]),
            int(body["horizon_days"]),
            (int(body["failures"][0]), int(body["failures"][1])),
            int(body["n_spells"]),
            (int(body["base_rate"][0]), int(body["base_rate"][1])),
            float(body["said"]),
            str(body["other_closings"]),
            Dependence(**body["dependence"]),
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """What a reader may want to know of it, as plain values."""
        return {
            "default_days": self.rule.days,
            "default_share": self.rule.share,
            "default_minimum_cents": self.rule.minimum,
            "cure_days": self.rule.cure_days,
            "dispute_days": "all" if self.rule.dispute_days is None else self.rule.dispute_days,
            "horizon_days": self.horizon_days,
            "base_probability": round(self.base_probability, 5),
            "failed_per_invoice": round(self.prior_share, 5),
            "defaults_per_failed_invoice": round(self.spells_per_failure, 4),
            "level_of_the_roll_up": round(self.level, 4),
        }


def _as_text(open_invoices: pd.DataFrame, chances: Floats) -> dict[str, str]:
    """By customer, its 'weight:chance' pairs with a bar between days due."""
    pairs_of: dict[str, list[tuple[int, str]]] = {}
    columns = (
        open_invoices["customer_id"],
        open_invoices["due_on"],
        open_invoices["weight"],
        chances,
    )
    for customer, due_on, weight, chance in zip(*columns, strict=True):
        pair = (int(due_on), f"{float(weight)!r}:{float(chance)!r}")
        pairs_of.setdefault(customer, []).append(pair)
    texts = {}
    for customer, pairs in pairs_of.items():
        days: dict[int, list[str]] = {}
        for day, text in sorted(pairs, key=lambda dated: dated[0]):
            days.setdefault(day, []).append(text)
        texts[customer] = "|".join(" ".join(day) for day in days.values())
    return texts


def _from_text(texts: pd.Series) -> OpenStakes:
    """The stakes that `_as_text` wrote, the row of each text as its customer."""
    rows: list[tuple[int, int]] = []
    pairs: list[tuple[float, float]] = []
    for row, text in enumerate(texts):
        for day, group in enumerate(str(text).split("|") if text else ()):
            for pair in group.split():
                weight, _, chance = pair.partition(":")
                rows.append((row, day))
                pairs.append((float(weight), float(chance)))
    whole = np.array(rows, dtype=np.int64).reshape(-1, 2)
    real = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return OpenStakes(whole[:, 0], whole[:, 1], real[:, 0], real[:, 1])
