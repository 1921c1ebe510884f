"""An offer of a discount for paying early: what it brings forward, gives away and costs a year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.errors import InputError
from payrisk.receivables.agreements.discount_taking import STATED_TAKEN, DiscountTaking


@dataclass(frozen=True)
class Discount:
    """`rate` off what is paid within `days` of the offer, else net `net_days`; taken by a share.

    rate and take_up in [0, 1]; 2/10 net 30 is Discount(0.02, 10, 30). take_up: of those who would
    pay later; None for what past offers tell of each customer.
    """

    rate: float
    days: int
    net_days: int
    take_up: float | None = None

    def __post_init__(self) -> None:
        """Refuse an offer that is none; raises InputError."""
        take_up = 0.5 if self.take_up is None else self.take_up
        if not (0 < self.rate < 1 and 0 <= take_up <= 1 and 0 <= self.days < self.net_days):
            raise InputError(
                "A discount needs a rate between 0 and 1, a take-up from 0 to 1 and fewer days"
                " than net days."
            )

    @property
    def annual_cost(self) -> float:
        """What giving it costs a year for each unit of cash had earlier: simple interest.

        rate ÷ (1 − rate) × 365 ÷ (net days − days), the standard form.

        >>> round(Discount(0.02, 10, 30).annual_cost, 4)
        0.3724
        """
        return self.rate / (1 - self.rate) * 365 / (self.net_days - self.days)


def apply_discount(
    cash: CashForecast, offer: Discount, taking: DiscountTaking | None = None
) -> CashForecast:
    """Everyone is offered the discount as of today, on all that is not yet overdue.

    Who pays within its days anyway takes it; of the others `take_up` pay on its last day, or where
    that is None so many that each customer takes it as often as it took past offers, which
    `taking` tells (where none is over, the stated half of the others). What is
    given away never comes: each invoice has two rows, its net and the discount on it, so balances
    still add up; it comes off the last of the days first. Take-up falls on whole draws, in turn,
    so that the same draws stay comparable.
    """
    h = cash.horizon_days
    if offer.days >= h:
        raise InputError("The discount's days must end within the forecast; use a longer horizon.")
    rows = np.flatnonzero(cash.invoices["due_on"].to_numpy(np.int64) >= cash.as_of)
    amount = cash.invoices["expected_from"].to_numpy(np.int64)
    discount_cents = np.zeros(len(amount), dtype=np.int64)
    discount_cents[rows] = np.floor(amount[rows] * offer.rate).astype(np.int64)

    # expected cash: what comes after the last day moves to it by the take-up
    early = cash.expected[rows, : offer.days + 1].sum(axis=1)
    later = cash.expected[rows, offer.days + 1 : h + 1]
    take_up = _take_up(cash, rows, early, offer, taking or DiscountTaking())
    moved = np.floor(later * take_up[:, None]).astype(np.int64)
    gross = cash.expected[rows].copy()
    gross[:, offer.days + 1 : h + 1] -= moved
    gross[:, offer.days] += moved.sum(axis=1)
    taken = early + moved.sum(axis=1)
    lost = np.floor(taken * offer.rate).astype(np.int64)
    lost = np.minimum(lost, discount_cents[rows])
    off = _off(gross[:, : offer.days + 1], lost)
    net = gross.copy()
    net[:, : offer.days + 1] -= off
    # of the discount row, what is taken never comes, the rest comes with its invoice
    rest = discount_cents[rows] - lost
    shares = gross[:, offer.days + 1 :]
    back = _off(np.minimum(shares, net[:, offer.days + 1 :]), rest)
    net[:, offer.days + 1 :] -= back
    apart = np.zeros_like(net)
    apart[:, offer.days + 1 :] = back
    apart[:, -1] += lost

    expected = cash.expected.copy()
    expected[rows] = net
    landed = cash.landed.copy()
    n_draws = len(landed)
    column = landed[:, rows].astype(np.int64)
    turn = (np.arange(n_draws)[:, None] * 0.6180339887 + np.arange(len(rows)) * 0.7548776662) % 1
    takes = (column <= offer.days) | ((turn < take_up) & (column <= h))
    column = np.where(takes, np.minimum(column, offer.days), column)
    landed[:, rows] = column.astype(np.int16)
    discounted = np.where(takes, h + 1, column).astype(np.int16)

    base = cash.invoices.copy()
    base["residual"] -= discount_cents
    base["expected_from"] -= discount_cents
    offered_rows = cash.invoices.iloc[rows].assign(
        residual=discount_cents[rows], covered=0, expected_from=discount_cents[rows]
    )
    return replace(
        cash,
        invoices=pd.concat([base, offered_rows], ignore_index=True),
        expected=np.concatenate([expected, apart]),
        landed=np.concatenate([landed, discounted], axis=1),
    )


def _take_up(
    cash: CashForecast, rows: Ints, early: Ints, offer: Discount, taking: DiscountTaking
) -> Floats:
    """(k,) the share of what would come after the discount's days that comes on its last."""
    if offer.take_up is not None or not taking.n:
        return np.full(len(rows), STATED_TAKEN if offer.take_up is None else offer.take_up)
    chance = taking.probability(cash.invoices["customer_id"].iloc[rows])
    anyway = early / np.maximum(cash.invoices["expected_from"].to_numpy(np.int64)[rows], 1)
    return np.asarray(np.clip((chance - anyway) / np.maximum(1.0 - anyway, 1e-12), 0.0, 1.0))


def _off(cents: Ints, total: Ints) -> Ints:
    """(n, k) at most `cents`, taken from the last column back until `total` (or all) is taken."""
    behind = np.cumsum(cents[:, ::-1], axis=1)[:, ::-1] - cents
    return np.clip(total[:, None] - behind, 0, cents)


def discount_cost(before: CashForecast, after: CashForecast, offer: Discount) -> pd.DataFrame:
    """What the offer gives away and what that costs a year, per currency.

    discount (cents given away, expected), days_sooner (mean over the cash within both horizons,
    weighted), annual_cost (the offer's own, on paper) and effective_annual_cost = discount ÷ cash
    had sooner × 365 ÷ days: dearer than on paper where payers who came early anyway take it.
    """
    out = []
    for currency in sorted(set(before.invoices["currency"])):
        in_currency = [
            (view.invoices["currency"] == currency).to_numpy() for view in (before, after)
        ]
        then, now = (
            view.expected[rows].sum(axis=0).astype(np.float64)
            for view, rows in zip((before, after), in_currency, strict=True)
        )
        given_away = now[-1] - then[-1]
        h = before.horizon_days
        # money-days gained: cash stands so much higher on each evening
        gained = float((np.cumsum(now[:h]) - np.cumsum(then[:h])).sum())
        out.append(
            {
                "currency": currency,
                "discount": round(given_away),
                "money_days": round(gained),
                "annual_cost": offer.annual_cost,
                "effective_annual_cost": given_away * 365 / gained if gained > 0 else np.nan,
            }
        )
    return pd.DataFrame(out)


def discount_from_text(text: str) -> Discount:
    """The offer of a text discount:PERCENT:DAYS:NET[:TAKE-UP PERCENT]; ValueError for another."""
    _, percent, days, net, *take = text.split(":")
    share = finite_number(*take) / 100 if take else None
    return Discount(finite_number(percent) / 100, int(days), int(net), share)


def finite_number(text: str) -> float:
    """A finite number; ValueError for any other text."""
    value = float(text)
    if not np.isfinite(value):
        raise ValueError
    return value
