"""One customer: its risk, exposure and behaviour, its group, how its score went, its orders."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import ValidationError

from payrisk.credit.explaining.spoken import EXPOSURE
from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk_api.naming import named_lines, names_today
from payrisk_api.pages.credit.sheet import decision_sheet, largest, strongest
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.form import Form, form_key, typed_cents
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.credit import DecisionBody, DecisionsQuery, PreviewBody
from payrisk_api.requests.customers import CustomerQuery
from payrisk_api.requests.request_model import AsOfQuery, Identifier
from payrisk_api.routes import credit, customers

router = page_router()
CustomerId = Annotated[Identifier, Path()]
NO_ORDER = marked("Write the order’s amount as a number, and its currency as three letters.")


@router.get("/credit/customers/{customer_id:path}")
def customer(customer_id: CustomerId, page: Page = PageDep) -> Response:
    """What `/v1/credit/customers/{id}` answers."""
    return _customer_page(page, customer_id, {}, "", None)


@router.post("/credit/customers/{customer_id:path}/ask")
def ask(customer_id: CustomerId, form: Form, page: Page = PageDep) -> Response:
    """Preview or decide an order of this customer, or a review of its limit."""
    question: dict[str, Any] = {"customer_id": customer_id}
    try:
        if form.get("about") != "limit":
            currency = form.get("currency", "").upper()
            amount = typed_cents(form.get("amount", ""), currency, page.wording)
            question["order"] = {
                "amount": amount,
                "currency": currency,
                "order_id": form.get("order_id") or None,
            }
        body = PreviewBody.model_validate(question)
    except (InputError, ValidationError, ValueError):
        return _customer_page(page, customer_id, form, page.wording(NO_ORDER), None, 422)
    if form.get("act") == "decide":
        asked_body = DecisionBody.model_validate(question)
        made = document(
            credit.decide(asked_body, page.service, page.caller, AsOfQuery(), form_key(form))
        )
        return go_to(f"/credit/decisions/{made['decision_id']}")
    preview = document(customers.preview(body, page.service, AsOfQuery()))
    return _customer_page(page, customer_id, form, "", preview["decision"])


def _customer_page(
    page: Page,
    customer_id: str,
    form: dict[str, str],
    fault: str,
    previewed: dict[str, Any] | None,
    status: int = 200,
) -> Response:
    service = page.service
    view = document(customers.customer(customer_id, service, CustomerQuery()))
    listed = document(
        credit.decisions(service, DecisionsQuery(customer_id=view["customer_id"], limit=12))
    )
    names = names_today(service)
    causes = strongest([] if view["risk"] is None else view["risk"]["contributions"])
    return page.write(
        "credit/customer.html",
        status=status,
        view=view,
        name=names.get(view["customer_id"], view["customer_id"]),
        names=names,
        exposure=[(words, view["exposure"].get(key)) for key, words in EXPOSURE.items()],
        causes=causes,
        largest=largest(causes),
        decisions=named_lines(service, listed["decisions"]),
        form=form,
        fault=fault,
        sheet=None if previewed is None else decision_sheet(previewed),
        key=form_key(form),
    )
