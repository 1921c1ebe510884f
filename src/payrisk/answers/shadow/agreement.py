"""What a candidate said beside the champion, kept as rows and read as agreement by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.answers.invoices import InvoiceAnswer
from payrisk.credit import CreditDecision
from payrisk.errors import ModelError

CURVE, DECISION = "payment curve", "decision"
COLUMNS = {
    "at": "str",
    "kind": "str",
    "as_of": "int64",
    "subject": "str",
    "champion": "str",
    "candidate": "str",
    "slice": "str",
    "by_champion": "float64",
    "by_candidate": "float64",
    "champion_says": "str",
    "candidate_says": "str",
    "champion_limit": "float64",
    "candidate_limit": "float64",
}
"""Of a row; by_*: expected days late of a curve, probability of default of a decision; *_says:
how late a curve calls the invoice, the outcome of a decision; limits in minor units."""
QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
NOTHING = float("nan")

Row = dict[str, Any]


def shadow_folder(home: Path, name: str) -> Path:
    """Where what a candidate of this model said is kept."""
    return home / "shadow" / name


def curve_rows(
    champion_answers: Sequence[InvoiceAnswer], candidate_answers: Sequence[InvoiceAnswer]
) -> list[Row]:
    """A row an invoice that both could say something of."""
    rows = []
    for champion, candidate in zip(champion_answers, candidate_answers, strict=True):
        a, b = champion.readout(), candidate.readout()
        if a is not None and b is not None:
            rows.append(
                {
                    "kind": CURVE,
                    "as_of": champion.as_of,
                    "subject": f"{champion.invoice_id}/{champion.instalment}",
                    "slice": champion.availability,
                    "by_champion": a.expected_days_late,
                    "by_candidate": b.expected_days_late,
                    "champion_says": a.lateness or "",
                    "candidate_says": b.lateness or "",
                }
            )
    return rows


def decision_row(champion: CreditDecision, candidate: CreditDecision) -> Row:
    """The row of a decision; an applicant is not named."""
    return {
        "kind": DECISION,
        "as_of": champion.basis.as_of,
        "subject": champion.customer_id or "",
        "slice": champion.kind,
        "by_champion": NOTHING if champion.risk is None else champion.risk.probability,
        "by_candidate": NOTHING if candidate.risk is None else candidate.risk.probability,
        "champion_says": champion.outcome,
        "candidate_says": candidate.outcome,
        "champion_limit": _number(champion.limit.granted),
        "candidate_limit": _number(candidate.limit.granted),
    }


def write_rows(home: Path, name: str, file: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as HOME/shadow/<name>/<file>.parquet, whole or not at all."""
    path = shadow_folder(home, name) / f"{file}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".partial")
    pd.DataFrame(list(rows), columns=list(COLUMNS)).astype(COLUMNS).to_parquet(aside)
    aside.replace(path)
    return path


def read_rows(home: Path, name: str) -> pd.DataFrame:
    """Every row that is kept, oldest first; raises ModelError for a file that is no table."""
    parts = []
    for path in sorted(shadow_folder(home, name).glob("*.parquet")):
        try:
            parts.append(pd.read_parquet(path, columns=list(COLUMNS)).astype(COLUMNS))
        except (OSError, ValueError):
            raise ModelError(f"'{path}' cannot be read; move it away.") from None
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    return pd.concat(parts, ignore_index=True).sort_values("at", kind="stable")


@dataclass(frozen=True)
class Agreement:
    """How a candidate's answers differ from the champion's, per group."""

    name: str
    rows: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """A row a pair of versions, kind and group, all of a kind first.

        n, and of candidate − champion the mean, the quantiles and the largest in size (days of a
        curve, probability of a decision); differ: share of them that would be called, or decided,
        otherwise; limit_differs: share whose limit would be another.
        """
        lines = []
        for (champion, candidate, kind), kind_rows in self.rows.groupby(
            ["champion", "candidate", "kind"], sort=True
        ):
            head = {"champion": champion, "candidate": candidate, "kind": kind}
            lines.append(head | {"group": "all"} | _agreement(kind_rows))
            lines += [
                head | {"group": group} | _agreement(rows)
                for group, rows in kind_rows.groupby("slice", sort=True)
            ]
        columns = ["champion", "candidate", "kind", "group", *_agreement(self.rows)]
        return pd.DataFrame(lines, columns=columns)

    def decided_otherwise(self) -> pd.DataFrame:
        """How often which outcome, or class, would become which other one."""
        differ = self.rows[self.rows["champion_says"] != self.rows["candidate_says"]]
        by = ["kind", "champion_says", "candidate_says"]
        return differ.groupby(by, sort=True).size().reset_index(name="n")


def _agreement(rows: pd.DataFrame) -> dict[str, Any]:
    apart = (rows["by_candidate"] - rows["by_champion"]).dropna().to_numpy()
    says = (rows["champion_says"] != rows["candidate_says"]).to_numpy()
    champion_limits, candidate_limits = (
        rows["champion_limit"].to_numpy(),
        rows["candidate_limit"].to_numpy(),
    )
    limits = ~(
        (champion_limits == candidate_limits)
        | (np.isnan(champion_limits) & np.isnan(candidate_limits))
    )
    cuts = np.quantile(apart, list(QUANTILES.values())) if len(apart) else [NOTHING] * 3
    return {
        "n": len(rows),
        "mean": float(apart.mean()) if len(apart) else NOTHING,
        **dict(zip(QUANTILES, map(float, cuts), strict=True)),
        "largest": float(np.abs(apart).max()) if len(apart) else NOTHING,
        "differ": float(says.mean()) if len(rows) else NOTHING,
        "limit_differs": float(limits.mean()) if len(rows) else NOTHING,
    }


def _number(value: int | None) -> float:
    return NOTHING if value is None else float(value)
