"""What is known on one morning, worked out at most once; its books outlive a change of models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from payrisk.answers.invoices import KnownInvoices
from payrisk.answers.risks import Risks
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.credit import CreditPolicy, CustomerAccounts
from payrisk.ledger import History
from payrisk.receivables.orders import order_numbers


@dataclass
class MorningBooks:
    """What the ledger alone knows on a morning, whichever models and policy answer."""

    history: History

    @cached_property
    def invoices(self) -> KnownInvoices:
        """The invoices, found by id."""
        return KnownInvoices(self.history)

    @cached_property
    def _orders(self) -> frozenset[str]:
        return order_numbers(self.history)

    def knows_order(self, order_id: str) -> bool:
        """Whether an order's id or number is in the books: as an order, or its invoice."""
        return order_id in self._orders or order_id in self.invoices


@dataclass
class MorningView:
    """The books of a morning and what models and policy make of them."""

    books: MorningBooks
    policy: CreditPolicy
    risks: Risks
    forecast: CashForecast | None = None

    @property
    def history(self) -> History:
        """The ledger as known that morning."""
        return self.books.history

    @property
    def invoices(self) -> KnownInvoices:
        """The invoices, found by id."""
        return self.books.invoices

    @cached_property
    def accounts(self) -> CustomerAccounts:
        """Where every customer stands."""
        return CustomerAccounts(self.history, grace_days=self.policy.overdue_grace_days)
