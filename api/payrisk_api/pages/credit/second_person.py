"""The second pair of eyes: a decision proposed by one person and confirmed by another."""

from __future__ import annotations

from fastapi import Response
from pydantic import ValidationError

from payrisk_api.errors import ProblemError
from payrisk_api.pages.credit.decision import (
    INCOMPLETE,
    DecisionId,
    carried_out,
    override_body,
    seen_tag,
    sheet_page,
)
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.form import Form, form_key
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.overriding import ConfirmationBody
from payrisk_api.routes import proposals

router = page_router()


@router.post("/credit/decisions/{decision_id}/proposals")
def propose(decision_id: DecisionId, form: Form, page: Page = PageDep) -> Response:
    """Propose what somebody else has to confirm; until then the decision stands as it was."""
    body = override_body(page, decision_id, form)
    if isinstance(body, str):
        return sheet_page(page, decision_id, form, body, status=422)
    return carried_out(
        page,
        decision_id,
        form,
        lambda: proposals.propose(
            decision_id, body, page.service, page.caller, form_key(form), seen_tag(form)
        ),
    )


@router.post("/credit/proposals/{proposal_id}/confirm")
def confirm(proposal_id: proposals.ProposalId, form: Form, page: Page = PageDep) -> Response:
    """Confirm what another person proposed; the sheet says why where that may not be."""
    proposal = page.service.store.proposals.get(proposal_id)
    if proposal is None:
        raise ProblemError(404, "unknown-proposal", "No proposal of this id is kept.")
    try:
        body = ConfirmationBody.model_validate({"actor": form.get("actor") or None})
    except ValidationError:
        return sheet_page(page, proposal.decision_id, {}, page.wording(INCOMPLETE), status=422)
    return carried_out(
        page,
        proposal.decision_id,
        {},
        lambda: proposals.confirm(proposal_id, body, page.service, page.caller, form_key(form)),
    )
