"""MondayPack: the forecast published, held against the one before, in tables for every reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from payrisk.answers import CURVES, Answers, read_answers_for_one_question
from payrisk.answers.cash.actuals import hold_against_actuals
from payrisk.answers.cash.publishing import publish
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.answers.cash.workbook.said_in_words import sentences_of, title_of
from payrisk.answers.cash.workbook.weekly_summary import WeeklySummary, weekly_summary
from payrisk.calendar import iso
from payrisk.cash.forecasting.forecast import HORIZON_DAYS
from payrisk.cash.published import snapshots
from payrisk.cash.published.recent import recent_snapshots
from payrisk.cash.published.snapshots import Snapshot
from payrisk.cash.published.variance import MEANING, PARTS
from payrisk.ledger import History
from payrisk.receivables.behaviour.findings import DORMANT, EARLIER, LATER, findings
from payrisk.receivables.dimensions import customer_descriptions, with_names
from payrisk.settings import Settings
from payrisk_pipelines.pack.comparing import changes_by_currency, forecast_changes_by_customer
from payrisk_pipelines.pack.looking_back import cost_of_misses

TURNS = (LATER, EARLIER, DORMANT)
WEEK = 7


@dataclass(frozen=True)
class LendingRates:
    """Yearly rates at which lacking cash is borrowed, and at which idle cash could have lain."""

    borrowing: float = 0.06
    deposit: float = 0.02


@dataclass(frozen=True)
class MondayPack:
    """A morning's forecast and what is told beside it; tables by name, money in cents.

    name: of the published forecast; before: of the one it is compared with, '' where there is
    none. summary: weeks as columns. tables: changed, moved_by, turned, variance, cost (those that
    can be told). notes: sentences on what could not be, and what the parts mean.
    """

    as_of: int
    name: str
    before: str
    title: str
    summary: WeeklySummary
    receipts: Receipts
    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What a reader must know, in words."""
        return [*sentences_of(self.receipts), *self.notes]


def monday_pack(
    settings: Settings,
    *,
    as_of: int | None = None,
    rates: LendingRates | None = None,
    in_sample: bool = False,
    now: dt.datetime,
) -> MondayPack:
    """Publish the morning's forecast, once, and lay the last one and what came beside it.

    as_of: default the morning after the last recorded fact. Asked again of the same ledger and
    model it publishes nothing more and tells the same. now: when it is published. Raises as
    `Outlook.of` and `snapshots.publish`.
    """
    house = read_answers_for_one_question(settings.home, mornings_kept=settings.mornings_kept)
    morning = house.default_as_of if as_of is None else as_of
    outlook = Outlook.of(house, as_of=morning, horizon_days=HORIZON_DAYS, in_sample=in_sample)
    after = _published_once(outlook, settings, now)
    earlier = recent_snapshots(settings.home, morning)
    receipts = Receipts.of(outlook)
    summary = weekly_summary(receipts, earlier)
    tables: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    customers = customer_descriptions(outlook.history)
    since = morning - WEEK
    if earlier:
        last = earlier[-1]
        since = last.as_of
        tables["changed"] = changes_by_currency(last, after)
        tables["moved_by"] = with_names(forecast_changes_by_customer(last, after), customers)
        tables |= _looked_back(house, earlier, morning, rates or LendingRates(), notes)
    else:
        notes.append("No forecast was published in the six weeks before: nothing to compare with.")
    tables["turned"] = _turned(outlook.history, house, since)
    return MondayPack(
        morning,
        after.name,
        earlier[-1].name if earlier else "",
        title_of(receipts),
        summary,
        receipts,
        tables,
        tuple(notes),
    )


def _published_once(outlook: Outlook, settings: Settings, now: dt.datetime) -> Snapshot:
    """The morning's forecast of this ledger and model: published before, or now."""
    told = {
        "as_of": iso(outlook.cash.as_of),
        "ledger_sha": outlook.answers.ledger_sha,
        "model_version": str(outlook.answers.champions[CURVES].version),
        "horizon_days": outlook.cash.horizon_days,
        "in_sample": outlook.is_in_sample,
    }
    for name in snapshots.names(settings.home):
        if name.startswith(iso(outlook.cash.as_of)):
            manifest = snapshots.manifest(settings.home, name)
            if all(manifest.get(key) == value for key, value in told.items()):
                return snapshots.read(settings.home, name)
    return publish(outlook, settings.home, published_at=now.isoformat(timespec="seconds"))


def _looked_back(
    house: Answers,
    earlier: list[Snapshot],
    morning: int,
    rates: LendingRates,
    notes: list[str],
) -> dict[str, pd.DataFrame]:
    """The last week held against the forecast that stood when it began."""
    standing = [s for s in earlier if s.as_of <= morning - WEEK and s.last_day >= morning - 1]
    if not standing:
        notes.append("No forecast stood a week ago: the last week cannot be held against one.")
        return {}
    last = standing[-1]
    ledger = house.ledger
    outcome = hold_against_actuals(last, ledger, known_before=morning, end_on=morning - 1)
    parts = [part for part in PARTS if outcome.variance.totals[part].any()]
    notes.append(
        f"Variance of {iso(last.as_of)} to {iso(morning - 1)}, by forecast {last.name}: "
        + "; ".join(f"{part.replace('_', ' ')} = {MEANING[part]}" for part in parts)
        + "."
    )
    notes.append(
        f"Cost of the miss: what lacked was borrowed at {rates.borrowing:.2%} a year, what was"
        f" over lay idle and could have earned {rates.deposit:.2%}."
    )
    elsewhere = outcome.variance.totals
    elsewhere = elsewhere.loc[(elsewhere["fx"] != 0).to_numpy(), "currency"].astype(str)
    if len(elsewhere):
        notes.append(
            f"Fx in {', '.join(elsewhere)}: customers paid in another currency than they were"
            " billed in; the cost counts as lacking, or idle, what arrived in the other one."
        )
    cost = cost_of_misses(
        last,
        ledger,
        morning,
        first=last.as_of,
        borrowing_rate=rates.borrowing,
        deposit_rate=rates.deposit,
    )
    return {"variance": outcome.variance.totals, "cost": cost}


def _turned(history: History, house: Answers, since: int) -> pd.DataFrame:
    """Who stands out now and did not on the morning `since`: who turned in between."""
    now = findings(history)
    now = now[now["finding"].isin(TURNS)]
    if since > house.first_day:
        was = findings(house.history(since))
        known = set(zip(was["customer_id"], was["finding"], strict=True))
        keys = zip(now["customer_id"], now["finding"], strict=True)
        now = now[[key not in known for key in keys]]
    return now.reset_index(drop=True)
