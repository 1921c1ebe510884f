"""What goes before every other reason of an invoice: whose it is, a default and a dispute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payrisk.calendar import NEVER, iso
from payrisk.ledger import History
from payrisk.money import decimal_text


@dataclass(frozen=True)
class InvoiceCaveats:
    """Whose an invoice is and what is the matter with it. disputed: minor units of `currency`.

    in_default_since: the day from which its customer is in default; None where it is not.
    """

    customer_id: str
    customer_name: str
    currency: str
    disputed: int
    in_default_since: int | None

    @property
    def sentences(self) -> list[str]:
        """A default, then a dispute, for a person; none where there is neither."""
        who = f"{self.customer_name} ({self.customer_id})"
        said = []
        if self.in_default_since is not None:
            said.append(f"{who} is in default since {iso(self.in_default_since)}.")
        if self.disputed:
            amount = decimal_text(self.disputed, self.currency, grouped=True)
            said.append(f"{amount} {self.currency} of this invoice are in dispute.")
        return said

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        since = self.in_default_since
        return {
            "customer_id": self.customer_id,
            "customer_name": self.customer_name,
            "disputed": self.disputed,
            "in_default_since": None if since is None else iso(since),
        }


def invoice_caveats(history: History, invoice_id: str) -> InvoiceCaveats:
    """How an invoice known that morning stands; raises KeyError for one that is not."""
    rows = history.invoices()
    rows = rows[rows["invoice_id"] == invoice_id]
    if not len(rows):
        raise KeyError(invoice_id)
    customer = str(rows["customer_id"].iloc[0])
    customers = history.customers().set_index("customer_id")["name"]
    name = customers.get(customer)
    spells = history.defaults()
    lasting = spells[(spells["customer_id"] == customer) & (spells["cured_on"] == NEVER)]
    owed = history.open_invoices()
    return InvoiceCaveats(
        customer,
        name if isinstance(name, str) and name else customer,
        str(rows["currency"].iloc[0]),
        int(owed.loc[owed["invoice_id"] == invoice_id, "disputed"].sum()),
        int(lasting["default_on"].max()) if len(lasting) else None,
    )
