"""Action: what somebody did about a customer's open items, or what the customer said."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.languages import invisible_character
from payrisk.money import is_currency

KINDS = (
    "call",
    "reminder",
    "note",
    "promise",
    "dispute_opened",
    "dispute_closed",
    "plan",
    "escalation",
    "claim",
    "release",
    "undo",
)
"""What may be recorded. A claim says that its actor looks after the customer for some days."""

CHANNELS = ("telephone", "e-mail", "letter", "portal", "visit", "message")
TONES = ("friendly", "firm", "empathetic")
CALL_OUTCOMES = ("reached", "message left", "nobody reached", "wrong number")
REACHED = ("reached", "message left")
"""Outcomes of a call that said something to the customer: only those remind it of anything."""

CLAIM_DAYS = 3
"""Days that a claim holds where it does not say, so that a forgotten one blocks nobody."""
MOST_PARTS, LONGEST_TEXT, MOST_INVOICES = 60, 2_000, 200
LAST_INSTALMENT, MOST_DIGITS, LARGEST_AMOUNT = 999, 100, 10**15
_OWN_NUMBER = re.compile(r"0\d{1,8}|1|[1-9]\d{3,8}")
"""How an invoice's own number ends behind a stroke; the ledger posted to settles the rest."""


class InvoicePart(NamedTuple):
    """One instalment of an invoice."""

    invoice_id: str
    instalment: int = 1

    @classmethod
    def from_text(cls, text: str) -> InvoicePart:
        """`INV-1`, or `INV-1/2` for its second instalment.

        >>> InvoicePart.from_text("INV-1/2")
        InvoicePart(invoice_id='INV-1', instalment=2)
        >>> InvoicePart.from_text("INV/2024/0001")
        InvoicePart(invoice_id='INV/2024/0001', instalment=1)

        Raises InputError for an instalment that is not from 1 to LAST_INSTALMENT.
        """
        return cls.from_stored_text(text).validate()

    @classmethod
    def from_stored_text(cls, text: str) -> InvoicePart:
        """As `from_text`, of what was kept before instalments were bounded."""
        stem, _, number = text.rpartition("/")
        if not stem or not number.isdecimal() or _OWN_NUMBER.fullmatch(number):
            return cls(text)
        # Python refuses to read thousands of digits
        return cls(stem, int(number) if len(number) <= MOST_DIGITS else 0)

    def validate(self) -> InvoicePart:
        """The part itself; raises InputError for an instalment that no invoice has."""
        _require(
            1 <= self.instalment <= LAST_INSTALMENT,
            f"An instalment of '{self.invoice_id[:100]}' is a number from 1 to {LAST_INSTALMENT};"
            " write it as INV-1/2.",
        )
        return self

    @property
    def text(self) -> str:
        """As `from_text` reads it."""
        return self.invoice_id if self.instalment == 1 else f"{self.invoice_id}/{self.instalment}"


class PlanPart(NamedTuple):
    """One payment of a plan: its day, and its amount in minor units of the plan's currency."""

    due_on: int
    amount: int


@dataclass(frozen=True)
class Action:
    """One recorded action. It happened on a day and was recorded on another: two clocks.

    kind: of KINDS. invoices: empty for the whole account. amount: minor units of `currency`,
    promised, disputed or of the plan. refers_on: the day promised, or up to which a claim holds.
    text: free words, personal data until proven otherwise. undoes: the action that is taken back.
    actor: who did it; until there are keys the settings say.
    """

    kind: str
    customer_id: str
    actor: str
    happened_on: int
    recorded_on: int
    invoices: tuple[InvoicePart, ...] = ()
    amount: int | None = None
    currency: str | None = None
    refers_on: int | None = None
    parts: tuple[PlanPart, ...] = ()
    channel: str | None = None
    tone: str | None = None
    outcome: str | None = None
    reason: str | None = None
    owner: str | None = None
    undoes: str | None = None
    text: str | None = None

    def validate(self) -> Action:
        """The action itself; raises InputError naming the first thing that it lacks."""
        _require(self.kind in KINDS, f"'{self.kind}' is no kind; use {', '.join(KINDS)}.")
        _require(bool(self.actor.strip()), "Say who acts: set PAYRISK_ACTOR to your name.")
        _require(bool(self.customer_id), "Say which customer the action is about.")
        _require(
            self.happened_on <= self.recorded_on,
            f"What is recorded on {iso(self.recorded_on)} cannot have happened on"
            f" {iso(self.happened_on)}; give a day up to then.",
        )
        for name, words in (("channel", CHANNELS), ("tone", TONES)):
            word = getattr(self, name)
            _require(word is None or word in words, f"'{word}' is no {name}; use {_or(words)}.")
        for name in ("text", "reason", "owner", "actor"):
            prose = getattr(self, name) or ""
            sentence = f"The {name} has more than {LONGEST_TEXT} signs; shorten it."
            _require(len(prose) <= LONGEST_TEXT, sentence)
            sign = invisible_character(prose, "\n\r\t")
            _require(not sign, f"The {name} holds a sign that nobody sees ({sign}); take it out.")
        _require(len(self.invoices) <= MOST_INVOICES, "Name 200 invoices at most in one action.")
        is_once = len(set(self.invoices)) == len(self.invoices)
        _require(is_once, "An invoice is named twice; name it once.")
        _require(
            self.amount is None or bool(self.amount > 0 and self.currency),
            "An amount is above 0 and has a currency; give both.",
        )
        for part in self.invoices:
            part.validate()
        _require(
            max(self.amount or 0, *(part.amount for part in self.parts), 0) <= LARGEST_AMOUNT,
            f"An amount is {LARGEST_AMOUNT} minor units of its currency at most.",
        )
        _require(
            self.currency is None or is_currency(self.currency),
            f"'{(self.currency or '')[:10]}' is no currency; write three letters such as EUR.",
        )
        _CHECKS.get(self.kind, _check_nothing)(self)
        return self

    def document(self) -> dict[str, Any]:
        """The action as plain values: days in ISO, money in minor units, invoices as texts."""
        row = dataclasses.asdict(self)
        for name in ("happened_on", "recorded_on", "refers_on"):
            row[name] = None if row[name] is None else iso(row[name])
        row["invoices"] = [part.text for part in self.invoices]
        row["parts"] = [{"due_on": iso(p.due_on), "amount": p.amount} for p in self.parts]
        return row

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Action:
        """The action of a document; unknown entries are passed over."""
        names = {field.name for field in dataclasses.fields(cls)}
        kept = {name: value for name, value in row.items() if name in names}
        for name in ("happened_on", "recorded_on", "refers_on"):
            if kept.get(name) is not None:
                kept[name] = day_of(kept[name])
        kept["invoices"] = tuple(map(InvoicePart.from_stored_text, kept.get("invoices") or ()))
        parts = kept.get("parts") or ()
        kept["parts"] = tuple(PlanPart(day_of(p["due_on"]), int(p["amount"])) for p in parts)
        return cls(**kept)


