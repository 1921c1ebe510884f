"""Attributes that came without dates, and what may be read of them before they came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.features.catalogue.feature import Feature
from payrisk.features.streams.numbers import READERS
from payrisk.ledger import Ledger

READ = (*READERS, "parent", "segment")
"""The dated attributes that features can read."""
OF_ROWS = ("sector", "country")
"""Columns of a customer's own row that are read like attributes."""


def undated_attributes(ledger: Ledger) -> dict[str, int]:
    """Attributes without date history → the day the first value was recorded.

    Every value is valid from the very day it was recorded, and most customers that have one got
    their first on the same day: an import's, which says nothing of when it began. Parents are
    dated where the customers' own rows name some, which an attribute then only changes.
    """
    rows = ledger.tables["attributes"]
    rows = rows[(rows["recorded_on"] < NEVER).to_numpy()]
    begun = {"parent"} if ledger.tables["customers"]["parent_id"].notna().any() else set()
    first_days = {}
    for name, values in rows.groupby("name", sort=True):
        if name in begun or (values["valid_on"] != values["recorded_on"]).any():
            continue
        first = values.groupby("customer_id")["recorded_on"].min()
        if 2 * int(first.value_counts().iloc[0]) > len(first):
            first_days[str(name)] = int(first.min())
    return first_days


def admit_undated(
    ledger: Ledger, features: Iterable[Feature], first_morning: int, allowed: Collection[str] = ()
) -> frozenset[str]:
    """The attributes to read as if known since ever: those allowed, where it makes a difference.

    Some of the features are wanted for mornings from `first_morning` on, and read an attribute
    without date history that was not known then. Raises InputError for one that is not allowed
    by name, and for an allowed name that no feature reads.
    """
    for name in allowed:
        if name not in READ:
            raise InputError(
                f"No feature reads an attribute '{name}'; --allow-undated takes"
                f" {', '.join(sorted(READ))}."
            )
    readers: dict[str, list[str]] = {}
    for feature in features:
        for name in feature.attributes:
            readers.setdefault(name, []).append(feature.name)
    morning = max(first_morning, ledger.first_day + 1)  # before it nothing at all is known
    late = {name: day for name, day in undated_attributes(ledger).items() if day >= morning}
    wanted_days = {name: day for name, day in late.items() if name in readers}
    refused = [name for name in wanted_days if name not in allowed]
    if refused:
        raise InputError(_refusal(refused, wanted_days, readers, morning))
    return frozenset(wanted_days)


def admit_named_attributes(ledger: Ledger, allowed: Collection[str]) -> frozenset[str]:
    """The attributes allowed by name to a recipe that reads whatever attributes there are.

    Those without date history that are not named it leaves out by itself. Raises InputError for
    a name that no customer has.
    """
    there = {*ledger.tables["attributes"]["name"].unique(), *OF_ROWS}
    for name in allowed:
        if name not in there:
            raise InputError(
                f"No customer has an attribute '{name}'; --allow-undated takes"
                f" {', '.join(sorted(map(str, there)))}."
            )
    return frozenset(allowed)


def _refusal(
    names: Sequence[str], days: dict[str, int], readers: dict[str, list[str]], morning: int
) -> str:
    starts = " and ".join(f"'{name}' from {iso(days[name])}" for name in names)
    more = len(readers[names[0]]) - 1
    by = readers[names[0]][0] + (f" and {more} more" if more else "")
    option = " ".join(f"--allow-undated {name}" for name in names)
    return (
        f"Attributes without date history are known only from their import: {starts}, yet {by}"
        f" would be read from the morning of {iso(morning)} on; give {option} to read the first"
        " values as if known since ever, or import them with a date column (valid_on)."
    )
