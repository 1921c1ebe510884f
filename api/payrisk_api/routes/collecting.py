"""Collecting: what was done and promised, recorded once and told back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from payrisk.answers import UnknownCustomer
from payrisk.answers.collecting.desk_scope import DeskScope
from payrisk.answers.collecting.promised import promise_table
from payrisk.answers.collecting.recorded import action_rows, posting_state
from payrisk.answers.collecting.worklist import (
    CashNeed,
    DeskRecords,
    morning_worklist,
    worklist_document,
)
from payrisk.answers.report_scope import ReportScope
from payrisk.calendar import day_of, iso
from payrisk.collecting.holdout.trial import held_out_on
from payrisk.collecting.recording.action import Action, RecordedAction, local_day
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.errors import InputError
from payrisk.files import plain_rows
from payrisk.store import ClaimedByAnother
from payrisk_api.deps import CallerDep, Service, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.heavy import HEAVY
from payrisk_api.keys import IdempotencyKey, asked_by, own_key, request_sha
from payrisk_api.requests.collecting import (
    ActionBody,
    ActionsQuery,
    PromisesQuery,
    UndoBody,
    WorklistQuery,
)
from payrisk_api.responses.collecting import (
    ActionLine,
    ActionsAnswer,
    PromisesAnswer,
    WorklistAnswer,
)
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/receivables", tags=["collecting"])

ActionPath = Annotated[str, Path(pattern=r"^act_[0-9a-f]{16}$")]


@router.post("/actions", response_model=ActionLine)
def record_action(
    body: ActionBody, service: ServiceDep, caller: CallerDep, key: IdempotencyKey
) -> Response:
    """Record a call, promise, dispute, plan or note; it is durable before the answer is sent.

    The ledger knows it once it is posted: by `payrisk actions post` or with the next import. The
    same key with the same request records nothing more and answers the same.
    """
    action = body.action(caller.name or service.actor, local_day(service.now()))
    try:
        DeskScope.of(service.live.current, caller.entities).require(action)
    except UnknownCustomer:
        raise
    except InputError as error:
        raise ProblemError(422, "action-refused", str(error)) from None
    return _record(
        service, own_key(caller, key), action, request_sha(body, None, **asked_by(caller))
    )


@router.post("/actions/{action_id}/undo", response_model=ActionLine)
def undo_action(
    action_id: ActionPath,
    body: UndoBody,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey,
) -> Response:
    """Take an action back; it stays on file, and what was posted of it moves nothing any more."""
    if caller.entities is not None:
        scope = DeskScope.of(service.live.current, caller.entities)
        seen = scope.seen(service.store.actions.actions())
        if action_id not in {kept.action_id for kept in seen}:
            raise ProblemError(
                422, "action-refused", "The key's entities have no such action to take back."
            )
    today = local_day(service.now())
    actor = caller.name or service.actor
    action = Action("undo", "?", actor, today, today, reason=body.reason, undoes=action_id)
    sha = request_sha(body, None, action_id=action_id, **asked_by(caller))
    return _record(service, own_key(caller, key), action, sha)


@router.get("/actions", response_model=ActionsAnswer)
def actions(
    service: ServiceDep, caller: CallerDep, query: Annotated[ActionsQuery, Query()]
) -> Response:
    """List what was recorded, newest first, and how far the ledger knows it.

    To a key for some entities: of customers they billed, without what names other invoices.
    """
    answers = service.live.current
    scope = DeskScope.of(answers, caller.entities)
    kept = scope.seen(service.store.actions.actions())
    rows = action_rows(
        kept,
        scope.names,
        answers.ledger.tables["events"],
        customer_id=query.customer_id,
        kind=query.kind,
    )
    return json_response(
        {
            "ledger_sha": answers.ledger_sha,
            **posting_state(kept, answers.ledger),
            "n_actions": len(rows),
            "actions": rows[query.offset : query.offset + query.limit],
        }
    )


@router.get("/promises", response_model=PromisesAnswer)
def promises(
    service: ServiceDep, caller: CallerDep, query: Annotated[PromisesQuery, Query()]
) -> Response:
    """List every promise to pay and what came of it, as the books tell it."""
    answers = service.live.current
    books_at = ReportScope(answers, caller.entities).books_at
    if query.close_of is not None:
        books = books_at(close_of=day_of(query.close_of))
    else:
        books = books_at(as_of=service.as_of(query.as_of))
    scope = DeskScope.of(answers, caller.entities)
    table = promise_table(
        books,
        scope.names,
        state=query.state,
        customers=None if scope.invoices is None else scope.names,
    )
    shown = table.iloc[query.offset : query.offset + query.limit]
    return json_response(
        {
            "close_of": iso(books.close_of),
            "known_before": iso(books.known_before),
            "ledger_sha": answers.ledger_sha,
            **posting_state(scope.seen(service.store.actions.actions()), answers.ledger),
            "n_promises": len(table),
            "promises": plain_rows(shown),
        }
    )


@router.get("/worklist", response_model=WorklistAnswer, dependencies=HEAVY)
def worklist(
    service: ServiceDep, caller: CallerDep, query: Annotated[WorklistQuery, Query()]
) -> Response:
    """Rank customers with late invoices by what acting on them this morning is worth.

    To a key for some entities: by the invoices and promises of these alone.
    """
    answers, memory = service.live.current, service.store.actions
    kept = memory.actions()
    may_see = not caller.roles or "collector" in caller.roles
    contacts = memory.contacts()
    as_of = service.as_of(query.as_of)
    held_out = held_out_on(service.home, as_of)
    notes = DeskRecords(kept, contacts, memory.opted_out(), held_out)
    shortfall = None
    if query.for_shortfall is not None and query.need is not None:
        shortfall = CashNeed(day_of(query.for_shortfall), query.need)
    answer = morning_worklist(
        answers,
        as_of,
        notes,
        CollectingPolicy.of_home(service.home),
        currency=query.currency,
        limit=query.limit,
        shortfall=shortfall,
        entities=caller.entities,
    )
    seen = DeskScope.of(answers, caller.entities).seen(kept)
    rows = answer.made.rows if may_see else answer.made.rows.assign(contact=None)
    document = worklist_document(answer, rows)
    return json_response(
        document
        | posting_state(seen, answers.ledger)
        | {
            "n_waiting": len(document["waiting"]),
            "waiting": document["waiting"][: query.waiting_limit],
        }
    )


def _record(service: Service, key: str, action: Action, sha: str) -> Response:
    made_at = service.now().isoformat(timespec="seconds")
    try:
        kept, is_known = service.store.actions.record(key, action, made_at, request_sha=sha)
    except ClaimedByAnother as error:
        raise ProblemError(409, "claimed-by-another", str(error)) from None
    except InputError as error:
        raise ProblemError(422, "action-refused", str(error)) from None
    headers = {"Idempotent-Replayed": "true"} if is_known else {}
    return json_response(_line(service, kept), **headers)


def _line(service: Service, recorded: RecordedAction) -> dict[str, Any]:
    answers = service.live.current
    names = answers.customer_names(answers.default_as_of)
    return action_rows([recorded], names, answers.ledger.tables["events"])[0]
