"""One decision as a sheet that prints on a page, and what a person decides instead of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import ValidationError

from payrisk.calendar import iso
from payrisk.collecting.recording.action import local_day
from payrisk.credit.explaining.spoken import OUTCOMES
from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk.store import StaleDecision
from payrisk_api.errors import ProblemError
from payrisk_api.naming import name_of, names_today
from payrisk_api.pages.credit.gate import asked_again, gate_words
from payrisk_api.pages.credit.sheet import decision_sheet
from payrisk_api.pages.credit.waiting import waiting_proposals
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.form import Form, form_key, typed_cents
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.overriding import OverrideBody
from payrisk_api.routes import credit

router = page_router()
DecisionId = Annotated[str, Path(pattern=r"^dec_[0-9a-z]{1,40}$")]
REVIEW_DAYS = 90
INCOMPLETE = marked("Say what is decided, why, who decides and when it is looked at again.")
CHANGED = marked("Somebody decided on this meanwhile; read it again before you override it.")


@router.get("/credit/decisions/{decision_id}")
def decision(decision_id: DecisionId, page: Page = PageDep) -> Response:
    """What was decided and why, from what was kept: no model is asked."""
    return sheet_page(page, decision_id, {}, "")


@router.post("/credit/decisions/{decision_id}/override")
def override(decision_id: DecisionId, form: Form, page: Page = PageDep) -> Response:
    """Keep what a person decides instead, as `/v1/credit/decisions/{id}/override` does."""
    body = override_body(page, decision_id, form)
    if isinstance(body, str):
        return sheet_page(page, decision_id, form, body, status=422)
    return carried_out(
        page,
        decision_id,
        form,
        lambda: credit.override(
            decision_id, body, page.service, page.caller, form_key(form), seen_tag(form)
        ),
    )


def carried_out(
    page: Page, decision_id: str, form: Mapping[str, str], act: Callable[[], object]
) -> Response:
    """Do what a form on the sheet asks and show the sheet; where it is refused, also why."""
    try:
        act()
    except StaleDecision:
        return sheet_page(page, decision_id, form, page.wording(CHANGED), status=412)
    except ProblemError as error:
        return sheet_page(
            page, decision_id, form, error.detail, status=error.status,
            needs_second=error.code == "second-person-needed",
        )  # fmt: skip
    return go_to(f"/credit/decisions/{decision_id}")


def seen_tag(form: Mapping[str, str]) -> str:
    """The tag of the decision as it was read before the form was sent."""
    return f'"{form.get("seen", "")}"'


def override_body(page: Page, decision_id: str, form: Mapping[str, str]) -> OverrideBody | str:
    """What the form decides instead, or the sentence that says what is wrong with it."""
    kept = document(credit.decision(decision_id, page.service))
    currency = (kept["inputs"].get("order") or kept["limit"])["currency"]
    limit = form.get("limit", "")
    try:
        cents = typed_cents(limit, currency, page.wording) if limit else None
        return OverrideBody.model_validate(
            {
                "outcome": form.get("outcome"),
                "reason": form.get("reason"),
                "actor": form.get("actor") or None,
                "review_on": form.get("review_on"),
                "limit": cents,
                "terms_days": int(form["terms_days"]) if form.get("terms_days") else None,
            }
        )
    except InputError as error:
        return str(error)
    except (ValidationError, ValueError):
        return page.wording(INCOMPLETE)


def sheet_page(
    page: Page,
    decision_id: str,
    form: Mapping[str, str],
    fault: str,
    *,
    status: int = 200,
    needs_second: bool = False,
) -> Response:
    """The sheet, with what was typed; needs_second: nobody may decide this alone."""
    service = page.service
    kept = credit.decision(decision_id, service)
    body, etag = document(kept), kept.headers["etag"].strip('"')
    overrides: list[Any] = [json.loads(each) for each in service.store.overrides(decision_id)]
    explained = document(credit.explanation(decision_id, service))
    # an override counts from the day it is made, whatever morning is served
    review_on = iso(local_day(service.now()) + REVIEW_DAYS)
    return page.write(
        "credit/decision.html",
        status=status,
        name=name_of(body, names_today(service)),
        sheet=decision_sheet(body, overrides),
        adverse=explained.get("adverse_action"),
        gate=gate_words(page, explained["clearance"]),
        again=asked_again(service, body),
        form={"review_on": review_on, **form},
        fault=fault,
        seen=etag,
        key=form_key({}),
        choices=list(OUTCOMES.items()),
        needs_second=needs_second,
        proposals=waiting_proposals(page, decision_id),
    )
