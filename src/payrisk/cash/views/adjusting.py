"""Promises and dates that people know, laid over a forecast beside what the model said.

The idea: a promise is kept with a learnt chance, and then paid around its day as such promises
were; if it is broken, the model's own days after its grace remain. So its invoice has a curve that
is a mixture of both. A date that a user types is sure, unless the user gives its probability.
Example: 100 promised for Friday with .7, of which the model sees half before the next Tuesday and
half in June: 70 come around Friday, 30 in June.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints, Probabilities, Texts
from payrisk.calendar import day_of
from payrisk.cash.forecasting.apportion import apportion
from payrisk.cash.forecasting.bank_days import next_open_columns, settlement_calendar
from payrisk.cash.forecasting.draws import Landings
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.errors import InputError
from payrisk.ledger import Books
from payrisk.money import typed_amount_cents
from payrisk.receivables.agreements.promise_keeping import SOONEST, PromiseKeeping
from payrisk.receivables.agreements.promises import GRACE_DAYS, promises

PROMISE = "promise"
COLUMNS = (
    "invoice_id", "instalment", "pays_on", "amount", "owner", "source", "reason", "entered_on",
    "expires_on", "probability",
)  # fmt: skip
"""An override: which instalment pays what (cents, NA = all) when, says who, why, how long, and
how likely it is (1 = sure)."""

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
    missing = set(COLUMNS) - {"instalment", "amount", "probability"} - set(overrides.columns)
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
    table["probability"] = table["probability"].fillna(1.0).astype("float64")
    if not table["probability"].between(0.0, 1.0).all():
        raise InputError(
            "The probability of an override lies between 0 and 1; leave it out if sure."
        )
    if (table["amount"] <= 0).fillna(False).any():
        raise InputError("An override needs an amount above 0, or none for the whole invoice.")
    return table


def promised_dates(books: Books, keeping: PromiseKeeping | None = None) -> pd.DataFrame:
    """Overrides from the promises to pay that the ledger knows, each with its learnt probability.

    Those of which what was promised came are left out; of a part that came the rest counts.
    keeping: what the promises of the books tell, where it is at hand.
    """
    made = promises(books)
    keeping = keeping or PromiseKeeping.of(books, made)
    made = made[((made["invoice_row"] >= 0) & ~made["state"].isin(["kept", "not_needed"]))]
    place = made["invoice_row"].to_numpy(np.int64)
    invoices, events = books.facts.tables["invoices"], books.facts.tables["events"]
    event = events.iloc[made["event_row"].to_numpy(np.int64)]
    is_part = (event["amount"].fillna(0) > 0).to_numpy(dtype=bool)
    left = (made["promised"] - made["received"]).clip(lower=1).astype("Int64")
    return checked_overrides(
        pd.DataFrame(
            {
                "invoice_id": invoices["invoice_id"].array.take(place),
                "instalment": invoices["instalment"].array.take(place),
                "pays_on": made["promised_on"].to_numpy(np.int64),
                "amount": left.where(is_part).array,
                "owner": "customer",
                "source": PROMISE,
                "reason": event["reason"].fillna("promised").to_numpy(dtype=object),
                "entered_on": event["recorded_on"].to_numpy(np.int64),
                "expires_on": made["promised_on"].to_numpy(np.int64) + GRACE_DAYS,
                "probability": keeping.still_kept(made, books.close_of + 1),
            }
        )
    )


def adjust(
    cash: CashForecast,
    overrides: pd.DataFrame,
    calendars: Mapping[str, str] | None = None,
    keeping: PromiseKeeping | None = None,
) -> AdjustedForecast:
    """Lay overrides over a forecast, each as likely as it is.

    keeping: around which days promises are paid when they are kept; as stated by default. What is
    sure comes on its day in full and in every draw: it has no interval of its own, and what past
    weeks ask of the draws moves the rest only. What is not comes as the mixture: its draws keep
    the order in which the model drew them, so what hangs together still does.

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
    live = table[(table["status"] == "applied").to_numpy()]
    places = places[live.index.to_numpy()]

    rest = rows["expected_from"].to_numpy(np.int64)
    amount = live["amount"].to_numpy(dtype=np.int64, na_value=np.iinfo(np.int64).max)
    promised = np.minimum(amount, rest[places])
    shares = _mixed(cash, places, live, calendars, keeping or PromiseKeeping())
    sure = (live["probability"] == 1.0) & (live["source"] != PROMISE)
    cents, column = apportion(promised, shares), _drawn(cash.landed[:, places], shares)

    part = promised < rest[places]
    left = rest.copy()
    left[places] -= promised
    # the promised part of an invoice takes its row, unless a rest stays there
    expected, landed = cash.expected.copy(), cash.landed.copy()
    whole = places[~part]
    expected[whole], landed[:, whole] = cents[~part], column[:, ~part]
    models = cash.expected[places[part]] / np.maximum(rest[places[part]], 1)[:, None]
    expected[places[part]] = apportion(left[places[part]], models)

    base = rows.copy()
    base.loc[whole, "is_promised"] = sure[~part].to_numpy()
    base.loc[places[part], "residual"] -= promised[part]
    base.loc[places[part], "expected_from"] = left[places[part]]
    promised_part = rows.iloc[places[part]].assign(
        residual=promised[part],
        covered=0,
        expected_from=promised[part],
        is_promised=sure[part].to_numpy(),
    )
    done = replace(
        cash,
        invoices=pd.concat([base, promised_part], ignore_index=True),
        expected=np.concatenate([expected, cents[part]]),
        landed=np.concatenate([landed, column[:, part]], axis=1),
    )
    return AdjustedForecast(done, np.concatenate([np.arange(len(rows)), places[part]]), table)


