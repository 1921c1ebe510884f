"""What may be asked of one customer's account, of contacts, of trials and of the exit list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from payrisk.collecting.holdout.trial import NAME
from payrisk.collecting.recording.contacts import Contact
from payrisk_api.requests.receivables import BooksQuery
from payrisk_api.requests.request_model import AsOfQuery, Currency, Identifier, RequestModel, Text

Words = Annotated[Text, Field(min_length=1)]
Language = Literal["en", "de", "fr", "es", "it", "nl", "pl", "da", "el", "pt"]


class StatementQuery(BooksQuery):
    """Whose statement, by which books."""

    customer_id: Identifier
    language: Annotated[
        Language | None, Field(description="With it `page` is the statement as HTML to print.")
    ] = None


class ExitsQuery(AsOfQuery):
    """Which morning's exit list, in which currency."""

    currency: Annotated[Currency | None, Field(description="Default: that of most invoices.")] = (
        None
    )


class ContactsQuery(RequestModel):
    """Whose contacts."""

    customer_id: Identifier | None = None
    offset: Annotated[int, Field(ge=0, le=10**7)] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class ContactBody(RequestModel):
    """A person or desk at a customer."""

    customer_id: Identifier
    name: Words | None = None
    role: Words | None = None
    phone: Words | None = None
    email: Words | None = None
    language: Words | None = None
    portal: Words | None = None
    do_not_contact: bool = False

    def contact(self, source: str) -> Contact:
        """The contact, as told by this source."""
        return Contact(source=source, **self.model_dump())


class ContactsBody(RequestModel):
    """A list of contacts; it replaces those of the customers it names."""

    contacts: Annotated[tuple[ContactBody, ...], Field(min_length=1, max_length=1_000)]


class OptOutBody(RequestModel):
    """A customer that may no longer be asked by a channel."""

    customer_id: Identifier
    channel: Literal["telephone", "e-mail", "letter", "portal", "visit", "message", "any"]
    reason: Words


class TrialBody(RequestModel):
    """A trial to be drawn on the morning after the last fact."""

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    share: Annotated[float, Field(ge=0.01, le=0.9, description="Of groups left alone.")] = 0.2
    days: Annotated[int, Field(ge=7, le=90)] = 28
    steps: Annotated[
        tuple[Literal["reminder", "call", "plan"], ...],
        Field(max_length=3, description="An arm for each; none: asked as usual."),
    ] = ()
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
