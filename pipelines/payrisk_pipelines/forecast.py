"""What cash the open invoices will bring, as a table for people and a file for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.answers import CURVES, Answers, read
from payrisk.answers.cash_past import not_yet_issued
from payrisk.answers.forecast_file import write_forecast
from payrisk.calendar import iso
from payrisk.cash.bank_days import BASIS, UNKNOWN, calendars
from payrisk.cash.forecast import HORIZON_DAYS, CashForecast
from payrisk.cash.grains import buckets
from payrisk.cash.unbilled import Unbilled
from payrisk.settings import Settings

MONEY = (
    "expected", "p10", "p50", "p90", "open_balance", "settled_by_credits", "within_horizon",
    "beyond_horizon", "never",
)  # fmt: skip


@dataclass(frozen=True)
class ForecastReport:
    """A CashForecast at one grain and cut, with what it stands on. Money in cents.

    layer: the band of invoices not yet issued, by currency only; never part of the totals.
    """

    cash: CashForecast
    layer: Unbilled
    by: str
    cuts: tuple[str, ...]
    version: str
    ledger_sha: str
    calendars: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The morning, the invoices and the model, in words."""
        n = len(self.cash.invoices)
        if not n:
            return f"No invoice is open as of {iso(self.cash.as_of)}: no cash to forecast."
        return (
            f"Cash expected from {n:,} open invoice{'s' if n > 1 else ''} as of"
            f" {iso(self.cash.as_of)}, {self.cash.horizon_days} days ahead,"
            f" by {CURVES} version {self.version}; intervals: {self.cash.verified}"
        )

    def table(self) -> pd.DataFrame:
        """Per currency, cut and bucket: expected cash and the quantiles of its total."""
        return self.cash.by(self.by, *self.cuts)

    def not_yet_issued(self) -> pd.DataFrame:
        """Per currency and bucket: cash of invoices still to be issued, beside the forecast."""
        return self.layer.by(self.by)

    def balance(self) -> pd.DataFrame:
        """Per currency and cut: where every cent of the open balance goes."""
        return self.cash.balance(*self.cuts)

    def assumptions(self) -> pd.DataFrame:
        """What a reader of the figures must know, as name and value."""
        said: dict[str, Any] = {
            "as_of": iso(self.cash.as_of),
            "known": f"facts recorded before {iso(self.cash.as_of)}",
            "horizon_days": self.cash.horizon_days,
            "n_open_invoices": len(self.cash.invoices),
            "model": CURVES,
            "model_version": self.version,
            "ledger_sha": self.ledger_sha,
            "n_draws": len(self.cash.landed),
            "credits": f"used up first: {self.cash.credit_rule}",
            "intervals": self.cash.verified,
            "basis": BASIS,
            "closed_days": self._closed,
            "adds_up": "credits + buckets + beyond horizon + never = open balance",
            "not_in": "invoices not yet issued; they are a band of their own",
            "dilution": "expected credit notes, short pays, write-offs and early discounts are"
            " in the curves, which say what share comes in cash; disputes lower them",
        }
        return pd.DataFrame({"name": list(said), "value": [str(v) for v in said.values()]})

    @property
    def _closed(self) -> str:
        known = ", ".join(f"{name} {place}" for name, place in sorted(self.calendars.items()))
        return f"no cash on closed days of {known}" if known else f"bank calendar {UNKNOWN}"

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything by title, as `--json` prints it."""
        return {
            "forecast": self.table(),
            "not_yet_issued": self.not_yet_issued(),
            "balance": self.balance(),
            "assumptions": self.assumptions(),
        }

    def write(self, path: Path) -> list[Path]:
        """Write flat records, whose `expected` sums to the open balance, and the assumptions."""
        records = self.cash.records(self.by, *self.cuts).assign(model_version=self.version)
        said = self.assumptions().set_index("name")["value"].to_dict()
        drawn, band = self.cash.by(self.by), self.not_yet_issued()
        return write_forecast(path, records, said, drawn=drawn, band=band)


def forecast(
    settings: Settings,
    *,
    as_of: int | None = None,
    by: str = "week",
    cuts: Sequence[str] = (),
    horizon_days: int = HORIZON_DAYS,
    answers: Answers | None = None,
) -> ForecastReport:
    """Forecast the cash of the invoices open on the morning `as_of` with the champion.

    as_of: default the day after the last recorded fact. Raises NoChampion without a days-to-pay
    champion, LedgerError before the first fact, InputError for an unknown grain or cut.
    """
    buckets(by, 0, 1)  # refuses an unknown grain before anything is read
    answers = answers or read(settings.home)
    morning = answers.ledger.default_as_of if as_of is None else as_of
    cash = answers.cash_forecast(as_of=morning, horizon_days=horizon_days)
    version = str(answers.champions[CURVES].version)
    history = answers.history(morning)
    own = calendars(history.known("entities"))
    layer = not_yet_issued(answers.champions[CURVES], history, horizon_days=horizon_days)
    return ForecastReport(cash, layer, by, tuple(cuts), version, answers.ledger_sha, own)
