"""Words of collecting: steps, tones, channels, kinds of actions, outcomes, states of promises."""

from __future__ import annotations

from payrisk.languages import marked

STEPS = {
    "reminder": marked("Send a reminder"),
    "call": marked("Call"),
    "plan": marked("Offer a plan"),
}
TONES = {
    "friendly": marked("friendly"),
    "firm": marked("firm"),
    "empathetic": marked("empathetic"),
}
CHANNELS = {
    "telephone": marked("telephone"),
    "e-mail": marked("e-mail"),
    "letter": marked("letter"),
    "portal": marked("portal"),
    "visit": marked("visit"),
    "message": marked("text message"),
}
KINDS = {
    "call": marked("Telephone call"),
    "promise": marked("Promise to pay"),
    "reminder": marked("Reminder sent"),
    "note": marked("Note"),
    "dispute_opened": marked("Dispute opened"),
    "dispute_closed": marked("Dispute closed"),
    "escalation": marked("Handed on"),
    "claim": marked("I look after it"),
    "release": marked("I let it go"),
}
"""What a page can record; a plan with its parts is recorded by command or program."""
OTHER_KINDS = {"plan": marked("Plan"), "undo": marked("Taken back")}
OUTCOMES = {
    "reached": marked("reached"),
    "message left": marked("message left"),
    "nobody reached": marked("nobody reached"),
    "wrong number": marked("wrong number"),
}
STANDINGS = {
    "posted": marked("in the ledger"),
    "waits": marked("waits to be posted"),
    "kept here": marked("kept here"),
    "undone": marked("taken back"),
}
PROMISES = {
    "kept": (marked("kept"), "good"),
    "part_kept": (marked("kept in part"), "warn"),
    "broken": (marked("broken"), "bad"),
    "renegotiated": (marked("renegotiated"), ""),
    "pending": (marked("not due yet"), ""),
    "not_needed": (marked("not needed"), ""),
}
