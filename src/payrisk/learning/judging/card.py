"""ModelCard: what a model is for, on what data it was fitted, how good it was and where not."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from payrisk.calendar import NEVER, date_of, day_of, iso
from payrisk.files import plain_value
from payrisk.learning.judging.card_text import card_markdown
from payrisk.learning.judging.evidence import Evidence
from payrisk.learning.judging.gates import Verdict
from payrisk.learning.judging.spec import ModelSpec
from payrisk.ledger import History
from payrisk.receivables.days_late import CLOSED_UNPAID, SettlementHistory


@dataclass(frozen=True)
class ModelCard:
    """Everything a reader needs before trusting a version; `to_json` and `to_text` agree.

    population: counts of the training ledger. window: what was judged and by which cut.
    metrics: model name → metric → value, this model first. limits: sentences. allowed_undated:
    attributes without date history that were read as if known since ever. evidence: intervals,
    slices and calibration. features: name → definition hash of what it reads; feature_diff: how
    these differ from the champion's (see `feature_diff`). owner: who answers for it. expires_on:
    the day from which it needs another look. shipped: which model ships and which was backtested.
    champion: version and digest of what answered when it was judged, which its verdict is against.
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
    evidence: Evidence = field(default_factory=Evidence)
    features: Mapping[str, str] = field(default_factory=dict)
    feature_diff: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""
    expires_on: int | None = None
    shipped: Mapping[str, Any] = field(default_factory=dict)
    champion: Mapping[str, str] = field(default_factory=dict)

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
            "owner": self.owner,
            "expires_on": None if self.expires_on is None else iso(self.expires_on),
            "population": dict(self.population),
            "window": dict(self.window),
            "shipped": dict(self.shipped),
            "champion": dict(self.champion),
            "metrics": {model: plain_value(values) for model, values in self.metrics.items()},
            **self.evidence.to_json(),
            "verdict": self.verdict.to_json(),
            "limits": list(self.limits),
            "parameters": dict(self.parameters),
            "features": dict(self.features),
            "feature_diff": dict(self.feature_diff),
            "allowed_undated": list(self.allowed_undated),
        }

    def to_text(self) -> str:
        """The card in Markdown."""
        return card_markdown(self.to_json())


def feature_diff(
    now: Mapping[str, str], before: Mapping[str, str], against: str
) -> dict[str, Any]:
    """How what a model reads differs from what another read; names by definition hash.

    against: the other in words, such as 'version 3'.
    """
    return {
        "against": against,
        "added": sorted(set(now) - set(before)),
        "removed": sorted(set(before) - set(now)),
        "changed": sorted(n for n in set(now) & set(before) if now[n] != before[n]),
    }


def expiry(as_of: int, months: int) -> int:
    """The day so many months after another; at most the last day of that month."""
    date = date_of(as_of)
    if date is None:
        return NEVER
    years, month = divmod(date.month - 1 + months, 12)
    first = date.replace(year=date.year + years, month=month + 1, day=1)
    last = monthrange(first.year, first.month)[1]
    return day_of(first.replace(day=min(date.day, last)))


def metric_table(metrics: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """One row a model in the order given, one column a metric; NaN where not measured."""
    frame = pd.DataFrame({name: dict(values) for name, values in metrics.items()}).T
    frame.insert(0, "model", list(metrics))
    return frame.reset_index(drop=True)


def population(history: History) -> dict[str, Any]:
    """What the ledger held on the morning of training, in counts."""
    frame = SettlementHistory.of(history).frame
    return {
        "invoices": len(frame),
        "customers": int(frame["customer_id"].nunique()),
        "settled_by_cash": int((frame["paid_on"] < history.as_of).sum()),
        "closed_unpaid": int((frame["outcome"] == CLOSED_UNPAID).sum()),
        "first_issued_on": iso(int(frame["issued_on"].min())),
        "last_issued_on": iso(int(frame["issued_on"].max())),
        "currencies": sorted(set(frame["currency"])),
    }


def limits_of(spec: ModelSpec, history: History, share_recorded: float) -> tuple[str, ...]:
    """The spec's limits and those this ledger adds."""
    found = list(spec.limits)
    if not (SettlementHistory.of(history).frame["outcome"] == CLOSED_UNPAID).any():
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
        rows = history.known_rows(table)
        later += int((rows["recorded_on"] != rows[happened]).sum())
        n += len(rows)
    return later / n if n else 0.0
