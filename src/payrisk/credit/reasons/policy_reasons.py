"""The dictionary of a policy's reasons: code, sentence and what would clear it."""

from __future__ import annotations

from payrisk.calendar import NEVER
from payrisk.money import decimal_text
from payrisk.predictions import Reason

REASONS = {
    # what keeps a machine from deciding
    "no_model": "No verified default-risk model is in service, so a person must decide.",
    "model_refused": "The default-risk model could not answer for this customer.",
    "protected_input": "The risk rests on {names}, which no credit decision may rest on.",
    "stale_ledger": "The ledger's last fact is {age} days old; import the latest first.",
    "out_of_range": "Outside what the models have seen: {names}.",
    "unreadable_on_file": "On file, but no amount that can be read: {names}.",
    "natural_person": "The customer is, or may be, a natural person: a named person must decide.",
    "foreign_exposure": "The group also owes in {currencies}, for which no rate is known.",
    "currency_unknown": (
        "The policy has no amounts in {currency}, and no rate from {house} is known."
    ),
    "need_unknown": "Neither expected sales nor a requested limit is known.",
    "capacity_unknown": "Net worth and turnover are unknown and there is no history to lean on.",
    "unverified_newcomer": (
        "The score of this applicant cannot be relied on: {why}; a person must decide."
    ),
    "unverified_rise": (
        "The limit would rise on a score that cannot be relied on: {why}; a person must decide."
    ),
    "unverified_order": (
        "The score cannot be relied on, and no tested forecast of this customer's payments can"
        " take its place: {why}; a person must decide."
    ),
    # what speaks against
    "in_default": "The customer is in default.",
    "risk_too_high": "A default within {days} days has probability {probability:.1%}: too high.",
    "risk_refer": "A default within {days} days has probability {probability:.1%}: band {band}.",
    "risk_protect": "A default within {days} days has probability {probability:.1%}: band {band}.",
    "unprofitable": (
        "Credit would lose money: it pays up to a default probability of {break_even:.1%}."
    ),
    "too_small": "What is left is less than one step of {step}.",
    "headroom_exhausted": "The group's ceiling of {ceiling} leaves no headroom.",
    "no_capacity": "Net worth and turnover carry no credit.",
    # what holds an order
    "overdue_block": "{amount} are over {days} days late; payment clears the hold.",
    "dispute_lifts_block": (
        "But for {amount} in dispute, what is late would hold the order: a second person decides."
    ),
    "cover_stopped": (
        "The insurer covers no delivery while invoice {invoice} is overdue beyond its extension."
    ),
    "over_insurer": "Exposure and order exceed the insurer's limit by {amount}.",
    "dispute_without_amount": (
        "{n} of its disputes name no amount, so nothing is taken out of what is overdue for them."
    ),
    "cover_ended": "The insurer's cover ended on {day}; what is delivered since is not insured.",
    "returned_payment": "{amount} of returned payments are not yet repaid.",
    "limit_expired": "The limit on file held until {day}.",
    "over_limit": "Exposure and order exceed the limit by {amount}; paying it clears the hold.",
    "over_headroom": "Exposure and order exceed what the group's ceiling leaves by {amount}.",
    "over_but_secured": (
        "Exposure and order exceed {whose} by {amount}; securities would pay {secured} of it."
    ),
    "security_ends": "The {kind} of {amount} ends on {day}, before the order falls due on {due}.",
    "down_payment_first": "Released against a down payment of {amount} before delivery.",
    "delivered_already": "{amount} of the order is delivered and counts whatever is decided.",
    "made_to_order": "{amount} of the order is made for this customer; nobody else would take it.",
    "check_at_delivery": (
        "The release holds until {day}; delivery is asked for on {requested}: ask again then."
    ),
    "orders_guessed": "What is ordered is in part a guess: {guesses}.",
    "prepay_first": "The terms are prepayment: the order waits for {amount}.",
    "in_part": "{amount} of the order stay within {whose}; the rest is to be prepaid.",
    # what bound the limit
    "bound_by_need": "The limit is what the expected sales need, or what was asked for.",
    "bound_by_capacity": "The limit is what net worth and turnover carry.",
    "bound_by_house_tier": "The limit is the house tier of risk band {band}.",
    "bound_by_headroom": "The limit is what the group's ceiling leaves.",
    "bound_by_prepay": "No open credit: goods are paid before they leave.",
    "unchanged": "The limit stays: what is measured now is within a step of it.",
    "not_raised": "The limit is not raised while {amount} are over {days} days late.",
    "within_limit": "Exposure and order stay within the limit.",
    # what the answer stands on
    "converted": "What is owed in other currencies is converted: {rates}.",
    "amounts_converted": "The policy's amounts are converted: {rate}.",
    "no_history": (
        "No invoice of this company is known and no model of applicants has scored it: the"
        " house's average risk stands in, within the house tier."
    ),
    "unverified": "The score cannot be relied on: {why}. It raises no limit.",
    "unverified_within": (
        "The score cannot be relied on: {why}. The limit on file, headroom, what is overdue and"
        " the forecast of its payments ({probability:.1%} default) decide."
    ),
    "extrapolated": (
        "No past morning is old enough to show {days} days, so the probability is extrapolated."
    ),
    "treated": "The customer could not default in the ordinary way: {why}.",
    # what is said whatever else is
    "above_limit": "What is owed, {exposure}, is above the limit by {amount}.",
    "new_currency": (
        "The customer was not billed in {currency} in the last year: the terms are the band's, not"
        " its own."
    ),
}
"""Code → sentence; a decision names no other reason of its own. Red flags are named by their
own code (`flags.CHECKS`, `BUST_OUT`, `FAR_ABOVE_CAPACITY`), causes of the risk by those of
`model_reasons.MODEL_REASONS`."""

