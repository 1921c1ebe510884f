"""A customer's account: its statement, and which customers are not worth keeping."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk.answers import UnknownCustomer
from payrisk.answers.collecting.exits import exits_document, morning_exits, read_home_margins
from payrisk.answers.report_scope import ReportScope
from payrisk.calendar import day_of
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.receivables.statement.page import statement_page
from payrisk.receivables.statement.statement import CustomerStatement
from payrisk_api.deps import CallerDep, ServiceDep
from payrisk_api.heavy import HEAVY
from payrisk_api.requests.accounts import ExitsQuery, StatementQuery
from payrisk_api.responses.accounts import ExitsAnswer, StatementAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/receivables", tags=["receivables"])


@router.get("/statement", response_model=StatementAnswer, dependencies=HEAVY)
def statement(
    service: ServiceDep, caller: CallerDep, query: Annotated[StatementQuery, Query()]
) -> Response:
    """State a customer's account: open items, ageing, credits on account, disputes, promises.

    To a key for some entities it is what is owed to these, and nobody else is known to it.
    """
    scope = ReportScope(service.live.current, caller.entities)
    if query.close_of is not None:
        books = scope.books_at(close_of=day_of(query.close_of))
    else:
        books = scope.books_at(as_of=service.as_of(query.as_of))
    billed = books.invoices()["customer_id"] if caller.entities is not None else None
    known = books.customers()["customer_id"] if billed is None else billed
    if not (known == query.customer_id).any():
        raise UnknownCustomer(query.customer_id)
    made = CustomerStatement.of(books, query.customer_id)
    page = None if query.language is None else statement_page(made, query.language)
    return json_response(made.document() | {"ledger_sha": scope.ledger_sha, "page": page})


@router.get("/exits", response_model=ExitsAnswer, dependencies=HEAVY)
def exits(service: ServiceDep, query: Annotated[ExitsQuery, Query()]) -> Response:
    """List customers whose margin of a year is below loss, cost of the money and cost of asking.

    Without margins of our own, in margins.csv or the home's policy, none are given.
    """
    answers, home = service.live.current, service.home
    as_of = service.as_of(query.as_of)
    margins = read_home_margins(home, answers.policy)
    made = None
    if margins is not None:
        policy = CollectingPolicy.of_home(home)
        made = morning_exits(answers, as_of, policy, margins, query.currency)
    return json_response(exits_document(answers.ledger_sha, as_of, made))
