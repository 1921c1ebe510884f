"""What becomes of an import: clean, in doubt, refused, or nothing usable; and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.control_totals import UNREADABLE, ControlTotals
from payrisk.ledger.importing.reading.preset import Preset
from payrisk.ledger.importing.reading.read import SourceContents
from payrisk.ledger.importing.reading.shares import DoubtShares
from payrisk.ledger.importing.unexplained import BookChange
from payrisk.money import decimal_text


class ImportOutcome(StrEnum):
    """How an import ended; every one but `clean` is told by the exit code of the command."""

    CLEAN = "clean"
    DOUBTS = "doubts"
    REFUSED = "refused"
    NOTHING = "nothing"

    @property
    def exit_code(self) -> int:
        """0 clean · 3 kept, but in doubt · 2 refused, nothing changed · 1 nothing usable."""
        return {"clean": 0, "doubts": 3, "refused": 2, "nothing": 1}[self.value]


@dataclass(frozen=True)
class ImportVerdict:
    """The outcome, and a sentence for each thing that kept it from being a better one."""

    outcome: ImportOutcome
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Part:
    """Something not understood: what, its share of the rows, and of the money.

    known_money: the share whose cents are known; all_money: with every unreadable amount taken
    for the largest that was read.
    """

    what: str
    rows: float
    known_money: float
    all_money: float

    def exceeds(self, limits: DoubtShares) -> bool:
        return self.rows > limits.rows or self.known_money > limits.money


def judge(
    reading: SourceContents,
    later: Sequence[Problem],
    changes: Sequence[BookChange],
    how: Preset,
    *,
    is_usable: bool,
    accept_doubts: str = "",
) -> ImportVerdict:
    """The outcome of an import by the limits of its mapping.

    later: problems met after reading. changes: what of the books would change without a document.
    accept_doubts: a person's reason; what would be refused then is kept and stays in doubt.
    """
    if not is_usable:
        return ImportVerdict(ImportOutcome.NOTHING, (_nothing(reading, how),))
    aside = [*_set_aside(reading.totals), *_late(reading, later)]
    doubts = list(_doubted(reading, (*reading.problems, *later)))
    stated = list(_doubted(reading, [p for p in reading.problems if p.amount is not None]))
    refusals = [
        f"{part.what}; more than {_percent(how.refuse.rows)} of the rows or"
        f" {_percent(how.refuse.money)} of the money is refused"
        for part in aside
        if part.exceeds(how.refuse)
    ]
    refusals += [
        f"{part.what}; more than {_percent(how.refuse.money)} of the money is refused"
        for part in stated
        if part.known_money > how.refuse.money
    ]
    refusals += [_sentence(c, how) for c in changes if c.share > how.refuse.books]
    if refusals and not accept_doubts.strip():
        return ImportVerdict(ImportOutcome.REFUSED, tuple(refusals))
    if not refusals and all(_within(part, how.doubts) for part in (*aside, *doubts)):
        return ImportVerdict(ImportOutcome.CLEAN)
    others = [p.what for p in (*aside, *doubts) if not any(r.startswith(p.what) for r in refusals)]
    return ImportVerdict(ImportOutcome.DOUBTS, (*refusals, *others))


def _nothing(reading: SourceContents, how: Preset) -> str:
    """Why nothing usable came in, and what to do."""
    empty = [f.file for f in reading.files if not f.rows_in]
    if len(empty) < len(reading.files):
        n = reading.rows_in
        return (
            f"nothing usable came in: of {n:,} rows none could be kept, as the problems say; mend"
            " the file or the mapping"
        )
    if how.kind == "open items":
        return (
            f"nothing usable came in: {', '.join(empty)} lists no open item, which would mean that"
            " all was paid; if it was, import the payments"
        )
    return (
        f"nothing usable came in: {', '.join(empty)} has a header and no rows; export it again"
        " with its rows"
    )


def _within(part: _Part, limits: DoubtShares) -> bool:
    return part.rows <= limits.rows and part.all_money <= limits.money


def _set_aside(totals: ControlTotals) -> Iterator[_Part]:
    """What was set aside by table and currency; rows without currency weigh on the whole."""
    keys = {k for counts in (totals.n_aside, totals.n_unreadable) for k, n in counts.items() if n}
    for table, currency in sorted(keys):
        key = table, currency
        tables = {table, "invoices"} if table == "credits" else {table}
        peers = [k for k in totals.n_rows if k[0] in tables and currency in (k[1], UNREADABLE)]
        n, n_rows = totals.n_aside.get(key, 0), sum(totals.n_rows[k] for k in peers)
        unread = totals.n_unreadable.get(key, 0)
        cents, money = totals.quarantined.get(key, 0), totals.rows.get(key, 0)
        known = cents / money if money else 0.0
        worst = max((_weight(totals, k) for k in peers if totals.rows.get(k)), default=1.0)
        where = f"{table} in {currency}" if currency else table
        if currency == UNREADABLE:
            where = f"{table} without a readable currency"
        what = f"{where}: {n:,} of {n_rows:,} rows set aside" if n else where
        if unread:
            what += f"{',' if n else ':'} the amount of {unread:,} unreadable"
        if cents:
            what += f", {_text(cents, currency)} of {_text(money, currency)}"
        yield _Part(what, n / max(n_rows, 1), known, known + unread * worst)


def _weight(totals: ControlTotals, key: tuple[str, str]) -> float:
    """The largest amount read in a table and currency as a share of all that was read there."""
    return min(totals.largest.get(key, 0) / max(totals.rows[key], 1), 1.0)


def _late(reading: SourceContents, later: Sequence[Problem]) -> Iterator[_Part]:
    """Rows that had been read and were set aside because of what they refer to."""
    for problem in later:
        if problem.action == "quarantined":
            share = problem.n / max(reading.rows_in, 1)
            yield _Part(f"{problem.n:,} set aside: {problem.message}", share, 0.0, share)


def _doubted(reading: SourceContents, problems: Sequence[Problem]) -> Iterator[_Part]:
    """Doubts with their share of the rows, and of the money in their currency."""
    totals = reading.totals
    heaviest = max((_weight(totals, key) for key in totals.rows), default=1.0)
    for problem in problems:
        if problem.action != "doubted":
            continue
        rows = min(problem.n / max(reading.rows_in, 1), 1.0)
        money = sum(v for (_, currency), v in totals.rows.items() if currency == problem.currency)
        known = 0.0 if problem.amount is None else min(abs(problem.amount) / max(money, 1), 1.0)
        whole = known if problem.amount is not None else problem.n * heaviest
        yield _Part(f"in doubt: {problem.message}", rows, known, whole)


def _sentence(change: BookChange, how: Preset) -> str:
    changed = _text(change.changed_amount, change.currency)
    is_open = _text(change.open_amount, change.currency)
    return (
        f"the books in {change.currency}: {changed} would change where {is_open} is open, without"
        f" a document that says why ({'; '.join(change.what)}); more than"
        f" {_percent(how.refuse.books)} is refused"
    )


def _text(cents: int, currency: str) -> str:
    return decimal_text(cents, currency, grouped=True)


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
