"""What else would have been decided: changes that were decided anew, the cheapest first."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from payrisk.calendar import iso
from payrisk.credit.applicant.application import CreditApplication, CreditRequest
from payrisk.credit.reasons.policy_reasons import money
from payrisk.credit.rules.decision import OUTCOMES, Counterfactual, CreditDecision
from payrisk.files import plain_value

MOST = 3
PAIRS = 12
"""Pairs of changes tried at most; each decision taken anew is as dear as the first one."""

NOT_THEIRS_TO_CHANGE = frozenset({
    "no_model", "model_refused", "protected_input", "stale_ledger", "natural_person",
    "foreign_exposure", "currency_unknown",
})  # fmt: skip
"""Reasons for which a person decides whatever the applicant brings."""

REFERENCES = 2
"""Trade references that a house commonly asks for."""

Decide = Callable[[CreditRequest], CreditDecision]


@dataclass(frozen=True)
class _Change:
    """Something the applicant can do: words for it, and the fields it changes."""

    words: str
    fields: dict[str, Any]


def counterfactuals(
    request: CreditRequest, decision: CreditDecision, decide: Decide
) -> tuple[Counterfactual, ...]:
    """At most three changes under which the house decides better, each found by deciding anew.

    decide: answers the changed request as of the same morning, from the same books and models.
    Of an order: the largest part that would be released. Of an application: what an applicant
    can bring or change (references, fresh reports and figures, verified contacts, shorter terms,
    a smaller limit), alone, else in pairs, else all together. A limit review rests on what
    happened, which no request changes: `decision.clears` says what would have to.
    """
    is_for_a_person = bool(decision.reasons) and decision.reasons[0].code in NOT_THEIRS_TO_CHANGE
    if decision.outcome == "approve" or is_for_a_person:
        return ()
    if request.order is not None:
        return _of_order(request, decision, decide)
    if request.application is None:
        return ()
    return _of_application(request.application, decision, decide)


def first_changes(request: CreditRequest, decision: CreditDecision) -> list[CreditRequest]:
    """The applications that `counterfactuals` decides first, for a model that takes many at once.

    None where it looks for nothing.
    """
    application = request.application
    is_for_a_person = bool(decision.reasons) and decision.reasons[0].code in NOT_THEIRS_TO_CHANGE
    if application is None or decision.outcome == "approve" or is_for_a_person:
        return []
    brought = list(_brought(application, decision))
    singles = [*brought, *_smaller(application, decision)]
    together = [_all(part) for part in (brought, singles) if part]
    return [CreditRequest(replace(application, **one.fields)) for one in [*singles, *together]]


def _of_order(
    request: CreditRequest, decision: CreditDecision, decide: Decide
) -> tuple[Counterfactual, ...]:
    order, release = request.order, decision.release
    assert order is not None
    if release is None or not 0 < release.room < order.amount:
        return ()
    smaller = replace(request, order=replace(order, amount=release.room))
    found = decide(smaller)
    let_go = found.release
    if let_go is None or let_go.action != "release" or not _is_better(found, decision):
        return ()
    told = f"With an order of {money(release.room, order.currency)}: {_said(found)}."
    change = {"amount": release.room}
    return (Counterfactual(told, change, found.outcome, found.limit.granted, let_go.amount),)


def _of_application(
    application: CreditApplication, decision: CreditDecision, decide: Decide
) -> tuple[Counterfactual, ...]:
    brought = list(_brought(application, decision))
    singles = [*brought, *_smaller(application, decision)]

    def tried(changes: Iterable[_Change]) -> Iterator[tuple[_Change, Counterfactual]]:
        for change in changes:
            other = decide(CreditRequest(replace(application, **change.fields)))
            if _is_better(other, decision):
                yield change, _told(change, other)

    # what all of it together does not turn, no part of it will: most refusals end here
    most = [_all(part) for part in (brought, singles) if part]
    together = next(tried(most[: 1 if brought == singles else 2]), None)
    if together is None:
        return ()
    found = [one for _, one in itertools.islice(tried(singles), MOST)]
    if not found:
        pairs = (
            _Change(f"{one.words} and {other.words}", one.fields | other.fields)
            for one, other in itertools.combinations(singles, 2)
            if not set(one.fields) & set(other.fields)
        )
        found = [one for _, one in itertools.islice(tried(itertools.islice(pairs, PAIRS)), MOST)]
    return tuple(found) or (together[1],)


def _told(change: _Change, other: CreditDecision) -> Counterfactual:
    told = f"With {change.words}: {_said(other)}."
    return Counterfactual(told, plain_value(change.fields), other.outcome, other.limit.granted)


def _all(changes: list[_Change]) -> _Change:
    """Every change at once; of two on one field the first."""
    kept: list[_Change] = []
    for one in changes:
        if not any(set(one.fields) & set(other.fields) for other in kept):
            kept.append(one)
    words = kept[-1].words
    if len(kept) > 1:
        words = f"{', '.join(one.words for one in kept[:-1])} and {words}"
    return _Change(words, {name: v for one in kept for name, v in one.fields.items()})


def _brought(application: CreditApplication, decision: CreditDecision) -> Iterator[_Change]:
    """What an applicant can bring, from the cheapest to the dearest."""
    as_of = decision.basis.as_of
    raised = {flag.code for flag in decision.flags}
    yield from _papers(application, raised, as_of)
    if (application.n_references or 0) < REFERENCES:
        yield _Change("two trade references", {"n_references": REFERENCES})


def _papers(application: CreditApplication, raised: set[str], as_of: int) -> Iterator[_Change]:
    before = as_of - 1
    if application.bureau_score is not None and raised & {"stale_report", "missing_report"}:
        words = f"the same credit report dated {iso(before)}"
        yield _Change(words, {"bureau_scored_on": before})
    if "stale_financials" in raised:
        yield _Change(f"the same figures dated {iso(before)}", {"financials_on": before})
    if raised & {"free_email", "foreign_email"} or application.mail_kind == "none":
        yield _Change(
            "an e-mail address at a domain of its own", {"email": None, "email_domain": "own"}
        )
    if "website_missing" in raised:
        yield _Change("a website", {"has_website": True})
    if raised & {"vat_missing", "vat_invalid"}:
        yield _Change("a valid VAT number", {"vat_number": None, "has_vat": True})
    if "lei_invalid" in raised:
        yield _Change("a valid LEI or none", {"lei": None})
    if raised & {"bank_elsewhere", "bank_invalid"}:
        words = "a valid bank account in its own country"
        yield _Change(words, {"iban": None, "bank_country_mismatch": False})
    if "registry_mismatch" in raised:
        yield _Change("the name that the register holds", {"registry_name": None})
    if "address_mismatch" in raised:
        yield _Change(
            "delivery to the registered address",
            {"address_mismatch": False, "delivery_country": application.country},
        )


def _smaller(application: CreditApplication, decision: CreditDecision) -> Iterator[_Change]:
    """Less of what was asked for: shorter terms, then a smaller limit."""
    days = application.requested_terms_days
    if days is not None and days > 14:
        yield _Change("terms of 14 days", {"requested_terms_days": 14})
    asked = application.requested_limit
    if asked is None:
        return
    sizes = [decision.limit.capacity, asked // 2, asked // 4]
    for size in sorted({one for one in sizes if one and one < asked}, reverse=True):
        words = f"a limit of {money(size, application.currency)}"
        yield _Change(words, {"requested_limit": size})


def _is_better(one: CreditDecision, than: CreditDecision) -> bool:
    return OUTCOMES.index(one.outcome) < OUTCOMES.index(than.outcome)


def _said(decision: CreditDecision) -> str:
    return decision.outcome.replace("_", " ")
