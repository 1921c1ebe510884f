"""Trouble on invoices as events: disputes, reminders, promises, new due dates, returns, sales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.disputes import Disputes
from payrisk.simulate.behaviour.paying import Payments
from payrisk.simulate.behaviour.promising import CHANNELS, PromiseRound
from payrisk.simulate.behaviour.stress import Spells
from payrisk.simulate.world.company import Customers
from payrisk.simulate.world.random_streams import Streams, draw_integers
from payrisk.simulate.world.recording import recording_delays
from payrisk.simulate.world.stage import SharedWorld
from payrisk.simulate.world.texts import Ids, texts_of_codes
from payrisk.simulate.written.documents import Settlement
from payrisk.simulate.written.invoices import InvoiceEntries

REMINDERS = ((6, "1", "e-mail"), (20, "2", "e-mail"), (40, "3", "letter"))
"""Days past due, stage and channel of the reminders sent while an invoice is unpaid."""


class EventRows:
    """Event rows about invoices, gathered kind by kind."""

    def __init__(self, entered: InvoiceEntries, ids: Ids) -> None:
        self.entered, self.rows, self.ids = entered, entered.rows, ids
        self.frames: list[pd.DataFrame] = []

    def add(self, kind: str, where: Flags, days: Ints, **more: Any) -> None:
        """One event a marked invoice row; further columns are arrays of all rows or constants."""
        marked = np.flatnonzero(where & self.entered.taken)
        columns = {
            name: value[marked] if isinstance(value, np.ndarray) else value
            for name, value in more.items()
        }
        self.frames.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "subject_kind": "invoice",
                    "subject": self.ids.document("INV", self.rows.number[marked]),
                    "instalment": self.rows.instalment[marked],
                    "happened_on": days[marked],
                    "known_on": self.entered.recorded_on[marked],
                    **columns,
                }
            )
        )


def invoice_events(
    entered: InvoiceEntries,
    paid: Payments,
    disputed: Disputes,
    who: Customers,
    spells: Spells,
    settled: Settlement,
    ids: Ids,
    stage: SharedWorld,
) -> list[pd.DataFrame]:
    """Every event about an invoice taken into the books or its payment, not yet recorded."""
    pieces, rows, streams = EventRows(entered, ids), entered.rows, stage.streams
    ends = np.minimum(paid.closed_on, paid.sold_on)
    is_disputed = (disputed.opened_on < NEVER) & (disputed.opened_on < paid.sold_on)
    why = streams.of("dispute reasons").integers(0, 4, rows.n)
    reason = np.array(["quantity", "price", "quality", "delivery"], dtype=object)[why]
    pieces.add(
        "dispute_opened", is_disputed, disputed.opened_on, amount=disputed.amount, reason=reason
    )
    closed = is_disputed & (disputed.closed_on < paid.sold_on)
    how = np.where(paid.credited > 0, "credit granted", "settled").astype(object)
    pieces.add("dispute_closed", closed, disputed.closed_on, reason=how)
    _reminders(pieces, paid, ends, who, stage)
    if not stage.world.has_binding_promises:
        _promises(pieces, paid, spells, stage)
    _extensions(pieces, paid, streams)
    pieces.add(
        "sold", paid.sold_on < NEVER, paid.sold_on, amount=rows.amount, reason="without recourse"
    )
    recourse_on = paid.recourse_on
    pieces.add(
        "sold", recourse_on < NEVER, recourse_on, amount=rows.amount, reason="with recourse"
    )
    if len(spells.customer):
        lost = (paid.spell >= 0) & (paid.paid_on == NEVER)
        handed = np.where(lost, spells.handed_over_on[paid.spell], NEVER)
        pieces.add("handed_over", handed < ends, handed, reason="collection agency")
    back = settled.returned
    pieces.frames.append(
        pd.DataFrame(
            {
                "kind": "reversal",
                "subject_kind": "credit",
                "subject": ids.document("CR", settled.returned_credit),
                "happened_on": paid.returned_on[back],
                "amount": paid.cash[back],
                "reason": texts_of_codes(
                    ("insufficient funds", "refused by payer"), back % 5 // 4
                ),
                "known_on": settled.returned_recorded_on,
            }
        )
    )
    return pieces.frames


def _reminders(
    pieces: EventRows, paid: Payments, ends: Ints, who: Customers, stage: SharedWorld
) -> None:
    rows = pieces.rows
    country = who.country[rows.customer]
    reminded = stage.streams.of("reminders").random(rows.n) < 0.92
    reminded &= paid.cause != causes.EXTENDED
    for days, step, channel in REMINDERS:
        on = stage.runs.next(country, 0, rows.due_on + days)
        pieces.add("reminder", reminded & (on < ends), on, stage=step, reason=channel)


def _promises(pieces: EventRows, paid: Payments, spells: Spells, stage: SharedWorld) -> None:
    """Promises of late payers: half are kept, the others name a day before the one that comes."""
    rows, rng = pieces.rows, stage.streams.of("promises")
    n = rows.n
    until = np.minimum(paid.paid_on, rows.due_on + 75)
    if len(spells.customer):
        stopped = np.where(paid.spell >= 0, spells.stops_on[paid.spell], NEVER)
        until = np.minimum(until, np.maximum(stopped + 60, rows.due_on + 20))
    room = until - rows.due_on - 4
    made = rows.due_on + 3 + (rng.random(n) * np.maximum(room, 1)).astype(np.int64)
    is_kept = (rng.random(n) < 0.55) & (paid.paid_on < made + 30)
    early = made + draw_integers(rng, 2, 7, n)
    early = np.where(paid.paid_on < NEVER, np.minimum(early, paid.paid_on - 1), early)
    refers = np.where(
        is_kept, paid.paid_on + draw_integers(rng, 0, 2, n), np.maximum(early, made + 1)
    )
    late = (room > 6) & (made < paid.paid_on) & (paid.cause < causes.OFFSET)
    late &= np.isin(paid.cause, (causes.LATE, causes.PARTS, causes.CANNOT_PAY)) | (paid.spell >= 0)
    late &= (rng.random(n) < stage.world.promise_share) & (made < paid.sold_on)
    pieces.add("promise", late, made, refers_on=refers, amount=rows.amount, reason="by telephone")


def binding_promises(
    entered: InvoiceEntries, rounds: tuple[PromiseRound, ...], ids: Ids
) -> list[pd.DataFrame]:
    """Every promise that binds as an event, with the true chance that it was kept."""
    pieces = EventRows(entered, ids)
    for one in rounds:
        pieces.add(
            "promise",
            one.is_made,
            one.made_on,
            refers_on=one.promised_on,
            amount=entered.rows.amount,
            reason="promised",
            channel=np.array(CHANNELS, dtype=object)[one.channel],
            probability=one.probability,
        )
    return pieces.frames


def _extensions(pieces: EventRows, paid: Payments, streams: Streams) -> None:
    """New due dates, agreed mostly before the old one; one in five comes too late to count."""
    rows, rng = pieces.rows, streams.of("extensions")
    n = rows.n
    in_time = rng.random(n) < 0.8
    wait = np.maximum(rows.due_on - rows.issued_on, 2)
    before = rows.due_on - 1 - (rng.random(n) * np.minimum(wait - 1, 12)).astype(np.int64)
    on = np.where(in_time, before, rows.due_on + draw_integers(rng, 1, 5, n))
    extended = (paid.cause == causes.EXTENDED) & (on < np.minimum(paid.paid_on, paid.sold_on))
    new = rows.due_on + causes.EXTENSION_DAYS
    pieces.add("due_date_change", extended, on, refers_on=new, reason="agreed")


def events_table(frames: list[pd.DataFrame], ids: Ids, stage: SharedWorld) -> pd.DataFrame:
    """The `events` facts: each recorded on its day or some days later, numbered."""
    events = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    # nothing is known of a subject before the subject is
    known_from = np.maximum(events.pop("known_on").to_numpy(), stage.books.first_day)
    happened = events["happened_on"].to_numpy()
    share = stage.world.late_recorded_share / 2
    late = recording_delays(stage.streams.of("recording of events"), len(events), share)
    recorded = np.maximum(happened + late, known_from)
    events["recorded_on"] = recorded
    events["event_id"] = ids.document("EV", np.arange(len(events)))
    return events[stage.books.includes_facts(happened, recorded)]
