"""What may be asked of customers: how one stands, and what waits for a person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from payrisk_api.requests.request_model import AsOfQuery, Date, RequestModel, Text


class CustomerQuery(AsOfQuery):
    """Which morning, and how many scores back."""

    scores: Annotated[int, Field(ge=0, le=200, description="Scores of the history.")] = 20


class HistoryQuery(AsOfQuery):
    """The two mornings that are compared, and how many kept scores back."""

    since: Annotated[Date | None, Field(description="The earlier one; 30 days before.")] = None
    scores: Annotated[int, Field(ge=0, le=200, description="Scores of kept decisions.")] = 20


class PersonSheetQuery(RequestModel):
    """In which language a person is told, and whom it may write to."""

    language: Annotated[
        Literal["en", "de", "fr", "es", "it", "nl", "pl", "da", "el", "pt"] | None,
        Field(description="Left out: that of the person's country."),
    ] = None
    contact: Annotated[Text, Field(min_length=3, max_length=300, description="Name, address.")]


class ReviewsQuery(AsOfQuery):
    """Which part of the queue."""

    band: Annotated[Text | None, Field(min_length=1, max_length=20)] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class QueueQuery(AsOfQuery):
    """Which part of the queue of customers, and with which morning they are compared."""

    due: Annotated[bool, Field(description="Only who is to be looked at now.")] = True
    since: Annotated[
        Date | None,
        Field(description="Compare who was never reviewed with this morning; 30 days before."),
    ] = None
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class BandsQuery(AsOfQuery):
    """How many past mornings are judged."""

    mornings: Annotated[int, Field(ge=1, le=12, description="Past mornings judged.")] = 1


class InsuranceQuery(AsOfQuery):
    """How far ahead of the insurer's deadlines."""

    ahead_days: Annotated[int, Field(ge=0, le=365, description="Days ahead that are alerts.")] = 10
    all: Annotated[bool, Field(description="What is done or not yet near, too.")] = False
