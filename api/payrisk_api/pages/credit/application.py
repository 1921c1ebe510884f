"""A new application: a form that shows what would be decided while it is typed, and decides it."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from payrisk_api.pages.credit.application_form import (
    FIELDS,
    FIELDSETS,
    TypedApplication,
    read_application,
)
from payrisk_api.pages.credit.sheet import decision_sheet
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.form import Form, form_key
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.credit import DecisionBody
from payrisk_api.requests.request_model import AsOfQuery
from payrisk_api.routes import credit, customers

router = page_router()


@router.get("/credit/new")
def new_application(page: Page = PageDep) -> Response:
    """An empty form."""
    amounts = page.service.live.current.policy.amounts
    typed = TypedApplication({"currency": "EUR" if "EUR" in amounts else min(amounts, default="")})
    return _form_page(page, typed, None, form_key({}))


@router.post("/credit/new")
def application(form: Form, page: Page = PageDep) -> Response:
    """Show what would be decided, as `/v1/credit/applications/preview` does, or decide it."""
    typed, key = read_application(form, page.wording), form_key(form)
    if typed.body is None:
        is_late = form.get("act") == "decide"
        return _form_page(page, typed, None, key, status=422 if is_late else 200)
    if form.get("act") == "decide":
        body = DecisionBody(application=typed.body.application)
        decision = document(credit.decide(body, page.service, page.caller, AsOfQuery(), key))
        return go_to(f"/credit/decisions/{decision['decision_id']}")
    return _form_page(
        page, typed, document(customers.preview(typed.body, page.service, AsOfQuery())), key
    )


def _form_page(
    page: Page,
    typed: TypedApplication,
    preview: dict[str, Any] | None,
    key: str,
    status: int = 200,
) -> Response:
    policy = page.service.live.current.policy
    return page.write(
        "credit/application.html",
        status=status,
        fieldsets=FIELDSETS,
        labels={entry.name: page.wording(entry.label) for entry in FIELDS},
        typed=typed,
        key=key,
        currencies=sorted(policy.amounts),
        sheet=None if preview is None else decision_sheet(preview["decision"]),
    )
