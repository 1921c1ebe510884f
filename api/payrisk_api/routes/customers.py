"""What is known of a customer, what an applicant would be told, and what waits for a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from payrisk.answers import customer_view, scores
from payrisk.answers.credit.recording import held_headroom
from payrisk.answers.desk.band_table import band_table
from payrisk.answers.desk.insurance import insurance_duties
from payrisk.answers.desk.review_queue import (
    DAYS_BEFORE,
    kept_reviews,
    queue_of,
    review_line_document,
)
from payrisk.answers.desk.score_history import kept_scores, score_change_between
from payrisk.answers.report_scope import owed_by_group
from payrisk.calendar import day_of, iso
from payrisk.credit import CreditRequest
from payrisk.credit.explaining.explanation import explain_decision
from payrisk.credit.reasons.model_reasons import MODEL_REASONS
from payrisk.credit.reasons.policy_reasons import REASONS
from payrisk.errors import InputError
from payrisk.files import plain_rows
from payrisk_api.deps import AsOf, CallerDep, ServiceDep
from payrisk_api.heavy import HEAVY
from payrisk_api.requests.credit import PreviewBody
from payrisk_api.requests.customers import (
    BandsQuery,
    CustomerQuery,
    HistoryQuery,
    InsuranceQuery,
    QueueQuery,
    ReviewsQuery,
)
from payrisk_api.requests.request_model import AsOfQuery, Identifier
from payrisk_api.responses.credit import PreviewAnswer
from payrisk_api.responses.customers import (
    BandsAnswer,
    CustomerAnswer,
    HistoryAnswer,
    InsuranceAnswer,
    PolicyAnswer,
    QueueAnswer,
    ReviewsAnswer,
)
from payrisk_api.responses.owed import GroupOwedAnswer
from payrisk_api.responses.response_model import json_response
from payrisk_api.routes.credit import summary_row

router = APIRouter(prefix="/v1/credit", tags=["credit"])


@router.get("/customers/{customer_id:path}/owed", response_model=GroupOwedAnswer)
def group_owed(
    customer_id: Annotated[Identifier, Path()],
    service: ServiceDep,
    caller: CallerDep,
    query: Annotated[AsOfQuery, Query()],
) -> Response:
    """Show what the customer's group owes each of our entities.

    With a key for some entities, what is owed to the others is one amount without a name.
    """
    answers, as_of = service.live.current, service.as_of(query.as_of)
    rows = owed_by_group(answers, customer_id, as_of, caller.entities)
    named = [row for row in rows if row["entity_id"]]
    others = [row for row in rows if not row["entity_id"]]
    return json_response(
        {
            "customer_id": answers.current_customer_id(customer_id, as_of),
            "as_of": iso(as_of),
            "ledger_sha": answers.ledger_sha,
            "entities": named,
            "other_entities": [{k: row[k] for k in ("currency", "open")} for row in others],
        }
    )


@router.get(
    "/customers/{customer_id:path}/history", response_model=HistoryAnswer, dependencies=HEAVY
)
def history(
    customer_id: Annotated[Identifier, Path()],
    service: ServiceDep,
    query: Annotated[HistoryQuery, Query()],
) -> Response:
    """Say why the chance of default changed between two mornings, in points of that chance."""
    answers, as_of = service.live.current, service.as_of(query.as_of)
    before = as_of - DAYS_BEFORE if query.since is None else day_of(query.since)
    if before >= as_of:
        raise InputError("since is to be earlier than as_of, the morning compared with it.")
    known_as = answers.current_customer_id(customer_id, as_of)
    states = kept_scores(service.store.score_history(known_as, query.scores))
    between = score_change_between(answers, known_as, before, as_of)
    return json_response({"customer_id": known_as, "between": between, "decisions": states})


# after the longer paths, which this one takes in, too
@router.get("/customers/{customer_id:path}", response_model=CustomerAnswer)
def customer(
    customer_id: Annotated[Identifier, Path()],
    service: ServiceDep,
    query: Annotated[CustomerQuery, Query()],
) -> Response:
    """Show a customer's risk, exposure and behaviour, and how its score went and why."""
    as_of = service.as_of(query.as_of)
    review = CreditRequest(customer_id=customer_id)
    prepared = service.live.current.prepare_decision(review, as_of=as_of)
    view = customer_view(prepared, held_headroom(prepared, service.store))
    decisions = service.store.score_history(str(view["customer_id"]), query.scores)
    states = [scores.score_state(decision) for decision in decisions]
    if view["risk"] is not None:
        states.append(scores.score_state({**view, "kind": "limit_review"}))
    return json_response(view | {"history": scores.score_states_with_changes(states)})


