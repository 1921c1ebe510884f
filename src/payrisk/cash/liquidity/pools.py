"""Cash pools: whose money counts as one, in which currency, and what of it is trapped."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.money import decimals, typed_amount_cents

COLUMNS = ("pool", "pool_currency", "entity_id", "currency", "trapped", "rate", "rate_on")
NEEDED = ("pool", "pool_currency", "entity_id", "currency")


@dataclass(frozen=True)
class PoolMember:
    """An entity's money in one currency, as part of a pool.

    trapped: cents of its currency that stay where they are whatever the pool needs. rate: units
    of the pool's currency for one of its own, None to take the ledger's; rate_on: its day.
    """

    entity_id: str
    currency: str
    trapped: int = 0
    rate: float | None = None
    rate_on: int | None = None


@dataclass(frozen=True)
class CashPool:
    """Entities that declared their money to be one."""

    name: str
    currency: str
    members: tuple[PoolMember, ...]


def pools_from_file(path: Path) -> list[CashPool]:
    """The pools of a CSV file with COLUMNS, a line a member; raises InputError otherwise."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"'{path.name}' cannot be read as a CSV file in UTF-8.") from None
    rows = csv.DictReader(io.StringIO(text))
    for name in NEEDED:
        if name not in (rows.fieldnames or ()):
            raise InputError(f"Pools need a column '{name}'; they have {', '.join(COLUMNS)}.")
    return pools_from_rows(rows)


def pools_from_rows(rows: Iterable[Mapping[str, str | None]]) -> list[CashPool]:
    """The pools of rows with the texts of COLUMNS, in the order of their names.

    A member is in one pool at most, for its money cannot be counted twice. Raises InputError for a
    row that says less, naming it.
    """
    members: dict[str, list[PoolMember]] = {}
    currencies: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=1):
        texts = {name: (row.get(name) or "").strip() for name in COLUMNS}
        for name in NEEDED:
            if not texts[name]:
                raise InputError(f"Line {number} of the pools has no {name}.")
        pool, currency = texts["pool"], texts["pool_currency"]
        if currencies.setdefault(pool, currency) != currency:
            raise InputError(f"Pool '{pool}' has two currencies; it has one.")
        key = (texts["entity_id"], texts["currency"])
        if key in seen:
            raise InputError(
                f"The {key[1]} of {key[0]} stand in two lines of the pools; keep one."
            )
        seen.add(key)
        members.setdefault(pool, []).append(_member(number, texts))
    return [CashPool(name, currencies[name], tuple(members[name])) for name in sorted(members)]


def _member(number: int, row: Mapping[str, str]) -> PoolMember:
    try:
        decimals(row["pool_currency"])
        trapped = typed_amount_cents(row["trapped"], row["currency"]) if row["trapped"] else 0
        rate = float(row["rate"]) if row["rate"] else None
        rate_on = day_of(row["rate_on"]) if row["rate_on"] else None
    except InputError as error:
        raise InputError(f"Line {number} of the pools: {error}") from None
    except ValueError:
        raise InputError(f"Line {number} of the pools: '{row['rate'][:40]}' is no rate.") from None
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise InputError(f"Line {number} of the pools: a rate is above 0.")
    if rate is not None and rate_on is None:
        raise InputError(f"Line {number} of the pools: a rate needs its day, rate_on.")
    if trapped < 0:
        raise InputError(f"Line {number} of the pools: what is trapped is not below 0.")
    return PoolMember(row["entity_id"], row["currency"], trapped, rate, rate_on)
