"""Accounts of a prepared morning: where each customer stands, looked up without the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from payrisk.answers.mornings.parts import MorningPart
from payrisk.answers.mornings.records import RecordFile, files_of_documents, from_plain, to_plain
from payrisk.credit import Account, CustomerAccounts
from payrisk.ledger import History
from payrisk.receivables.rates import Rate

HEAD = ""
"""Key of what is said of the morning as a whole; no customer has it."""


class Rates(Protocol):
    """The latest rates; `payrisk.receivables.rates.KnownRates` is one, and says how."""

    def rate(self, base: str, quote: str) -> Rate | None:
        """The rate between two currencies; None where none is known."""
        ...


class PreparedRates:
    """The rates of a part, by their pair."""

    def __init__(self, documents: Iterable[Any]) -> None:
        """documents: plain values of each `Rate`."""
        told = (from_plain(Rate, document) for document in documents)
        self._rates = {(rate.base, rate.quote): rate for rate in told}

    def rate(self, base: str, quote: str) -> Rate | None:
        """The rate between two currencies; None where none is known."""
        return self._rates.get((base, quote))


class Accounts(Protocol):
    """Where every customer stands; `payrisk.credit.CustomerAccounts` is one, and says how."""

    @property
    def seller_countries(self) -> tuple[str, ...]:
        """The countries of our own entities, '' where one's is not known."""
        ...

    def __contains__(self, customer_id: str) -> bool:
        """Whether the customer is known this morning."""
        ...

    def current_id(self, customer_id: str) -> str:
        """The id a customer goes by now."""
        ...

    def former_ids(self, customer_id: str) -> tuple[str, ...]:
        """The ids a customer went by before."""
        ...

    def currency_of(self, customer_id: str) -> str:
        """The currency a customer is mostly billed in."""
        ...

    def group_of(self, customer_id: str) -> tuple[str, ...]:
        """The members of a customer's group, or of the one it heads."""
        ...

    def head_of(self, customer_id: str) -> str:
        """The customer that heads a customer's group."""
        ...

    def account_of(self, customer_id: str, currency: str) -> Account:
        """The account of a known customer."""
        ...

    def group_exposure(self, parent_id: str, currency: str) -> int:
        """Exposure of the whole group a customer belongs to; 0 for one nobody knows."""
        ...

    @property
    def rates(self) -> Rates:
        """What amounts are converted by."""
        ...


def account_files(history: History, accounts: CustomerAccounts) -> dict[str, bytes]:
    """The files of the part: each customer's account in every currency it was billed in.

    Raises TypeError for an account that could not be told again.
    """
    names = customer_names(history)
    renamed = history.known_rows("aliases")["alias_id"].astype(str)
    billed = history.invoices().groupby("customer_id")["currency"].unique()
    everywhere = sorted({str(name) for each in billed for name in each})
    head: dict[str, Any] = {
        "names": names,
        "renamed": {name: accounts.current_id(name) for name in renamed},
    }
    heads = {accounts.head_of(customer) for customer in names} - names.keys()
    head["outside"] = {name: list(accounts.group_of(name)) for name in sorted(heads)}
    head["sellers"] = list(accounts.seller_countries)
    head["rates"] = [to_plain(rate) for rate in accounts.rates.all_rates()]
    documents: dict[str, Any] = {HEAD: head}
    for customer in names:
        usual = accounts.currency_of(customer)
        currencies = dict.fromkeys([usual, *map(str, billed.get(customer, ()))])
        documents[customer] = {
            "currency": usual,
            "group": list(accounts.group_of(customer)),
            "head": accounts.head_of(customer),
            "accounts": {
                name: to_plain(accounts.account_of(customer, name)) for name in currencies
            },
            "group_exposure": {
                name: accounts.group_exposure(customer, name) for name in everywhere
            },
        }
    return files_of_documents(documents)


def customer_names(history: History) -> dict[str, str]:
    """The customers known that morning: id → name, the id itself where none is recorded."""
    customers = history.customers()
    return {
        str(customer): name if isinstance(name, str) and name else str(customer)
        for customer, name in zip(customers["customer_id"], customers["name"], strict=True)
    }


class PreparedAccounts:
    """The accounts of a part, each customer's in the currency it is billed in.

    What the part does not hold, such as an account in another currency, is worked out afresh.
    """

    def __init__(self, part: MorningPart, afresh: Callable[[], CustomerAccounts]) -> None:
        """afresh: sums the books when they are needed after all."""
        self._records, self._afresh = RecordFile(part), afresh
        head = self._records[HEAD]
        self.names: dict[str, str] = head["names"]
        self._outside: dict[str, list[str]] = head["outside"]  # heads that are no customers
        self._renamed: dict[str, str] = dict(sorted(head["renamed"].items()))
        self.seller_countries: tuple[str, ...] = tuple(head["sellers"])
        self.rates: Rates = PreparedRates(head["rates"])
        self._read: dict[str, Any] = {}
        self._accounts: dict[tuple[str, str], Account] = {}

    def __contains__(self, customer_id: str) -> bool:
        """Whether the customer is known this morning."""
        return customer_id in self.names

    def current_id(self, customer_id: str) -> str:
        """The id a customer goes by now: the same unless it was merged or renumbered."""
        return self._renamed.get(customer_id, customer_id)

    def former_ids(self, customer_id: str) -> tuple[str, ...]:
        """The ids a customer went by before, in order."""
        return tuple(old for old, new in self._renamed.items() if new == customer_id != old)

    def currency_of(self, customer_id: str) -> str:
        """The currency a customer is mostly billed in, else the one most invoices are in."""
        if customer_id not in self:
            return self._afresh().currency_of(customer_id)
        return str(self._document(customer_id)["currency"])

    def group_of(self, customer_id: str) -> tuple[str, ...]:
        """The members of the group of a customer, or of a parent they name, in order of ids."""
        if customer_id not in self:
            return tuple(self._outside.get(customer_id, [customer_id]))
        return tuple(self._document(customer_id)["group"])

    def head_of(self, customer_id: str) -> str:
        """The customer that heads a customer's group: itself where it is in none."""
        return str(self._document(customer_id)["head"]) if customer_id in self else customer_id

    def account_of(self, customer_id: str, currency: str) -> Account:
        """The account of a known customer. Raises KeyError for an unknown one."""
        key = customer_id, currency
        if key not in self._accounts:
            kept = self._document(customer_id)["accounts"].get(currency)
            if kept is None:
                return self._afresh().account_of(customer_id, currency)
            self._accounts[key] = from_plain(Account, kept)
        return self._accounts[key]

    def group_exposure(self, parent_id: str, currency: str) -> int:
        """Exposure of the whole group a customer belongs to; 0 for one nobody knows."""
        parent_id = self._outside.get(parent_id, [parent_id])[0]
        if parent_id not in self:
            return 0
        kept = self._document(parent_id)["group_exposure"]
        if currency not in kept:
            return self._afresh().group_exposure(parent_id, currency)
        return int(kept[currency])

    def _document(self, customer_id: str) -> Any:
        if customer_id not in self._read:
            self._read[customer_id] = self._records[customer_id]
        return self._read[customer_id]
