"""Promises and dates that people know, laid over a forecast beside what the model said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.arrays import Ints, Texts
from payrisk.calendar import NEVER, day_of, roll_forward
from payrisk.cash.forecasting.apportion import apportion
from payrisk.cash.forecasting.bank_days import settlement_calendar
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.errors import InputError
from payrisk.ledger import Books
from payrisk.money import typed_cents_of

PROMISE_GRACE_DAYS = 5
"""Days after the promised one on which a promise that was not kept expires."""

COLUMNS = (
    "invoice_id", "instalment", "pays_on", "amount", "owner", "source", "reason", "entered_on",
    "expires_on",
)  # fmt: skip
"""An override: which instalment pays what (cents, NA = all) when, says who, why, how long."""

TEXTS = ("invoice_id", "owner", "source", "reason")


@dataclass(frozen=True)
class AdjustedForecast:
    """A forecast with overrides laid over it.

    cash: the adjusted forecast; an invoice promised in part has two rows. row: (m,) the row of the
    model's forecast each comes from. overrides: COLUMNS, the invoice's `currency` and
    `customer_id`, and `status`: applied, expired, overruled (by a later one; a user's beats a
    promise), not yet known, not open, or nothing expected (credits settle it).
    """

    cash: CashForecast
    row: Ints
    overrides: pd.DataFrame


def no_overrides() -> pd.DataFrame:
    """No override."""
    return checked_overrides(pd.DataFrame(columns=list(COLUMNS)))


def checked_overrides(overrides: pd.DataFrame) -> pd.DataFrame:
    """Overrides typed; raises InputError where one lacks its owner, source, reason or a date."""
    missing = set(COLUMNS) - {"instalment", "amount"} - set(overrides.columns)
    if missing:
        raise InputError(f"Overrides need a column '{min(missing)}'.")
    table = overrides.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    for name in TEXTS:
        empty = table[name].isna() | (table[name].astype(str).str.strip() == "")
        if empty.any():
            raise InputError(f"The override in row {int(np.argmax(empty)) + 1} has no {name}.")
        table[name] = table[name].astype(str).astype("str")
    for name in ("pays_on", "entered_on", "expires_on"):
        if table[name].isna().any():
            row_number = int(np.argmax(table[name].isna())) + 1
            raise InputError(
                f"The override in row {row_number} has no {name}; write it as YYYY-MM-DD."
            )
        table[name] = table[name].astype("int64")
    table["instalment"] = table["instalment"].fillna(1).astype("int64")
    table["amount"] = table["amount"].astype("Int64")
    if (table["amount"] <= 0).fillna(False).any():
        raise InputError("An override needs an amount above 0, or none for the whole invoice.")
    return table


def promised_dates(books: Books) -> pd.DataFrame:
    """Overrides from the promises to pay that the ledger knows."""
    events = books.known_rows("events")
    promise_events = events[
        ((events["kind"] == "promise") & (events["subject_kind"] == "invoice")).to_numpy()
    ]
    promise_events = promise_events[(promise_events["refers_on"] < NEVER).to_numpy()]
    promised = promise_events["refers_on"].to_numpy(np.int64)
    amount = promise_events["amount"].astype("Int64")
    return checked_overrides(
        pd.DataFrame(
            {
                "invoice_id": promise_events["subject"].to_numpy(dtype=object),
                "instalment": promise_events["instalment"].to_numpy(np.int64),
                "pays_on": promised,
                "amount": amount.where(amount > 0).array,
                "owner": "customer",
                "source": "promise",
                "reason": promise_events["reason"].fillna("promised").to_numpy(dtype=object),
                "entered_on": promise_events["recorded_on"].to_numpy(np.int64),
                "expires_on": promised + PROMISE_GRACE_DAYS,
            }
        )
    )


def adjust(
    cash: CashForecast, overrides: pd.DataFrame, calendars: Mapping[str, str] | None = None
) -> AdjustedForecast:
    """Lay overrides over a forecast: their cash comes on their day in full and in every draw.

    So it has no interval of its own: what past weeks ask of the draws moves the rest only, each
    draw's share of it as before, and a bucket of promises alone is sure. How far promises are to
    be believed is told by `override_accuracy`, not by the interval.

    A day that has passed but has not expired counts as the first day; a day on which its money
    does not settle as the next that does. Rows of the invoice beyond the promised amount keep the
    model's shape. Every cent keeps one place.
    """
    table = checked_overrides(overrides)
    rows = cash.invoices
    keys = pd.MultiIndex.from_frame(
        rows[["invoice_id", "instalment"]].astype({"invoice_id": object})
    )
    override_keys = pd.MultiIndex.from_frame(
        table[["invoice_id", "instalment"]].astype({"invoice_id": object})
    )
    places = np.asarray(keys.get_indexer(override_keys), dtype=np.int64)
    table["status"] = _status(table, places, cash)
    for name in ("currency", "customer_id"):
        invoice_column = rows[name].astype(object).to_numpy()
        table[name] = [invoice_column[row] if row >= 0 else None for row in places]
    live = np.flatnonzero((table["status"] == "applied").to_numpy())
    places = places[live]

    rest = rows["expected_from"].to_numpy(np.int64)
    amount = table["amount"].to_numpy(dtype=np.int64, na_value=np.iinfo(np.int64).max)[live]
    promised = np.minimum(amount, rest[places])
    day = np.maximum(table["pays_on"].to_numpy(np.int64)[live], cash.as_of)
    kept = zip(rows["entity_id"].iloc[places], rows["currency"].iloc[places], strict=True)
    for place, (entity, currency) in enumerate(kept if calendars is not None else ()):
        country = settlement_calendar(str(entity), str(currency), calendars or {})
        if country is not None:
            day[place] = roll_forward(day[place : place + 1], country)[0]
    column = np.minimum(day - cash.as_of, cash.horizon_days)

    n, width = cash.expected.shape
    part = promised < rest[places]
    left = rest.copy()
    left[places] -= promised
    # the promised part of an invoice takes its row, unless a rest stays there
    expected = cash.expected.copy()
    whole = places[~part]
    expected[whole] = 0
    expected[whole, column[~part]] = rest[whole]
    shares = cash.expected[places[part]] / np.maximum(rest[places[part]], 1)[:, None]
    expected[places[part]] = apportion(left[places[part]], shares)
    more = np.zeros((int(part.sum()), width), dtype=np.int64)
    more[np.arange(len(more)), column[part]] = promised[part]
    landed = cash.landed.copy()
    landed[:, whole] = column[~part].astype(np.int16)
    extra = np.broadcast_to(column[part].astype(np.int16), (len(landed), int(part.sum())))

    base = rows.copy()
    base.loc[whole, "is_promised"] = True
    base.loc[places[part], "residual"] -= promised[part]
    base.loc[places[part], "expected_from"] = left[places[part]]
    invoice_column = rows.iloc[places[part]].assign(
        residual=promised[part],
        covered=0,
        expected_from=promised[part],
        is_promised=True,
    )
    done = replace(
        cash,
        invoices=pd.concat([base, invoice_column], ignore_index=True),
        expected=np.concatenate([expected, more]),
        landed=np.concatenate([landed, extra], axis=1),
    )
    return AdjustedForecast(done, np.concatenate([np.arange(n), places[part]]), table)


def _status(table: pd.DataFrame, places: Ints, cash: CashForecast) -> Texts:
    status = np.full(len(table), "applied", dtype=object)
    rest = cash.invoices["expected_from"].to_numpy(np.int64)
    status[(places >= 0) & (rest[places] == 0 if len(rest) else False)] = "nothing expected"
    status[places < 0] = "not open"
    expired = (table["expires_on"] < cash.as_of) | (table["entered_on"] > cash.as_of)
    status[(table["expires_on"] < cash.as_of).to_numpy()] = "expired"
    status[(table["entered_on"] > cash.as_of).to_numpy()] = "not yet known"
    live = ~expired.to_numpy() & (status == "applied")
    ranked = table.assign(is_user=table["source"] != "promise", place=np.arange(len(table)))[live]
    ranked = ranked.sort_values(["is_user", "entered_on", "place"], kind="stable")
    beaten = ranked[ranked.duplicated(["invoice_id", "instalment"], keep="last")]
    status[beaten["place"].to_numpy()] = "overruled"
    return status


def overrides_from_file(path: Path) -> pd.DataFrame:
    """Overrides of a CSV file with COLUMNS; amounts in whole units of the column `currency`.

    Dates in ISO. Raises InputError for a file that cannot be read so.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise InputError(f"'{path.name}' cannot be read as CSV with a header.") from None
    for name in ("pays_on", "entered_on", "expires_on"):
        if name in table:
            table[name] = [day_of(text) if text else None for text in table[name]]
    if "amount" in table:
        if "currency" not in table and (table["amount"] != "").any():
            raise InputError("Amounts of overrides need a column 'currency' beside them.")
        currency = table["currency"] if "currency" in table else table["amount"]
        cents = [
            typed_cents_of(text, code) if text else None
            for text, code in zip(table["amount"], currency, strict=True)
        ]
        table["amount"] = pd.array(cents, dtype="Int64")
    if "instalment" in table:
        if not table["instalment"].str.fullmatch(r"\d{0,9}").all():
            raise InputError("An instalment is a whole number, 1 unless the invoice has several.")
        table["instalment"] = pd.to_numeric(table["instalment"])
    return checked_overrides(table)
