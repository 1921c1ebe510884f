"""Cash in the currency that arrives: each invoice's parts, converted, chosen draw by draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Floats, Ints
from payrisk.cash.currencies.payment_currency import PaymentCurrencies
from payrisk.cash.forecasting.bank_days import on_bank_days
from payrisk.cash.forecasting.draws import Landings
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.layers.value_dates import unbilled_on_bank_days
from payrisk.cash.views.fx import BaseRates
from payrisk.cash.views.scenarios import without_extra_recovery
from payrisk.errors import InputError
from payrisk.money import decimals

IMPLIED = "implied by payments"
DOUBT = "past weeks were held by the currency of the invoice, not by the one that arrives"


@dataclass(frozen=True)
class ConversionRate:
    """Minor units of one currency for one of another, of which type, and of which day."""

    factor: float
    rate: float
    type: str
    valid_on: int


Conversions = Mapping[tuple[str, str], ConversionRate]
"""(invoice currency, payment currency) → its rate."""


def conversions(
    learned: PaymentCurrencies, rates: pd.DataFrame, as_of: int, rate_type: str
) -> dict[tuple[str, str], ConversionRate]:
    """The rate of every pair of currencies that payments came in, on the evening before as_of.

    rates: the ledger's, as known that morning. Where it has none, what the last payments of the
    pair were worth themselves.
    """
    told = {}
    day = as_of - 1
    for source, implied in learned.rates.items():
        invoice, payment = source
        scale = 10.0 ** (decimals(payment) - decimals(invoice))
        try:
            rate, on_day = BaseRates.of(rates, payment, rate_type).at(invoice, day)
            told[source] = ConversionRate(rate * scale, rate, rate_type, on_day)
        except InputError:
            told[source] = ConversionRate(implied, implied / scale, IMPLIED, day)
    return told


def arriving_cash(
    cash: CashForecast,
    learned: PaymentCurrencies,
    rates: Conversions,
    calendars: Mapping[str, str],
) -> CashForecast:
    """The forecast with each invoice under the currencies it is likely to be paid in.

    invoices: a row an invoice and currency, `currency` that of the payment, `invoice_currency`
    and `payment_share` beside it; amounts are its share, converted. expected: the shares of it,
    exact in each currency. landed: in a draw an invoice comes in one currency and never in the
    others; what a customer pays on one day comes in one, on a day on which that settles. Nothing
    of it counts as verified: past weeks were held by invoice currency.
    """
    rows, currency, share = _parts(cash.invoices, learned)
    factor = np.array(
        [
            1.0 if name == was else rates[was, name].factor
            for was, name in zip(
                cash.invoices["currency"].astype(str).to_numpy()[rows], currency, strict=True
            )
        ]
    )
    cents = np.concatenate([cash.invoices[["covered"]].to_numpy(np.int64), cash.expected], axis=1)
    split = _split(cents, rows, share)
    split = np.diff(np.rint(np.cumsum(split, axis=1) * factor[:, None]), axis=1, prepend=0.0)
    whole = split.astype(np.int64)
    invoices = cash.invoices.iloc[rows].reset_index(drop=True)
    invoices = invoices.assign(
        invoice_currency=invoices["currency"],
        currency=currency,
        payment_share=share,
        covered=whole[:, 0],
        expected_from=whole[:, 1:].sum(axis=1),
        residual=whole.sum(axis=1),
    )
    landed = _landed(cash, rows, share)
    after = replace(cash, invoices=invoices, expected=whole[:, 1:], landed=landed)
    is_other = (invoices["currency"] != invoices["invoice_currency"]).to_numpy()
    after = on_bank_days(after, calendars, only=is_other)
    return without_extra_recovery(cash, after).with_doubt(cash.doubt or DOUBT)


def arriving_band(
    band: UnbilledCash,
    learned: PaymentCurrencies,
    rates: Conversions,
    billed: Mapping[tuple[str, str], float],
    calendars: Mapping[str, str],
) -> UnbilledCash:
    """What is not yet issued by the currency that will arrive, on days on which that settles.

    billed: (customer, currency) → cents billed lately, which say whose shares count how much.
    """
    whole: dict[str, dict[str, float]] = {}
    for (customer, currency), cents in billed.items():
        for name, share in learned.of(customer, currency).items():
            parts = whole.setdefault(currency, {})
            parts[name] = parts.get(name, 0.0) + cents * share
    names = sorted({*band.currencies, *(n for c in band.currencies for n in whole.get(c, {}))})
    n = len(names)
    expected = np.zeros((n, band.horizon_days))
    draws = np.zeros((len(band.draws), n, band.horizon_days))
    usual = np.zeros(n)
    for place, currency in enumerate(band.currencies):
        parts = whole.get(currency) or {currency: 1.0}
        total = sum(parts.values()) or 1.0
        for name, cents in parts.items():
            factor = 1.0 if name == currency else rates[currency, name].factor
            weight, to = cents / total * factor, names.index(name)
            only = slice(place, place + 1)
            part = UnbilledCash(
                band.as_of, (name,), band.expected[only], band.draws[:, only], band.usual[only]
            )
            if name != currency:
                part = unbilled_on_bank_days(part, {}, calendars)
            expected[to] += part.expected[0] * weight
            draws[:, to] += part.draws[:, 0] * weight
            usual[to] += band.usual[place] * weight
    return UnbilledCash(band.as_of, tuple(names), expected, draws, usual)


def fx_apart(cash: CashForecast, arriving: CashForecast, rates: Conversions) -> pd.DataFrame:
    """What of each invoice currency's expected cash arrives in which, and at which rate.

    invoice_currency, currency (that arrives), share of the expected cents, in_invoice_currency
    and expected (both within the horizon, in minor units of their own), rate, rate_type, rate_on
    (empty where the currency is the same). Shares of an invoice currency sum to 1.
    """
    h = cash.horizon_days
    rows = arriving.invoices
    inside = arriving.expected[:, :h].sum(axis=1)
    table = rows[["invoice_currency", "currency"]].assign(expected=inside)
    table = table.astype({"invoice_currency": str, "currency": str})
    keys = ["invoice_currency", "currency"]
    table = table.groupby(keys, sort=True)["expected"].sum().reset_index()
    told = []
    for row in table.to_dict("records"):
        rate = rates.get((row["invoice_currency"], row["currency"]))
        factor = 1.0 if rate is None else rate.factor
        told.append(
            {
                "in_invoice_currency": row["expected"] / factor,
                "rate": None if rate is None else rate.rate,
                "rate_type": None if rate is None else rate.type,
                "rate_on": None if rate is None else rate.valid_on,
            }
        )
    more = pd.DataFrame(told, columns=["in_invoice_currency", "rate", "rate_type", "rate_on"])
    table = pd.concat([table, more], axis=1)
    whole = table.groupby("invoice_currency")["in_invoice_currency"].transform("sum")
    table["share"] = table["in_invoice_currency"] / whole.where(whole > 0)
    table["in_invoice_currency"] = table["in_invoice_currency"].round().astype("Int64")
    table["rate_on"] = table["rate_on"].astype("Int64")
    columns = ["invoice_currency", "currency", "share", "in_invoice_currency", "expected", "rate",
               "rate_type", "rate_on"]  # fmt: skip
    return table[columns]


def _parts(invoices: pd.DataFrame, learned: PaymentCurrencies) -> tuple[Ints, list[str], Floats]:
    """Rows of the forecast, the currency and share of each part; the likeliest part first."""
    customers = invoices["customer_id"].astype(str).tolist()
    currencies = invoices["currency"].astype(str).tolist()
    known: dict[tuple[str, str], list[tuple[str, float]]] = {}
    rows, names, shares = [], [], []
    for row, key in enumerate(zip(customers, currencies, strict=True)):
        if key not in known:
            parts = learned.of(*key)
            known[key] = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
        for name, share in known[key]:
            rows.append(row)
            names.append(name)
            shares.append(share)
    return np.array(rows, dtype=np.int64), names, np.array(shares, dtype=np.float64)


def _split(cents: Cents, rows: Ints, share: Floats) -> Cents:
    """(m, k) whole cents of each part; those of one row sum to the row's, column by column."""
    first = np.append(True, rows[1:] != rows[:-1]) if len(rows) else np.zeros(0, dtype=bool)
    out = np.minimum(np.rint(cents[rows] * share[:, None]), cents[rows]).astype(np.int64)
    starts = np.flatnonzero(first)
    if len(starts):
        others = np.add.reduceat(np.where(first[:, None], 0, out), starts, axis=0)
        out[starts] = cents[rows[starts]] - others
    return out


