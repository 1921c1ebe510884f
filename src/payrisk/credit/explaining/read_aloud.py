"""A policy read aloud: its bands, amounts and flags as tables, and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from payrisk.credit.applicant.account import Account
from payrisk.credit.deciding.policy import FLAGS, CreditPolicy
from payrisk.credit.rules.decision import ExpectedProfit, GrantedTerms
from payrisk.credit.rules.rules import Band
from payrisk.credit.weighing.granting import grant_terms
from payrisk.credit.weighing.profit import expected_profit

UNIT = 1_000_000
"""A limit in minor units by which profits are compared; they are in proportion to it."""


@dataclass(frozen=True)
class PolicyCheck:
    """What a policy says, for people: tables, and a warning for each thing nobody may have meant.

    bands: one row a band with the break-even probability and the expected profit, in per cent of
    a limit, at the band's lower and upper end. amounts: one row a currency and amount, in minor
    units. flags: one row a red flag, those that are not raised too.
    """

    policy: CreditPolicy
    bands: pd.DataFrame
    amounts: pd.DataFrame
    flags: pd.DataFrame
    warnings: tuple[str, ...]

    @property
    def money(self) -> tuple[str, ...]:
        """The columns of `amounts` in minor units of the row's currency."""
        return tuple(str(name) for name in self.amounts.columns if name != "currency")

    @property
    def sentence(self) -> str:
        """The policy's name and hash, and how many warnings there are."""
        n = len(self.warnings)
        warnings = "no warning" if not n else f"{n} warning{'s' if n > 1 else ''}"
        return f"Policy {self.policy.id}, sha {self.policy.sha[:12]}: it can be used; {warnings}."

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "id": self.policy.id,
            "sha": self.policy.sha,
            "warnings": list(self.warnings),
            "policy": self.policy.model_dump(mode="json", exclude={"id", "sha"}),
            "bands": [
                {name: None if value != value else value for name, value in row.items()}
                for row in self.bands.to_dict("records")
            ],
        }


def check_policy(policy: CreditPolicy) -> PolicyCheck:
    """Read a policy that could be read (`CreditPolicy.read` refuses what cannot be meant)."""
    bands = [_row(policy, number) for number in range(len(policy.bands))]
    names = [band.name for band in policy.bands]
    amounts = [
        {
            "currency": currency,
            "step": each.step,
            "material_overdue": each.material_overdue,
            "group_ceiling": each.group_ceiling,
        }
        | {f"tier_{name}": each.house_tiers[name] for name in names}
        for currency, each in sorted(policy.amounts.items())
    ]
    flags = [
        {
            "flag": code,
            "asks_for": policy.flags[code].asks_for if code in policy.flags else "(not raised)",
            "days": policy.flags[code].days if code in policy.flags else 0,
            "ratio": policy.flags[code].ratio if code in policy.flags else 0.0,
        }
        for code in FLAGS
    ]
    return PolicyCheck(
        policy,
        pd.DataFrame(bands),
        pd.DataFrame(amounts),
        pd.DataFrame(flags),
        tuple(_warnings(policy)),
    )


def _row(policy: CreditPolicy, number: int) -> dict[str, Any]:
    band = policy.bands[number]
    low, high = _ends(policy, number)
    at_low, at_high = (_profit(policy, band, p) for p in (low, high))
    return {
        "band": band.name,
        "probability_from": low,
        "probability_below": high,
        "outcome": band.outcome,
        "terms_days": band.terms_days,
        "protection": band.protection,
        "net_worth_rate": band.net_worth_rate,
        "turnover_rate": band.turnover_rate,
        "break_even": None if at_low is None else round(at_low.break_even, 4),
        "profit_percent_at_best": None if at_low is None else _percent(at_low),
        "profit_percent_at_worst": None if at_high is None else _percent(at_high),
    }


def _ends(policy: CreditPolicy, number: int) -> tuple[float, float]:
    low = policy.bands[number - 1].probability_below if number else 0.0
    return low, min(1.0, policy.bands[number].probability_below)


def _terms(policy: CreditPolicy, band: Band) -> GrantedTerms:
    return grant_terms(policy, band, Account(""), [])


def _profit(policy: CreditPolicy, band: Band, probability: float) -> ExpectedProfit | None:
    return expected_profit(
        policy,
        UNIT,
        probability=probability,
        terms=_terms(policy, band),
        delay_days=policy.default_delay_days,
    )


def _percent(profit: ExpectedProfit) -> float:
    return round(100 * profit.expected / UNIT, 2)


def _warnings(policy: CreditPolicy) -> Iterator[str]:
    for number, band in enumerate(policy.bands):
        if band.outcome.startswith("approve"):
            yield from _band_warnings(policy, number, band)
    for currency, amounts in sorted(policy.amounts.items()):
        if max(amounts.house_tiers.values()) > amounts.group_ceiling:
            yield f"In {currency} a house tier is above the ceiling of a whole group."
        if amounts.step > min(t for t in (*amounts.house_tiers.values(), amounts.step) if t):
            yield f"In {currency} the step is larger than a house tier, which then grants nothing."
    missing = [code for code in FLAGS if code not in policy.flags]
    if missing:
        yield f"These red flags are never raised: {', '.join(missing)}."
    if policy.stale_ledger_days > 31:
        yield f"A ledger {policy.stale_ledger_days} days old still decides."
    if all(band.outcome.startswith("approve") for band in policy.bands[:-1]):
        yield "No band refers to a person: everything below the last one is approved."


def _band_warnings(policy: CreditPolicy, number: int, band: Band) -> Iterator[str]:
    _, high = _ends(policy, number)
    worst = _profit(policy, band, high)
    if worst is not None and worst.break_even < high:
        then = (
            "such requests are referred"
            if policy.profit.when_negative == "refer"
            else ("they are approved all the same")
        )
        yield (
            f"Band {band.name} loses money at its upper end: it breaks even at a default"
            f" probability of {worst.break_even:.1%} and reaches to {high:.1%}; {then}."
        )
    if not band.net_worth_rate and not band.turnover_rate:
        yield f"Band {band.name} approves but its shares carry no credit."
    if not any(each.house_tiers[band.name] for each in policy.amounts.values()):
        yield f"Band {band.name} approves but has no house tier where figures are missing."
    if band.protection == "shorter_terms" and band.terms_days <= policy.short_terms_days:
        yield f"Band {band.name} asks for shorter terms but its own are no longer."
    if band.outcome == "approve" and band.protection not in ("none", "discount"):
        yield f"Band {band.name} approves without protection, so its {band.protection} is unsaid."
