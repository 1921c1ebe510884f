"""All that features say of a ledger up to one morning, as bytes to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from payrisk.features import CATALOGUE, DAILY, LedgerStreams, Moments, build, build_days
from payrisk.features.computing.moments import ABSENT
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.stored.grouping import EVERYBODY, fact_owners
from support.oracle.comparing import together
from test_future import with_noise_from

AHEAD = np.array([0, 1, 6, 45])
"""Days after the as_of on which per-day covariates are asked for."""
GIVEN = ["invoice_id", "instalment", "customer_id", "entity_id", "issued_on", "due_on"]
CODES = ("EUR", "USD", "JPY", "CHF")
IDS = [*(f"c{i}" for i in range(7)), "stranger"]


def said(one: Ledger, asked: Moments, names: Sequence[str] | None = None) -> dict[str, bytes]:
    """Values of each feature as bytes; those of per-day covariates where there is an invoice."""
    known = LedgerStreams.of(one)
    matrix = build(known, asked, names)
    found = {name: _bits(matrix.column(name)) for name in matrix.names}
    if names is None:
        described = np.flatnonzero(asked.due_on != ABSENT)
        row = np.repeat(described, len(AHEAD))
        day = asked.as_of[row] + np.tile(AHEAD, len(described))
        days = build_days(known, asked, row, day)
        found |= {name: _bits(days.column(name)) for name in days.names}
        assert set(found) == {*CATALOGUE, *DAILY}
    return found


def _bits(values: np.ndarray) -> bytes:
    """Values as bytes, where one NaN is as good as another: 0/0 may have a sign."""
    return np.where(np.isnan(values), np.float32(np.nan), values).tobytes()


def up_to(
    one: Ledger, bills: pd.DataFrame, ids: Sequence[str], t: int, *, open_too: bool = True
) -> Moments:
    """Moments of all kinds up to the morning t: bills as quotes on the day of their issue.

    bills: invoices of which nothing is taken from the ledger but what was heard of them.
    """
    quotes = pd.concat([_quotes(ids, t, code) for code in CODES], ignore_index=True)
    parts = [
        Moments.of(one, bills, np.minimum(bills["issued_on"].to_numpy(), t)),
        Moments.of(one, quotes, t),
        Moments.customers(one, ids, t),
        Moments.customers(one, ids, t - 25),
    ]
    if open_too:
        parts.append(Moments.open_invoices(one, [t - 40, t - 1, t]))
    return together(parts)


def bills_of(one: Ledger, t: int) -> pd.DataFrame:
    """Invoices as first recorded, of those issued by the morning t."""
    rows = one.tables["invoices"]
    return rows[(rows["issued_on"] <= t).to_numpy()][[*GIVEN, "amount", "currency"]]


def _quotes(ids: Sequence[str], t: int, code: str) -> pd.DataFrame:
    n = len(ids)
    amount = 1_000 + 77_777 * np.arange(n)
    own = {"customer_id": list(ids), "entity_id": "north", "issued_on": t, "due_on": t + 30}
    return pd.DataFrame(own | {"amount": amount, "currency": code})


def days_to_try(tables: Tables) -> list[int]:
    """Two days on which something was recorded, so that a planted <= shows."""
    days = np.unique(np.concatenate([frame["recorded_on"] for frame in tables.values()]))
    return [int(days[int(len(days) * share)]) for share in (0.35, 0.8)]


def shuffled(tables: Tables, seed: int) -> Tables:
    """The same rows in another order."""
    g = np.random.default_rng(seed)
    return {
        name: frame.iloc[g.permutation(len(frame))].reset_index(drop=True)
        for name, frame in tables.items()
    }


def in_parts(whole: Ledger) -> Iterator[tuple[Ledger, list[str]]]:
    """Each group of customers that has invoices as a ledger of its own, with their ids."""
    found = fact_owners(whole.tables)
    n = len(whole.tables["customers"])
    for head in np.unique(found.first):
        own = {
            name: frame[_at_home(found.rows[name], found.first, head)].reset_index(drop=True)
            for name, frame in whole.tables.items()
        }
        if len(own["invoices"]):
            ids = found.names[:n][found.first[:n] == head]
            yield Ledger(own, whole.rules), ids.tolist()


def _at_home(rows: np.ndarray, first: np.ndarray, head: int) -> np.ndarray:
    return (rows == EVERYBODY) | ((rows >= 0) & (np.append(first, -9)[rows] == head))


def without(tables: Tables, t: int, *, kept: Sequence[str] = ()) -> Tables:
    """The same facts with all that was recorded from the morning t on left out."""
    cut = {name: frame[(frame["recorded_on"] < t).to_numpy()] for name, frame in tables.items()}
    return cut | {name: tables[name] for name in kept}


def noisy(tables: Tables, t: int, seed: int) -> Tables:
    """Noise in place of what was recorded from the morning t on; corrections are dropped then.

    Noise would make corrections of other columns out of them, which no import lets in.
    """
    events = tables["events"]
    is_change = (events["kind"] == "changed").to_numpy()
    plain = tables | {"events": events[~is_change]}
    out = with_noise_from(plain, t, seed)
    kept = events[is_change & (events["recorded_on"] < t).to_numpy()]
    return out | {"events": pd.concat([out["events"], kept], ignore_index=True)}


def grown(tables: Tables, t: int, seed: int) -> Tables:
    """The same facts with more of each kind of what is known, told from the morning t on."""
    g = np.random.default_rng(seed)
    out = dict(tables)
    for name, frame in tables.items():
        known = frame[(frame["recorded_on"] < t).to_numpy()]
        if name in ("customers", "entities", "events") or not len(known):
            continue
        new = known.sample(min(len(known), 12), random_state=seed).copy()
        key = TABLES[name].key
        if name in ("invoices", "credits"):
            new[key[0]] = "more-" + new[key[0]]
        else:  # the same again, of another day
            days = new[key[-1]].to_numpy() if name == "rates" else new[TABLES[name].happened]
            new[TABLES[name].happened] = np.asarray(days) - g.integers(1, 40, len(new))
        if name == "allocations":
            new["invoice_id"] = g.permutation(new["invoice_id"].to_numpy(dtype=object))
            new["instalment"] = 1
        if name == "aliases":
            new["customer_id"] = g.permutation(tables["invoices"]["customer_id"])[: len(new)]
        if name == "rates":
            new["rate"] = new["rate"] * 3
        new["recorded_on"] = t + g.integers(0, 3, len(new))
        out[name] = pd.concat([frame, complete(name, new)], ignore_index=True)
    events = tables["events"]
    known = events[
        (events["recorded_on"] < t).to_numpy() & (events["kind"] != "changed").to_numpy()
    ]
    again = known.assign(event_id="more-" + known["event_id"], recorded_on=t)
    out["events"] = pd.concat([events, complete("events", again)], ignore_index=True)
    return out


FUTURES: dict[str, Callable[[Tables, int, int], Tables]] = {
    "noise": noisy,
    "cut": lambda tables, t, seed: without(tables, t, kept=("customers", "entities")),
    "cut, customers too": lambda tables, t, seed: without(tables, t),
    "grown": grown,
}
"""What else may come to be recorded from a morning on: nothing before it may move."""
