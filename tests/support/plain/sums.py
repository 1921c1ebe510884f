"""The sum line between two evenings: opening and every movement until what is open."""

from __future__ import annotations

from collections import defaultdict

from support.plain.files import PlainFacts
from support.plain.standings import plain_books

KINDS = {
    "payment": "payments",
    "credit_note": "credit_notes",
    "write_off": "write_offs",
    "offset": "offsets",
    "withholding": "withholdings",
    "recovery": "recoveries",
}
MOVED = ("billed", *KINDS.values(), "reversals", "recovered_losses", "sold", "exchanged")
LINES = ("opening", "corrections", *MOVED, "closing", "unapplied", "open")
Sums = dict[tuple[str, str], dict[str, int]]
"""(Entity, currency) -> line -> minor units, signed as it moves the balance."""


def sum_lines(facts: PlainFacts, starts_on: int, ends_on: int, known_before: int) -> Sums:
    """From what was known the morning after one evening to another, known before a morning."""
    then = _books(facts, starts_on, min(starts_on + 1, known_before))
    begun = _books(facts, starts_on, known_before)
    ended = _books(facts, ends_on, known_before)
    sums: Sums = {}
    for key in sorted({*then, *begun, *ended}):
        first, last = begun[key], ended[key]
        moved = {line: last[line] - first[line] for line in MOVED}
        opening = then[key]["open"] - then[key]["unapplied"]
        sums[key] = {
            "opening": opening,
            "corrections": first["open"] - first["unapplied"] - opening,
            **moved,
            "closing": last["open"] - last["unapplied"],
            "unapplied": last["unapplied"],
            "open": last["open"],
        }
    return sums


def reconciles(sums: Sums) -> bool:
    """Whether opening and movements come to what is open, less what is on account, everywhere."""
    return all(
        line["opening"] + line["corrections"] + sum(line[name] for name in MOVED)
        == line["closing"]
        == line["open"] - line["unapplied"]
        for line in sums.values()
    )


def _books(facts: PlainFacts, evening: int, known_before: int) -> Sums:
    books = plain_books(facts, evening, known_before)
    sums: Sums = defaultdict(lambda: defaultdict(int))
    for key, lines in books.sums.items():
        for name, amount in lines.items():
            sums[key][KINDS.get(name, name)] += amount
    return sums
