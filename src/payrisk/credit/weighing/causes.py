"""Causes of a decision: what a person has to decide, what the risk says, what red flags ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from payrisk.calendar import NEVER, iso
from payrisk.credit.applicant.account import Account
from payrisk.credit.reasons.model_reasons import protected_among
from payrisk.credit.reasons.policy_reasons import CLEARS, policy_reason
from payrisk.credit.rules.decision import DecisionBasis, Outcome, Protection, RedFlag
from payrisk.credit.rules.rules import Band, CreditRules
from payrisk.predictions import DefaultRisk, Reason

Verdict = Literal["person", "decline", "refer", "protect", "note"]
"""What a cause does, from the strongest: a person decides whatever else is true; decline;
a person must look; approve with protection; only say so."""

VERDICTS: tuple[Verdict, ...] = ("person", "decline", "refer", "protect", "note")
OUTCOME_OF: dict[Verdict, Outcome] = {
    "person": "refer",
    "decline": "decline",
    "refer": "refer",
    "protect": "approve_with_protection",
    "note": "approve",
}


@dataclass(frozen=True)
class DecisionCause:
    """One reason, what it does to the outcome, and what would clear it (empty: nothing known)."""

    verdict: Verdict
    reason: Reason
    protection: Protection = "none"
    clears: str = ""


def cause_of(
    verdict: Verdict,
    code: str,
    *,
    source: str = "policy",
    dated_on: int = NEVER,
    protection: Protection = "none",
    **words: object,
) -> DecisionCause:
    """The cause of this code, in the dictionary's words."""
    why = policy_reason(code, source=source, dated_on=dated_on, **words)
    return DecisionCause(verdict, why, protection, CLEARS.get(code, "").format(**words))


def rests_on_application(risk: DefaultRisk) -> bool:
    """Whether what the company said of itself is in the risk."""
    return risk.source in ("application", "blend")


def is_average_of_others(risk: DefaultRisk) -> bool:
    """Whether the risk is the average of others: neither invoices nor an application are in it."""
    return risk.n_invoices_seen == 0 and not rests_on_application(risk)


def causes_for_a_person(
    policy: CreditRules, account: Account, risk: DefaultRisk | None, basis: DecisionBasis
) -> Iterator[DecisionCause]:
    """What no machine may decide: no ground to stand on, or a person's own credit."""
    if risk is None:
        yield cause_of("person", basis.why_no_risk or "no_model", source="model")
    else:
        protected = protected_among(reason.code for reason in risk.reasons)
        if protected:
            names = ", ".join(protected)
            yield cause_of("person", "protected_input", source="model", names=names)
    age = basis.as_of - basis.ledger_last_on - 1
    if age > policy.stale_ledger_days:
        yield cause_of(
            "person", "stale_ledger", source="ledger", dated_on=basis.ledger_last_on, age=age
        )
    if basis.out_of_range:
        names = ", ".join(basis.out_of_range)
        yield cause_of(
            "person", "out_of_range", source="model", dated_on=basis.as_of - 1, names=names
        )
    if account.unreadable:
        names = ", ".join(account.unreadable)
        yield cause_of("person", "unreadable_on_file", source="ledger", names=names)
    if account.is_natural_person:
        yield cause_of("person", "natural_person")
    if account.foreign_currencies:
        currencies = ", ".join(account.foreign_currencies)
        yield cause_of(
            "person",
            "foreign_exposure",
            source="ledger",
            dated_on=basis.as_of - 1,
            currencies=currencies,
        )
    yield from _account_notes(policy, account, basis)
    if policy.is_converted(account):
        yield cause_of("note", "amounts_converted", rate=account.house_rate_text)
    elif account.currency not in policy.amounts:
        yield cause_of("person", "currency_unknown", currency=account.currency, house=policy.house)


def _account_notes(
    policy: CreditRules, account: Account, basis: DecisionBasis
) -> Iterator[DecisionCause]:
    """What is worth knowing of the figures a decision stands on."""
    if account.n_bare_disputes:
        yield cause_of(
            "note",
            "dispute_without_amount",
            source="ledger",
            dated_on=basis.as_of - 1,
            n=account.n_bare_disputes,
        )
    ends = account.cover_ends_on
    if ends is not None and 0 < basis.as_of - ends <= policy.reviews.ended_days:
        yield cause_of("note", "cover_ended", source="ledger", dated_on=ends, day=iso(ends))
    if account.rates:
        yield cause_of(
            "note",
            "converted",
            source="ledger",
            dated_on=basis.as_of - 1,
            rates="; ".join(account.rates),
        )


def risk_causes(
    risk: DefaultRisk, band: Band, probability: float, *, is_verified: bool
) -> Iterator[DecisionCause]:
    """What the risk's band, its default status and what it rests on do to the outcome.

    probability: what the band was asked with. Nobody is declined by a score that no outcome has
    verified, nor for the average of others.
    """

    def cause(verdict: Verdict, code: str, protection: Protection = "none") -> DecisionCause:
        return cause_of(
            verdict,
            code,
            source="model",
            dated_on=risk.as_of - 1,
            protection=protection,
            probability=probability,
            days=risk.horizon_days,
            band=band.name,
            why=risk.treated,
        )

    if risk.is_in_default:
        yield cause("decline", "in_default")
    elif band.outcome == "decline" and is_verified and not is_average_of_others(risk):
        yield cause("decline", "risk_too_high")
    elif band.outcome in ("decline", "refer"):
        yield cause("refer", "risk_refer")
    elif band.outcome == "approve_with_protection":
        yield cause("protect", "risk_protect", band.protection)
    if is_average_of_others(risk):
        yield cause("note", "no_history")
    if risk.treated:
        yield cause("note", "treated")
    if risk.is_extrapolated:
        yield cause("note", "extrapolated")


def flag_causes(flags: tuple[RedFlag, ...]) -> Iterator[DecisionCause]:
    """What each red flag asks for."""
    for flag in flags:
        why = Reason(flag.code, flag.text, source=flag.source, dated_on=flag.dated_on)
        if flag.asks_for in ("refer", "decline"):
            clears = "A named person's decision." if flag.asks_for == "refer" else ""
            yield DecisionCause(
                "refer" if flag.asks_for == "refer" else "decline", why, clears=clears
            )
        else:
            yield DecisionCause("protect", why, flag.asks_for)  # type: ignore[arg-type]
