"""One customer as a collector works it: what is open, what was said, and what to record now."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Response
from pydantic import ValidationError

from payrisk.access import Caller
from payrisk.answers.collecting.desk_scope import DeskScope
from payrisk.answers.collecting.promised import promise_table
from payrisk.answers.report_scope import ReportScope
from payrisk.credit.explaining.person_data import LANGUAGE_OF
from payrisk.errors import InputError
from payrisk.files import plain_rows
from payrisk.languages import LANGUAGES, language_name, marked
from payrisk_api.errors import ProblemError
from payrisk_api.keys import KEY
from payrisk_api.pages.collecting.collecting_words import (
    CHANNELS,
    KINDS,
    OTHER_KINDS,
    OUTCOMES,
    PROMISES,
    STANDINGS,
)
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.command import run_command
from payrisk_api.pages.frame.form import Form, given, typed_cents
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.collecting import ActionBody, ActionsQuery, UndoBody
from payrisk_api.requests.curves import CurvesBody, CurvesQuery
from payrisk_api.requests.receivables import DocumentsQuery
from payrisk_api.requests.request_model import Identifier
from payrisk_api.routes import collecting, receivables
from payrisk_api.routes.payment_curves import answered_curves

router = page_router()
CustomerId = Annotated[Identifier, Path()]

MOST_CURVES = 200
NOT_RECORDED = marked("Something is missing or not as it must be; nothing was recorded.")


@router.get("/collecting/customers/{customer_id:path}")
def customer_desk(customer_id: CustomerId, page: Page = PageDep) -> Response:
    """What is open, what was recorded and promised."""
    return _desk_page(page, customer_id, {}, "")


@router.post("/collecting/customers/{customer_id:path}")
def record(customer_id: CustomerId, form: Form, page: Page = PageDep) -> Response:
    """Record an action, or take one back."""
    key, caller = form.get("key", ""), _named_caller(page, form)
    if not KEY.fullmatch(key):
        return _desk_page(page, customer_id, form, page.wording(NOT_RECORDED), 422)
    try:
        if form.get("undoes"):
            body = UndoBody(reason=form.get("reason", ""))
            collecting.undo_action(form["undoes"], body, page.service, caller, key)
        else:
            collecting.record_action(_action(customer_id, form, page), page.service, caller, key)
    except ValidationError:
        return _desk_page(page, customer_id, form, page.wording(NOT_RECORDED), 422)
    except InputError as error:
        return _desk_page(page, customer_id, form, str(error), 422)
    except ProblemError as problem:
        return _desk_page(page, customer_id, form, problem.detail, problem.status)
    return go_to(f"/collecting/customers/{quote(customer_id)}")


@router.post("/collecting/posting")
def post_actions(page: Page = PageDep) -> Response:
    """Add what was recorded to the ledger, as `payrisk actions post` does."""
    result = run_command(page.service.home, ["actions", "post"], page.caller.name)
    if result.code:
        raise ProblemError(409, "not-posted", result.complaint or "Nothing was posted.")
    return go_to("/collecting")


def _named_caller(page: Page, form: dict[str, str]) -> Caller:
    """Who asks; where nobody needs a key, under the name that the form says."""
    caller = page.caller
    return caller if caller.is_named else replace(caller, name=form.get("actor", "")[:200])


def _action(customer_id: str, form: dict[str, str], page: Page) -> ActionBody:
    fields: dict[str, Any] = given(
        form, "kind", "outcome", "channel", "happened_on", "refers_on", "reason", "owner", "text"
    )
    if form.get("amount"):
        currency = form.get("currency", "").upper()
        fields |= {"currency": currency}
        fields |= {"amount": typed_cents(form["amount"], currency, page.wording)}
    if form.get("invoices"):
        fields["invoices"] = tuple(form["invoices"].replace(",", " ").split())
    return ActionBody.model_validate({"customer_id": customer_id, **fields})


def _paid_between(
    page: Page, documents: list[dict[str, Any]]
) -> dict[tuple[str, int], dict[str, Any]]:
    """What `/v1/payment-curves` says of open invoices, where that takes no time."""
    service, as_of = page.service, page.service.as_of(None)
    ids = [line["document"] for line in documents if line["kind"] == "invoice"][:MOST_CURVES]
    answers = service.live.current
    if not ids or not page.may("POST /v1/payment-curves") or not answers.has_curves(as_of):
        return {}
    body, query = CurvesBody(invoice_ids=list(dict.fromkeys(ids))), CurvesQuery()
    lines: Any = document(answered_curves(service, answers, as_of, body, query))
    return {(line["invoice_id"], line["instalment"]): line for line in lines}


def _language_of(page: Page, customer_id: str) -> str:
    """The language of the customer's country; the reader's where it is not known."""
    customers = page.service.live.current.books_at(as_of=page.service.as_of(None)).customers()
    country = customers.loc[customers["customer_id"] == customer_id, "country"]
    known = str(country.iloc[0])[:2] if len(country) else ""
    return LANGUAGE_OF.get(known, page.reader.language)


def _desk_page(
    page: Page, customer_id: str, form: dict[str, str], fault: str, status: int = 200
) -> Response:
    service, caller = page.service, page.caller
    scope = DeskScope.of(service.live.current, caller.entities)
    names, customer_id = scope.names, scope.renamed.get(customer_id, customer_id)
    if customer_id not in names:
        raise ProblemError(404, "not-found", "There is no customer of this id.")
    open_items = document(
        receivables.documents(service, caller, DocumentsQuery(customer_id=customer_id))
    )
    acted = document(collecting.actions(service, caller, ActionsQuery(customer_id=customer_id)))
    books = ReportScope(service.live.current, caller.entities).books_at(as_of=service.as_of(None))
    promised = promise_table(books, names, customers=[customer_id])
    return page.write(
        "collecting/customer_desk.html",
        status=status,
        asks_name=not caller.is_named and not service.actor,
        customer_id=customer_id,
        name=names[customer_id],
        open_items=open_items,
        paid_between=_paid_between(page, open_items["documents"]),
        statement_languages=[(code, language_name(code)) for code in LANGUAGES],
        statement_language=_language_of(page, customer_id),
        acted=acted,
        promised=plain_rows(promised),
        form=form,
        fault=fault,
        key=f"page-{uuid.uuid4().hex}",
        kinds=KINDS,
        other_kinds=OTHER_KINDS,
        outcomes_of_calls=OUTCOMES,
        channels=CHANNELS,
        standings=STANDINGS,
        states=PROMISES,
    )
