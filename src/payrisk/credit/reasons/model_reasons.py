"""The fixed dictionary of what a model may give as a cause, and its words to an applicant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from payrisk.predictions import Reason


@dataclass(frozen=True)
class ModelReason:
    """One cause that models may name: its code, whose contributions it takes in, its words.

    `begins`: a pattern that begins the names of the contributions (features, or terms of the
    roll-up). `sentence`: the specific reason an applicant is told, which names the factor and not
    a value of it, so that it is true whatever the value; empty where a contribution says nothing
    of the applicant itself (a base rate), which is then never shown as a reason.
    """

    code: str
    begins: str
    sentence: str


_BOUGHT = r"(customer|invoice|behaviour)__"

MODEL_REASONS: tuple[ModelReason, ...] = (
    # what an application shows
    ModelReason(
        "bureau_report",
        r"application__bureau|bureau_score",
        "The credit bureau's report on the business.",
    ),
    ModelReason(
        "request_large",
        r"application__(log_)?(requested_)?limit|requested_limit",
        "The credit requested in relation to the size of the business.",
    ),
    ModelReason(
        "terms_long",
        r"application__(requested_)?terms|requested_terms",
        "The length of the payment terms requested.",
    ),
    ModelReason(
        "purchases_large",
        r"application__(log_)?(expected_)?(monthly_)?sales|expected_monthly_sales",
        "The purchases expected in relation to the size of the business.",
    ),
    ModelReason(
        "net_worth_low",
        r"application__(log_)?net_worth|net_worth",
        "The net worth of the business in relation to its turnover.",
    ),
    ModelReason(
        "business_small",
        r"application__(log_)?(turnover|n_employees|employees)|turnover|n_employees",
        "The size of the business.",
    ),
    ModelReason(
        "trading_short",
        r"application__(log_)?years_trading|years_trading",
        "The length of time in business.",
    ),
    ModelReason(
        "references_few",
        r"application__n_references|n_references",
        "The number of trade references given.",
    ),
    ModelReason(
        "contact_unverified",
        r"application__(email|has_website|website)|email_domain|has_website",
        "The e-mail address or website given for the business.",
    ),
    ModelReason(
        "vat_number_missing",
        r"application__(has_)?vat|has_vat",
        "Whether a VAT number was given.",
    ),
    ModelReason(
        "address_differs",
        r"application__address|address_mismatch",
        "Whether the address given is the registered one.",
    ),
    ModelReason(
        "bank_abroad",
        r"application__bank|bank_country",
        "The country of the bank account given.",
    ),
    ModelReason(
        "press_negative",
        r"application__(negative_)?press|negative_press",
        "Public news about the business.",
    ),
    ModelReason(
        "sector_risk",
        r"application__sector|sector",
        "The line of business.",
    ),
    # what the ledger shows
    ModelReason(
        "arrears",
        r"overdue_now|arrears|customer__(overdue|bucket|unpaid|oldest|arrears|n_overdue)"
        r"|invoice__past_due",
        "Invoices that are overdue with us.",
    ),
    ModelReason(
        "open_invoices",
        r"open_invoices|curve__open|rollup__open|roll_up__open",
        "How late the invoices now open with us are or will be.",
    ),
    ModelReason(
        "past_lateness",
        r"past_lateness|(customer|weekday)__(days_late|late\d*|settled|n_matured|n_defaults)"
        r"|curve__new|rollup__new|roll_up__new",
        "How late past invoices with us were paid.",
    ),
    ModelReason(
        "past_losses",
        r"customer__(write_off|reversal|returned|insolvency|default)",
        "Past invoices with us that were written off or came back unpaid.",
    ),
    ModelReason(
        "promises_broken",
        r"(customer|invoice)__(broken_promise|promise|answered_reminder|reminded)",
        "Promises to pay and reminders in the past.",
    ),
    ModelReason("disputes", r"(customer|invoice)__dispute", "Disputes on invoices with us."),
    ModelReason(
        "collection", r"(customer|invoice)__handed_over", "Invoices handed to collection."
    ),
    ModelReason(
        "exposure_high",
        r"(customer|invoice)__(open|limit|blocked|left|exposure|utilisation)",
        "The amount owed to us.",
    ),
    ModelReason(
        "group_arrears",
        r"parent__",
        "How other companies of the same group pay us.",
    ),
    ModelReason(
        "history_short",
        r"sparse_history|unknown_customer|customer__(tenure|n_invoices)",
        "The length of the payment history with us.",
    ),
    ModelReason(
        "trade_changed",
        rf"{_BOUGHT}(issued|cash|amount|log_amount|credit_note|credited|discount|terms"
        r"|month_end|weekday\d|age|due|n_expected)",
        "The pattern of recent purchases and payments.",
    ),
    # what is true of anybody: never shown as a reason
    ModelReason(
        "base",
        r"base|prior|intercept|level|recent_level|calibration|blend|in_default"
        r"|segment__|country__|everyone__|other|month|season",
        "",
    ),
)
"""Every cause a model may name, first match first (docs/design.md, 'Credit decisions')."""

PROTECTED = re.compile(
    r"(^|_)(is_natural_person|natural_person|gender|sex|age_of_owner|birth\w*|nationality|race"
    r"|ethnic\w*|religion|marital\w*|disability|pregnan\w*|union_member\w*|owner_name|first_name"
    r"|last_name|customer_name|applicant_name|public_assistance)(_|$)",
    re.IGNORECASE,
)
"""What no credit decision may rest on, nor on what plainly stands for it (ECOA, GDPR Art. 9)."""

_BY_CODE = {one.code: one for one in MODEL_REASONS}


@lru_cache(maxsize=4096)
def reason_of(name: str) -> ModelReason | None:
    """The entry that a contribution's name belongs to; None for one the dictionary lacks.

    >>> reason_of("application__bureau_score").code
    'bureau_report'
    """
    if name in _BY_CODE:
        return _BY_CODE[name]
    return next((one for one in MODEL_REASONS if re.match(f"({one.begins})", name)), None)


@lru_cache(maxsize=4096)
def is_protected(name: str) -> bool:
    """Whether a contribution's or feature's name is that of a protected attribute."""
    return PROTECTED.search(name) is not None


def protected_among(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are protected attributes."""
    return tuple(sorted({name for name in names if is_protected(name)}))


def adverse(contributions: Iterable[Reason]) -> tuple[Reason, ...]:
    """What raised the risk, under the dictionary's codes, the heaviest first.

    Contributions of one cause are added up before it is asked whether they speak against; the
    text is that of the heaviest. What says nothing of the applicant is left out.
    """
    grouped: dict[str, list[Reason]] = {}
    for one in contributions:
        entry = reason_of(one.code)
        if entry is not None and not entry.sentence:
            continue
        grouped.setdefault(one.code if entry is None else entry.code, []).append(one)
    found = []
    for code, parts in grouped.items():
        total = sum(part.contribution for part in parts)
        if total > 0 and not is_protected(code):
            worst = max(parts, key=lambda part: part.contribution)
            found.append(Reason(code, worst.text, total, worst.source, worst.dated_on))
    return tuple(sorted(found, key=lambda one: -one.contribution))
