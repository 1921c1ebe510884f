"""Two pairs of eyes: what one person would decide, and another confirms."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from payrisk.credit.deciding.delegation import MissingConfirmation
from payrisk.credit.deciding.overriding import Override
from payrisk.store import Proposal
from payrisk_api.deps import CallerDep, Service, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.keys import IdempotencyKey, IfMatch, asked_by, own_key, request_sha
from payrisk_api.requests.overriding import ConfirmationBody, OverrideBody, ProposalsQuery
from payrisk_api.responses.credit import OverrideAnswer
from payrisk_api.responses.proposals import ProposalAnswer, ProposalsAnswer
from payrisk_api.responses.response_model import json_response
from payrisk_api.routes.credit import (
    DecisionId,
    deciding_actor,
    kept_decision,
    override_of,
    refusing_overrides,
    replayed,
    reserved_until,
)

router = APIRouter(prefix="/v1/credit", tags=["credit"])

ProposalId = Annotated[str, Path(pattern=r"^pro_[0-9a-f]{20}$")]


@router.post("/decisions/{decision_id}/proposals", response_model=ProposalAnswer)
def propose(
    decision_id: DecisionId,
    body: OverrideBody,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey,
    if_match: IfMatch,
) -> Response:
    """Propose what a second person has to confirm; until then the decision stands as it was."""
    override = override_of(body, service, caller, decision_id)
    sha = request_sha(body, None, decision_id=decision_id, if_match=if_match, **asked_by(caller))
    with refusing_overrides():
        _check(service, override)
    proposal, is_known = service.store.proposals.propose(
        own_key(caller, key), sha, override, if_match
    )
    headers = {"Idempotent-Replayed": "true"} if is_known else {}
    return json_response(_document(proposal), **headers)


@router.get("/proposals", response_model=ProposalsAnswer)
def proposals(service: ServiceDep, query: Annotated[ProposalsQuery, Query()]) -> Response:
    """List what was proposed, newest first, and what became of it."""
    newest = service.store.proposals.newest(query.limit, query.state)
    return json_response({"proposals": [_document(proposal) for proposal in newest]})


@router.post("/proposals/{proposal_id}/confirm", response_model=OverrideAnswer)
def confirm(
    proposal_id: ProposalId,
    body: ConfirmationBody,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey,
) -> Response:
    """Confirm what another person proposed: it is an override from now on.

    Nobody confirms what they proposed, nor what the delegation table does not let them. The
    decision must be as it was when it was proposed.
    """
    proposal = service.store.proposals.get(proposal_id)
    if proposal is None:
        raise ProblemError(404, "unknown-proposal", "No proposal of this id is kept.")
    override = proposal.as_override(
        deciding_actor(caller, body.actor),
        caller.key_id or None,
        service.now().isoformat(timespec="microseconds"),
    )
    with refusing_overrides():
        override.require_second_person()
        reply = service.recorder.override(
            override,
            if_match=proposal.if_match,
            key=own_key(caller, key),
            request_sha=request_sha(body, None, proposal_id=proposal_id, **asked_by(caller)),
            until=reserved_until(service),
        )
    if reply.is_replayed:
        return replayed(service, reply)
    service.metrics.overrides.labels(override.outcome).inc()
    return json_response(reply.body)


def _check(service: Service, override: Override) -> None:
    """Refuse at once what nobody could confirm."""
    body = kept_decision(service, override.decision_id).body
    try:
        service.recorder.check(override, body)
    except MissingConfirmation:
        return


def _document(proposal: Proposal) -> dict[str, Any]:
    return {
        "proposal_id": proposal.proposal_id,
        "decision_id": proposal.decision_id,
        "proposed_at": proposal.proposed_at,
        "proposed_by": proposal.override.actor,
        "state": proposal.state,
        "override": proposal.override.to_json(),
    }
