"""Kept decisions decided again by another policy: outcomes, orders released, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.answers import Answers, read_answers
from payrisk.arrays import weighted_sums
from payrisk.calendar import day_of, iso
from payrisk.credit import CreditApplication, CreditPolicy, CreditRequest, Order, Security
from payrisk.errors import InputError, PayriskError
from payrisk.settings import Settings
from payrisk.store import KeptDecisions, read_decisions
from payrisk_pipelines.policy.deciding_again import (
    OUTCOMES,
    latest_trained_as_of,
    prepare_past_decision,
)
from payrisk_pipelines.policy.replay_figures import draw_weights, periods_of, with_interval

THEN, CURRENT, CANDIDATE = "decided then", "current policy", "this policy"
FIGURES = ("released", "to_defaulted")
ALL = 1_000_000

Body = Mapping[str, Any]


@dataclass(frozen=True)
class KeptReplay:
    """One row a kept decision that could be asked again.

    rows: decision_id, customer_id, applied_on (its morning), kind; by view (`then`, `current`,
    `candidate`) the outcome and, as `released_` before it, what of an order left, in minor units
    of the house's currency; `is_known`: the policy's days are over; `defaulted` within them.
    `then` is what a person decided where one did. skipped: what could not be asked → how many.
    """

    current: CreditPolicy
    candidate: CreditPolicy
    rows: pd.DataFrame
    trained_on: int | None
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def views(self) -> dict[str, str]:
        """A policy's name → its columns."""
        views = {THEN: "then", CURRENT: "current"}
        return (
            views if self.candidate.sha == self.current.sha else views | {CANDIDATE: "candidate"}
        )

    def counts(self) -> pd.DataFrame:
        """Outcomes by policy and kind, and how many differ from what was decided then."""
        rows = []
        for name, view in self.views.items():
            for kind, own in self.rows.groupby("kind", sort=True):
                counted = {outcome: int((own[view] == outcome).sum()) for outcome in OUTCOMES}
                differ = int((own[view] != own["then"]).sum())
                row = {"policy": name, "kind": kind, "n": len(own), **counted}
                rows.append(row | {"differ": differ})
        return pd.DataFrame(rows)

    def figures(self, seed: int = 0) -> pd.DataFrame:
        """A row a policy, period and figure with its 90 % interval, beside the policy in force.

        released: orders that leave. to_defaulted: of those whose days are over, what left to
        customers that then defaulted: at stake, and not all of it lost. Customers are drawn anew
        with replacement, the same ones for every policy. Periods as `compare_figures` has them.
        """
        found = []
        for period, which in periods_of(self.rows, self.trained_on):
            part = self.rows[which].reset_index(drop=True)
            weights = draw_weights(part, seed)
            gone = (part["is_known"] & part["defaulted"]).to_numpy(dtype=np.float64)
            sums = {}
            for name, view in self.views.items():
                left = part[f"released_{view}"].to_numpy(np.float64)
                sums[name, "released"] = weighted_sums(weights, left)
                sums[name, "to_defaulted"] = weighted_sums(weights, left * gone)
            for (name, figure), values in sums.items():
                row: dict[str, Any] = {"policy": name, "period": period, "figure": figure}
                row["n_customers"] = int(part["customer_id"].nunique())
                row |= with_interval(values, "value", "low", "high")
                apart = values - sums[CURRENT, figure]
                row |= with_interval(apart, "difference", "difference_low", "difference_high")
                found.append(row)
        return pd.DataFrame(found)

    def caveats(self) -> tuple[str, ...]:
        """What these figures cannot say."""
        known = int(self.rows["is_known"].sum())
        over = (
            f"Of {len(self.rows)} decisions the policy's days are over for {known}; the others"
            " count in what is released alone."
        )
        held = (
            "What was held then was not delivered and can hardly have gone unpaid: what another"
            " policy would release of it is in no loss. What a policy refers is released where it"
            " was then."
        )
        told = [over, held]
        told += [f"{n} left out: {why}" for why, n in sorted(self.skipped.items())]
        return tuple(told)

    def to_json(self) -> dict[str, Any]:
        """Plain values; money in minor units of the house's currency."""
        return {
            "policies": {"current": self.current.sha, "candidate": self.candidate.sha},
            "house_currency": self.current.house,
            "counts": self.counts().to_dict("records"),
            "figures": self.figures().to_dict("records"),
            "caveats": list(self.caveats()),
        }