VERIFIED_MODEL = (
    "A version of {model} that passed its test on past outcomes, or a named person's decision."
)

CLEARS = {
    "no_model": "A default-risk model that is trained and promoted, or a named person's decision.",
    "model_refused": "A named person's decision.",
    "protected_input": "A model trained without what may not be used.",
    "stale_ledger": "Importing the ledger's latest facts.",
    "out_of_range": "A correction of {names}, or a named person's decision.",
    "unreadable_on_file": "A corrected value of {names} in the customer's attributes.",
    "natural_person": "A named person's decision.",
    "foreign_exposure": "A named person's decision on what the group owes in {currencies}.",
    "currency_unknown": (
        "A rate between {house} and {currency} in the ledger, or amounts in {currency} in the"
        " policy."
    ),
    "need_unknown": "The expected monthly sales or a requested limit.",
    "capacity_unknown": "Net worth or turnover with their date.",
    "unverified_newcomer": VERIFIED_MODEL,
    "unverified_rise": VERIFIED_MODEL,
    "unverified_order": VERIFIED_MODEL,
    "in_default": "Payment of what is overdue, then clean days as the default rule asks for.",
    "risk_refer": "A named person's decision.",
    "unprofitable": "A named person's decision.",
    "too_small": "A named person's decision.",
    "headroom_exhausted": "Payment by a member of the group, or a higher ceiling.",
    "overdue_block": "Payment of {amount} clears the hold.",
    "dispute_lifts_block": "A second person's decision, or payment of {amount}.",
    "cover_stopped": "Payment of invoice {invoice}, or a named person's decision at our own risk.",
    "over_insurer": "Payment of {amount}, or a higher limit of the insurer.",
    "returned_payment": "Repayment of {amount} clears the hold.",
    "limit_expired": "A review of the limit clears the hold.",
    "over_limit": "Payment of {amount} clears the hold.",
    "over_but_secured": "A named person's decision, or payment of {amount}.",
    "security_ends": "The {kind} extended to {due}.",
    "down_payment_first": "The down payment of {amount}.",
    "over_headroom": "Payment of {amount} by the customer or its group clears the hold.",
    "prepay_first": "Prepayment of {amount} releases the order.",
    "in_part": "Prepayment of {rest} releases the rest.",
}
"""Code → what would clear it, where something would."""


def policy_reason(
    code: str, *, source: str = "policy", dated_on: int = NEVER, **words: object
) -> Reason:
    """The reason of this code. Raises KeyError for a code that is not in the dictionary."""
    return Reason(code, REASONS[code].format(**words), source=source, dated_on=dated_on)


def money_text(amount: int, currency: str) -> str:
    """An amount in minor units as a person writes it.

    >>> money_text(123_456, "EUR")
    '1,234.56 EUR'
    """
    return f"{decimal_text(amount, currency, grouped=True)} {currency}"
