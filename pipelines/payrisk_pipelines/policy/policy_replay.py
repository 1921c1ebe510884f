"""What a credit policy would have decided on past applications, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.answers import Answers, read_answers
from payrisk.calendar import day_of, iso
from payrisk.credit import CreditPolicy
from payrisk.errors import InputError
from payrisk.files import plain_rows
from payrisk.ledger import DefaultRule
from payrisk.receivables.rates import KnownRates
from payrisk.settings import Settings
from payrisk_pipelines.policy.deciding_again import (
    OUTCOMES,
    Decide,
    fields_of,
    latest_trained_as_of,
    prepare_past_decision,
    replayed_decision_row,
)
from payrisk_pipelines.policy.policy_outcomes import outcomes_of_replay
from payrisk_pipelines.policy.replay_figures import compare_figures

THEN, CURRENT, CANDIDATE = "decided then", "current policy", "this policy"
MONEY = ("limits", "lost", "sold", "sold_if_referred", "sold_to_refused")
"""Columns of `PolicyReplay.money` in minor units of the row's currency."""


@dataclass(frozen=True)
class PolicyReplay:
    """One row an application that the ledger holds, decided then, by the current policy and now.

    rows: application_id, customer_id, applied_on, currency; `decided_then`, `current`, `candidate`
    (outcomes), `current_limit`, `candidate_limit`; of the customers taken then, else missing:
    `is_known` (a year has passed), `defaulted` within it, `lost` so far and `sold` within it
    (minor units). skipped: what could not be replayed → how many. rates: each currency's into
    that of the house, minor units of one for the other.
    """

    since: int
    until: int
    current: CreditPolicy
    candidate: CreditPolicy
    rows: pd.DataFrame
    skipped: Mapping[str, int]
    trained_as_of: str = ""
    rates: Mapping[str, float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What was replayed."""
        return (
            f"{len(self.rows):,} applications from {iso(self.since)} to {iso(self.until)}, each"
            f" decided as of the morning it came: policy {self.candidate.id}"
            f" ({self.candidate.sha[:8]}) beside {self.current.id} ({self.current.sha[:8]})."
        )

    def counts(self) -> pd.DataFrame:
        """Per policy: outcomes, and of those it takes how many were taken then and defaulted."""
        return pd.DataFrame([self._count(name, kind) for name, kind in self._views()])

    def money(self) -> pd.DataFrame:
        """Per policy and currency, in minor units.

        `limits` granted; `lost` to those it would have taken, at most their limit; `sold` to
        them within a year, `sold_if_referred` and `sold_to_refused`: what a person may have to
        decide, and what would have been given up.
        """
        found = []
        for name, kind in self._views():
            for currency, rows in self.rows.groupby("currency", sort=True):
                found.append({"policy": name, "currency": currency} | self._amounts(rows, kind))
        return pd.DataFrame(found, columns=["policy", "currency", *MONEY])

    def figures(self) -> pd.DataFrame:
        """Lost, sold, cash and DSO with intervals, by policy and period: `compare_figures`."""
        trained = self.trained_as_of
        return compare_figures(
            self.rows, dict(self._views()), self.rates, day_of(trained) if trained else None
        )

    def caveats(self) -> tuple[str, ...]:
        """What these figures cannot say."""
        rows = self.rows
        refused = rows["customer_id"].isna()
        taken = rows["candidate"].isin(OUTCOMES[:2])
        unknown = rows["customer_id"].notna() & ~rows["is_known"]
        unseen = (
            f"Refused then: {int(refused.sum())} of {len(rows)}. Nobody saw how they would have"
            f" paid, and this policy takes {int((refused & taken).sum())} of them: none of their"
            " defaults, losses or sales is in these figures. They were refused for a reason, so"
            " expect them to do worse than those that were taken."
        )
        capped = (
            "What was lost is capped at the policy's limit and lessened by its protection, as if"
            " the customer had bought just that much; sales are not."
        )
        sentences = [unseen, capped]
        if unknown.any():
            sentences.append(
                f"Of {int(unknown.sum())} customers taken then the year is not over:"
                " they count as taken, not as good or bad."
            )
        if self.trained_as_of and self.trained_as_of > iso(self.since):
            sentences.append(
                f"The models were trained as of {self.trained_as_of} and have seen what became of"
                " applications before that day: their ranking of these flatters every policy"
                " alike."
            )
        missing = sorted(set(rows["currency"]) - set(self.rates)) if self.rates else []
        if missing:
            words = f"without a rate to {self.current.house}: in no figure of the house's currency"
            sentences.append(f"Applications in {', '.join(missing)} are {words}.")
        sentences += [f"{n} left out: {why}." for why, n in sorted(self.skipped.items()) if n]
        return tuple(sentences)

    def to_json(self) -> dict[str, Any]:
        """Return the tables and caveats as plain values; money in minor units."""
        return {
            "since": iso(self.since),
            "until": iso(self.until),
            "policies": {
                kind: {"id": policy.id, "sha": policy.sha}
                for kind, policy in (("current", self.current), ("candidate", self.candidate))
            },
            "counts": [self._count(name, kind) for name, kind in self._views()],
            "money": self.money().to_dict("records"),
            "house_currency": self.current.house,
            "figures": plain_rows(self.figures()),
            "caveats": list(self.caveats()),
        }

    def _views(self) -> Iterator[tuple[str, str]]:
        yield from ((THEN, "decided_then"), (CURRENT, "current"))
        if self.candidate.sha != self.current.sha:
            yield CANDIDATE, "candidate"

    def _count(self, name: str, kind: str) -> dict[str, Any]:
        rows = self.rows
        outcomes = rows[kind]
        is_taken = outcomes.isin(OUTCOMES[:2])
        observed = rows[is_taken & rows["customer_id"].notna() & rows["is_known"]]
        n_bad = int(observed["defaulted"].sum())
        return {
            "policy": name,
            "n": len(rows),
            **{outcome: int((outcomes == outcome).sum()) for outcome in OUTCOMES},
            "n_taken_unseen": int((is_taken & rows["customer_id"].isna()).sum()),
            "n_seen": len(observed),
            "n_defaults": n_bad,
            "default_rate": round(n_bad / len(observed), 4) if len(observed) else None,
            "n_good_not_taken": int(
                (~is_taken & rows["customer_id"].notna() & rows["is_known"]
                 & ~rows["defaulted"]).sum()
            ),
        }  # fmt: skip

    def _amounts(self, rows: pd.DataFrame, kind: str) -> dict[str, int]:
        outcomes = rows[kind]
        is_taken = outcomes.isin(OUTCOMES[:2])
        taken = rows[is_taken]
        if kind == "decided_then":
            limits, lost = int(taken["limit_then"].sum()), int(taken["lost"].sum())
        else:
            limit = taken[f"{kind}_limit"]
            exposed = np.minimum(taken["lost"], limit) * taken[f"{kind}_unsecured"]
            limits, lost = int(limit.sum()), int(exposed.sum())
        sold = {
            "sold": is_taken,
            "sold_if_referred": outcomes == "refer",
            "sold_to_refused": outcomes == "decline",
        }
        return {
            "limits": limits,
            "lost": lost,
            **{name: int(rows.loc[which, "sold"].sum()) for name, which in sold.items()},
        }


def policy_replay(
    settings: Settings, *, since: int, policy_file: Path | None = None
) -> PolicyReplay:
    """Replay the home's policy, or this file's beside it, on the applications since a day.

    Raises LedgerError without a ledger, InputError for a policy or a day that cannot be used.
    """
    house = read_answers(settings.home)
    candidate = house.policy if policy_file is None else CreditPolicy.read(policy_file)
    return replay(house, candidate, since=since)


def replay(
    house: Answers, candidate: CreditPolicy, *, since: int, decide: Decide | None = None
) -> PolicyReplay:
    """Decide every application applied for from `since` on, as of its own morning.

    The policy in force decides as the service would (`decide` may stand in for it); the
    candidate weighs the same risk. What became of the customers is read with all that the ledger
    holds today. Raises InputError where the ledger holds no such application.
    """
    ledger = house.ledger
    history = ledger.as_of(ledger.default_as_of)
    table = history.known_rows("applications")
    table = table[table["applied_on"] >= since].sort_values(
        ["applied_on", "application_id"], kind="stable"
    )
    if table.empty:
        raise InputError(
            f"The ledger holds no application since {iso(since)}; import them as a table"
            " 'applications' or choose an earlier day."
        )
    ask = decide or (
        lambda request, as_of: prepare_past_decision(house, request, as_of).decide(
            with_counterfactuals=False
        )
    )
    skipped: dict[str, int] = {}
    rows = []
    for row in table.to_dict("records"):
        fields = fields_of(row["fields"])
        early = int(row["applied_on"]) <= ledger.first_day
        if fields is None or early:
            why = "the ledger began only later" if early else "their fields cannot be read"
            skipped[why] = skipped.get(why, 0) + 1
            continue
        rows.append(replayed_decision_row(house.policy, candidate, row, fields, ask))
    if not rows:
        raise InputError(
            f"None of the {len(table)} applications since {iso(since)} can be replayed:"
            f" {', '.join(skipped)}; choose a later day or mend their fields."
        )
    frame = outcomes_of_replay(pd.DataFrame(rows), history, _rule(house))
    learnt_on = latest_trained_as_of(house.champions)
    trained = "" if learnt_on is None else iso(learnt_on)
    until = int(frame["applied_on"].max())
    rates = _house_rates(KnownRates(history), house.policy.house, set(frame["currency"]))
    return PolicyReplay(since, until, house.policy, candidate, frame, skipped, trained, rates)


def _house_rates(known_rates: KnownRates, house: str, currencies: set[str]) -> dict[str, float]:
    """Minor units of the house's currency for one of each that has a rate."""
    rates = {name: known_rates.rate(name, house) for name in sorted(currencies - {house})}
    return {house: 1.0} | {
        n: rate.quote_minor_units for n, rate in rates.items() if rate is not None
    }


def _rule(house: Answers) -> DefaultRule:
    """What the model in service calls a default, else the usual rule."""
    for champion in house.champions.values():
        rule = getattr(champion.model, "rule", None)
        rule = rule or getattr(getattr(champion.model, "roll_up", None), "rule", None)
        if isinstance(rule, DefaultRule):
            return rule
    return DefaultRule()
