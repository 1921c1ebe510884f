"""The accounts of all customers as known at an as_of, exposure rolled up to the parent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from payrisk.calendar import NEVER
from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.balances import (
    Balances,
    currencies_by_customer,
    dates_of_attribute,
    returned_amounts,
    sum_by_customer,
)
from payrisk.credit.applicant.habits import (
    BillingHabit,
    billing_habits,
    commonest_currencies,
    mostly_billed_in,
)
from payrisk.credit.applicant.measures import USUAL, AccountSettings
from payrisk.credit.applicant.ordered import OrderedAmounts
from payrisk.credit.applicant.peaks import BillingPeaks
from payrisk.credit.applicant.signs import KnownApplications
from payrisk.credit.applicant.written_amounts import AttributeAmounts
from payrisk.credit.insurance.cover import InsuredBook
from payrisk.ledger import History
from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.receivables.disputes import Disputants, open_disputes
from payrisk.receivables.loss_given_default import OwnLosses
from payrisk.receivables.rates import KnownRates, Rate
from payrisk.receivables.recourse import sold_with_recourse

AMOUNTS = ("limit", "group_limit", "turnover", "net_worth")
ENDS = ("limit_until",)
"""Attributes of a customer that are read: amounts in minor units, and days (YYYY-MM-DD) to the
end of which a limit holds; `insurance.cover.NAMES` says what an insurer covers."""


class CustomerAccounts:
    """Every customer's account on one morning, summed once and then looked up.

    An account holds one currency; what is owed in others is converted by the rate table's latest
    rate, and named where there is none.
    """

    def __init__(
        self, history: History, *, grace_days: int, measures: AccountSettings = USUAL
    ) -> None:
        """Sum the books of one history.

        grace_days: days late that are not overdue yet. measures: what else of the policy decides.
        """
        self.as_of = history.as_of
        customers = history.customers()
        self._members = customers.set_index("customer_id").groupby("parent_id").groups
        facts = customers[["parent_id", "country", "is_natural_person", "onboarded_on"]]
        rows = facts.to_dict("records")
        # one lookup in a frame takes longer than the rest of a decision
        self._customers = dict(zip(customers["customer_id"], rows, strict=True))
        owed = history.open_invoices(dispute_days=measures.dispute_days)
        late = owed["due_on"].to_numpy(np.int64) < history.close_of - grace_days
        excused = owed["excused"].to_numpy(np.int64)
        self._open = sum_by_customer(owed, owed["residual"])
        is_late = owed["due_on"].to_numpy(np.int64) < history.close_of
        self._late = sum_by_customer(owed[is_late], owed["residual"][is_late])
        self._overdue = sum_by_customer(
            owed[late], (owed["residual"].to_numpy(np.int64) - excused)[late]
        )
        self._excused = sum_by_customer(owed[late], excused[late])
        self._disputed = sum_by_customer(owed, owed["disputed"])
        self._disputants = Disputants.of(open_disputes(history, measures.dispute_days))
        recourse = sold_with_recourse(history, measures.recourse_days)
        self._recourse = sum_by_customer(recourse, recourse["residual"])
        credits = history.credit_balances()
        self._unapplied = sum_by_customer(credits, credits["unapplied"])
        self._ordered = OrderedAmounts(history)
        self._returned = returned_amounts(history, owed)
        self.rates = KnownRates(history)
        self._habits = billing_habits(history)
        self._commonest = commonest_currencies(history)
        ordered = [
            (customer, currency or self.currency_of(customer))
            for customer, currency in self._ordered.keys
        ]
        self._currencies = currencies_by_customer([*self._open, *self._recourse, *ordered])
        entities = history.known_rows("entities")
        self._seller = dict(zip(entities["entity_id"], entities["country"], strict=True))
        aliases = history.known_rows("aliases")
        self._renamed = resolve_aliases(aliases[aliases["valid_on"] <= history.close_of])
        self._written = AttributeAmounts.of(history, AMOUNTS)
        self._ends = {name: dates_of_attribute(history.attribute(name)) for name in ENDS}
        usual = {name: self.currency_of(name) for name in self._customers}
        self._cover = InsuredBook(history, measures.insurers, usual)
        self._peaks, self._measures = BillingPeaks(history), measures
        self._losses = OwnLosses(history, self._cover.is_insured, measures.losses)
        self._applications = KnownApplications(history, self._renamed)

    def __contains__(self, customer_id: str) -> bool:
        """Whether the customer is known this morning."""
        return customer_id in self._customers

    def current_id(self, customer_id: str) -> str:
        """The id a customer goes by now: the same unless it was merged or renumbered."""
        return self._renamed.get(customer_id, customer_id)

    def former_ids(self, customer_id: str) -> tuple[str, ...]:
        """The ids a customer went by before."""
        return tuple(old for old, new in self._renamed.items() if new == customer_id != old)

    def currency_of(self, customer_id: str) -> str:
        """The currency mostly billed in of late, else ever; of one never billed, the ledger's."""
        billed = self._habits.get(customer_id, {})
        usual = self._commonest.get(customer_id, self._commonest[""])
        return mostly_billed_in(billed, self.rates) if billed else usual

    @property
    def losses(self) -> OwnLosses:
        """What own defaults lost, as known this morning."""
        return self._losses

    @property
    def cover(self) -> InsuredBook:
        """What insurers cover this morning."""
        return self._cover

    @property
    def seller_countries(self) -> tuple[str, ...]:
        """The countries of our own entities, '' where one's is not known."""
        countries = {s[:2] if isinstance(s, str) else "" for s in self._seller.values()}
        return tuple(sorted(countries))

    def group_of(self, customer_id: str) -> tuple[str, ...]:
        """The members of the group of a customer, or of a parent they name, in order of ids."""
        if customer_id not in self:
            return tuple(sorted(self._group(customer_id))) or (customer_id,)
        return tuple(sorted(self._group(str(self._customers[customer_id]["parent_id"]))))

    def head_of(self, customer_id: str) -> str:
        """The customer that heads a customer's group: itself where it is in none."""
        return str(self._customers.get(customer_id, {}).get("parent_id", customer_id))

    def account_of(self, customer_id: str, currency: str) -> Account:
        """The account of a known customer. Raises KeyError for an unknown one."""
        customer = self._customers[customer_id]
        key = (customer_id, currency)
        members = self._group(str(customer["parent_id"]))
        habit = self._habits.get(customer_id, {}).get(currency)
        is_usual = self._is_usual(customer_id, currency)
        first_days = [] if habit is None else [habit.first_billed_on]
        first_days += [day for day in [int(customer["onboarded_on"])] if day < NEVER]
        return Account(
            currency=currency,
            customer_id=customer_id,
            unreadable=self._written.unreadable.get(customer_id, ()),
            is_natural_person=bool(customer["is_natural_person"]),
            open=self._open.get(key, 0),
            orders=self._ordered.amount(*key, is_usual=is_usual),
            unapplied=self._unapplied.get(key, 0),
            recourse=self._recourse.get(key, 0),
            insured=self._insured(*key),
            **self._cover_today(customer_id, is_usual=is_usual),
            loss=self._losses.rate(is_secured=self._cover.is_insured(customer_id, self.as_of)),
            overdue=self._converted(self._overdue, *key),
            excused=self._converted(self._excused, *key),
            disputed=self._converted(self._disputed, *key),
            disputed_by=self._disputants.people.get(customer_id, ()),
            n_bare_disputes=self._disputants.n_bare.get(customer_id, 0),
            late=self._late.get(key, 0),
            returned=self._returned.get(key, 0),
            group_exposure=self._total(members, currency) - self._whole_exposure(*key),
            group_limit=self._attribute("group_limit", str(customer["parent_id"]), currency),
            foreign=self._whole_exposure(*key) - self._exposure(*key),
            rates=tuple(rate.text for rate in self._rates_of(members, currency)),
            foreign_currencies=self._unconverted(members, currency),
            monthly_sales=None if habit is None else habit.monthly_sales,
            vat_country=None if habit is None else self._taxed_in(customer, habit.entity_id),
            vat_rate=None if habit is None else habit.vat_rate,
            billed_within=() if habit is None else self._billed_within(*key, habit),
            terms_days=None if habit is None else habit.terms_days,
            delay_days=None if habit is None else habit.delay_days,
            current_limit=self._attribute("limit", *key),
            limit_ends_on=self._ends["limit_until"].get(customer_id) if is_usual else None,
            turnover=self._attribute("turnover", *key),
            net_worth=self._attribute("net_worth", *key),
            n_settled=0 if habit is None else habit.n_settled,
            first_billed_on=min(first_days, default=None),
            peak_before=None if habit is None else habit.peak_before,
            billed_before=None if habit is None else habit.billed_before,
            billed_lately=None if habit is None else habit.billed_lately,
            application_signs=self._applications.n_signs(customer_id),
            waiting_orders=self._ordered.waiting(*key, is_usual=is_usual),
            order_guesses=self._ordered.guess_reasons(customer_id),
        )

    def group_exposure(self, parent_id: str, currency: str) -> int:
        """Exposure of the whole group a customer belongs to; 0 for one nobody knows."""
        return self._total(self.group_of(parent_id), currency)

    def _group(self, parent_id: str) -> list[str]:
        return [str(member) for member in self._members.get(parent_id, [])]

    def _total(self, customers: Iterable[str], currency: str) -> int:
        return sum(self._whole_exposure(customer, currency) for customer in customers)

    def _whole_exposure(self, customer_id: str, currency: str) -> int:
        """The exposure in one currency and what that in others comes to, where a rate is known."""
        total = self._exposure(customer_id, currency)
        for other in self._currencies.get(customer_id, set()) - {currency}:
            if (rate := self.rates.rate(other, currency)) is not None:
                total += rate.convert(self._exposure(customer_id, other))
        return total

    def _converted(self, amounts: Balances, customer_id: str, currency: str) -> int:
        """An amount of all currencies in one, those without a known rate left out."""
        others = self._currencies.get(customer_id, set()) - {currency}
        pairs = [(self.rates.rate(o, currency), amounts.get((customer_id, o), 0)) for o in others]
        more = sum(rate.convert(cents) for rate, cents in pairs if rate is not None)
        return amounts.get((customer_id, currency), 0) + more

    def _rates_of(self, customers: list[str], currency: str) -> list[Rate]:
        others = sorted(self._owed_in(customers) - {currency})
        return [rate for o in others if (rate := self.rates.rate(o, currency)) is not None]

    def _unconverted(self, customers: list[str], currency: str) -> tuple[str, ...]:
        others = self._owed_in(customers) - {currency}
        return tuple(sorted(o for o in others if self.rates.rate(o, currency) is None))

    def _exposure(self, customer_id: str, currency: str) -> int:
        key = (customer_id, currency)
        ordered = self._ordered.amount(*key, is_usual=self._is_usual(*key))
        owed = self._open.get(key, 0) + ordered + self._recourse.get(key, 0)
        return max(0, owed - self._unapplied.get(key, 0))

    def _owed_in(self, customers: list[str]) -> set[str]:
        return set().union(*(self._currencies.get(customer, ()) for customer in customers))

    def _insured(self, customer_id: str, currency: str) -> int:
        """What insurers would pay, in the currency asked for; 0 where no rate is known."""
        cents = self._cover.insured_amounts.get(customer_id, 0)
        usual = self.currency_of(customer_id)
        if not cents or usual == currency:
            return cents
        rate = self.rates.rate(usual, currency)
        return 0 if rate is None else rate.convert(cents)

    def _cover_today(self, customer_id: str, *, is_usual: bool) -> dict[str, Any]:
        """What the insurer says of a delivery this morning; nothing in another currency."""
        if not is_usual or customer_id not in self._cover.customers:
            return {}
        cover = self._cover.cover(customer_id, self.as_of)
        limit = cover.limit
        if limit is not None and not cover.insurer.covers_vat:
            limit = round(limit * (1 + self._vat_rate(customer_id)))
        ends = cover.ends_on
        return {
            "insurer_limit": limit,
            "cover_ends_on": None if ends is None or ends >= NEVER else ends,
            "cover_stopped_by": self._cover.invoice_stopping_cover(customer_id, self.as_of),
        }

    def _billed_within(
        self, customer_id: str, currency: str, habit: BillingHabit
    ) -> tuple[tuple[int, int], ...]:
        """(days, cents): the most billed within the days of each term that may be granted."""
        days = self._measures.windows(habit.terms_days, habit.delay_days)
        return tuple((each, self._peaks.most(customer_id, currency, each)) for each in days)

    def _vat_rate(self, customer_id: str) -> float:
        """The VAT on top of what a customer is billed net, as billed or by its country."""
        habit = self._habits.get(customer_id, {}).get(self.currency_of(customer_id))
        if habit is None:
            return 0.0
        if habit.vat_rate is not None:
            return habit.vat_rate
        country = self._taxed_in(self._customers[customer_id], habit.entity_id)
        return self._measures.insurers.vat_rates.get(country or "", 0.0)

    def _taxed_in(self, customer: Mapping[str, Any], entity_id: str) -> str | None:
        """The country whose VAT is on the invoices: none where the seller sits in another."""
        country, seller = customer["country"], self._seller.get(entity_id)
        if not isinstance(country, str):
            return None
        at_home = not isinstance(seller, str) or seller[:2] == country[:2]
        return country[:2] if at_home else None

    def _attribute(self, name: str, customer_id: str, currency: str) -> int | None:
        """An amount on file, which is in the customer's usual currency, in the one asked for."""
        value = self._written.amounts[name].get(customer_id)
        if value is None or self._is_usual(customer_id, currency):
            return None if value is None else int(value)
        rate = self.rates.rate(self.currency_of(customer_id), currency)
        return None if rate is None else rate.convert(int(value))

    def _is_usual(self, customer_id: str, currency: str) -> bool:
        return self.currency_of(customer_id) == currency
