"""Contacts: whom collectors may speak to, and by which way nobody may ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk.answers.collecting.desk_scope import DeskScope
from payrisk_api.deps import CallerDep, Service, ServiceDep
from payrisk_api.requests.accounts import ContactsBody, ContactsQuery, OptOutBody
from payrisk_api.responses.accounts import ContactsAnswer, OptOutAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/receivables", tags=["collecting"])


@router.get("/contacts", response_model=ContactsAnswer)
def contacts(
    service: ServiceDep, caller: CallerDep, query: Annotated[ContactsQuery, Query()]
) -> Response:
    """List whom one may speak to, with the channels by which a customer may not be asked."""
    kept = service.store.actions.contacts(query.customer_id)
    if caller.entities is not None:
        known = DeskScope.of(service.live.current, caller.entities).names
        kept = [contact for contact in kept if contact.customer_id in known]
    shown = kept[query.offset : query.offset + query.limit]
    return json_response(
        {"n_contacts": len(kept), "contacts": [contact.document() for contact in shown]}
    )


@router.post("/contacts", response_model=ContactsAnswer)
def keep_contacts(body: ContactsBody, service: ServiceDep, caller: CallerDep) -> Response:
    """Keep a list of contacts; who stood for the customers it names before is erased.

    The same list again leaves the same contacts, under new ids.
    """
    actor = caller.name or service.actor
    listed = [line.contact(actor) for line in body.contacts]
    scope = DeskScope.of(service.live.current, caller.entities)
    for contact in listed:
        scope.require_customer(contact.customer_id)
    kept = service.store.actions.keep_contacts(listed, actor, _now(service))
    return json_response(
        {"n_contacts": len(kept), "contacts": [contact.document() for contact in kept]}
    )


@router.post("/contacts/opt-outs", response_model=OptOutAnswer)
def opt_out(body: OptOutBody, service: ServiceDep, caller: CallerDep) -> Response:
    """Keep that a customer may no longer be asked by a channel; it outlives every list."""
    DeskScope.of(service.live.current, caller.entities).require_customer(body.customer_id)
    opt_out_id = service.store.actions.opt_out(
        body.customer_id,
        body.channel,
        body.reason,
        caller.name or service.actor,
        _now(service),
    )
    document = {"customer_id": body.customer_id, "channel": body.channel}
    return json_response({"opt_out_id": opt_out_id} | document)


def _now(service: Service) -> str:
    return service.now().isoformat(timespec="seconds")