@router.post("/applications/preview", response_model=PreviewAnswer)
def preview(body: PreviewBody, service: ServiceDep, query: AsOf) -> Response:
    """Say what would be decided and why, and what if something else was said; keep nothing."""
    answers, as_of = service.live.current, service.as_of(query.as_of)
    prepared = answers.prepare_decision(body.request(), as_of=as_of)
    decision = prepared.decide(held_headroom(prepared, service.store)).to_json()
    what_ifs = []
    for change in body.what_ifs:
        prepared = answers.prepare_decision(body.request(change), as_of=as_of)
        held = held_headroom(prepared, service.store)
        changed = prepared.decide(held, with_counterfactuals=False)
        what_ifs.append({"change": change.changed_fields(), "decision": changed.to_json()})
    explanation = explain_decision(decision)
    return json_response({"decision": decision, "explanation": explanation, "what_ifs": what_ifs})


@router.get("/policies", response_model=PolicyAnswer)
def policies(service: ServiceDep) -> Response:
    """Show the policy in force, its bands, and every reason a decision may give."""
    policy = service.live.current.policy
    return json_response(
        {
            "policy_id": policy.id,
            "policy_sha": policy.sha,
            "policy": policy.model_dump(mode="json", exclude={"id", "sha"}),
            "reasons": REASONS,
            "model_reasons": {
                entry.code: entry.sentence for entry in MODEL_REASONS if entry.sentence
            },
        }
    )


@router.get("/bands", response_model=BandsAnswer, dependencies=HEAVY)
def bands(service: ServiceDep, query: Annotated[BandsQuery, Query()]) -> Response:
    """Show who is in each band, what is expected to be lost, and what came of a past morning."""
    as_of = service.as_of(query.as_of)
    table = band_table(service.live.current, as_of, mornings=query.mornings)
    return json_response(table.to_json())


@router.get("/reviews", response_model=ReviewsAnswer)
def reviews(service: ServiceDep, query: Annotated[ReviewsQuery, Query()]) -> Response:
    """List what a person should look at: referred and undecided, or due for review."""
    today = iso(service.as_of(query.as_of))
    lines = service.store.review_queue(today, band=query.band, limit=query.limit)
    reviews = []
    for line in lines:
        is_referred = line.outcome == "refer" and line.overridden_to is None
        reviews.append(summary_row(line) | {"why": "referred" if is_referred else "review_due"})
    return json_response({"as_of": today, "reviews": reviews})


@router.get("/queue", response_model=QueueAnswer, dependencies=HEAVY)
def queue(service: ServiceDep, query: Annotated[QueueQuery, Query()]) -> Response:
    """List whom to look at and why; pages fit together while nothing new is reviewed."""
    answers, as_of = service.live.current, service.as_of(query.as_of)
    compared_on = as_of - DAYS_BEFORE if query.since is None else day_of(query.since)
    if compared_on >= as_of:
        raise InputError("since is to be earlier than as_of, the morning compared with it.")
    reviews = kept_reviews(service.store.latest_reviews(), as_of)
    lines = queue_of(answers, as_of, compared_on=compared_on, reviews=reviews)
    shown = [line for line in lines if line.is_due or not query.due]
    end = query.offset + query.limit
    names = answers.customer_names(as_of)
    return json_response(
        {
            "as_of": iso(as_of),
            "n_customers": len(lines),
            "n_due": sum(line.is_due for line in lines),
            "n_never_reviewed": sum(not line.customer.is_reviewed for line in lines),
            "next_offset": end if end < len(shown) else None,
            "customers": [
                review_line_document(line, names, as_of) for line in shown[query.offset : end]
            ],
        }
    )


@router.get("/insurance", response_model=InsuranceAnswer, dependencies=HEAVY)
def insurance(service: ServiceDep, query: Annotated[InsuranceQuery, Query()]) -> Response:
    """List what credit insurers must be told of which invoice by when."""
    as_of = service.as_of(query.as_of)
    duties = insurance_duties(
        service.live.current, as_of, alert_days=query.ahead_days, with_all=query.all
    )
    return json_response({"as_of": iso(as_of), "duties": plain_rows(duties)})
