"""Books: where every invoice and customer stood one evening, by what is known."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.disputes import contested_cents
from payrisk.ledger.books.position import Position, position
from payrisk.ledger.books.settling import CLOSED_BY
from payrisk.ledger.books.version import LedgerVersion
from payrisk.ledger.facts.rules import DISPUTE_DAYS
from payrisk.ledger.facts.tables import TEXT


class Books:
    """Where every invoice and customer stood at the evening `close_of`.

    By facts recorded before the morning `known_before` (NEVER = all of them).
    """

    def __init__(self, version: LedgerVersion, known_before: int, close_of: int) -> None:
        """Use `Ledger.as_of` or `Ledger.balance_at`."""
        self._version = version
        self.known_before = known_before
        self.close_of = close_of

    @cached_property
    def position(self) -> Position:
        """The arrays behind the frames."""
        rate = self._version.rules.interest_rate
        return position(self._version.arrays, self.known_before, self.close_of, rate)

    @property
    def is_booked_anywhere(self) -> Flags:
        """(credits,) which were booked by the evening, whichever of our entities' they are."""
        return self.position.is_credited

    @property
    def facts(self) -> LedgerVersion:
        """The tables and arrays behind the frames, corrections included."""
        return self._version

    @cached_property
    def payers(self) -> pd.Series:
        """(invoices,) in table order, the name each invoice's customer goes by."""
        names, ids = self.customer_names
        return ids.take(names[self._version.arrays.invoices.customer]).reset_index(drop=True)

    def known_rows(self, table: str) -> pd.DataFrame:
        """Rows of a fact table recorded before `known_before`, corrections included."""
        frame = self._version.tables[table]
        return frame[(frame["recorded_on"] < self.known_before).to_numpy()]

    @cached_property
    def customer_names(self) -> tuple[Ints, pd.Series]:
        """Row of each customer under the name it goes by, and the names."""
        aliases = self._version.tables["aliases"]
        return self._version.names(self._is_told(aliases)), self._version.arrays.customer_ids

    def _is_told(self, facts: pd.DataFrame) -> Flags:
        """Which facts were recorded before the morning and hold by the evening."""
        is_recorded = facts["recorded_on"].to_numpy() < self.known_before
        return np.asarray(is_recorded & (facts["valid_on"].to_numpy() <= self.close_of))

    def _said_of_customers(self, column: str) -> pd.Series:
        """(customers,) a column of their rows; empty where a row was not yet recorded."""
        table = self._version.tables["customers"]
        return table[column].where(table["recorded_on"] < self.known_before)

    @cached_property
    def _parents(self) -> Ints:
        """(customers,) place in `heads` of the head of each one's group; its own where none."""
        version = self._version
        ids, recorded = version.customers, version.tables["customers"]["recorded_on"]
        named = np.where(recorded < self.known_before, version.parents, -1)
        moved = self.attribute("parent")
        if len(moved):
            rows = ids.get_indexer(moved.index)
            now = version.index_of_heads.get_indexer(moved.fillna(""))
            named[rows[rows >= 0]] = now[rows >= 0]
        parent = np.arange(len(version.heads))  # who is no customer has no parent that we know
        present = np.append(self.customer_names[0], parent[len(ids) :])
        parent[: len(ids)] = np.where(named < 0, parent[: len(ids)], present[named])
        for _ in range(10):  # a group deeper than 2**10 levels, or a ring, stays where it is
            parent = parent[parent]
        return parent[: len(ids)]

    def attribute(self, name: str) -> pd.Series:
        """The customers' values of a dated attribute at `close_of`, indexed by customer id."""
        return self._version.values(name, self._is_told(self._version.attribute(name)))

    @cached_property
    def _invoices(self) -> pd.DataFrame:
        p, tables = self.position, self._version.tables
        rows = np.flatnonzero(p.is_issued)
        facts = tables["invoices"]
        if len(rows) < len(facts):
            facts = facts.iloc[rows]
        names, ids = self.customer_names
        customer = names[self._version.arrays.invoices.customer[rows]]
        by = p.closed_by[rows]
        closed = np.where(by > 0, p.settled_on[rows], NEVER)
        return pd.DataFrame(
            {
                "invoice_id": facts["invoice_id"].array,
                "instalment": facts["instalment"].array,
                "customer_id": ids.array.take(customer),
                "parent_id": self._version.heads.array.take(self._parents[customer]),
                "country": self._said_of_customers("country").array.take(customer),
                "entity_id": facts["entity_id"].array,
                "issued_on": facts["issued_on"].array,
                "due_on": p.due_on[rows],
                "original_due_on": facts["due_on"].array,
                "amount": facts["amount"].array,
                "currency": facts["currency"].array,
                "terms": facts["terms"].array,
                "residual": np.where(p.sold_on[rows] < NEVER, 0, p.residual[rows]),
                "disputed": np.where(p.sold_on[rows] < NEVER, 0, p.disputed[rows]),
                "excused": np.where(p.sold_on[rows] < NEVER, 0, p.excused[rows]),
                "settled_on": closed,
                "closed_on": closed,
                "closed_by": pd.array(CLOSED_BY, dtype=TEXT).take(by),
                "paid_on": np.where(by == 1, closed, NEVER),
                "sold_on": p.sold_on[rows],
                "recorded_on": facts["recorded_on"].array,
                "closing_recorded_on": p.closing_recorded_on[rows],
            }
        )

    def invoices(self) -> pd.DataFrame:
        """One row per invoice and instalment issued by `close_of`, in ledger order.

        Columns: who, when and how much as in the facts (`due_on` with honoured extensions,
        `customer_id` under its present name, `parent_id` the head of its group), then `residual`,
        `disputed` (cents of it that an open dispute names) and `excused` (cents of these that are
        no arrear, docs/design.md 'Disputes'), `settled_on` = `closed_on`, `closed_by` (cash,
        without_cash, loss), `paid_on` (settled by cash), `sold_on`, `recorded_on`,
        `closing_recorded_on`. Absent days are NEVER.
        """
        return self._invoices.copy()

    def sorted_positions(self) -> tuple[Ints, Ints]:
        """Of each row of `invoices()` where its customer's id and its own stand when sorted."""
        rows = np.flatnonzero(self.position.is_issued)
        names, _ = self.customer_names
        customers, invoices = self._version.sorted_positions
        return customers[names[self._version.arrays.invoices.customer[rows]]], invoices[rows]

    def open_invoices(self, *, dispute_days: int | None = DISPUTE_DAYS) -> pd.DataFrame:
        """The invoices neither settled nor sold: what a model predicts.

        dispute_days: the age of disputes by which `excused` goes, as `DefaultRule.dispute_days`.
        """
        frame = self._invoices
        if dispute_days != DISPUTE_DAYS:
            frame = frame.assign(excused=self._excused(dispute_days))
        is_open = (frame["closed_on"] == NEVER) & (frame["sold_on"] == NEVER)
        return frame[is_open].reset_index(drop=True)

    def _excused(self, days: int | None) -> Ints:
        """(issued,) cents of each invoice that disputes of so many days excuse."""
        p = self.position
        contested = contested_cents(
            self._version.arrays, p.residual, p.due_on, self.known_before, self.close_of, days
        )
        return np.where(p.sold_on < NEVER, 0, contested.excused)[np.flatnonzero(p.is_issued)]

    def residuals(self) -> pd.DataFrame:
        """The invoices with anything left on them, tolerated cents included: what aging shows."""
        return self._invoices[self._invoices["residual"] > 0].reset_index(drop=True)

    def credits(self) -> pd.DataFrame:
        """One row per credit booked by `close_of`, in ledger order.

        Columns: credit_id, customer_id (under its present name), entity_id, currency, kind,
        reason, happened_on, and cents: amount, `reversed` (taken back again) and `unapplied`.
        """
        p = self.position
        rows = np.flatnonzero(p.is_credited)
        facts = self._version.tables["credits"]
        facts = facts if len(rows) == len(facts) else facts.iloc[rows]
        names, ids = self.customer_names
        kept = ["credit_id", "entity_id", "currency", "kind", "reason", "happened_on", "amount"]
        frame = facts[kept].reset_index(drop=True)
        payer = ids.array.take(names[self._version.arrays.credits.customer[rows]])
        frame.insert(1, "customer_id", payer)
        return frame.assign(reversed=p.reversed[rows], unapplied=p.unapplied[rows])

    def overpaid(self) -> pd.DataFrame:
        """The invoices paid above their amount, as in `invoices()`, with the cents of `excess`."""
        excess = self.position.excess[self.position.is_issued]
        rows = np.flatnonzero(excess)
        return self._invoices.iloc[rows].assign(excess=excess[rows]).reset_index(drop=True)

    def credit_balances(self) -> pd.DataFrame:
        """What customers have to their credit: customer_id, entity_id, currency, unapplied.

        Cents of cash on account, unlinked credits, prepayments and overpaid invoices.
        """
        p, tables = self.position, self._version.tables
        names, ids = self.customer_names
        arrays = self._version.arrays
        free, over = np.flatnonzero(p.unapplied), np.flatnonzero(p.excess)
        credits, invoices = tables["credits"].iloc[free], tables["invoices"].iloc[over]
        customer = np.concatenate([arrays.credits.customer[free], arrays.invoices.customer[over]])
        frame = pd.DataFrame(
            {
                "customer_id": ids.take(names[customer]).to_numpy(),
                "entity_id": pd.concat([credits["entity_id"], invoices["entity_id"]]).to_numpy(),
                "currency": pd.concat([credits["currency"], invoices["currency"]]).to_numpy(),
                "unapplied": np.concatenate([p.unapplied[free], p.excess[over]]),
            }
        )
        keys = ["customer_id", "entity_id", "currency"]
        total = frame.groupby(keys, sort=True)["unapplied"].sum().reset_index()
        return total[total["unapplied"] != 0].reset_index(drop=True)

    def customers(self) -> pd.DataFrame:
        """The customers known, each under its present name; `parent_id` the head of its group."""
        table, heads = self._version.tables["customers"], self._version.heads
        names, _ = self.customer_names
        keep = (table["recorded_on"] < self.known_before).to_numpy()
        keep = keep & (names == np.arange(len(table)))
        frame = table.assign(parent_id=heads.take(self._parents[names]).to_numpy())[keep]
        return frame.drop(columns="recorded_on").reset_index(drop=True)

    def control_total(self) -> pd.DataFrame:
        """Per currency, how the net balance comes about, in cents.

        invoiced − credited + reversed + recovered + interest − sold + exchanged = net
        = Σ residuals − Σ unapplied. `credited` leaves out what write-offs and withholdings name no
        invoice for. `recovered` is cash on what had been written off before,
        `exchanged` what credits of one currency did on invoices of another.
        """
        p, a = self.position, self._version.arrays
        signed = np.sign(a.credits.amount)
        owed = np.where(p.is_issued, a.invoices.amount - p.applied, 0)
        is_sold = p.sold_on < NEVER
        by_invoice = (
            pd.DataFrame(
                {
                    "invoiced": np.where(p.is_issued, a.invoices.amount, 0),
                    "recovered": p.recovered,
                    "sold": np.where(is_sold, np.maximum(owed, 0), 0),
                    "exchanged": -p.applied - p.recovered,
                    "net": owed - np.where(is_sold, np.maximum(owed, 0), 0),
                }
            )
            .groupby(a.invoices.currency)
            .sum()
        )
        by_credit = (
            pd.DataFrame(
                {
                    "credited": np.where(p.is_credited, a.credits.amount, 0) - p.stranded,
                    "reversed": p.reversed * signed,
                    "interest": p.interest,
                    "exchanged": p.credit_used,
                    "net": -p.unapplied,
                }
            )
            .groupby(a.credits.currency)
            .sum()
        )
        columns = [
            "invoiced",
            "credited",
            "reversed",
            "recovered",
            "interest",
            "sold",
            "exchanged",
            "net",
        ]
        total = by_invoice.reindex(columns=columns).add(
            by_credit.reindex(columns=columns), fill_value=0
        )
        total = total.fillna(0).astype("int64")
        return total.rename_axis("currency").reset_index().astype({"currency": TEXT})
