"""The words of a decision for its codes: the same at a terminal and on a page."""

from __future__ import annotations

OUTCOMES = {
    "approve": "approve",
    "approve_with_protection": "approve with protection",
    "refer": "refer: a person decides",
    "decline": "decline",
}
RELEASES = {
    "release": "released",
    "release_in_part": "released in part",
    "hold": "held, nothing released",
}
KINDS = {
    "onboarding": "new customer",
    "limit_review": "limit",
    "order_release": "order",
}
"""What a decision is about, in a word."""

PROTECTIONS = {
    "none": "no protection",
    "discount": "discount for paying early",
    "shorter_terms": "shorter terms",
    "deposit": "deposit",
    "guarantee": "guarantee",
    "insurance": "insurance",
    "prepay": "prepayment",
}
"""What protects us, or is asked for because of a red flag."""

LIMITS = {
    "need": "need: expected sales over terms and delay",
    "capacity": "capacity: net worth and turnover",
    "house_tier": "house tier of the band",
    "headroom": "headroom of the group",
}
"""The measures of a limit, of which the smallest counts."""

EXPOSURE = {
    "open": "open invoices",
    "orders": "orders not yet invoiced",
    "reserved": "orders released here, not in the ledger yet",
    "unapplied": "payments and credits not yet applied (taken off)",
    "recourse": "sold with recourse",
    "total": "gross exposure",
    "insured": "insured",
    "own_risk": "own risk",
    "insurer_limit": "insurer's limit",
    "limit": "limit on file",
    "headroom": "headroom of the group",
}
"""What each amount of an exposure is."""
