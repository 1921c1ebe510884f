"""What is answered of what a group owes, entity by entity."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from payrisk_api.responses.response_model import Cents, ResponseModel


class OwedToOthersAnswer(ResponseModel):
    """What is owed to entities that the key is not for, in one currency."""

    currency: str
    open: Cents


class OwedToEntityAnswer(OwedToOthersAnswer):
    """What is owed to one of our entities in one currency."""

    entity_id: str


class GroupOwedAnswer(ResponseModel):
    """What a customer's whole group owes, by our entities."""

    customer_id: str
    as_of: dt.date
    ledger_sha: str
    entities: list[OwedToEntityAnswer]
    other_entities: Annotated[
        list[OwedToOthersAnswer],
        Field(description="Together, without names; empty with a key for all entities."),
    ]
