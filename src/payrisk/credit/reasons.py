"""The fixed dictionary of reasons a decision may name, in words a person can check."""

from __future__ import annotations

from payrisk.calendar import NEVER
from payrisk.money import decimal_text
from payrisk.predictions import Reason

REASONS = {
    # what keeps a machine from deciding
    "no_model": "No verified default-risk model is in service, so a person must decide.",
    "model_refused": "The default-risk model could not answer for this customer.",
    "stale_ledger": "The ledger's last fact is {age} days old; import the latest first.",
    "natural_person": "The customer is, or may be, a natural person: a named person must decide.",
    "foreign_exposure": "The group also owes in {currencies}, which this decision does not add.",
    "currency_unknown": "The policy has no amounts in {currency}.",
    "need_unknown": "Neither expected sales nor a requested limit is known.",
    "capacity_unknown": "Net worth and turnover are unknown and there is no history to lean on.",
    # what speaks against
    "in_default": "The customer is in default.",
    "risk_too_high": "A default within {days} days has probability {probability:.1%}: too high.",
    "risk_refer": "A default within {days} days has probability {probability:.1%}: band {band}.",
    "risk_protect": "A default within {days} days has probability {probability:.1%}: band {band}.",
    "too_small": "What is left is less than one step of {step}.",
    "overdue_block": "{amount} are over {days} days late; payment clears the hold.",
    "headroom_exhausted": "The group's ceiling of {ceiling} leaves no headroom.",
    "no_capacity": "Net worth and turnover carry no credit.",
    "over_limit": "Exposure and order exceed the limit by {amount}; paying it clears the hold.",
    "in_part": "The limit leaves room for {amount} of the order; the rest is to be prepaid.",
    # what bound the limit
    "bound_by_need": "The limit is what the expected sales need, or what was asked for.",
    "bound_by_capacity": "The limit is what net worth and turnover carry.",
    "bound_by_house_tier": "The limit is the house tier of risk band {band}.",
    "bound_by_headroom": "The limit is what the group's ceiling leaves.",
    "not_raised": "The limit is not raised while {amount} are overdue.",
    "within_limit": "Exposure and order stay within the limit.",
    # what the answer stands on
    "no_history": (
        "No invoice of this company is known and there is no applicant model yet: the house's"
        " average risk stands in, within the house tier."
    ),
}
"""Code → sentence; a decision names no other reason of its own (a model's reasons are its own)."""


def reason(code: str, *, source: str = "policy", dated_on: int = NEVER, **words: object) -> Reason:
    """The reason of this code. Raises KeyError for a code that is not in the dictionary."""
    return Reason(code, REASONS[code].format(**words), source=source, dated_on=dated_on)


def money(amount: int, currency: str) -> str:
    """An amount in minor units as a person writes it.

    >>> money(123_456, "EUR")
    '1,234.56 EUR'
    """
    return f"{decimal_text(amount, currency, grouped=True)} {currency}"
