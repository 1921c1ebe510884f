"""Relations: what the company knows of its customers: orders, scores, limits, groups, mergers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour.billing import Invoices
from payrisk.simulate.behaviour.stress import STRESSED, Spells
from payrisk.simulate.world.applicants import DECISIONS, DECLINE, ApplicantPool, application_fields
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.months import BusinessMonths
from payrisk.simulate.world.random_streams import Streams, draw_integers, draw_quota
from payrisk.simulate.world.recording import BookSpan
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids, texts_of_codes
from payrisk.simulate.world.world import COUNTRIES, SECTORS, TERMS

_NAMES = (
    "Alba", "Borealis", "Cedar", "Delta", "Elmwood", "Fjord", "Granit", "Harbour", "Iris", "Juno",
    "Kestrel", "Linden", "Meridian", "Nova", "Orion", "Pioneer", "Quartz", "Rowan", "Sigma",
    "Tarn", "Umbra", "Vesta", "Willow", "Xenia", "Yarrow", "Zenith",
)  # fmt: skip
_TRADES = ("Foods", "Stores", "Build", "Machines", "Services", "Care")


def customers_table(
    pool: ApplicantPool, who: Customers, books: BookSpan, ids: Ids
) -> pd.DataFrame:
    """The `customers` facts; a renamed customer has a second row from the day it was renamed."""
    n, rows = who.n, np.arange(who.n)
    head = np.where((who.head != rows) & (who.moves_on == NEVER), who.head, -1)
    legal = [c.legal_form for c in COUNTRIES]
    names = [
        f"{_NAMES[i % 26]} {_NAMES[(i // 26 + 7 * i) % 26]} {_TRADES[s]} {legal[c]}"
        for i, s, c in zip(rows, who.sector, who.country, strict=True)
    ]
    natural = pool.is_natural_person[who.applicant]
    first = pd.DataFrame(
        {
            "customer_id": ids.first,
            "name": names,
            "parent_id": texts_of_codes([*ids.first.tolist(), None], np.where(head >= 0, head, n)),
            "country": texts_of_codes([c.code for c in COUNTRIES], who.country),
            "sector": texts_of_codes(SECTORS, who.sector),
            "is_natural_person": natural,
            "is_intercompany": who.is_intercompany,
            "is_one_time": who.is_one_time,
            "onboarded_on": who.onboarded_on,
            "recorded_on": np.maximum(who.onboarded_on, books.first_day),
        }
    )
    renamed = np.flatnonzero(who.renamed_on <= books.ends_on)
    second = first.iloc[renamed].copy()
    second["customer_id"] = ids.second.iloc[renamed]
    second["recorded_on"] = np.maximum(who.renamed_on[renamed], books.first_day)
    return pd.concat([first, second], ignore_index=True)


def aliases_table(who: Customers, books: BookSpan, ids: Ids) -> pd.DataFrame:
    """The `aliases` facts: first id → second id since the day of the merger."""
    renamed = np.flatnonzero(who.renamed_on <= books.ends_on)
    days = who.renamed_on[renamed]
    recorded = np.maximum(days, books.first_day)
    return pd.DataFrame(
        {
            "alias_id": ids.first.iloc[renamed],
            "customer_id": ids.second.iloc[renamed],
            "valid_on": days,
            "recorded_on": recorded,
        }
    )


def applications_table(
    pool: ApplicantPool,
    who: Customers,
    applied_on: Ints,
    application_id: pd.Series,
    books: BookSpan,
    ids: Ids,
) -> pd.DataFrame:
    """The `applications` facts, refused ones too (no customer, no outcome)."""
    n = len(pool.country)
    customer = np.full(n, who.n)
    customer[who.applicant] = np.arange(who.n)
    outcome = np.where(pool.decision == DECLINE, 1, 0)
    return pd.DataFrame(
        {
            "application_id": application_id,
            "customer_id": texts_of_codes([*ids.first.tolist(), None], customer),
            "applied_on": applied_on,
            "fields": application_fields(pool),
            "decision": texts_of_codes(DECISIONS, pool.decision),
            "outcome": texts_of_codes(("onboarded", None), outcome),
            "recorded_on": np.maximum(applied_on, books.first_day),
        }
    )


def application_days(
    pool: ApplicantPool, who: Customers, timeline: BusinessMonths, streams: Streams
) -> Ints:
    """(n,) day of each application: some weeks before onboarding; refused ones any time."""
    rng, n = streams.of("application days"), len(pool.country)
    days = timeline.first_day + (rng.random(n) * (timeline.ends_on - timeline.first_day)).astype(
        np.int64
    )
    days[who.applicant] = who.onboarded_on - draw_integers(rng, 5, 40, n)[who.applicant]
    return days


def attributes_table(
    pool: ApplicantPool,
    who: Customers,
    books: BookSpan,
    ids: Ids,
    streams: Streams,
    *,
    limit_factor: float,
) -> pd.DataFrame:
    """The `attributes` facts: limit (cents), segment, terms, insured_amount (cents), parent.

    limit_factor: how wide limits are against the usual, 1 for the usual.
    """
    rng, n = streams.of("attributes"), who.n
    rows = np.arange(n)
    level = np.array([c.price_level for c in COUNTRIES])[who.country]
    requested = pool.requested_limit[who.applicant] * level * limit_factor
    limit = (np.rint(requested * (0.6 + 0.6 * rng.random(n)) / 100) * 10_000).astype(np.int64)
    start = np.maximum(who.onboarded_on, books.first_day)
    size = np.digitize(np.argsort(np.argsort(who.rate)) / max(n, 1), (0.5, 0.9))
    frames: list[pd.DataFrame] = []

    def add(
        name: str, customers: Ints, value: list[str], valid: Ints, recorded: Ints | None = None
    ) -> None:
        recorded_on = np.maximum(valid if recorded is None else recorded, books.first_day)
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": ids.customer(customers, valid),
                    "name": name,
                    "value": value,
                    "valid_on": valid,
                    "recorded_on": recorded_on,
                }
            )
        )

    add("limit", rows, [str(v) for v in limit], start)
    add("segment", rows, [("small", "medium", "large")[s] for s in size], start)
    add("terms", rows, [TERMS[t].text for t in who.terms], start)
    span = np.maximum(books.ends_on - start, 1)
    for share, factor in ((0.4, 1.3), (0.15, 0.6)):
        customers_changed = np.flatnonzero(rng.random(n) < share)
        valid = start[customers_changed] + (
            rng.random(len(customers_changed)) * span[customers_changed]
        ).astype(np.int64)
        changed = np.rint(limit[customers_changed] * factor / 10_000).astype(np.int64) * 10_000
        add(
            "limit",
            customers_changed,
            [str(v) for v in changed],
            valid,
            valid + draw_integers(rng, 0, 5, len(customers_changed)),
        )
    insured = np.flatnonzero(draw_quota(rng, n, 0.2))
    add("insured_amount", insured, [str(v) for v in limit[insured] * 8 // 10], start[insured])
    moved = np.flatnonzero(who.moves_on < NEVER)
    add("parent", moved, ids.first.take(who.head[moved]).tolist(), who.moves_on[moved])
    table = pd.concat(frames, ignore_index=True)
    # the day of a renaming states the attributes in force once more, under the new id
    renamed = np.flatnonzero(who.renamed_on < NEVER)
    frames.clear()
    for name, value in (
        ("limit", [str(v) for v in limit[renamed]]),
        ("terms", [TERMS[t].text for t in who.terms[renamed]]),
    ):
        add(name, renamed, value, np.maximum(who.renamed_on[renamed], start[renamed]))
    return pd.concat([table, *frames], ignore_index=True).drop_duplicates(
        ["customer_id", "name", "valid_on"], ignore_index=True
    )


def customer_events(
    rows: Invoices, who: Customers, state: Ints, spells: Spells, ids: Ids, stage: SharedWorld
) -> list[pd.DataFrame]:
    """Events about customers: insolvency, credit reports, orders, cancellations, corrections."""
    failed = np.flatnonzero(spells.insolvent_on < NEVER)
    on = spells.insolvent_on[failed]
    insolvent = _events(
        "insolvency", ids.customer(spells.customer[failed], on), on, reason="court register"
    )
    return [
        insolvent,
        _credit_reports(who, state, ids, stage),
        *([] if stage.world.has_messy_orders else _orders(rows, who, ids, stage.streams)),
        _corrections(who, ids, stage),
    ]


def _events(kind: str, subject: pd.Series, days: Ints, **more: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": kind,
            "subject_kind": "customer",
            "subject": subject,
            "happened_on": days,
            "known_on": days,
            **more,
        }
    )


def _credit_reports(who: Customers, state: Ints, ids: Ids, stage: SharedWorld) -> pd.DataFrame:
    """A bureau score (300 to 850) every half year or so; stress shows in it a month late."""
    timeline, books, rng = stage.timeline, stage.books, stage.streams.of("credit reports")
    followed = np.flatnonzero(draw_quota(rng, who.n, 0.6))
    months = timeline.month(np.array([books.first_day]))[0] + np.arange(0, timeline.n_billed, 6)
    customer, first = np.repeat(followed, len(months)), np.tile(months, len(followed))
    month = np.minimum(first + draw_integers(rng, 0, 5, len(customer)), timeline.n_billed - 1)
    day = timeline.month_starts[month] + draw_integers(rng, 0, 27, len(customer))
    before = state[customer, np.maximum(month - 1, 0)]
    score = 620 - 75 * (0.75 * who.propensity[customer] + 0.5 * rng.normal(size=len(customer)))
    score = np.clip(np.rint(score - 60 * (before == STRESSED)), 300, 850)
    here = (before >= 0) & (day >= who.onboarded_on[customer]) & (day >= books.first_day)
    customer, day, score = customer[here], day[here], score[here]
    return _events("credit_report", ids.customer(customer, day), day, value=score, reason="bureau")


def _orders(rows: Invoices, who: Customers, ids: Ids, streams: Streams) -> list[pd.DataFrame]:
    """Orders some weeks before their invoice; one in twelve more is cancelled, never billed.

    `reason` is the order number, the same on the order and on its cancellation; `refers_on` the
    planned day of the invoice.
    """
    rng = streams.of("orders")
    is_ordered = who.orders[rows.customer] & (rows.instalment == 1) & (rng.random(rows.n) < 0.6)
    ordered = np.flatnonzero(is_ordered)
    n = len(ordered)
    made = rows.issued_on[ordered] - draw_integers(rng, 4, 25, n)
    number = ids.document("PO", np.arange(n))
    subject = ids.customer(rows.customer[ordered], made)
    after = made >= who.onboarded_on[rows.customer[ordered]]
    order = _events(
        "order",
        subject,
        made,
        refers_on=rows.issued_on[ordered],
        amount=rows.amount[ordered],
        reason=number,
    )[after]
    # a cancelled order is a copy of a real one, with a number of its own, never billed
    dropped = after & (rng.random(n) < 1 / 12)
    copy = order[dropped[after]].copy()
    copy["reason"] = copy["reason"] + "X"
    until = copy["happened_on"] + draw_integers(rng, 1, 12, len(copy))
    cancelled = copy.assign(kind="order_cancelled", happened_on=until, refers_on=NEVER)
    return [order, copy, cancelled]


def _corrections(who: Customers, ids: Ids, stage: SharedWorld) -> pd.DataFrame:
    """Sectors that were corrected in the master data, each told by a `changed` event."""
    books, rng = stage.books, stage.streams.of("corrections")
    corrected = np.flatnonzero(draw_quota(rng, who.n, 0.02))
    span = max(books.ends_on - books.first_day - 30, 1)
    day = books.first_day + 15 + (rng.random(len(corrected)) * span).astype(np.int64)
    corrected, day = (
        corrected[day > who.onboarded_on[corrected]],
        day[day > who.onboarded_on[corrected]],
    )
    new = (who.sector[corrected] + 1) % len(SECTORS)
    subject = texts_of_codes(ids.first.tolist(), corrected)
    old_text, new_text = (
        texts_of_codes(SECTORS, who.sector[corrected]),
        texts_of_codes(SECTORS, new),
    )
    return _events("changed", subject, day, field="sector", old=old_text, new=new_text)
