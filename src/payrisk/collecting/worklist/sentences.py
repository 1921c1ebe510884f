"""What a worklist says of a customer: why it is on the list, and why it is left alone."""

from __future__ import annotations

OLDEST = "oldest {days} days late"
BROKEN = "{n} promises broken in a year"
BROKEN_ONCE = "1 promise broken in a year"
ANYHOW = "{share} of it likely within 30 days anyhow"
DISTRESS = "in distress: offer a plan"
PART_DISPUTED = "part disputed, not asked for"
ASKED_BEFORE = "asked {days} days ago"

INSOLVENT = "insolvent: lodge the claim, do not ask"
HELD_OUT = "held out: a trial leaves it alone"
HANDED_OVER = "with a collection agency"
PLANNED = "under a plan whose payments are to come"
PROMISED = "promised for {day}"
DISPUTED = "disputed: its dispute is to be settled first"
UNREACHABLE = "may not be asked by any channel"
ASKED = "asked on {day} ({kind})"
RUN = "likely to pay within {days} days: wait for its payment run"
TOO_LITTLE = "worth less than it costs to ask"

BETWEEN = "; "
"""Between the reasons of one customer."""

EVERY = (
    OLDEST, BROKEN, BROKEN_ONCE, ANYHOW, DISTRESS, PART_DISPUTED, ASKED_BEFORE, INSOLVENT,
    HELD_OUT, HANDED_OVER, PLANNED, PROMISED, DISPUTED, UNREACHABLE, ASKED, RUN, TOO_LITTLE,
)  # fmt: skip
"""All of them, before their places are filled in."""
