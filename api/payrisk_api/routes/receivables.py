"""Where we stand."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from payrisk.access import Caller
from payrisk.answers import Answers, groups
from payrisk.answers.report_scope import ReportScope
from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.files import plain_rows
from payrisk.ledger import Books
from payrisk.receivables.age_bands import AgeBands
from payrisk.receivables.aging import aging as age
from payrisk.receivables.base_currency import aging_in_base
from payrisk.receivables.behaviour.findings import count_customers_not_judged, findings
from payrisk.receivables.measures.benchmark import SOURCE
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.contributions import dso_contributions
from payrisk.receivables.measures.described import measure_rows
from payrisk.receivables.measures.history import kpi_history
from payrisk.receivables.measures.measured import kpis as measure
from payrisk.receivables.roll_rates import month_ends
from payrisk.receivables.roll_rates import roll_rates as rolled
from payrisk_api.deps import CallerDep, Service, ServiceDep
from payrisk_api.heavy import HEAVY
from payrisk_api.requests.receivables import (
    AgingQuery,
    BooksQuery,
    ContributionsQuery,
    DocumentsQuery,
    KpisQuery,
    RollRatesQuery,
)
from payrisk_api.requests.request_model import AsOfQuery
from payrisk_api.responses.receivables import (
    AgingAnswer,
    ContributionsAnswer,
    CustomerChangesAnswer,
    DocumentsAnswer,
    KpisAnswer,
    RollRatesAnswer,
)
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/receivables", tags=["receivables"])


@router.get("/aging", response_model=AgingAnswer, dependencies=HEAVY)
def aging(
    service: ServiceDep, caller: CallerDep, query: Annotated[AgingQuery, Query()]
) -> Response:
    """Age the open balance, as known on a morning or as true at the close of an evening."""
    answers, as_of = service.live.current, service.as_of(query.as_of)

    def document() -> dict[str, Any]:
        scope, books = _books_of(answers, as_of, caller, query)
        aged = age(books, AgeBands.from_text(query.buckets, query.age_by))
        keys = groups.read_group_columns(query.by, groups.RECEIVABLES)
        if query.base is None:
            totals, lines = aged.totals(), aged.by(*keys, named=True)
        else:
            totals = aging_in_base(aged, books, query.base)
            lines = aging_in_base(aged, books, query.base, *keys, named=True)
        return _read(scope.ledger_sha, books) | {
            "buckets": list(aged.bands.names),
            "totals": plain_rows(totals),
            "lines": plain_rows(lines),
        }

    entities = None if caller.entities is None else sorted(caller.entities)
    asked = {"route": "aging", "of": entities, **query.model_dump(mode="json"), "as_of": as_of}
    return json_response(service.remembered.document(answers, asked, document))


@router.get("/documents", response_model=DocumentsAnswer, dependencies=HEAVY)
def documents(
    service: ServiceDep, caller: CallerDep, query: Annotated[DocumentsQuery, Query()]
) -> Response:
    """List the invoices and credits behind the aged balance, of a customer or in a bucket."""
    scope, books = _books(service, caller, query)
    aged = age(books, AgeBands.from_text(query.buckets, query.age_by))
    table = aged.documents(query.customer_id, query.bucket)
    shown = table.iloc[query.offset : query.offset + query.limit]
    return json_response(
        _read(scope.ledger_sha, books)
        | {"n_documents": len(table), "documents": plain_rows(shown)}
    )


@router.get("/roll-rates", response_model=RollRatesAnswer, dependencies=HEAVY)
def roll_rates(
    service: ServiceDep, caller: CallerDep, query: Annotated[RollRatesQuery, Query()]
) -> Response:
    """Show what became of each bucket in each month: paid, stayed, or rolled on."""
    scope = ReportScope(service.live.current, caller.entities)
    known_before = service.as_of(query.as_of)
    evenings = month_ends(day_of(query.since), day_of(query.until))
    if evenings[-1] >= known_before:
        raise InputError("The months must end before the morning that they are read on.")
    return json_response(
        {
            "known_before": iso(known_before),
            "ledger_sha": scope.ledger_sha,
            "roll_rates": plain_rows(rolled(scope.ledger, evenings, known_before)),
        }
    )


@router.get("/kpis", response_model=KpisAnswer, dependencies=HEAVY)
def kpis(service: ServiceDep, caller: CallerDep, query: Annotated[KpisQuery, Query()]) -> Response:
    """Measure DSO and its family, each with formula, unit and source, and month by month."""
    scope, books = _books(service, caller, query)
    keys = groups.read_group_columns(query.by, groups.RECEIVABLES)
    asked: dict[str, Any] = {
        "window_days": query.window_days,
        "choices": KpiChoices(query.credit_notes, query.vat, query.unapplied),
        "base": query.base,
        "named": True,
    }
    measured = measure(scope.ledger, books, *keys, **asked)
    rows = measured.rows.assign(ends_on=books.close_of)
    if query.history > 1:
        rows = kpi_history(scope.ledger, books, *keys, n_months=query.history, **asked)
    return json_response(
        _read(scope.ledger_sha, books)
        | {
            "title": measured.title,
            "rows": plain_rows(rows),
            "measures": measure_rows(),
            "benchmark": SOURCE if query.history > 1 else None,
        }
    )


@router.get("/kpis/who-moved-dso", response_model=ContributionsAnswer, dependencies=HEAVY)
def who_moved_dso(
    service: ServiceDep, caller: CallerDep, query: Annotated[ContributionsQuery, Query()]
) -> Response:
    """Split the change of the DSO since an evening over the customers, without a remainder."""
    scope, books = _books(service, caller, query)
    then = scope.ledger.balance_at(day_of(query.since), books.known_before)
    choices = KpiChoices(query.credit_notes, query.vat, query.unapplied)
    table = dso_contributions(
        then, books, window_days=query.window_days, choices=choices, base=query.base
    )
    return json_response(
        _read(scope.ledger_sha, books)
        | {
            "since": iso(then.close_of),
            "choices": choices.text,
            "contributions": plain_rows(table),
        }
    )


@router.get("/customer-changes", response_model=CustomerChangesAnswer)
def customer_changes(service: ServiceDep, query: Annotated[AsOfQuery, Query()]) -> Response:
    """Name the customers whose paying stands out: who began paying later, who has gone quiet."""
    answers = service.live.current
    history = answers.history(service.as_of(query.as_of))
    return json_response(
        _read(answers.ledger_sha, history)
        | {
            "findings": plain_rows(findings(history)),
            "not_judged": count_customers_not_judged(history),
        }
    )


def _books(service: Service, caller: Caller, query: BooksQuery) -> tuple[ReportScope, Books]:
    return _books_of(service.live.current, service.as_of(query.as_of), caller, query)


def _books_of(
    answers: Answers, as_of: int, caller: Caller, query: BooksQuery
) -> tuple[ReportScope, Books]:
    scope = ReportScope(answers, caller.entities)
    if query.close_of is not None:
        return scope, scope.books_at(close_of=day_of(query.close_of))
    return scope, scope.books_at(as_of=as_of)


def _read(ledger_sha: str, books: Books) -> dict[str, Any]:
    return {
        "close_of": iso(books.close_of),
        "known_before": iso(books.known_before),
        "ledger_sha": ledger_sha,
    }