def kept_replay(settings: Settings, *, since: int, policy_file: Path | None = None) -> KeptReplay:
    """Replay the home's policy, or this file's beside it, on the decisions kept since a day.

    Raises InputError where none is kept, LedgerError without a ledger.
    """
    house = read_answers(settings.home)
    candidate = house.policy if policy_file is None else CreditPolicy.read(policy_file)
    with read_decisions(settings.database_url) as kept:
        return replay_kept(house, candidate, list(_kept(kept, since)))


def replay_kept(
    house: Answers, candidate: CreditPolicy, decisions: list[tuple[Body, str]]
) -> KeptReplay:
    """Ask every kept decision again, as of its own morning, of the books and models of today.

    decisions: (body, what a person decided instead, '' where nobody did). Both policies weigh the
    same account and risk. Raises InputError where nothing can be asked.
    """
    if not decisions:
        raise InputError(
            "No decision is kept since that day; `payrisk decide … --record` keeps one."
        )
    spells = house.history(house.default_as_of).defaults()
    begun = spells.groupby("customer_id")["default_on"].apply(list).to_dict()
    horizon, known_on = house.policy.horizon_days, house.default_as_of
    rows, skipped = [], dict[str, int]()
    for body, instead in decisions:
        day = day_of(body["as_of"])
        try:
            prepared = prepare_past_decision(house, request_of(body), day)
            decided = {
                "current": prepared.decide(with_counterfactuals=False).to_json(),
                "candidate": replace(prepared, policy=candidate)
                .decide(with_counterfactuals=False)
                .to_json(),
            }
        except PayriskError as error:
            skipped[str(error)] = skipped.get(str(error), 0) + 1
            continue
        customer = body["customer_id"]
        starts = begun.get(customer, ())
        outcome_then = instead or body["outcome"]
        released_then = _released(body, house, day, outcome_then)
        row = {
            "decision_id": body["decision_id"],
            "application_id": body["decision_id"],
            "customer_id": customer,
            "applied_on": day,
            "kind": body["kind"],
            "then": outcome_then,
            "released_then": released_then,
            "is_known": day + horizon <= known_on,
            "defaulted": any(day <= start < day + horizon for start in starts),
        }
        for view, again in decided.items():
            row[view] = again["outcome"]
            by_person = again["outcome"] == "refer"
            left = released_then if by_person else _released(again, house, day, again["outcome"])
            row[f"released_{view}"] = left
        rows.append(row)
    if not rows:
        raise InputError(f"None of {len(decisions)} kept decisions can be asked again: {skipped}.")
    return KeptReplay(
        house.policy, candidate, pd.DataFrame(rows), latest_trained_as_of(house.champions), skipped
    )


def request_of(body: Body) -> CreditRequest:
    """What was asked, from a stored decision. Raises TypeError for fields of another release."""
    inputs = body["inputs"]
    if inputs.get("application"):
        return CreditRequest(application=CreditApplication(**_plain(inputs["application"])))
    order = inputs.get("order")
    if not order:
        return CreditRequest(customer_id=body["customer_id"])
    known = {each.name for each in fields(Order)}
    told = {name: value for name, value in _plain(order).items() if name in known}
    told["securities"] = tuple(Security(**_plain(each)) for each in order.get("securities", ()))
    return CreditRequest(customer_id=body["customer_id"], order=Order(**told))


def _plain(values: Body) -> dict[str, Any]:
    """Fields with their days as numbers again."""
    return {
        name: day_of(value) if name.endswith("_on") and isinstance(value, str) else value
        for name, value in values.items()
    }


def _kept(store: KeptDecisions, since: int) -> Iterator[tuple[Body, str]]:
    for line in store.summaries(ALL):
        if line.as_of >= iso(since):
            yield json.loads(store.get(line.decision_id).body), line.overridden_to or ""


def _released(body: Body, house: Answers, day: int, outcome: str) -> int:
    """What of an order leaves, in the house's currency; the whole where a person approved it."""
    order, release = body["inputs"].get("order"), body.get("release")
    if not order or not outcome.startswith("approve"):
        return 0
    is_of_policy = body["outcome"] == outcome
    amount = int(release["amount"]) if release and is_of_policy else int(order["amount"])
    if order["currency"] == house.policy.house:
        return amount
    rate = house.accounts(day).rates.rate(order["currency"], house.policy.house)
    return 0 if rate is None else rate.convert(amount)
