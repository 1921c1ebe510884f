"""Problem: a named defect in the input, returned beside the data instead of raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import pandas as pd

Action = Literal["quarantined", "doubted", "repaired", "noted", "refused"]


@dataclass(frozen=True)
class Problem:
    """One defect: what it is, where it stands and what was done about it.

    action: quarantined (set aside, named) · doubted (read, but what it means is not sure and money
    may hang on it) · repaired (read in another way, said) · noted (kept as it is) · refused
    (nothing of the file used). `n` rows share it; `row` is the first of them, 1 = the first row of
    data. amount: minor units of `currency` that hang on a doubt, None = not known.
    """

    code: str
    message: str
    action: Action
    file: str = ""
    row: int | None = None
    column: str = ""
    n: int = 1
    amount: int | None = None
    currency: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The problem as plain data."""
        return asdict(self)


def problem_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row a problem, as people read it."""
    columns = ["action", "code", "n", "file", "row", "column", "message"]
    rows = [p.as_dict() for p in problems]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["action", "code", "file", "row"], kind="stable", ignore_index=True
    )


class ProblemLog:
    """The problems met so far."""

    def __init__(self) -> None:
        """Begin with none."""
        self.problems: list[Problem] = []

    def add(
        self,
        code: str,
        message: str,
        action: Action,
        column: str,
        rows: pd.Series | int,
        *,
        money: pd.DataFrame | None = None,
    ) -> None:
        """Note a problem once for all the rows that share it, naming up to three of them.

        money: (n, 2) `cents` and `currency` of the rows, where they are known; then it is noted
        once a currency, with the sum that hangs on it.
        """
        if money is not None and isinstance(rows, pd.Series):
            currencies = money["currency"].to_numpy(dtype=object)
            for currency in sorted(set(currencies)):
                mine = currencies == currency
                part = ProblemLog()
                part.add(code, message, action, column, rows[mine].reset_index(drop=True))
                cents = int(money["cents"].to_numpy()[mine].sum())
                self.problems += [
                    replace(p, amount=cents, currency=str(currency)) for p in part.problems
                ]
            return
        n = rows if isinstance(rows, int) else len(rows)
        if not n:
            return
        named = (
            ""
            if isinstance(rows, int)
            else ": " + ", ".join(map(str, rows[:3])) + (" …" if n > 3 else "")
        )
        self.problems.append(Problem(code, message + named, action, column=column, n=n))
