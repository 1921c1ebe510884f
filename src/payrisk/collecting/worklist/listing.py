"""The worklist itself: one row a customer, ranked, with its step, tone, contact and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints, Texts
from payrisk.collecting.recording.contacts import Contact, usable_contact
from payrisk.collecting.worklist import sentences
from payrisk.collecting.worklist.policy import STEPS, CollectingPolicy, Collector
from payrisk.collecting.worklist.stakes import CustomerPast, Stakes
from payrisk.collecting.worklist.waiting import left_alone_table, reasons_to_wait
from payrisk.collecting.worklist.worth import Worths, best_steps
from payrisk.money import decimal_text

CHANNELS: Mapping[str, str] = {"reminder": "e-mail", "call": "telephone", "plan": "telephone"}
"""By which channel a step is taken."""
MONEY = ("overdue", "value", "held_a_month_earlier", "expected_30_days")
COLUMNS = (
    "rank",
    "customer_id",
    "name",
    "collector",
    "step",
    "channel",
    "tone",
    "contact",
    "currency",
    "overdue",
    "n_invoices",
    "oldest_days_late",
    "value",
    "held_a_month_earlier",
    "expected_30_days",
    "claimed_by",
    "reason",
    "invoices",
)
RANKED_BY = "cash brought forward by a step worth more than it costs"
MOST_NAMED = 8
"""Invoices that a row names; how many more there are is sentences."""


@dataclass(frozen=True)
class CollectingDesk:
    """Who is there to be asked and to ask, beside what the ledger knows.

    contacts: by customer. blocked: by customer, channels it may not be asked by, 'any' for all.
    held_out: customers a trial leaves alone. names: id → name. countries: id → country.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[Contact]] = field(default_factory=dict)
    blocked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    held_out: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Worklist:
    """rows: one a customer, see COLUMNS, money in minor units of `currency`, the best first.

    waiting: customers that owe and are left alone, with why. effects: what each step is taken to
    change, and where that is known from. unrated: by currency without a rate, what is overdue.
    """

    as_of: int
    currency: str
    rows: pd.DataFrame
    waiting: pd.DataFrame
    effects: pd.DataFrame
    unrated: Mapping[str, int]
    ranked_by: str

    @property
    def overdue(self) -> int:
        """All that is overdue, in minor units: of the rows and of those that wait."""
        return int(self.rows["overdue"].sum() + self.waiting["overdue"].sum())


def worklist(
    stakes: Stakes,
    paid_by: Floats,
    past: CustomerPast,
    policy: CollectingPolicy,
    desk: CollectingDesk,
    *,
    limit: int | None = None,
    score: tuple[str, Floats] | None = None,
    worths: Worths | None = None,
) -> Worklist:
    """Rank the customers of a morning.

    paid_by: (n, h) the curves of the stakes' rows. limit: rows at most where no collectors are
    named. score: by what to rank instead of cash brought forward: its name and (k,) numbers in the
    order of `worths.customers`; the steps stay the same.
    """
    worths = worths or Worths.of(stakes, paid_by, policy)
    ids = worths.customers.to_numpy(dtype=object)
    value, unreachable = _reachable(worths, desk)
    reasons = reasons_to_wait(
        stakes, worths, past, policy, held_out=desk.held_out, unreachable=unreachable
    )
    step, brought = best_steps(value, worths.forward)
    name, ranking = (RANKED_BY, brought) if score is None else score
    open_rows = np.flatnonzero((reasons == "") & (brought > 0) & (ranking > 0))
    # ties are broken by what is overdue and then by id, so that the order is the same every time
    order = np.lexsort((ids[open_rows].astype(str), -worths.overdue[open_rows],
                        -ranking[open_rows]))  # fmt: skip
    ranked = open_rows[order]
    collector, taken = _assigned(ids[ranked], policy, desk, stakes.as_of, limit)
    ranked, collector = ranked[taken], collector[taken]
    rows = _rows(ranked, collector, step, stakes, worths, past, policy, desk)
    return Worklist(
        as_of=stakes.as_of,
        currency=stakes.currency,
        rows=rows,
        waiting=left_alone_table(worths, reasons, dict(desk.names), stakes.currency),
        effects=_effects(policy),
        unrated={
            str(code): int(cents)
            for code, cents in stakes.unrated.groupby("currency")["residual"].sum().items()
        },
        ranked_by=name,
    )


def _reachable(worths: Worths, desk: CollectingDesk) -> tuple[Floats, list[str]]:
    """The values of the steps that a customer may be asked by, and who may be asked by none."""
    value, unreachable = worths.value.copy(), []
    place = {str(who): at for at, who in enumerate(worths.customers)}
    for who, channels in desk.blocked.items():
        at = place.get(who)
        if at is None:
            continue
        barred = [s for s, step in enumerate(STEPS) if {CHANNELS[step], "any"} & channels]
        value[at, barred] = -np.inf
        if len(barred) == len(STEPS):
            unreachable.append(who)
    return value, unreachable


def _assigned(
    ids: Texts, policy: CollectingPolicy, desk: CollectingDesk, as_of: int, limit: int | None
) -> tuple[Texts, Ints]:
    """Who collects each ranked customer, and the places of those for whom somebody has room."""
    if not policy.collectors:
        most = policy.rules.capacity if limit is None else limit
        return np.full(len(ids), "", dtype=object), np.arange(min(len(ids), most))
    by_name = {collector.name: collector for collector in policy.collectors}
    room = {name: collector.capacity for name, collector in by_name.items()}
    taken, who = [], np.full(len(ids), "", dtype=object)
    for place, customer in enumerate(ids):
        named = _responsible(str(customer), policy.collectors, desk)
        collector = _present(named, by_name, as_of)
        if collector is not None and room[collector] > 0:
            room[collector] -= 1
            who[place] = collector
            taken.append(place)
    return who, np.array(taken[:limit], dtype=np.int64)


