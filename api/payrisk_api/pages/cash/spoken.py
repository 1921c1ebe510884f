"""The words of cash for its codes: steps, groups and the causes of a variance."""

from __future__ import annotations

from payrisk.languages import marked

STEPS = {
    "day": marked("by day"),
    "week": marked("by week"),
    "month": marked("by month"),
    "quarter": marked("by quarter"),
}
GROUPS = {
    "": marked("not apart"),
    "customer": marked("by customer"),
    "parent": marked("by group"),
    "country": marked("by country"),
    "entity": marked("by entity"),
}
BASES = {"booking": marked("booking date"), "value": marked("value date")}
INTERCOMPANY = {
    "with": marked("with our own group"),
    "without": marked("without our own group"),
    "only": marked("our own group only"),
}
CAUSES = {
    "late_facts": marked("recorded late"),
    "reversals": marked("taken back"),
    "default": marked("defaults"),
    "short_pay_credit": marked("short pays, credits"),
    "timing": marked("timing"),
    "new_invoices": marked("new invoices"),
    "on_account": marked("on account"),
    "fx": marked("other currency"),
}
"""Short names of the causes; the library's own sentence says what each means."""
