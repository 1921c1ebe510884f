"""ModelCard: what a model is for, on what data it was fitted, how good it was and where not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.features.waiting import UNPAID, Waiting
from payrisk.learning.gates import Verdict
from payrisk.learning.spec import ModelSpec
from payrisk.ledger import History


@dataclass(frozen=True)
class ModelCard:
    """Everything a reader needs before trusting a version; `to_json` and `to_text` agree.

    population: counts of the training ledger. window: what was judged and by which cut.
    metrics: model name → metric → value, this model first. limits: sentences. allowed_undated:
    attributes without date history that were read as if known since ever.
    """

    name: str
    purpose: str
    recipe: str
    as_of: int
    ledger_sha: str
    population: Mapping[str, Any]
    window: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, float]]
    verdict: Verdict
    limits: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    allowed_undated: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a model, one column a metric."""
        return metric_table(self.metrics)

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "name": self.name,
            "purpose": self.purpose,
            "recipe": self.recipe,
            "as_of": iso(self.as_of),
            "ledger_sha": self.ledger_sha,
            "population": dict(self.population),
            "window": dict(self.window),
            "metrics": {model: _finite(values) for model, values in self.metrics.items()},
            "verdict": self.verdict.to_json(),
            "limits": list(self.limits),
            "parameters": dict(self.parameters),
            "allowed_undated": list(self.allowed_undated),
        }

    def to_text(self) -> str:
        """The card in Markdown."""
        lines = [
            f"# {self.name}, as of {iso(self.as_of)}",
            "",
            self.purpose,
            "",
            f"**Recipe.** {self.recipe}",
            "",
            f"**Verdict.** {self.verdict.sentence}",
            "",
            "## Data",
            "",
            *(f"- {_words(key)}: {value}" for key, value in self.population.items()),
            f"- ledger: {self.ledger_sha or 'not stored'}",
            *(
                f"- {name}: has no date history; allowed to be read as if known since ever"
                for name in self.allowed_undated
            ),
            "",
            "## Judged on",
            "",
            *(f"- {_words(key)}: {value}" for key, value in self.window.items()),
            "",
        ]
        if self.metrics:
            lines += ["## Metrics", "", *_markdown(self.table()), ""]
        if self.verdict.checks:
            lines += ["## Gates", ""]
            lines += [
                f"- {check.outcome}: {check.gate.sentence}, found {_number(check.value)}"
                for check in self.verdict.checks
            ]
            lines.append("")
        if self.parameters:
            lines += ["## Parameters", ""]
            lines += [f"- {_words(key)}: {value}" for key, value in self.parameters.items()]
            lines.append("")
        lines += ["## Limits", "", *(f"- {limit}" for limit in self.limits), ""]
        return "\n".join(lines)


def metric_table(metrics: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """One row a model in the order given, one column a metric; NaN where not measured."""
    frame = pd.DataFrame({name: dict(values) for name, values in metrics.items()}).T
    frame.insert(0, "model", list(metrics))
    return frame.reset_index(drop=True)


def population(history: History) -> dict[str, Any]:
    """What the ledger held on the morning of training, in counts."""
    frame = Waiting.known(history).frame
    return {
        "invoices": len(frame),
        "customers": int(frame["customer_id"].nunique()),
        "settled_by_cash": int((frame["paid_on"] < history.as_of).sum()),
        "closed_unpaid": int((frame["left"] == UNPAID).sum()),
        "first_issued_on": iso(int(frame["issued_on"].min())),
        "last_issued_on": iso(int(frame["issued_on"].max())),
        "currencies": sorted(set(frame["currency"])),
    }


def limits_of(spec: ModelSpec, history: History, share_recorded: float) -> tuple[str, ...]:
    """The spec's limits and those this ledger adds."""
    found = list(spec.limits)
    if not (Waiting.known(history).frame["left"] == UNPAID).any():
        found.append(
            "No invoice of this ledger is known to be closed without cash: the tail of the curves"
            " and the rate of default are not identified by it."
        )
    if share_recorded < 0.01:
        found.append(
            "Facts carry no recording date of their own; each is taken as known on the morning"
            " after it happened (visibility assumed)."
        )
    else:
        found.append(f"{share_recorded:.0%} of the facts were recorded on a later day.")
    return tuple(found)


def share_recorded_later(history: History) -> float:
    """Share of invoices and credits whose recording date differs from the day they happened."""
    later, n = 0, 0
    for table, happened in (("invoices", "issued_on"), ("credits", "happened_on")):
        rows = history.known(table)
        later += int((rows["recorded_on"] != rows[happened]).sum())
        n += len(rows)
    return later / n if n else 0.0


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {key: None if math.isnan(value) else value for key, value in values.items()}


def _words(key: str) -> str:
    return key.replace("_", " ")


def _number(value: float) -> str:
    return "not measured" if math.isnan(value) else f"{value:.4g}"


def _markdown(table: pd.DataFrame) -> list[str]:
    head = "| " + " | ".join(table.columns) + " |"
    rule = "|" + "---|" * len(table.columns)
    rows = [
        "| " + " | ".join(_number(v) if isinstance(v, float) else str(v) for v in row) + " |"
        for row in table.itertuples(index=False)
    ]
    return [head, rule, *rows]
