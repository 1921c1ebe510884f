"""Counterfactuals: changes of a request under which the house decides better, decided anew."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from payrisk.calendar import iso
from payrisk.credit.applicant.application import CreditApplication, CreditRequest
from payrisk.credit.reasons.policy_reasons import money_text
from payrisk.credit.rules.decision import OUTCOMES, Counterfactual, CreditDecision
from payrisk.files import plain_value

MOST = 3
PAIRS = 12
"""Pairs of changes tried at most; each decision taken anew is as dear as the first one."""

NOT_THEIRS_TO_CHANGE = frozenset({
    "no_model", "model_refused", "protected_input", "stale_ledger", "natural_person",
    "foreign_exposure", "currency_unknown", "unreadable_on_file",
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


def applications_tried_first(
    request: CreditRequest, decision: CreditDecision
) -> list[CreditRequest]:
    """The applications that `counterfactuals` decides first, for a model that takes many at once.

    Empty where it looks for nothing.
    """
    application = request.application
    is_for_a_person = bool(decision.reasons) and decision.reasons[0].code in NOT_THEIRS_TO_CHANGE
    if application is None or decision.outcome == "approve" or is_for_a_person:
        return []
    brought = list(_evidence_changes(application, decision))
    singles = [*brought, *_smaller_requests(application, decision)]
    together = [_combined(part) for part in (brought, singles) if part]
    changes = [*singles, *together]
    return [CreditRequest(replace(application, **change.fields)) for change in changes]


def _of_order(
    request: CreditRequest, decision: CreditDecision, decide: Decide
) -> tuple[Counterfactual, ...]:
    order, release = request.order, decision.release
    assert order is not None
    if release is None or not 0 < release.room < order.amount:
        return ()
    smaller = replace(request, order=order.part(release.room))
    other = decide(smaller)
    let_go = other.release
    if let_go is None or let_go.action != "release" or not _is_better(other, decision):
        return ()
    amount = money_text(release.room, order.currency)
    return (
        Counterfactual(
            text=f"With an order of {amount}: {_outcome_words(other)}.",
            change={"amount": release.room},
            outcome=other.outcome,
            granted=other.limit.granted,
            released=let_go.amount,
        ),
    )


def _of_application(
    application: CreditApplication, decision: CreditDecision, decide: Decide
) -> tuple[Counterfactual, ...]:
    brought = list(_evidence_changes(application, decision))
    singles = [*brought, *_smaller_requests(application, decision)]

    # what all of it together does not turn, no part of it will: most refusals end here
    everything = [_combined(part) for part in (brought, singles) if part]
    everything = everything[: 1 if brought == singles else 2]
    together = next(_better(application, decision, decide, everything), None)
    if together is None:
        return ()
    better = [*itertools.islice(_better(application, decision, decide, singles), MOST)]
    if not better:
        pairs = (
            _Change(f"{first.words} and {second.words}", first.fields | second.fields)
            for first, second in itertools.combinations(singles, 2)
            if not set(first.fields) & set(second.fields)
        )
        tried = itertools.islice(pairs, PAIRS)
        better = [*itertools.islice(_better(application, decision, decide, tried), MOST)]
    return tuple(better) or (together,)


def _better(
    application: CreditApplication,
    decision: CreditDecision,
    decide: Decide,
    changes: Iterable[_Change],
) -> Iterator[Counterfactual]:
    """Those of the changes under which the house decides better, one by one."""
    for change in changes:
        other = decide(CreditRequest(replace(application, **change.fields)))
        if _is_better(other, decision):
            yield _counterfactual(change, other)


def _counterfactual(change: _Change, other: CreditDecision) -> Counterfactual:
    return Counterfactual(
        text=f"With {change.words}: {_outcome_words(other)}.",
        change=plain_value(change.fields),
        outcome=other.outcome,
        granted=other.limit.granted,
    )


def _combined(changes: list[_Change]) -> _Change:
    """Every change at once; of two on one field the first."""
    parts: list[_Change] = []
    for change in changes:
        if not any(set(change.fields) & set(part.fields) for part in parts):
            parts.append(change)
    words = parts[-1].words
    if len(parts) > 1:
        words = f"{', '.join(part.words for part in parts[:-1])} and {words}"
    return _Change(words, {name: value for part in parts for name, value in part.fields.items()})


def _evidence_changes(
    application: CreditApplication, decision: CreditDecision
) -> Iterator[_Change]:
    """What an applicant can bring, from the cheapest to the dearest."""
    as_of = decision.basis.as_of
    raised = {flag.code for flag in decision.flags}
    yield from _paper_changes(application, raised, as_of)
    if (application.n_references or 0) < REFERENCES:
        yield _Change("two trade references", {"n_references": REFERENCES})


def _paper_changes(
    application: CreditApplication, raised: set[str], as_of: int
) -> Iterator[_Change]:
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


def _smaller_requests(
    application: CreditApplication, decision: CreditDecision
) -> Iterator[_Change]:
    """Less of what was asked for: shorter terms, then a smaller limit."""
    days = application.requested_terms_days
    if days is not None and days > 14:
        yield _Change("terms of 14 days", {"requested_terms_days": 14})
    requested = application.requested_limit
    if requested is None:
        return
    sizes = [decision.limit.capacity, requested // 2, requested // 4]
    for size in sorted({size for size in sizes if size and size < requested}, reverse=True):
        words = f"a limit of {money_text(size, application.currency)}"
        yield _Change(words, {"requested_limit": size})


def _is_better(other: CreditDecision, decision: CreditDecision) -> bool:
    return OUTCOMES.index(other.outcome) < OUTCOMES.index(decision.outcome)


def _outcome_words(decision: CreditDecision) -> str:
    return decision.outcome.replace("_", " ")
