"""The mornings to describe: of an invoice at issue, of an open invoice, of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.errors import InputError
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.quotes import Quotes
from payrisk.features.streams.keys import pack_keys, sorted_order
from payrisk.ledger import Ledger
from payrisk.ledger.facts.references import instalment_rows, invoice_rows, text_rows

ABSENT = -NEVER
"""What stands for a day or an amount a moment does not have."""


@dataclass(frozen=True)
class Moments:
    """(n,) mornings to describe, each of an invoice, a quote or a customer.

    customer: row of the ledger's customers, −1 for one it does not know. as_of: the morning.
    invoice: row of the ledger's invoices, −1 for a quote or where a customer is described.
    entity: row of the ledger's entities, −1 unknown. The rest describes the invoice: days, cents
    and the code of its currency among the ledger's; ABSENT where a customer is described.
    """

    customer: Ints
    as_of: Ints
    invoice: Ints
    entity: Ints
    issued_on: Ints
    due_on: Ints
    amount: Ints
    residual: Ints
    currency: Ints

    def __len__(self) -> int:
        return len(self.as_of)

    @classmethod
    def at_issue(cls, ledger: Ledger) -> Moments:
        """Every invoice as a quote on the morning of its issue, by what was first recorded.

        In the order of customers and days, which is that of the streams; `invoice` says which.
        """
        invoices = LedgerStreams.of(ledger).facts.arrays.invoices
        rows = sorted_order(pack_keys(invoices.customer, invoices.issued_on))
        issued, amount = invoices.issued_on[rows], invoices.amount[rows]
        return cls._of(ledger, rows, issued, issued, invoices.due_on[rows], amount, amount)

    @classmethod
    def open_invoices(cls, ledger: Ledger, mornings: Sequence[int]) -> Moments:
        """Every invoice that is open on each of some mornings, as it reads then."""
        t = ledger.timeline
        is_open = (t.settled_on == NEVER) & (t.sold_on == NEVER)
        open_rows = [
            np.flatnonzero(is_open & (t.since < day) & (day <= t.until)) for day in mornings
        ]
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *open_rows])
        as_of = np.repeat(np.asarray(mornings, dtype=np.int64), [len(rows) for rows in open_rows])
        return cls.of_readings(ledger, rows, as_of)

    @classmethod
    def of_readings(cls, ledger: Ledger, rows: Ints, as_of: Ints) -> Moments:
        """Rows of the ledger's timeline, each on a morning on which it reads so."""
        t = ledger.timeline
        return cls._of(
            ledger,
            t.invoice[rows],
            as_of,
            t.issued_on[rows],
            t.due_on[rows],
            t.amount[rows],
            t.residual[rows],
            t.customer[rows],
        )

    @classmethod
    def customers(cls, ledger: Ledger, customer_ids: Sequence[str], as_of: int) -> Moments:
        """Customers on one morning; one the ledger does not know has no history."""
        ids, n = ledger.tables["customers"]["customer_id"], len(customer_ids)
        nothing = np.full(n, ABSENT, dtype=np.int64)
        none = np.full(n, -1, dtype=np.int64)
        return cls(
            text_rows(pd.Series(list(customer_ids), dtype="str"), ids),
            np.full(n, as_of, dtype=np.int64),
            none,
            none,
            nothing,
            nothing,
            nothing,
            nothing,
            none,
        )

    @classmethod
    def of(cls, ledger: Ledger, rows: pd.DataFrame, as_of: int | Ints) -> Moments:
        """Rows as `Books.invoices()` gives them, or quotes, on a morning (one, or one a row).

        Needs customer_id, issued_on, due_on, amount and currency; invoice_id, instalment,
        entity_id and residual are used where they are. Raises InputError for a missing column.
        """
        lacking = {"customer_id", "issued_on", "due_on", "amount", "currency"} - set(rows.columns)
        if lacking:
            raise InputError(
                f"An invoice to describe needs {', '.join(sorted(lacking))};"
                " give customer_id, issued_on, due_on, amount and currency."
            )
        n = len(rows)
        tables = ledger.tables
        days = {c: rows[c].to_numpy(dtype=np.int64) for c in ("issued_on", "due_on", "amount")}
        residual = rows["residual"] if "residual" in rows else rows["amount"]
        return cls(
            text_rows(rows["customer_id"], tables["customers"]["customer_id"]),
            np.broadcast_to(np.asarray(as_of, dtype=np.int64), (n,)),
            _invoice_rows(ledger, rows),
            _entity_rows(ledger, rows),
            days["issued_on"],
            days["due_on"],
            days["amount"],
            residual.to_numpy(dtype=np.int64),
            LedgerStreams.of(ledger).facts.currency_positions(rows["currency"]),
        )

    @classmethod
    def of_quotes(cls, ledger: Ledger, quotes: Quotes, as_of: int) -> Moments:
        """Quotes on a morning: as `of` their table."""
        n, tables = len(quotes), ledger.tables
        facts = LedgerStreams.of(ledger).facts
        customer, currency = facts.quoted_places(quotes.customer_id, quotes.currency)
        invoice = text_rows(quotes.invoice_id, tables["invoices"]["invoice_id"])
        if (invoice >= 0).any():  # its first instalment may stand elsewhere
            ids = pd.Series(list(quotes.invoice_id), dtype="str")
            first = np.ones(n, dtype=np.int64)
            invoice = instalment_rows(ids, first, tables["invoices"])
        return cls(
            customer,
            np.full(n, as_of, dtype=np.int64),
            invoice,
            np.full(n, -1, dtype=np.int64),
            quotes.issued_on,
            quotes.due_on,
            quotes.amount,
            quotes.amount,
            currency,
        )

    @classmethod
    def _of(
        cls,
        ledger: Ledger,
        invoice: Ints,
        as_of: Ints,
        issued: Ints,
        due: Ints,
        amount: Ints,
        residual: Ints,
        customer: Ints | None = None,
    ) -> Moments:
        table = ledger.tables["invoices"]
        if customer is None:
            customer = LedgerStreams.of(ledger).facts.arrays.invoices.customer[invoice]
        entity = _entity_rows(ledger, table)[invoice]
        currency = LedgerStreams.of(ledger).facts.invoice_currency[invoice]
        return cls(customer, as_of, invoice, entity, issued, due, amount, residual, currency)

    def append(self, others: Moments) -> Moments:
        """These moments, then the others."""
        columns = zip(vars(self).values(), vars(others).values(), strict=True)
        return Moments(*(np.concatenate(pair) for pair in columns))

    def take(self, rows: Ints | slice) -> Moments:
        """Some of the moments, in the order given."""
        return Moments(*(column[rows] for column in vars(self).values()))


def _invoice_rows(ledger: Ledger, rows: pd.DataFrame) -> Ints:
    if "invoice_id" not in rows:
        return np.full(len(rows), -1, dtype=np.int64)
    keyed = rows if "instalment" in rows else rows.assign(instalment=1)
    return invoice_rows(keyed, ledger.tables["invoices"])


def _entity_rows(ledger: Ledger, rows: pd.DataFrame) -> Ints:
    if "entity_id" not in rows:
        return np.full(len(rows), -1, dtype=np.int64)
    return text_rows(rows["entity_id"], ledger.tables["entities"]["entity_id"])
