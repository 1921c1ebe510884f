"""When each open invoice will be paid and which customer will default, as of a morning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk import bundle
from payrisk.answers import CURVES, RISK
from payrisk.answers.champions import is_in_sample, require_trained_before
from payrisk.calendar import iso
from payrisk.errors import NoChampion
from payrisk.files import write_tables
from payrisk.ledger import History
from payrisk.ledger.stored.storage import load
from payrisk.readouts import USUAL, Thresholds, curve_readouts
from payrisk.settings import Settings

MONEY = ("residual",)
SHOWN = ["p10_on", "p50_on", "p90_on", "expected_days_late", "lateness", "probability_late",
         "probability_very_late", "probability_never"]  # fmt: skip
KEPT = ["invoice_id", "instalment", "customer_id", "due_on", "currency", "residual"]


@dataclass(frozen=True)
class MorningScores:
    """What the champions say of every open invoice and of every customer who owes.

    invoices: one row per open instalment with the fields of `readouts.CurveReadout` (`p10_on`,
    `expected_days_late`, `probability_late`, `lateness` …) and `availability`. customers: one row
    each with `probability_default` within `horizon_days`, the status `is_in_default` and the first
    reason in words; empty while no default-risk model is promoted. versions: model → version.
    Cents.
    """

    as_of: int
    versions: Mapping[str, str]
    invoices: pd.DataFrame
    customers: pd.DataFrame
    in_sample: bool = False

    @property
    def sentence(self) -> str:
        """The morning and the models, in words."""
        models = ", ".join(f"{name} version {number}" for name, number in self.versions.items())
        missing = "" if RISK in self.versions else f"; {RISK} has no champion"
        marked = "; IN-SAMPLE: a model was trained later and has seen what came"
        return f"as of {iso(self.as_of)} by {models}{missing}{marked if self.in_sample else ''}"

    def table(self) -> pd.DataFrame:
        """The invoices for people: those most probably late first, in the columns that tell most.

        Files and JSON hold all columns.
        """
        keys = ["probability_late", "residual"]
        shown = self.invoices.sort_values(keys, ascending=False, kind="stable", ignore_index=True)
        by_date = ["probability_by_date"] if shown["probability_by_date"].notna().any() else []
        return shown[[*KEPT, *SHOWN, *by_date, "availability"]]

    def customer_table(self) -> pd.DataFrame:
        """The customers for people: those most probably in default first."""
        if self.customers.empty:
            return self.customers
        return self.customers.sort_values(
            ["is_in_default", "probability_default"],
            ascending=False,
            kind="stable",
            ignore_index=True,
        )

    def tables(self) -> dict[str, pd.DataFrame]:
        """Both tables by name, each row saying when and by which version, as files hold them."""
        named = {"invoices": (self.invoices, CURVES), "customers": (self.customers, RISK)}
        return {
            name: table.assign(
                as_of=self.as_of,
                model=model,
                version=self.versions[model],
                in_sample=self.in_sample,
            )
            for name, (table, model) in named.items()
            if model in self.versions
        }

    def write(self, path: Path) -> list[Path]:
        """Write the invoices to `path`, the customers beside it (or on a second sheet)."""
        return write_tables(path, self.tables(), MONEY)


def score(
    settings: Settings,
    *,
    as_of: int | None = None,
    horizon_days: int | None = None,
    lines: Thresholds = USUAL,
    in_sample: bool = False,
) -> MorningScores:
    """Score every open invoice and every customer who owes, as known on the morning `as_of`.

    as_of: default the day after the last recorded fact; horizon_days of a default: the model's
    own; lines: what is called late, and a day to read the chance of payment at. in_sample: also
    for a morning before a model's own, so marked. Raises LaterTrainedModel otherwise, NoChampion
    without a days-to-pay champion, LedgerError before the first fact.
    """
    ledger = load(settings.home)
    history = ledger.as_of(ledger.default_as_of if as_of is None else as_of)
    curves = bundle.champion(settings.home, CURVES)
    cards = [curves.card]
    versions = {CURVES: curves.version}
    require_trained_before(curves.card, history.as_of, in_sample=in_sample)
    invoices = _invoices(curves, history, lines)
    customers = pd.DataFrame()
    try:
        risk = bundle.champion(settings.home, RISK)
    except NoChampion:
        pass
    else:
        cards.append(risk.card)
        require_trained_before(risk.card, history.as_of, in_sample=in_sample)
        versions[RISK] = risk.version
        customers = _customers(risk, history, horizon_days)
    has_seen = any(is_in_sample(card, history.as_of) for card in cards)
    return MorningScores(history.as_of, versions, invoices, customers, has_seen)


def report_path(settings: Settings, name: str, as_of: int) -> Path:
    """Where a report goes when no file was asked for."""
    return settings.home / "reports" / f"{name}-{iso(as_of)}.csv"


def _invoices(champion: bundle.Bundle, history: History, lines: Thresholds) -> pd.DataFrame:
    invoices = history.open_invoices().reset_index(drop=True)
    curves = champion.model.curves(history, invoices)
    readouts = curve_readouts(curves, invoices["due_on"].to_numpy(np.int64), lines)
    availability = champion.model.availability(history, invoices)
    return pd.concat([invoices[KEPT], readouts], axis=1).assign(availability=availability)


def _customers(
    champion: bundle.Bundle, history: History, horizon_days: int | None
) -> pd.DataFrame:
    ids = sorted(set(history.open_invoices()["customer_id"]))
    names = history.customers().set_index("customer_id")["name"]
    risks = champion.model.risks(history, ids, horizon_days)
    return pd.DataFrame(
        {
            "customer_id": ids,
            "name": names.reindex(ids).to_numpy(),
            "probability_default": [risk.probability for risk in risks],
            "horizon_days": [risk.horizon_days for risk in risks],
            "is_in_default": [risk.is_in_default for risk in risks],
            "n_invoices_seen": [risk.n_invoices_seen for risk in risks],
            "reason": [risk.reasons[0].text if risk.reasons else None for risk in risks],
        }
    )