def _mixed(
    cash: CashForecast,
    places: Ints,
    live: pd.DataFrame,
    calendars: Mapping[str, str] | None,
    keeping: PromiseKeeping,
) -> Probabilities:
    """(k, h + 2) chances of each override's money by column: as said, else as the model says."""
    first, last = cash.as_of, cash.as_of + cash.horizon_days
    out = np.zeros((len(places), cash.horizon_days + 2))
    entity = cash.invoices["entity_id"].to_numpy(dtype=object)[places]
    currency = cash.invoices["currency"].to_numpy(dtype=object)[places]
    said_of = live[["pays_on", "expires_on", "probability"]].itertuples(index=False)
    for row, (pays_on, expires_on, chance) in enumerate(said_of):
        is_promise = live["source"].iloc[row] == PROMISE
        away = np.arange(SOONEST, GRACE_DAYS + 1) if is_promise else np.zeros(1, np.int64)
        weight = keeping.around.copy() if is_promise else np.ones(1)
        if is_promise:  # what has come and is not booked is seen first of all
            waited = np.clip(first - pays_on - away, 0, len(keeping.unbooked) - 1)
            weight *= keeping.unbooked[waited]
        day = np.clip(pays_on + away, first, last) - first
        country = None
        if calendars is not None:
            country = settlement_calendar(str(entity[row]), str(currency[row]), calendars)
        if country is not None:
            opens = next_open_columns(cash.as_of, cash.horizon_days, country)
            is_open = opens[day] == day
            if weight[is_open].sum() > 0:
                weight = np.where(is_open, weight, 0.0)
            day = opens[day]
        np.add.at(out[row], day, chance * weight / weight.sum())
        if chance < 1.0:
            over = (expires_on if is_promise else pays_on) - first + 1
            later = cash.expected[places[row]].astype(np.float64)
            later[: min(max(over, 0), cash.horizon_days)] = 0.0
            if later.sum() == 0:
                later[min(max(over, 0), cash.horizon_days)] = 1.0
            out[row] += (1.0 - chance) * later / later.sum()
    return out


def _drawn(landed: Landings, shares: Probabilities) -> Landings:
    """(n_draws, k) columns drawn from the shares, in the order in which they landed before."""
    n_draws, k = landed.shape
    ties = np.random.default_rng(4).random((n_draws, k))
    out = np.empty((n_draws, k), dtype=np.int16)
    level = (np.arange(n_draws) + 0.5) / max(n_draws, 1)
    for row in range(k):
        order = np.lexsort((ties[:, row], landed[:, row]))
        upto: Floats = np.cumsum(shares[row])
        column = np.searchsorted(upto, level * upto[-1], side="left")
        out[order, row] = np.minimum(column, shares.shape[1] - 1)
    return out


def _status(table: pd.DataFrame, places: Ints, cash: CashForecast) -> Texts:
    status = np.full(len(table), "applied", dtype=object)
    rest = cash.invoices["expected_from"].to_numpy(np.int64)
    status[(places >= 0) & (rest[places] == 0 if len(rest) else False)] = "nothing expected"
    status[places < 0] = "not open"
    expired = (table["expires_on"] < cash.as_of) | (table["entered_on"] > cash.as_of)
    status[(table["expires_on"] < cash.as_of).to_numpy()] = "expired"
    status[(table["entered_on"] > cash.as_of).to_numpy()] = "not yet known"
    live = ~expired.to_numpy() & (status == "applied")
    ranked = table.assign(is_user=table["source"] != PROMISE, place=np.arange(len(table)))[live]
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
            typed_amount_cents(text, code) if text else None
            for text, code in zip(table["amount"], currency, strict=True)
        ]
        table["amount"] = pd.array(cents, dtype="Int64")
    if "probability" in table:
        chance = pd.to_numeric(table["probability"].replace("", "1"), errors="coerce")
        table["probability"] = chance.fillna(-1.0)
    if "instalment" in table:
        if not table["instalment"].str.fullmatch(r"\d{0,9}").all():
            raise InputError("An instalment is a whole number, 1 unless the invoice has several.")
        table["instalment"] = pd.to_numeric(table["instalment"])
    return checked_overrides(table)