@dataclass(frozen=True)
class RecordedAction:
    """An action as it is kept. seq: its place in the audit chain; made_at: ISO 8601 in UTC.

    undone_by: the id of the action that took it back, None where it stands.
    """

    action_id: str
    seq: int
    made_at: str
    action: Action
    undone_by: str | None = None

    def document(self) -> dict[str, Any]:
        """As it is answered."""
        kept = {"action_id": self.action_id, "made_at": self.made_at, "undone_by": self.undone_by}
        return kept | self.action.document()


def claims_in_force(actions: Iterable[RecordedAction], on: int) -> dict[str, RecordedAction]:
    """By customer, the claim that holds on a day: not over, not released, not taken back."""
    claims: dict[str, RecordedAction] = {}
    for kept in sorted(actions, key=lambda kept: kept.seq):
        action = kept.action
        if kept.undone_by is not None or action.happened_on > on:
            continue
        if action.kind == "claim" and (action.refers_on or action.happened_on) >= on:
            claims[action.customer_id] = kept
        elif action.kind == "release":
            claims.pop(action.customer_id, None)
    return claims


def local_day(moment: dt.datetime) -> int:
    """The day of a moment where this machine stands, which is the day its books are kept in."""
    return day_of(moment.astimezone().date())


def _require(is_met: object, sentence: str) -> None:
    if not is_met:
        raise InputError(sentence)


def _or(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}"


def _check_nothing(_: Action) -> None:
    return


def _check_call(action: Action) -> None:
    _require(
        action.outcome in CALL_OUTCOMES,
        f"Say what came of the call by its outcome: {_or(CALL_OUTCOMES)}.",
    )


def _check_reminder(action: Action) -> None:
    _require(action.channel is not None, f"Say by which channel: {_or(CHANNELS)}.")


def _check_note(action: Action) -> None:
    _require(bool(action.text), "A note needs its text.")


def _check_promise(action: Action) -> None:
    _require(action.refers_on is not None, "A promise names the day by which it will be paid.")
    assert action.refers_on is not None
    _require(
        action.refers_on >= action.happened_on,
        f"A promise of {iso(action.happened_on)} is for that day or later; name the day promised.",
    )
    _require(
        action.amount is None or len(action.invoices) <= 1,
        "An amount goes with one invoice or the whole account; record a promise for each invoice,"
        " or leave the amount out: then each is promised in full.",
    )


def _check_dispute(action: Action) -> None:
    _require(len(action.invoices) == 1, "A dispute is about one invoice; name it.")


def _check_plan(action: Action) -> None:
    parts = action.parts
    _require(
        len(parts) >= 2, "A plan has two payments or more; give a day and an amount for each."
    )
    _require(len(parts) <= MOST_PARTS, f"A plan has {MOST_PARTS} payments at most.")
    _require(bool(action.currency), "Say in which currency the plan is paid.")
    _require(all(part.amount > 0 for part in parts), "Each payment of a plan is above 0.")
    days = [part.due_on for part in parts]
    _require(
        days == sorted(set(days)) and days[0] >= action.happened_on,
        "The payments of a plan are on rising days, none before the plan was agreed.",
    )
    _require(len(action.invoices) <= 1, "A plan is for one invoice or the whole account.")


def _check_undo(action: Action) -> None:
    _require(bool(action.undoes), "Say which action is taken back.")
    _require(bool(action.reason), "Say why the action is taken back.")


_CHECKS = {
    "call": _check_call,
    "reminder": _check_reminder,
    "note": _check_note,
    "promise": _check_promise,
    "dispute_opened": _check_dispute,
    "dispute_closed": _check_dispute,
    "plan": _check_plan,
    "undo": _check_undo,
}
