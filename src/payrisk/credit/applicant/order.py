"""An order waiting for release: what of it is delivered, paid before, secured, and by when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from payrisk.errors import InputError

SecurityKind = Literal["guarantee", "letter_of_credit"]


@dataclass(frozen=True)
class Security:
    """A promise of another to pay, in minor units of its order's currency, to the end of a day."""

    kind: SecurityKind
    amount: int
    expires_on: int


@dataclass(frozen=True)
class Order:
    """An order waiting for release; amounts in minor units, gross as it will be invoiced.

    requested_on: the day delivery is asked for (None = now). `delivered` of it has left already
    and is not invoiced, `made_to_order` of it nobody else would take, `down_payment` of it is
    paid before delivery and is not in the ledger yet; each at most the whole.
    """

    amount: int
    currency: str
    order_id: str | None = None
    requested_on: int | None = None
    delivered: int = 0
    made_to_order: int = 0
    down_payment: int = 0
    securities: tuple[Security, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a part that is more than the order; raises InputError."""
        for name in ("delivered", "made_to_order", "down_payment"):
            if not 0 <= getattr(self, name) <= self.amount:
                raise InputError(
                    f"The order's {name} must lie between 0 and its amount; correct one of them."
                )

    @property
    def needed(self) -> int:
        """The room it needs: what is not paid before it leaves."""
        return self.amount - self.down_payment

    def part(self, amount: int) -> Order:
        """The order with a smaller amount, no part of it more than that."""
        return replace(
            self,
            amount=amount,
            delivered=min(self.delivered, amount),
            made_to_order=min(self.made_to_order, amount),
            down_payment=min(self.down_payment, amount),
        )

    def headroom(self, released: int) -> int:
        """What it holds of the headroom once so much of it is released: what left anyway at least.

        >>> Order(100, "EUR", down_payment=30, delivered=10).headroom(100)
        70
        >>> Order(100, "EUR", down_payment=30, delivered=10).headroom(0)
        10
        """
        return max(min(released, self.needed), self.delivered)

    def secured(self, due_on: int) -> int:
        """What securities still in force on the day it falls due would pay of what it needs."""
        valid = sum(each.amount for each in self.securities if each.expires_on >= due_on)
        return min(self.needed, valid)
