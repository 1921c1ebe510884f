"""A forecast with what treasury lays beside it: people's dates, rates, what is not yet issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.answers.cash.factor_receipts import factor_cash
from payrisk.answers.champion_papers import intercompany_customers, not_yet_issued
from payrisk.answers.champions import CURVES, curve_model, is_in_sample
from payrisk.calendar import iso
from payrisk.cash.forecasting.bank_days import (
    BASIS,
    UNKNOWN,
    bank_calendars,
    on_bank_days,
)
from payrisk.cash.forecasting.forecast import HORIZON_DAYS, CashForecast
from payrisk.cash.forecasting.instant import InstantShares
from payrisk.cash.layers.factor import FactorCash
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.views.adjusting import (
    AdjustedForecast,
    adjust,
    no_overrides,
    promised_dates,
)
from payrisk.cash.views.fx import TYPE, BaseRates
from payrisk.cash.views.positions import billed_in_window, positions
from payrisk.cash.views.scenarios import Scenario, scenario_from_text
from payrisk.ledger import History
from payrisk.receivables.agreements.discount_taking import DiscountTaking
from payrisk.receivables.agreements.promise_keeping import PromiseKeeping

GRAINS = ("day", "week", "month", "quarter")


@dataclass(frozen=True)
class Outlook:
    """A forecast with all that treasury lays beside it; `cash` is the model's alone.

    overrides: the dates that users typed; `adjusted_forecast` has the ledger's promises, too.
    """

    answers: Answers
    history: History
    cash: CashForecast
    calendars: dict[str, str]
    overrides: pd.DataFrame
    base: str | None = None
    rate_type: str = TYPE

    @classmethod
    def of(
        cls,
        answers: Answers,
        *,
        as_of: int,
        horizon_days: int = HORIZON_DAYS,
        overrides: pd.DataFrame | None = None,
        base: str | None = None,
        rate_type: str = TYPE,
        in_sample: bool = False,
    ) -> Outlook:
        """overrides: user dates (adjusting.COLUMNS); the ledger's promises come beside them.

        base: the currency of the base view; rate_type: which of the ledger's rates it takes.
        in_sample: also for a morning before the model's own, see `Answers.cash_forecast`.
        Raises as `Answers.cash_forecast`, InputError for overrides that cannot be read.
        """
        cash = answers.cash_forecast(as_of=as_of, horizon_days=horizon_days, in_sample=in_sample)
        history = answers.history(as_of)
        places = bank_calendars(history.known_rows("entities"))
        typed = no_overrides() if overrides is None else overrides
        return cls(answers, history, cash, places, typed, base, rate_type)

    @property
    def is_in_sample(self) -> bool:
        """Whether the model had seen what came after the morning."""
        return is_in_sample(self.answers.champions[CURVES].card, self.cash.as_of)

    @cached_property
    def keeping(self) -> PromiseKeeping:
        """What the promises that are over tell of those that are not."""
        return PromiseKeeping.of(self.history)

    @cached_property
    def dated(self) -> pd.DataFrame:
        """Overrides: the ledger's promises that are not over, and the dates that users typed."""
        dated = promised_dates(self.history, self.keeping)
        dated = dated[(dated["expires_on"] >= self.cash.as_of).to_numpy()].reset_index(drop=True)
        if not len(self.overrides):
            return dated
        tables = [dated, self.overrides] if len(dated) else [self.overrides]
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def adjusted_forecast(self) -> AdjustedForecast:
        """The forecast with promises, each as likely as learnt, and user dates laid over it."""
        return adjust(self.cash, self.dated, self.calendars, self.keeping)

    @cached_property
    def not_issued(self) -> UnbilledCash:
        """The band of cash from invoices not yet issued."""
        champion = self.answers.champions[CURVES]
        horizon = self.cash.horizon_days
        return not_yet_issued(champion, self.history, horizon_days=horizon)

    @cached_property
    def instant_shares(self) -> InstantShares:
        """Which share of each account's euros lands on closed days."""
        return InstantShares.of(self.history.known_rows("credits"), self.calendars)

    @cached_property
    def factor(self) -> FactorCash:
        """What factors will pay of invoices sold with recourse."""
        champions = self.answers.champions
        model = curve_model(champions, self.answers.refused)
        return factor_cash(self.history, model, champions[CURVES], self.cash)

    @cached_property
    def rates(self) -> BaseRates | None:
        """The rates into the base currency, if one is asked for."""
        if self.base is None:
            return None
        return BaseRates.of(self.history.known_rows("rates"), self.base, self.rate_type)

    @cached_property
    def rates_used(self) -> pd.DataFrame:
        """What the base view converts at what; empty without a base."""
        if self.rates is None:
            return pd.DataFrame(columns=["from", "to", "type", "rate", "rate_valid_on"])
        names = sorted(set(self.cash.invoices["currency"].astype(str)))
        return self.rates.used(names, self.cash.as_of - 1)

    def scenarios(self, texts: Sequence[str]) -> list[Scenario]:
        """The scenarios of short texts, see `scenarios.parsed`, on days the banks are open."""
        is_offered = any(text.startswith("discount:") for text in texts)
        taking = DiscountTaking.of(self.history) if is_offered else None
        parsed = [
            scenario_from_text(text, self.cash, self.rates, taking)
            for text in dict.fromkeys(texts)
        ]
        return [
            scenario
            if scenario.cash is self.cash
            else replace(scenario, cash=self._on_bank_days(scenario.cash))
            for scenario in parsed
        ]

    def _on_bank_days(self, changed: CashForecast) -> CashForecast:
        """A changed forecast on open days; invoices it left alone stay where they were."""
        only = None
        if changed.expected.shape == self.cash.expected.shape:
            only = (changed.expected != self.cash.expected).any(axis=1)
        return on_bank_days(changed, self.calendars, self.instant_shares, only=only)

    def positions(self, grain: str) -> pd.DataFrame:
        """Open balance, overdue and DSO at the end of each bucket."""
        sales = billed_in_window(self.history.invoices(), self.cash.as_of)
        return positions(self.cash, grain, sales)

    def split_by_intercompany(self, cash: CashForecast, *, only: bool) -> CashForecast:
        """A forecast's intercompany customers alone, or all others."""
        return forecast_narrowed_to(
            cash, cash.invoices["customer_id"].isin(self.related_customers).to_numpy() == only
        )

    @cached_property
    def related_customers(self) -> set[str]:
        """The customers of our own group."""
        return intercompany_customers(self.history)

    def assumptions(self) -> dict[str, Any]:
        """What a reader of the figures must know, by name."""
        statuses = self.adjusted_forecast.overrides["status"].value_counts()
        overrides = {str(name): int(n) for name, n in sorted(statuses.items())}
        return self.grounds() | {"overrides": overrides, "promises": self.keeping.sentence}

    def grounds(self) -> dict[str, Any]:
        """What the model's own view stands on, by name."""
        cash = self.cash
        open_ = cash.invoices.assign(
            related=cash.invoices["customer_id"].isin(self.related_customers).to_numpy()
        )
        own_group = open_[open_["related"]].groupby("currency")["residual"].sum()
        unknown = sorted(set(cash.invoices["entity_id"].astype(str)) - set(self.calendars))
        return {
            "as_of": iso(cash.as_of),
            "known": f"facts recorded before {iso(cash.as_of)}",
            "horizon_days": cash.horizon_days,
            "n_open_invoices": len(cash.invoices),
            "model": CURVES,
            "model_version": str(self.answers.champions[CURVES].version),
            "ledger_sha": self.answers.ledger_sha,
            "n_draws": len(cash.landed),
            "credit_rule": cash.credit_rule,
            "verified": cash.verified,
            "in_sample": self.is_in_sample,
            "basis": BASIS,
            "calendars": dict(sorted(self.calendars.items())) | dict.fromkeys(unknown, UNKNOWN),
            "base_currency": self.base,
            "rate_type": self.rate_type if self.base else None,
            "rates_used": [
                {**row, "rate_valid_on": iso(row["rate_valid_on"])}
                for row in self.rates_used.to_dict("records")
            ],
            "intercompany_open": {str(name): int(cents) for name, cents in own_group.items()},
            "not_in": "invoices not yet issued: a band of their own",
            "intercompany": "in the totals of all, and apart",
        } | self._caveats

    @property
    def _caveats(self) -> dict[str, str]:
        """What the model itself wants its readers to know."""
        caveat = getattr(self.answers.champions[CURVES].model, "caveat", "")
        return {"model_caveat": caveat} if caveat else {}


def forecast_narrowed_to(cash: CashForecast, rows: Any) -> CashForecast:
    """The forecast of some of its invoices, by the same draws."""
    return replace(
        cash,
        invoices=cash.invoices[rows].reset_index(drop=True),
        expected=cash.expected[rows],
        landed=cash.landed[:, rows],
    )
