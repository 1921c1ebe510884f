"""Why a customer that owes is not on the list: each with one reason, the firmest first."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Texts
from payrisk.calendar import NEVER, iso
from payrisk.collecting.worklist import sentences
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.collecting.worklist.stakes import CustomerPast, Stakes
from payrisk.collecting.worklist.worth import Worths


def reasons_to_wait(
    stakes: Stakes,
    worths: Worths,
    past: CustomerPast,
    policy: CollectingPolicy,
    *,
    held_out: Collection[str] = (),
    unreachable: Collection[str] = (),
) -> Texts:
    """(k,) why nobody acts on each customer this morning; '' where somebody should.

    held_out: customers that a trial leaves alone; unreachable: those that may not be asked. What
    is insolvent, held out, disputed, promised or under a plan waits whatever it is worth.
    """
    rules, as_of, k = policy.rules, stakes.as_of, len(worths.customers)
    ids = worths.customers.to_numpy(dtype=object)
    best = worths.value.max(axis=1, initial=-np.inf)
    out = np.full(k, "", dtype=object)

    def say(where: Flags, words: list[str] | str) -> None:
        texts = np.asarray(words, dtype=object)
        empty = where & (out == "")
        out[empty] = texts if texts.ndim == 0 else texts[empty]

    say(_known(ids, past.insolvent), sentences.INSOLVENT)
    say(np.isin(ids, list(held_out)), sentences.HELD_OUT)
    nothing = worths.stake <= 0
    say(nothing & _all(stakes.is_handed_over, worths), sentences.HANDED_OVER)
    say(nothing & _all(stakes.is_planned, worths), sentences.PLANNED)
    promised = stakes.promised_on < NEVER
    first = np.full(k, NEVER, dtype=np.int64)
    np.minimum.at(first, worths.code[promised], stakes.promised_on[promised])
    days = [sentences.PROMISED.format(day=iso(int(day))) if day < NEVER else "" for day in first]
    say(nothing & (first < NEVER), days)
    say(nothing, sentences.DISPUTED)
    say(np.isin(ids, list(unreachable)), sentences.UNREACHABLE)
    asked = [
        sentences.ASKED.format(day=iso(past.asked_on[who]), kind=past.asked_how[who])
        if who in past.asked_on
        else ""
        for who in ids
    ]
    recent = np.array([as_of - past.asked_on.get(who, -NEVER) < rules.gap_days for who in ids])
    say(recent.astype(bool), asked)
    comes = worths.soon >= rules.run_share * np.maximum(worths.stake, 1.0)
    say(comes, sentences.RUN.format(days=rules.run_days))
    say(best <= 0, sentences.TOO_LITTLE)
    return out


def left_alone_table(
    worths: Worths, reasons: Texts, names: dict[str, str], currency: str
) -> pd.DataFrame:
    """The customers that wait, the largest overdue first, with why."""
    held = np.flatnonzero(reasons != "")
    held = held[np.argsort(-worths.overdue[held], kind="stable")]
    ids = worths.customers.to_numpy(dtype=object)[held]
    return pd.DataFrame(
        {
            "customer_id": ids,
            "name": [names.get(str(who), str(who)) for who in ids],
            "currency": currency,
            "overdue": np.rint(worths.overdue[held]).astype(np.int64),
            "oldest_days_late": worths.oldest[held],
            "why": reasons[held],
        }
    )


def _known(ids: Texts, by_customer: dict[str, int]) -> Flags:
    return np.array([who in by_customer for who in ids], dtype=bool)


def _all(flags: Flags, worths: Worths) -> Flags:
    """(k,) whether all late invoices of a customer have it."""
    without = np.bincount(worths.code, ~flags, minlength=len(worths.customers))
    return np.asarray(without == 0)
