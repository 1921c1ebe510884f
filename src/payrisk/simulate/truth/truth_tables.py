"""The truth beside the ledger: tables of the invoices, customers, spells and applicants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.billing import Invoices
from payrisk.simulate.behaviour.paying import Payments, own_variance_share
from payrisk.simulate.behaviour.stress import (
    HEALTHY,
    KINDS,
    Spells,
    TransitionRates,
    chance_still_paying,
    transition_rates,
)
from payrisk.simulate.world.applicants import DECISIONS, DECLINE, ApplicantPool
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.economy import CURRENCIES, billing_currency
from payrisk.simulate.world.months import BusinessMonths
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids, texts_of_codes
from payrisk.simulate.world.world import COUNTRIES, RUNS, SECTORS, World
from payrisk.simulate.written.invoices import InvoiceEntries

ARREAR_DAYS = 91
"""An invoice due on the day before a stop or later makes the customer default so many days on."""


def truth_table(
    entered: InvoiceEntries,
    paid: Payments,
    who: Customers,
    timeline: BusinessMonths,
    ids: Ids,
    world: World,
) -> pd.DataFrame:
    """One row per invoice and instalment of the whole business, the future included.

    `cause` is the true one ('default' = the customer stopped and paid no more, 'cured' = it
    stopped and paid after its cure), `intent` the one drawn at issue. `paid_on`: the last cash;
    `closed_on`: nothing was left to wait for; NEVER = not. `in_ledger`: False for what was closed
    before the books began. The other columns are the parameters `true_curves` reads.
    """
    rows, intent = entered.rows, texts_of_codes(causes.NAMES, paid.cause)
    stopped = paid.spell >= 0
    names = (*causes.NAMES, "default", "cured")
    currency = billing_currency(who.country[rows.customer], rows.entity, world)
    became = np.where(stopped & (paid.paid_on < NEVER), len(names) - 1, len(names) - 2)
    table = {
        "invoice_id": ids.document("INV", rows.number),
        "instalment": rows.instalment,
        "customer_id": _final_ids(who, ids).take(rows.customer).reset_index(drop=True),
        "issued_on": rows.issued_on,
        "due_on": rows.due_on,
        "amount": rows.amount,
        "currency": texts_of_codes(CURRENCIES, currency),
        "cause": texts_of_codes(names, np.where(stopped, became, paid.cause)),
        "intent": intent,
        "cash_amount": np.where(paid.paid_on < NEVER, paid.cash, 0),
        "first_part_on": paid.first_on,
        "paid_on": paid.paid_on,
        "closed_on": paid.closed_on,
        "sold_on": paid.sold_on,
        "is_left_open": paid.left_open,
        "in_ledger": entered.taken,
        "is_stressed": paid.state,
        "location": paid.location,
        "spread": paid.spread,
        "shock": paid.shock,
        "own_variance": own_variance_share(world),
        "first_share": paid.first_share,
        "discount_rate": rows.discount_rate,
        "discount_days": rows.discount_days,
        "withholding_rate": rows.withholding_rate,
        "years_of_drift": timeline.month(rows.issued_on) / 12.0,
    }
    shares = {f"probability_{n}": paid.probability[:, i] for i, n in enumerate(causes.NAMES)}
    return pd.DataFrame(table | shares)


def _final_ids(who: Customers, ids: Ids) -> pd.Series:
    return ids.customer(np.arange(who.n), NEVER - 1)


def spells_table(
    rows: Invoices, paid: Payments, spells: Spells, who: Customers, ids: Ids
) -> pd.DataFrame:
    """One row per time a customer stopped paying.

    `default_on`: the first day the default definition (an arrear of 90 days, a loss, insolvency)
    can be met; NEVER where nothing was owed and no insolvency told of it.
    """
    k = len(spells.customer)
    due = np.full(k, NEVER)
    lost_on = np.full(k, NEVER)
    owing = np.flatnonzero((paid.spell >= 0) & (paid.sold_on == NEVER))
    np.minimum.at(due, paid.spell[owing], rows.due_on[owing])
    gone = owing[paid.paid_on[owing] == NEVER]
    lost_on[paid.spell[gone]] = spells.written_off_on[paid.spell[gone]]
    arrear = np.where(due < NEVER, due + ARREAR_DAYS, NEVER)
    arrear = np.where(arrear < spells.cured_on, arrear, NEVER)
    return pd.DataFrame(
        {
            "customer_id": _final_ids(who, ids).take(spells.customer).reset_index(drop=True),
            "stops_on": spells.stops_on,
            "default_on": np.minimum(np.minimum(arrear, lost_on), spells.insolvent_on),
            "kind": texts_of_codes(KINDS, spells.kind),
            "insolvent_on": spells.insolvent_on,
            "handed_over_on": spells.handed_over_on,
            "written_off_on": lost_on,
            "cured_on": spells.cured_on,
            "n_invoices": np.bincount(paid.spell[owing], minlength=k).astype(np.int64),
        }
    )


def customers_truth_table(
    who: Customers,
    rate: TransitionRates,
    state: Ints,
    spells: Spells,
    spells_truth: pd.DataFrame,
    application_id: pd.Series,
    timeline: BusinessMonths,
    ids: Ids,
) -> pd.DataFrame:
    """One row per customer: its true parameters, its first stop, and its true chances to default.

    `probability_default_365`: chance to stop paying within 365 days after the ledger's end, given
    the true state then; missing where the customer has stopped; for a bust-out 0 or 1, its plan.
    `probability_default_365_at_start`: the same from the day it joined (or business began).
    """
    n, final = who.n, _final_ids(who, ids)
    first = spells_truth.drop_duplicates("customer_id").set_index("customer_id")

    def of_first(column: str) -> Any:
        values = first[column].reindex(final)
        return (
            values.fillna(NEVER).to_numpy(dtype=np.int64)
            if column != "kind"
            else values.to_numpy()
        )

    end = timeline.ends_on
    month = int(timeline.month(np.array([end]))[0])
    stopped = state[:, month] < 0
    stop = spells.next_stop(np.arange(n), np.full(n, timeline.month_starts[month] - 1))
    if len(spells.customer):
        stopped |= (stop >= 0) & (spells.stops_on[stop] <= end)
    now = np.maximum(state[:, month], HEALTHY)
    later = chance_to_stop(rate, now, np.full(n, end), month)
    begins = np.maximum(who.begins, 0)
    since = np.where(who.begins < 0, timeline.first_day, who.onboarded_on)
    start = chance_to_stop(rate, np.maximum(state[np.arange(n), begins], HEALTHY), since, begins)
    names = np.array(["healthy", "stressed", "stopped"], dtype=object)
    rows = np.arange(n)
    return pd.DataFrame(
        {
            "customer_id": final,
            "former_id": ids.first.where(ids.first.ne(final)),
            "application_id": application_id,
            "parent_id": _final_ids(who, ids)
            .take(who.head)
            .reset_index(drop=True)
            .where(who.head != rows),
            "country": texts_of_codes([c.code for c in COUNTRIES], who.country),
            "sector": texts_of_codes(SECTORS, who.sector),
            "payment_run": texts_of_codes(RUNS, who.run),
            "off_run_share": who.off_run,
            "is_by_debit": who.by_debit,
            "propensity": who.propensity,
            "frailty": who.frailty,
            "habit_days": who.habit,
            "spread": who.spread,
            "onset_rate": rate.onset,
            "relief_rate": rate.relief,
            "stop_rate_healthy": rate.stop_healthy,
            "stop_rate_stressed": rate.stop_stressed,
            "default_drift": rate.drift,
            "is_bust_out": who.stops_on < NEVER,
            "onboarded_on": who.onboarded_on,
            "stops_on": np.where(who.stops_on < NEVER, who.stops_on, of_first("stops_on")),
            "default_on": of_first("default_on"),
            "cured_on": of_first("cured_on"),
            "default_kind": pd.array(of_first("kind"), dtype=final.dtype),
            "n_spells": np.bincount(spells.customer, minlength=n).astype(np.int64),
            "state_at_end": pd.array(names[np.where(stopped, 2, now)], dtype=final.dtype),
            "probability_default_365": np.where(stopped, np.nan, later),
            "probability_default_365_at_start": start,
        }
    )


def chance_to_stop(rate: TransitionRates, state: Ints, since: Ints, month: Ints | int) -> Floats:
    """(n,) chance to stop paying within 365 days after the evening of `since`."""
    years = np.broadcast_to(np.asarray(month) / 12.0, since.shape)
    drifted = TransitionRates(
        rate.onset_rate_after(years),
        rate.relief,
        rate.stop_healthy,
        rate.stop_stressed,
        rate.drift,
        rate.stops_on,
    )
    return np.asarray(1.0 - chance_still_paying(drifted, state, since, since[:, None] + 365)[:, 0])


def applications_truth_table(
    pool: ApplicantPool,
    who: Customers,
    applied_on: Ints,
    application_id: pd.Series,
    customers_truth: pd.DataFrame,
    stage: SharedWorld,
) -> pd.DataFrame:
    """One row per applicant: the true chance to default, the refused ones' too, and what happened.

    `defaults_365`: stopped paying within 365 days of joining; the refused: would have.
    """
    n, timeline = len(pool.country), stage.timeline
    is_bust = pool.is_bust_out.copy()
    is_bust[who.applicant] = who.stops_on < NEVER
    month = np.clip(timeline.month(applied_on) + 1, 0, timeline.n_months - 1)
    rate = transition_rates(pool.propensity, np.full(n, NEVER), stage.world)
    chance = chance_to_stop(rate, np.full(n, HEALTHY), timeline.month_starts[month], month)
    chance = np.where(is_bust, 1.0, chance)
    happens = stage.streams.of("refused").random(n) < chance
    chance[who.applicant] = customers_truth["probability_default_365_at_start"]
    since = np.where(who.begins < 0, timeline.first_day, who.onboarded_on)
    happens[who.applicant] = customers_truth["stops_on"].to_numpy() <= since + 365
    customer = np.full(n, who.n)
    customer[who.applicant] = np.arange(who.n)
    customer_ids = [*customers_truth["customer_id"].tolist(), None]
    return pd.DataFrame(
        {
            "application_id": application_id,
            "customer_id": texts_of_codes(customer_ids, customer),
            "propensity": pool.propensity,
            "is_bust_out": is_bust,
            "decision": texts_of_codes(DECISIONS, pool.decision),
            "is_refused": pool.decision == DECLINE,
            "probability_declined": pool.probability_declined,
            "probability_default_365": chance,
            "defaults_365": happens,
        }
    )