def _landed(cash: CashForecast, rows: Ints, share: Floats) -> Landings:
    """(n_draws, m) where each part lands: one part of an invoice as it did, the others never."""
    landed = cash.landed[:, rows].copy()
    first = np.append(True, rows[1:] != rows[:-1]) if len(rows) else np.zeros(0, dtype=bool)
    upto = np.cumsum(share)
    before = upto - share
    starts = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    low = before - before[starts] if len(rows) else share
    several = np.flatnonzero(share < 1.0)
    customer = pd.factorize(cash.invoices["customer_id"])[0][rows]
    never = cash.horizon_days + 1
    draws = np.arange(len(landed), dtype=np.uint64)[:, None]
    for begin in range(0, len(several), 2_000):
        part = several[begin : begin + 2_000]
        chance = _uniform(draws, customer[part].astype(np.uint64), landed[:, part])
        chosen = (chance >= low[part]) & (chance < low[part] + share[part])
        landed[:, part] = np.where(chosen, landed[:, part], never)
    return landed


def _uniform(draws: np.ndarray, customer: np.ndarray, day: Landings) -> Floats:
    """(n_draws, k) numbers in [0, 1), the same for what a customer pays on one day of a draw."""
    with np.errstate(over="ignore"):
        mixed: np.ndarray = draws * np.uint64(0x9E3779B97F4A7C15)
        mixed = mixed + customer * np.uint64(0xC2B2AE3D27D4EB4F)
        mixed = mixed + day.astype(np.uint64) * np.uint64(0x165667B19E3779F9)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)
