"""What is answered of one customer's account, of contacts, of trials and of the exit list."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from payrisk_api.responses.receivables import BooksAnswer
from payrisk_api.responses.response_model import Cents, ResponseModel


class StatementItem(ResponseModel):
    """An invoice that is owed, or a credit that is not used up."""

    kind: str
    document: str
    instalment: int
    currency: str
    issued_on: dt.date
    due_on: dt.date | None
    amount: Cents
    open: Cents
    unapplied: Cents
    days_late: int | None
    bucket: str
    disputed: Cents
    promised_on: dt.date | None
    paid_in_part: Cents


class StatementAgeing(ResponseModel):
    """What is owed in one currency, by how late it is; a bucket a field."""

    model_config = ConfigDict(extra="allow")

    currency: str
    unapplied: Cents
    balance: Cents


class StatementAnswer(BooksAnswer):
    """A customer's account."""

    customer_id: str
    name: str
    items: list[StatementItem]
    ageing: list[StatementAgeing]
    page: Annotated[str | None, Field(description="As HTML, where a language was asked for.")]


class ExitRow(ResponseModel):
    """A customer that earns less in a year than it costs."""

    customer_id: str
    name: str
    currency: str
    sales: Cents
    margin: Cents
    expected_loss: Cents
    carrying_cost: Cents
    collecting_cost: Cents
    result: Cents
    keeps_at_margin_percent: float
    would_keep: str


class ExitsAnswer(ResponseModel):
    """Customers not worth keeping, the worst first; none where no margin is known."""

    as_of: dt.date
    ledger_sha: str
    why_not_given: str | None
    currency: str | None
    margins: Annotated[str | None, Field(description="Where they are known from.")]
    n_judged: int
    not_judged: dict[str, int]
    rows: list[ExitRow]


class ContactLine(ResponseModel):
    """A person or desk at a customer."""

    contact_id: str
    customer_id: str
    name: str | None
    role: str | None
    phone: str | None
    email: str | None
    language: str | None
    portal: str | None
    do_not_contact: bool
    source: str | None
    opted_out: list[str]


class ContactsAnswer(ResponseModel):
    """Contacts, in the order they were kept."""

    n_contacts: int
    contacts: list[ContactLine]


class OptOutAnswer(ResponseModel):
    """What was kept."""

    opt_out_id: str
    customer_id: str
    channel: str


STOPPED = "The morning from which it was over before its time; null where nobody stopped it."


class TrialArm(ResponseModel):
    """One arm of a trial."""

    name: str
    starts_on: dt.date
    ends_on: dt.date
    stopped_on: Annotated[dt.date | None, Field(description=STOPPED)]
    arm: str
    share: float
    customers: int
    groups: int
    actor: str


class TrialsAnswer(ResponseModel):
    """The trials of this home, a row an arm, the first one first."""

    arms: list[TrialArm]


class LeastEffect(ResponseModel):
    """The least effect of an arm that the trial would find four times of five."""

    arm: str
    n_groups: int
    n_control: int
    least_cash: float | None
    of_late_percent: float | None


class DrawnTrialAnswer(ResponseModel):
    """A trial that was drawn, and the least effects it would find."""

    name: str
    starts_on: dt.date
    ends_on: dt.date
    currency: str
    left_out: Annotated[int, Field(description="Customers under a trial that runs; not drawn.")]
    arms: list[LeastEffect]


class TrialEffectsAnswer(ResponseModel):
    """What came of a trial, arm by arm against the control; money in minor units a group."""

    name: str
    starts_on: dt.date
    ends_on: dt.date
    stopped_on: Annotated[dt.date | None, Field(description=STOPPED)]
    currency: str
    effects: list[dict[str, Any]]
    counts: list[dict[str, Any]]
    answered: Annotated[
        dict[str, list[float] | None],
        Field(description="By arm, the measured chance of an answer with its interval."),
    ]
    taken_over: Annotated[
        dict[str, float],
        Field(description="By step, the chance to go by: the measured, drawn to 0 by its error."),
    ]
