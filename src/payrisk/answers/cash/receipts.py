"""All cash to come as the doors show it: layer by layer, on one basis, with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast, get_args

import numpy as np
import pandas as pd

from payrisk.answers.cash.billing_sentences import billing_sentences
from payrisk.answers.cash.layers_together import LayersTogether
from payrisk.answers.cash.transit import booked_by_bucket, cash_in_transit_of
from payrisk.answers.cash.treasury import Outlook, forecast_narrowed_to
from payrisk.answers.champion_papers import Intercompany, not_yet_issued, past_cash
from payrisk.answers.champions import CURVES
from payrisk.calendar import iso
from payrisk.cash.forecasting.bank_days import BASIS, kept_calendars
from payrisk.cash.forecasting.forecast import LEVELS, CashForecast, quantile_name
from payrisk.cash.forecasting.grains import buckets, is_partial
from payrisk.cash.forecasting.instant import EURO
from payrisk.cash.layers.factor import FactorCash
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.layers.value_dates import by_value_date, cash_in_transit, value_lags
from payrisk.cash.views import dilution
from payrisk.cash.views.liquidity import DrawnReceipts
from payrisk.errors import InputError

DecisionBasis = Literal["booking", "value"]
Layer = Literal["all", "open"]
OPEN, NEW, BOOKED, FACTOR = "open_invoices", "not_yet_issued", "booked_before", "from_factor"
"""The layers: owed today, still to be billed, waiting for its value, of invoices sold."""
ALL = "all_receipts"

SIDES = (
    "of_own_group", NEW, BOOKED, FACTOR, "in_all", "in_all_p10", "in_all_p90",
)  # fmt: skip
"""Money beside the open invoices' own, in one table for people."""

VALUE = "value date"
NO_VALUE_DATE = "No value date was ever recorded before {day}, so cash counts on its booking date."


