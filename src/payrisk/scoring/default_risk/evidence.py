"""What is known of a customer beside its invoices' curves: behaviour, exposure, application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from payrisk.arrays import Floats
from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.catalogue.application import parse_fields
from payrisk.features.catalogue.feature import Feature
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk, RiskSource
from payrisk.scoring.log_odds import log_odds

NOT_DUE_FROM = (0, 1, 2, 5, 10)
"""Numbers of invoices not yet due from which another shift of the log-odds holds."""
EVIDENCE = (
    Feature(
        "customer__n_fresh",
        "invoices",
        "number",
        "Invoices of the customer settled by cash, each counting half as much every 180 days.",
    ),
    Feature(
        "customer__n_exposed",
        "invoices",
        "number",
        "Open invoices as evidence: one not due counts a quarter, an overdue one 1 to 3 by age.",
    ),
    Feature("customer__n_not_due", "invoices", "number", "Open invoices that are not due yet."),
    Feature(
        "application__log_odds",
        "log-odds",
        "number",
        "What the new-customer champion says of the customer's latest application.",
        low=-float("inf"),
        direction=1,
    ),
)
EVIDENCE_COLUMNS = ("fresh", "exposed", "not_due", "application_log_odds")
"""What `DefaultModel.parts` calls the columns of EVIDENCE."""


class ApplicantRisks(Protocol):
    """A model of applications, such as `payrisk.scoring.new_customer.model.ApplicantModel`."""

    @property
    def horizon_days(self) -> int:
        """Days within which its applicants went bad; 0 = not stated."""
        ...

    def risks_of(
        self,
        fields: Sequence[Mapping[str, Any]],
        as_of: int,
        horizon_days: int,
        ids: Sequence[str],
    ) -> list[DefaultRisk]:
        """One risk an application."""
        ...


def behaviour_features(
    history: History, customer_ids: Sequence[str], names: Sequence[str]
) -> Floats:
    """(n, features) of the customers that morning; what is overdue of one who owes nothing is 0.

    Nothing overdue must not be 'unknown' to the trees, or one more overdue invoice could look
    better than none.
    """
    moments = Moments.customers(history.ledger, customer_ids, history.as_of)
    values = build(LedgerStreams.of(history.ledger), moments, names).values.T.astype(np.float64)
    stock = np.array([name.endswith("__now") for name in names], dtype=bool)
    values[:, stock] = np.nan_to_num(values[:, stock], nan=0.0)
    return np.ascontiguousarray(values)


def rescale_horizon(
    probability: float, applicants: ApplicantRisks | None, horizon_days: int
) -> float:
    """The log-odds of going bad within another horizon, at a constant hazard."""
    trained_days = 0 if applicants is None else applicants.horizon_days
    if trained_days:
        probability = -float(
            np.expm1(np.log1p(-min(probability, 1.0 - 1e-9)) * horizon_days / trained_days)
        )
    return float(log_odds(np.array([probability]))[0])


def risk_source(n_seen: float, *, has_applied: bool) -> RiskSource:
    """What a risk rests on, of a customer with so many invoices seen."""
    if has_applied:
        return "blend" if n_seen else "application"
    return "behaviour" if n_seen else "base_rate"


def latest_applications(
    history: History, customer_ids: Sequence[str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """The customers whose application is known that morning, and the fields of the latest."""
    applications = history.known_rows("applications")
    applications = applications[applications["customer_id"].isin(customer_ids)]
    applications = applications.sort_values(["applied_on", "application_id"], kind="stable")
    applications = applications.drop_duplicates("customer_id", keep="last")
    return list(applications["customer_id"]), [
        parse_fields(text) for text in applications["fields"]
    ]
