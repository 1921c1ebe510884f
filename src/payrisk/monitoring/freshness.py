"""Whether facts still arrive: the silence since the last one, against the longest before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.ledger import Ledger
from payrisk.ledger.facts import CASH_KINDS

LOOK_BACK_DAYS = 364
LEAST_DAYS = 25
"""Days of records in the year below which there is no rhythm to speak of."""
PATIENCE = 1.5
"""A silence is alarming from so many times the longest usual one on."""


COLUMNS = ["kind", "last_recorded", "silent_days", "longest_usual", "strength", "is_alarm"]


@dataclass(frozen=True)
class Freshness:
    """One row a kind of fact: kind, last_recorded, silent_days, longest_usual, strength, is_alarm.

    silent_days: full days without a record up to the evening before the report. longest_usual:
    of the year before. strength: silence over what is borne with; above 1 is an alarm.
    """

    table: pd.DataFrame

    @property
    def is_alarm(self) -> bool:
        """Whether facts of any kind have stopped coming."""
        return bool(self.table["is_alarm"].any())


def freshness(ledger: Ledger, now: int) -> Freshness:
    """How long ago the last payment and the last invoice were recorded.

    As a whole, by entity and, of payments, by the customers' country.
    """
    countries = ledger.tables["customers"].set_index("customer_id")["country"]
    credits = ledger.tables["credits"]
    tables = {
        "payments": credits[credits["kind"].isin(CASH_KINDS)],
        "invoices": ledger.tables["invoices"],
    }
    rows = []
    for kind, table in tables.items():
        parts = {kind: table} | _parts(f"{kind} of", table, table["entity_id"])
        if kind == "payments":
            own = table["customer_id"].map(countries[~countries.index.duplicated()])
            parts |= _parts("payments from", table, own)
        for name, part in parts.items():
            days = np.unique(part["recorded_on"].to_numpy(dtype=np.int64))
            days = days[(days < now) & (days >= now - 2 * LOOK_BACK_DAYS)]
            year = days[days >= int(days.max(initial=0)) - LOOK_BACK_DAYS]
            if len(year) < LEAST_DAYS:
                continue
            longest = int(np.diff(year).max()) - 1
            silent = now - 1 - int(year[-1])
            strength = silent / (PATIENCE * (longest + 1))
            rows.append(
                {
                    "kind": name,
                    "last_recorded": iso(int(year[-1])),
                    "silent_days": silent,
                    "longest_usual": longest,
                    "strength": strength,
                    "is_alarm": strength > 1.0,
                }
            )
    return Freshness(pd.DataFrame(rows, columns=COLUMNS))


def _parts(kind: str, table: pd.DataFrame, groups: pd.Series) -> dict[str, pd.DataFrame]:
    """The rows of each group; none where there is but one."""
    names = sorted(set(groups.dropna()))
    if len(names) < 2:
        return {}
    return {f"{kind} {one}": table[(groups == one).to_numpy()] for one in names}