@dataclass(frozen=True)
class Receipts:
    """The layers of the cash to come from `as_of` on; money in cents, never added over currencies.

    cash: the open invoices asked for, and no other figure is in it; band: of invoices not yet
    issued, by currency only; transit: by value date, what was booked before as_of and has value
    later (currency, value_on, amount), else empty. factor: of invoices sold with recourse, on
    settlement days whatever the basis. basis_said: which day cash counts on, and why.
    entities: the only ones whose open invoices count, None for all; what is told by currency only
    (band, transit, `became`) is then left out, for it is all entities'.
    """

    outlook: Outlook
    cash: CashForecast
    band: UnbilledCash
    transit: pd.DataFrame
    factor: FactorCash
    basis: str
    basis_said: str
    intercompany: Intercompany
    entities: frozenset[str] | None = None

    @classmethod
    def of(
        cls,
        outlook: Outlook,
        *,
        basis: DecisionBasis = "booking",
        intercompany: Intercompany = "with",
        adjusted: bool = False,
        entities: frozenset[str] | None = None,
    ) -> Receipts:
        """The layers beneath an outlook; entities: only these.

        adjusted: the open invoices with promises and user dates, not the model's alone. Where no
        value date was ever recorded, cash counts on its booking date and that is said.
        """
        cash = outlook.adjusted_forecast.cash if adjusted else outlook.cash
        history = outlook.history
        credits = history.known_rows("credits")
        lags = value_lags(credits, outlook.calendars) if basis == "value" else None
        basis_text = f"{BASIS}: the day cash is booked"
        if basis == "value" and lags is None:
            basis_text = NO_VALUE_DATE.format(day=iso(cash.as_of))
        transit = cash_in_transit(credits.head(0), cash.as_of, cash.horizon_days)
        if intercompany != "with":
            cash = outlook.split_by_intercompany(cash, only=intercompany == "only")
        if lags is not None:
            cash = by_value_date(
                cash, lags, outlook.calendars, np.random.default_rng(2), outlook.instant_shares
            )
            transit = cash_in_transit_of(credits, outlook, intercompany)
            basis_text = (
                f"{VALUE}: the day the bank counts it, learned from {lags.n['', '']:,} payments;"
                " what was booked before and has value later is a layer of its own"
            )
        factor = outlook.factor
        if intercompany != "with":
            is_own = factor.invoices["customer_id"].isin(outlook.related_customers).to_numpy()
            factor = factor.narrowed_to(is_own == (intercompany == "only"))
        curves, horizon_days = outlook.answers.champions[CURVES], cash.horizon_days
        if intercompany == "with" and lags is None:
            band = outlook.not_issued
        else:
            band = not_yet_issued(
                curves, history, horizon_days=horizon_days, intercompany=intercompany, lags=lags
            )
        if entities is not None:
            cash = forecast_narrowed_to(cash, cash.invoices["entity_id"].isin(entities).to_numpy())
            none = slice(0, 0)
            band = UnbilledCash(
                band.as_of, (), band.expected[none], band.draws[:, none], band.usual[none]
            )
            transit = transit.head(0)
            factor = factor.narrowed_to(factor.invoices["entity_id"].isin(entities).to_numpy())
        named = BASIS if lags is None else VALUE
        return cls(outlook, cash, band, transit, factor, named, basis_text, intercompany, entities)

    def open_invoices(
        self, grain: str, *cuts: str, levels: Sequence[float] = LEVELS
    ) -> pd.DataFrame:
        """Per currency, cut and bucket: the cash of the open invoices, as `CashForecast.by`."""
        return self.cash.by(grain, *cuts, levels=levels).assign(layer=OPEN)

    def not_yet_issued(self, grain: str, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Per currency and bucket: the cash of invoices still to be issued, a band beside it."""
        return self.band.by(grain, tuple(levels)).assign(layer=NEW)

    def booked_before(self, grain: str, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Per currency and bucket: booked already, with value then; known, so no spread."""
        cash = self.cash
        table = booked_by_bucket(self.transit, cash.as_of, cash.horizon_days, grain)
        names = {quantile_name(level): table["expected"] for level in levels}
        return table.assign(**names, layer=BOOKED)

    def from_factor(self, grain: str, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Per currency and bucket: what factors pay of invoices sold with recourse."""
        return self.factor.by(grain, levels).assign(layer=FACTOR)

    def in_all(self, grain: str, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Per currency and bucket: all layers together, with the quantiles of their sum.

        Draw by draw: the layers share what makes all payments late, and a draw's receipts miss
        together as far as past sums of weeks did.
        """
        split = buckets(grain, self.cash.as_of, self.cash.horizon_days)
        layers = [self.open_invoices(grain), *self._others(grain)]
        keys = ["currency", "starts_on", "ends_on"]
        table = pd.concat([layer[[*keys, "expected"]] for layer in layers if len(layer)] or layers)
        table = table.groupby(keys, sort=True)["expected"].sum().reset_index()[[*keys, "expected"]]
        parts = []
        currencies = tuple(str(name) for name in table["currency"].unique())
        draws = self.together.draws(grain, currencies)
        for place, currency in enumerate(currencies):
            currency_rows = table[(table["currency"] == currency).to_numpy()]
            of = np.searchsorted(split.starts_on, currency_rows["starts_on"])
            total = draws[:, place, of]
            parts.append(np.quantile(total, levels, axis=0, method="inverted_cdf").T)
        cents = np.rint(np.concatenate(parts)) if parts else np.zeros((0, len(levels)))
        for name, values in zip(map(quantile_name, levels), cents.T, strict=True):
            table[name] = values.astype(np.int64)
        return table

    def drawn(self, layer: Layer = "all") -> DrawnReceipts:
        """Cash by currency and day in every draw: of all layers, or of the open invoices alone."""
        if layer == "open":
            return DrawnReceipts.of_open_invoices(self.cash, OPEN)
        return self.together.by_day(ALL)

    @cached_property
    def together(self) -> LayersTogether:
        """The layers draw by draw."""
        past = past_cash(self.outlook.answers.champions[CURVES])
        weeks = past.weeks.closed_before(self.cash.as_of)
        return LayersTogether(self.cash, self.band, self.transit, self.factor, weeks)

    def from_own_group(self, grain: str, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Per currency and bucket: what of the open invoices' cash our own group's customers owe.

        It is part of the open invoices' cash, not beside it; empty where nobody of the group owes.
        """
        return self.outlook.split_by_intercompany(self.cash, only=True).by(grain, levels=levels)

    def side_by_side(self, grain: str) -> pd.DataFrame:
        """Per currency and bucket: all receipts, then the open invoices' cash and the other SIDES.

        For people: `of_own_group` and `booked_before` only where there is any.
        """
        keys = ["currency", "starts_on", "ends_on"]
        table = self.in_all(grain).rename(columns=lambda name: f"in_all_{name}")
        table.columns = pd.Index([*keys, "in_all", *table.columns[4:]])
        sides = {
            "of_own_group": self.from_own_group(grain),
            "not_yet_issued": self.not_yet_issued(grain),
            BOOKED: self.booked_before(grain),
            FACTOR: self.from_factor(grain),
        }
        merged = self.open_invoices(grain).drop(columns="layer")
        out = table[keys].merge(merged, on=keys, how="left")
        for name, layer in sides.items():
            if len(layer):
                side = layer[[*keys, "expected"]].rename(columns={"expected": name})
                out = out.merge(side, on=keys, how="left")
        table = table.drop(columns="in_all_p50")
        out = table.merge(out, on=keys, how="left")
        cents = out.columns[3:]
        out[cents] = out[cents].fillna(0).astype(np.int64)
        return out

    def records(self, grain: str, *cuts: str, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Flat records of every layer, for files; no cent is in two but of ALL, which sums them.

        Those of OPEN sum to the open balance, as `CashForecast.records`; the other layers are by
        currency only, so their cuts are empty. intercompany: cents of `expected` that our own
        group owes, NA in layers where it is not told apart.
        """
        keys = ["currency", *cuts, "part", "starts_on"]
        open_ = self.cash.records(grain, *cuts, levels=levels).assign(layer=OPEN)
        own_group = self.outlook.split_by_intercompany(self.cash, only=True)
        owed = own_group.records(grain, *cuts, levels=())[[*keys, "expected"]]
        owed = owed.rename(columns={"expected": "intercompany"})
        open_ = open_.merge(owed, on=keys, how="left")
        open_["intercompany"] = open_["intercompany"].fillna(0).astype("Int64")
        whole = self.in_all(grain, levels=levels).assign(layer=ALL)
        others = [
            layer.assign(part=grain, as_of=self.cash.as_of)
            for layer in (*self._others(grain, levels=levels), whole)
            if len(layer)
        ]
        both = pd.concat([open_, *others], ignore_index=True).assign(basis=self.basis)
        names = [quantile_name(level) for level in levels]
        both[names] = both[names].astype("Int64")
        is_bucket = (both["part"] == grain).to_numpy()
        both["is_partial"] = False
        both.loc[is_bucket, "is_partial"] = is_partial(
            grain,
            both.loc[is_bucket, "starts_on"].to_numpy(),
            both.loc[is_bucket, "ends_on"].to_numpy(),
        )
        first = ["as_of", "layer", *keys, "ends_on", "expected", *names, "verified"]
        return both[[*first, "intercompany", "basis", "is_partial"]]

    @cached_property
    def became(self) -> pd.DataFrame:
        """What billed amounts became, measured, see `dilution.became`."""
        became = dilution.what_billing_became(self.outlook.history)
        return self._of_currencies(became) if self.entities is None else became.head(0)

    @cached_property
    def disputes(self) -> pd.DataFrame:
        """What is in dispute and held back, see `dilution.held`."""
        return dilution.disputed_amounts(self.cash)

    def assumptions(self) -> dict[str, Any]:
        """What a reader of the figures must know, by name."""
        assumptions = self.outlook.grounds() | {
            "n_open_invoices": len(self.cash.invoices),
            "verified": self.cash.verified,
            "basis": self.basis,
            "basis_said": self.basis_said,
            "closed_days": self._closed,
            "layers": f"{OPEN}: billed and open; {NEW}: a band of its own, by currency only"
            + (f"; {BOOKED}: booked, value to come" if len(self.transit) else "")
            + (f"; {FACTOR}: {said}" if (said := self.factor.sentence()) else ""),
            "adds_up": f"{OPEN}: credits + buckets + beyond horizon + never = open balance",
            "intercompany": f"{self.intercompany} customers of our own group; told apart",
            "credit_notes_discounts_losses": "in the curves, which learned the share that comes"
            " in cash; measured below",
        }
        return assumptions | billing_sentences(self.became, self.disputes)

    def _others(self, grain: str, *, levels: Sequence[float] = LEVELS) -> list[pd.DataFrame]:
        """The layers beside the open invoices."""
        sides = (self.not_yet_issued, self.booked_before, self.from_factor)
        return [side(grain, levels=levels) for side in sides]

    @property
    def _closed(self) -> str:
        rows = self.cash.invoices
        receiving = set(rows.loc[(rows["currency"] != EURO).to_numpy(), "entity_id"].astype(str))
        at_once = self.outlook.instant_shares.clause()
        others = kept_calendars(self.outlook.calendars, receiving)
        return f"no euro on closed days of TARGET{at_once}; other money: {others}"

    def _of_currencies(self, table: pd.DataFrame) -> pd.DataFrame:
        names = {*self.cash.invoices["currency"].astype(str), *self.band.currencies}
        return table[table["currency"].isin(names).to_numpy()].reset_index(drop=True)


def checked_layer(name: str) -> Layer:
    """The layer of this name; raises InputError naming those there are."""
    for layer in get_args(Layer):
        if layer == name:
            return cast("Layer", layer)
    raise InputError(f"There is no layer '{name}'; use {' or '.join(get_args(Layer))}.")
