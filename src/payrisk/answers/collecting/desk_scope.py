"""Desk scope: the customers and invoices of whose collecting a caller is told, by its entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from payrisk.answers.answering import Answers
from payrisk.answers.credit.borrowers import UnknownCustomer
from payrisk.answers.report_scope import ReportScope
from payrisk.collecting.recording.action import Action, RecordedAction
from payrisk.errors import InputError
from payrisk.ledger.facts.corrections import resolve_aliases

ABOUT_MONEY = ("promise", "dispute_opened", "dispute_closed", "plan")
"""Kinds of actions that say something of invoices: without any of them, of the whole account."""


@dataclass(frozen=True)
class DeskScope:
    """Who may be asked about: names by customer id. invoices: None for all.

    renamed: former id → the one it goes by.
    """

    names: Mapping[str, str]
    invoices: frozenset[str] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answers: Answers, entities: frozenset[str] | None) -> DeskScope:
        """By all that is known today; raises LedgerError where the entities billed nothing.

        A customer that was merged is known by its former ids, too.
        """
        as_of = answers.default_as_of
        books = ReportScope(answers, entities).books_at(as_of=as_of)
        names, aliases = answers.customer_names(as_of), books.known_rows("aliases")
        renamed = resolve_aliases(aliases[aliases["valid_on"] <= books.close_of])
        billed = None if entities is None else books.invoices()
        ours = set(names) if billed is None else set(billed["customer_id"].astype(str))
        ours |= {former for former, present in renamed.items() if present in ours}
        return cls(
            {who: names.get(renamed.get(who, who), who) for who in sorted(ours)},
            None if billed is None else frozenset(billed["invoice_id"].astype(str)),
            renamed,
        )

    def require_customer(self, customer_id: str) -> None:
        """Raise UnknownCustomer for whom the caller knows nothing of."""
        if customer_id not in self.names:
            raise UnknownCustomer(customer_id)

    def require(self, action: Action) -> None:
        """Raise UnknownCustomer, or InputError for an action about invoices of other entities."""
        self.require_customer(action.customer_id)
        if self.invoices is None:
            return
        if action.kind in ABOUT_MONEY and not action.invoices:
            raise InputError(
                "Name the invoices: the whole account is also owed to entities that your key is"
                " not for."
            )
        if any(part.invoice_id not in self.invoices for part in action.invoices):
            raise InputError("An invoice that is named is not one of your key's entities.")

    def seen(self, actions: Iterable[RecordedAction]) -> list[RecordedAction]:
        """The actions about these customers that tell nothing of another entity's money.

        That is, none that names an invoice of another one, nor money of the whole account, nor
        what takes such an action back.
        """
        if self.invoices is None:
            return list(actions)
        every = list(actions)
        shown = {kept.action_id for kept in every if self._is_shown(kept.action)}
        return [
            kept
            for kept in every
            if kept.action_id in shown
            and (kept.action.undoes is None or kept.action.undoes in shown)
        ]

    def _is_shown(self, action: Action) -> bool:
        names_invoices = bool(action.invoices)
        return (
            action.customer_id in self.names
            and (names_invoices or action.kind not in ABOUT_MONEY)
            and all(part.invoice_id in (self.invoices or ()) for part in action.invoices)
        )
