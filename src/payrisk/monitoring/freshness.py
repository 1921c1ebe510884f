"""Whether facts still arrive: the silence since the last one, against the longest before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import gammaln

from payrisk.arrays import Days
from payrisk.calendar import iso
from payrisk.ledger import Ledger
from payrisk.ledger.facts.kinds import CASH_KINDS

LOOK_BACK_DAYS = 364
LEAST_DAYS = 25
"""Days of records in the year below which there is no rhythm to speak of."""
LEAST_PATIENCE, MOST_PATIENCE = 1.5, 50.0
MOST_NAMED = 5
COLUMNS = [
    "kind",
    "last_recorded",
    "silent_days",
    "longest_usual",
    "patience",
    "strength",
    "is_alarm",
]


@dataclass(frozen=True)
class Freshness:
    """One row a kind of fact, and notes on those of which nothing can be said.

    table: kind, last_recorded, silent_days (full days without a record up to the evening before
    the report), longest_usual (of the year before), patience (times the longest usual one that is
    borne with), strength (above 1 is an alarm), is_alarm.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def is_alarm(self) -> bool:
        """Whether facts of any kind have stopped coming."""
        return bool(self.table["is_alarm"].any())


def ledger_freshness(ledger: Ledger, now: int, alarm: float) -> Freshness:
    """How long ago the last payment and the last invoice were recorded.

    As a whole, by entity and, of payments, by the customers' country. A group silent for two
    years is taken as closed. `alarm`: the chance of a false alarm, held over all kinds together.
    """
    recorded: dict[str, Days] = {}
    rare, closed = [], []
    for name, days in _recorded(ledger, now).items():
        year = days[days >= int(days.max(initial=0)) - LOOK_BACK_DAYS]
        if len(year) < LEAST_DAYS:
            rare.append(name)
        elif " " in name and year[-1] < now - 2 * LOOK_BACK_DAYS:
            closed.append(name)
        else:
            recorded[name] = year
    rows = []
    for name, year in recorded.items():
        longest = int(np.diff(year).max()) - 1
        silent = now - 1 - int(year[-1])
        borne = longest_gap_ratio(len(year) - 1, alarm / len(recorded))
        strength = silent / (borne * (longest + 1))
        rows.append(
            {
                "kind": name,
                "last_recorded": iso(int(year[-1])),
                "silent_days": silent,
                "longest_usual": longest,
                "patience": borne,
                "strength": strength,
                "is_alarm": strength > 1.0,
            }
        )
    sentence = (
        (rare, f"with fewer than {LEAST_DAYS} days of records in their last year"),
        (closed, "without a record for two years, taken as closed"),
    )
    notes = tuple(
        f"Not watched for silence, {why}: {_named(names)}." for names, why in sentence if names
    )
    return Freshness(pd.DataFrame(rows, columns=COLUMNS), notes)


def longest_gap_ratio(n: int, alarm: float) -> float:
    """Times the longest of n gaps that the present one exceeds with the chance `alarm`; ≥ 1.5.

    Of records that come at random the gaps are exponential and their longest is about ln n + a
    Gumbel variable of them, so a further one is c times as long with the chance n^−c Γ(1 + c).
    """

    def excess(c: float) -> float:
        return float(gammaln(1.0 + c) - c * np.log(n) - np.log(alarm))

    if excess(LEAST_PATIENCE) <= 0.0:
        return LEAST_PATIENCE
    # the chance falls until Γ grows faster than the power: beyond about n
    most = min(MOST_PATIENCE, n / 2.0)
    return float(brentq(excess, LEAST_PATIENCE, most)) if excess(most) < 0.0 else most


def _recorded(ledger: Ledger, now: int) -> dict[str, Days]:
    """Kind → the days before `now` on which such facts were recorded, in order."""
    countries = ledger.tables["customers"].set_index("customer_id")["country"]
    countries = countries[~countries.index.duplicated()]
    credits = ledger.tables["credits"]
    tables = {
        "payments": credits[credits["kind"].isin(CASH_KINDS)],
        "invoices": ledger.tables["invoices"],
    }
    recorded = {}
    for kind, table in tables.items():
        rows = table[table["recorded_on"] < now]
        parts = {kind: rows} | _parts(f"{kind} of", rows, rows["entity_id"])
        if kind == "payments":
            parts |= _parts("payments from", rows, rows["customer_id"].map(countries))
        for name, part in parts.items():
            recorded[name] = np.unique(part["recorded_on"].to_numpy(dtype=np.int64))
    return recorded


def _parts(kind: str, table: pd.DataFrame, groups: pd.Series) -> dict[str, pd.DataFrame]:
    """The rows of each group; none where there is but one."""
    names = sorted(set(groups.dropna()))
    if len(names) < 2:
        return {}
    return {f"{kind} {name}": table[(groups == name).to_numpy()] for name in names}


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    text = ", ".join(names[:MOST_NAMED])
    return f"{text} and {more} more" if more > 0 else text
