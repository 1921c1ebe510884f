"""How likely a promise is kept and on which day it is paid then, learnt from those that are over.

The idea: the chance that a promise is kept is a sum of log-odds, one by band of each plain fact
(how long until its day, channel, promises before, how late it was made, whether it is for all) and
one of the customer's own. All are drawn to 0, those of facts as stated, the customers' by as much
as customers differ, so who promised often speaks for itself and who never did is like the others.
Payments of kept promises say how many days before or after the promised one they come.
Example: of 100 promises 60 were kept, but of 8 of one customer 1: its next has a chance near .35.
Biased where whom we ask for a promise changes, and towards the usual where facts are few.

Sources: generalised additive models fitted by backfitting (Hastie & Tibshirani 1986), customers as
a random effect by penalised quasi-likelihood (Breslow & Clayton 1993), a chance averaged over what
is not known of the customer by MacKay's (1992) rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints, Probabilities
from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.receivables.agreements.promises import GRACE_DAYS, KEPT_SHARE, promises
from payrisk.receivables.booking_lag import FOR_LEARNING, booking_lag

STATED_KEPT, STATED_COUNTS = 0.6, 8.0
"""Before any promise is over six in ten are kept, as if eight had told so: our own assumption."""
OF_FACTS = 1.0
"""Variance, in log-odds, of what a band of a plain fact tells."""
OF_CUSTOMERS, CUSTOMERS_COUNT = 0.5, 10.0
"""Variance by which customers differ before any is known, and how many customers say so."""
LEADS, AGES = (3, 6, 11, 21, 46), (1, 11, 31, 61)
"""Bands of days until the promised day and of days past due when it was made begin here."""
MOST_BEFORE = 2
N_BANDS = {"lead": len(LEADS) + 1, "before": MOST_BEFORE + 1, "age": len(AGES) + 1, "all": 2}
"""Of plain facts but the channel, of which there are as many as are told."""
SOONEST = -30
"""The earliest day before the promised one on which cash is told apart."""
AROUND_COUNTS = 10.0
UNBOOKED_DAYS = GRACE_DAYS - SOONEST + 2
SWEEPS, STILL = 200, 1e-4


def _stated_days() -> Probabilities:
    """Half on the day, a quarter in the days before, a quarter in the days of grace."""
    before = 0.25 * 0.5 ** np.arange(1, -SOONEST + 1)[::-1]
    return np.concatenate([before, [0.5], np.full(GRACE_DAYS, 0.25 / GRACE_DAYS)])


@dataclass(frozen=True)
class PromiseKeeping:
    """What promises that are over tell of those that are not.

    n, n_kept: promises it learnt from, and those kept. usual: log-odds. of_band: by plain fact,
    what each of its bands adds; channels: those told apart. of_customer: what each adds, indexed
    by customer_id; doubt: the variance of that; customers_differ: of a customer not known. around:
    (34,) the chances that a promise kept is paid SOONEST … GRACE_DAYS days from its day. unbooked:
    (35,) the share of payments that are not in the books k days after they came.
    """

    n: int = 0
    n_kept: int = 0
    usual: float = float(np.log(STATED_KEPT / (1 - STATED_KEPT)))
    of_band: Mapping[str, Floats] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    of_customer: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.float64))
    doubt: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.float64))
    customers_differ: float = OF_CUSTOMERS
    around: Probabilities = field(default_factory=_stated_days)
    unbooked: Probabilities = field(default_factory=lambda: np.eye(1, UNBOOKED_DAYS)[0])

    @classmethod
    def of(cls, books: Books, made: pd.DataFrame | None = None) -> PromiseKeeping:
        """Learnt from the promises of the books that are over and whose cash is booked.

        made: those of `promises(books)`, where they are at hand. On a morning's history nothing
        recorded on that morning or later tells anything.
        """
        made = promises(books) if made is None else made
        credits, morning = books.known_rows("credits"), books.close_of + 1
        lag = booking_lag(credits, morning, FOR_LEARNING)
        unbooked = unbooked_shares(credits, morning)
        is_over = made["promised_on"] + GRACE_DAYS + lag <= books.close_of
        over = made[(is_over & (made["promised"] > 0)).to_numpy()]
        if over.empty:
            return cls(unbooked=unbooked)
        order = ["customer_id", "made_on", "promised_on", "channel", "promised", "received"]
        over = over.sort_values(order, kind="stable")
        is_kept = _is_kept(over)
        # what was promised in one conversation counts as one, however many invoices it was about
        talks = over.groupby(["customer_id", "made_on"], sort=False)["promised"].transform("size")
        weight = 1.0 / talks.to_numpy(np.float64)
        channels = tuple(sorted(set(over["channel"]) - {""}))
        bands = _bands(over, channels)
        customer, ids = pd.factorize(over["customer_id"])
        usual, of_band, own, doubt, differ = _fitted(is_kept, weight, bands, customer)
        index = pd.Index(ids.astype(object))
        return cls(
            len(over),
            int(is_kept.sum()),
            usual,
            of_band,
            channels,
            pd.Series(own, index),
            pd.Series(doubt, index),
            differ,
            _around(over, weight),
            unbooked,
        )

    @property
    def sentence(self) -> str:
        """What the chances stand on."""
        if not self.n:
            return f"no promise is over yet: {STATED_KEPT:.0%} are assumed to be kept"
        return (
            f"each as likely as {self.n:,} promises that are over tell, {self.n_kept / self.n:.0%}"
            " of which were kept"
        )

    def probability(self, made: pd.DataFrame) -> Probabilities:
        """(n,) chance that each promise is kept, as seen when it was made.

        made: rows of `promises`: 95 % of what was promised comes by its day and 3 more.
        """
        score = np.full(len(made), self.usual)
        for name, code in _bands(made, self.channels).items():
            if name in self.of_band:
                # of a band that no promise was in, and of what is not told, nothing is known
                score += np.append(self.of_band[name], 0.0)[code]
        who = made["customer_id"].astype(object)
        score += self.of_customer.reindex(who).fillna(0.0).to_numpy(np.float64)
        doubt = self.doubt.reindex(who).fillna(self.customers_differ).to_numpy(np.float64)
        return _chance(score / np.sqrt(1.0 + np.pi / 8.0 * doubt))

    def days(self, made: pd.DataFrame, as_of: int) -> Probabilities:
        """(n, 34) chances that a promise kept is paid on each day around it and not known of yet.

        Column c is the day promised_on + SOONEST + c. Days before it was made have none, days
        before the morning only what may have come and is not booked; so a row sums to the chance
        that one who keeps it has not been seen to.
        """
        promised, made_on = (made[name].to_numpy(np.int64) for name in ("promised_on", "made_on"))
        return shares_to_come(self.around, SOONEST, promised, made_on, as_of, self.unbooked)

    def still_kept(self, made: pd.DataFrame, as_of: int) -> Probabilities:
        """(n,) chance that each promise is kept, given that nothing is known to have come of it.

        Bayes: a promise kept is paid mostly by its day, one that is broken never before it is
        over, so each day of waiting speaks against it.
        """
        chance = self.probability(made)
        waiting = chance * self.days(made, as_of).sum(axis=1)
        return np.asarray(waiting / np.maximum(waiting + 1.0 - chance, 1e-12))


def _is_kept(made: pd.DataFrame) -> Floats:
    return np.asarray(made["received"] >= KEPT_SHARE * made["promised"], dtype=np.float64)


def _bands(made: pd.DataFrame, channels: tuple[str, ...]) -> dict[str, Ints]:
    """By plain fact, the (n,) band of each promise; −1 where nothing is told."""
    lead = made["promised_on"] - made["made_on"]
    due = made["due_on"].to_numpy(np.int64)
    age = np.digitize(made["made_on"] - due, AGES)
    is_all = made["promised"] >= KEPT_SHARE * made["owed"]
    return {
        "lead": np.digitize(lead, LEADS).astype(np.int64),
        "channel": np.asarray(pd.Index(channels, dtype=object).get_indexer(made["channel"])),
        "before": np.minimum(made["n_before"].to_numpy(np.int64), MOST_BEFORE),
        "age": np.where(due < NEVER, age, -1).astype(np.int64),
        "all": is_all.to_numpy().astype(np.int64),
    }


def _chance(score: Floats) -> Probabilities:
    return np.asarray(1.0 / (1.0 + np.exp(-score)))


def _fitted(
    y: Floats, weight: Floats, bands: Mapping[str, Ints], customer: Ints
) -> tuple[float, dict[str, Floats], Floats, Floats, float]:
    """The usual log-odds, what bands add, what customers add, its variance, and theirs.

    Newton's step for one fact's bands after the other (their loss is convex, and no two bands of a
    fact share a promise); the customers' variance is that of what they add and of its doubt.
    """
    stated = float(np.log(STATED_KEPT / (1.0 - STATED_KEPT)))
    held = 1.0 / (STATED_COUNTS * STATED_KEPT * (1.0 - STATED_KEPT))
    facts = {"usual": np.zeros(len(y), np.int64)} | dict(bands) | {"customer": customer}
    variance = dict.fromkeys(facts, OF_FACTS) | {"usual": held, "customer": OF_CUSTOMERS}
    sizes = {name: max(int(code.max()) + 1, 1) for name, code in facts.items()} | N_BANDS
    added = {name: np.zeros(sizes[name]) for name in facts}
    doubt: Floats = np.zeros(0)
    score = np.full(len(y), stated)
    for _ in range(SWEEPS):
        furthest = 0.0
        for name, code in facts.items():
            rows = np.flatnonzero(code >= 0)
            chance, size = _chance(score[rows]), len(added[name])
            slope = np.bincount(code[rows], weight[rows] * (y[rows] - chance), size)
            curve = np.bincount(code[rows], weight[rows] * chance * (1 - chance), size)
            certain = curve + 1.0 / variance[name]
            step = (slope - added[name] / variance[name]) / certain
            added[name] += step
            score[rows] += step[code[rows]]
            furthest = max(furthest, float(np.abs(step).max()))
            if name == "customer":
                doubt = np.asarray(1.0 / certain)
        own = added["customer"]
        spread = (own**2 + doubt).sum() + CUSTOMERS_COUNT * OF_CUSTOMERS
        variance["customer"] = float(spread / (len(own) + CUSTOMERS_COUNT))
        if furthest < STILL:
            break
    usual = stated + float(added.pop("usual")[0])
    own = added.pop("customer")
    return usual, added, own, doubt, variance["customer"]


def _around(over: pd.DataFrame, weight: Floats) -> Probabilities:
    """(34,) chances of each day around the promised one, of promises kept on invoices."""
    day = over["kept_on"].to_numpy(np.int64)
    kept = np.flatnonzero(day < NEVER)
    away = np.clip(day[kept] - over["promised_on"].to_numpy(np.int64)[kept], SOONEST, GRACE_DAYS)
    counts = np.bincount(away - SOONEST, weight[kept], minlength=GRACE_DAYS - SOONEST + 1)
    whole = counts + AROUND_COUNTS * _stated_days()
    return np.asarray(whole / whole.sum())


def shares_to_come(
    around: Probabilities,
    soonest: int,
    day: Ints,
    since: Ints,
    as_of: int,
    unbooked: Probabilities,
) -> Probabilities:
    """(n, k) chances of cash on each day soonest, soonest + 1 … from `day`, not known of yet.

    around: (k,) as past ones came. Days before `since` have none, days before the morning only
    what may have come and is not booked; so a row sums to the chance that it has not been seen.
    """
    days = day[:, None] + soonest + np.arange(len(around))
    possible = np.where(days >= since[:, None], around, 0.0)
    whole = possible.sum(axis=1, keepdims=True)
    shares = np.divide(possible, whole, out=np.zeros_like(possible), where=whole > 0)
    return np.asarray(shares * unbooked[np.clip(as_of - days, 0, len(unbooked) - 1)])


def unbooked_shares(credits: pd.DataFrame, morning: int) -> Probabilities:
    """(35,) the share of payments booked lately that were booked k days after they came or later.

    The first is 1: what comes today is in no books this morning.
    """
    recorded = credits["recorded_on"].to_numpy(np.int64)
    rows = (credits["kind"] == "payment").to_numpy() & (recorded < morning)
    rows &= recorded >= morning - (FOR_LEARNING.recent_days or 0)
    lags = (recorded - credits["happened_on"].to_numpy(np.int64))[rows]
    share: Floats = np.eye(1, UNBOOKED_DAYS)[0]
    if len(lags):
        share[1:] = [(lags >= days).mean() for days in range(1, UNBOOKED_DAYS)]
    return share