def _responsible(
    customer: str, collectors: Sequence[Collector], desk: CollectingDesk
) -> Collector | None:
    for collector in collectors:
        if customer in collector.customers:
            return collector
    country = desk.countries.get(customer, "")
    for collector in collectors:
        if country in collector.countries:
            return collector
    everybody = [c for c in collectors if not c.customers and not c.countries]
    return everybody[0] if everybody else None


def _present(
    collector: Collector | None, by_name: Mapping[str, Collector], day: int
) -> str | None:
    """The collector's name, its deputy's while it is away; None where nobody is there."""
    passed: set[str] = set()
    while collector is not None and collector.is_away(day):
        passed.add(collector.name)
        collector = by_name.get(collector.deputy or "")
        if collector is not None and collector.name in passed:
            return None
    return None if collector is None else collector.name


def _rows(
    ranked: Ints,
    collector: Texts,
    step: Ints,
    stakes: Stakes,
    worths: Worths,
    past: CustomerPast,
    policy: CollectingPolicy,
    desk: CollectingDesk,
) -> pd.DataFrame:
    records, by_customer = [], _rows_by_customer(stakes, worths, ranked)
    for rank, (at, name) in enumerate(zip(ranked, collector, strict=True), 1):
        who, how = str(worths.customers[at]), STEPS[step[at]]
        tone = _tone(bool(worths.is_distressed[at]), past.broken.get(who, 0), policy)
        contact = usable_contact(desk.contacts.get(who, ()), CHANNELS[how])
        mine = by_customer[int(at)]
        records.append(
            (
                rank,
                who,
                desk.names.get(who, who),
                name or None,
                how,
                CHANNELS[how],
                tone,
                _contact_text(contact, CHANNELS[how]),
                stakes.currency,
                round(worths.overdue[at]),
                int(worths.n_invoices[at]),
                int(worths.oldest[at]),
                round(worths.value[at, step[at]]),
                round(worths.forward[at, step[at]]),
                round(worths.within_30[at]),
                past.claimed_by.get(who),
                _reason(int(at), mine, stakes, worths, past),
                _invoices(mine, stakes),
            )
        )
    whole = dict.fromkeys((*MONEY, "rank", "n_invoices", "oldest_days_late"), "int64")
    return pd.DataFrame(records, columns=list(COLUMNS)).astype(whole)


def _rows_by_customer(stakes: Stakes, worths: Worths, ranked: Ints) -> dict[int, Ints]:
    """The stakes of each listed customer, the largest overdue first."""
    hit = np.flatnonzero(np.isin(worths.code, ranked))
    hit = hit[np.lexsort((-stakes.overdue[hit], worths.code[hit]))]
    firsts = np.flatnonzero(np.diff(worths.code[hit], prepend=-1))
    parts = np.split(hit, firsts[1:]) if len(hit) else []
    return {int(worths.code[part[0]]): part for part in parts}


def _tone(is_distressed: bool, n_broken: int, policy: CollectingPolicy) -> str:  # noqa: FBT001
    if is_distressed:
        return "empathetic"
    return "firm" if n_broken >= policy.rules.firm_after_broken else "friendly"


def _contact_text(contact: Contact | None, channel: str) -> str | None:
    if contact is None:
        return None
    address = {"telephone": contact.phone, "e-mail": contact.email}.get(channel)
    return ", ".join(part for part in (contact.name, contact.role, address) if part)


def _reason(place: int, rows: Ints, stakes: Stakes, worths: Worths, past: CustomerPast) -> str:
    who = str(worths.customers[place])
    parts = [sentences.OLDEST.format(days=int(worths.oldest[place]))]
    if n_broken := past.broken.get(who):
        parts.append(
            sentences.BROKEN_ONCE if n_broken == 1 else sentences.BROKEN.format(n=n_broken)
        )
    if worths.stake[place] > 0:
        share = worths.within_30[place] / worths.stake[place]
        parts.append(sentences.ANYHOW.format(share=f"{share:.0%}"))
    if worths.is_distressed[place]:
        parts.append(sentences.DISTRESS)
    if stakes.disputed[rows].any():
        parts.append(sentences.PART_DISPUTED)
    if who in past.asked_on:
        parts.append(sentences.ASKED_BEFORE.format(days=stakes.as_of - past.asked_on[who]))
    return sentences.BETWEEN.join(parts)


def _invoices(places: Ints, stakes: Stakes) -> str:
    rows = stakes.rows.iloc[places[:MOST_NAMED]]
    texts = [
        f"{name} {decimal_text(int(cents), str(code))} {code}"
        for name, cents, code in zip(
            rows["invoice_id"], rows["residual"], rows["currency"], strict=True
        )
    ]
    more = len(places) - MOST_NAMED
    return "; ".join(texts) + (f"; {more} more" if more > 0 else "")


def _effects(policy: CollectingPolicy) -> pd.DataFrame:
    effects = [policy.effects[step] for step in STEPS]
    return pd.DataFrame(
        {
            "step": list(STEPS),
            "answered": [effect.answered for effect in effects],
            "resented": [effect.resented for effect in effects],
            "recovered": [effect.recovered for effect in effects],
            "cost": [policy.costs[step] for step in STEPS],
            "source": [effect.source for effect in effects],
        }
    )
