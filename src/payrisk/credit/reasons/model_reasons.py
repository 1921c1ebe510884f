"""The fixed dictionary of what a model may give as a reason, and its words to an applicant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from payrisk.features.catalogue.all import CATALOGUE
from payrisk.features.catalogue.application import APPLICATION
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.features.catalogue.feature import measure_of
from payrisk.predictions import Reason


@dataclass(frozen=True)
class ModelReason:
    """One reason that models may give: its code, what it takes in, its words.

    causes: those of the catalogue's features. begins: how the names of what is in no catalogue
    begin: columns of a table of applications, terms of a model's own. `sentence`: the specific
    reason an applicant is told, which names the factor and not a value of it, so that it is true
    whatever the value; empty where a contribution says nothing of the applicant itself (a base
    rate), which is then never shown as a reason.
    """

    code: str
    sentence: str
    causes: tuple[FeatureCause, ...] = ()
    begins: tuple[str, ...] = ()


MODEL_REASONS: tuple[ModelReason, ...] = (
    # what an application shows
    ModelReason(
        "bureau_report",
        "The credit bureau's report on the business.",
        (FeatureCause.BUREAU_REPORT,),
        ("bureau_score",),
    ),
    ModelReason(
        "request_large",
        "The credit requested in relation to the size of the business.",
        (FeatureCause.REQUESTED_LIMIT,),
        ("requested_limit",),
    ),
    ModelReason(
        "terms_long",
        "The length of the payment terms requested.",
        (FeatureCause.REQUESTED_TERMS,),
        ("requested_terms",),
    ),
    ModelReason(
        "purchases_large",
        "The purchases expected in relation to the size of the business.",
        (FeatureCause.EXPECTED_SALES,),
        ("expected_monthly_sales",),
    ),
    ModelReason(
        "net_worth_low",
        "The net worth of the business in relation to its turnover.",
        (FeatureCause.NET_WORTH,),
        ("net_worth",),
    ),
    ModelReason(
        "business_small",
        "The size of the business.",
        (FeatureCause.COMPANY_SIZE,),
        ("turnover", "n_employees"),
    ),
    ModelReason(
        "trading_short",
        "The length of time in business.",
        (FeatureCause.YEARS_TRADING,),
        ("years_trading",),
    ),
    ModelReason(
        "references_few",
        "The number of trade references given.",
        (FeatureCause.REFERENCES,),
        ("n_references",),
    ),
    ModelReason(
        "contact_unverified",
        "The e-mail address or website given for the business.",
        (FeatureCause.CONTACT,),
        ("email_domain", "has_website"),
    ),
    ModelReason(
        "vat_number_missing",
        "Whether a VAT number was given.",
        (FeatureCause.VAT_NUMBER,),
        ("has_vat",),
    ),
    ModelReason(
        "address_differs",
        "Whether the address given is the registered one.",
        (FeatureCause.ADDRESS,),
        ("address_mismatch",),
    ),
    ModelReason(
        "bank_abroad",
        "The country of the bank account given.",
        (FeatureCause.BANK_COUNTRY,),
        ("bank_country",),
    ),
    ModelReason(
        "press_negative",
        "Public news about the business.",
        (FeatureCause.PRESS,),
        ("negative_press",),
    ),
    ModelReason("sector_risk", "The line of business.", (FeatureCause.SECTOR,), ("sector",)),
    # what the ledger shows
    ModelReason(
        "arrears",
        "Invoices that are overdue with us.",
        (FeatureCause.ARREARS, FeatureCause.PAST_DUE),
        ("overdue_now", "arrears"),
    ),
    ModelReason(
        "open_invoices",
        "How late the invoices now open with us are or will be.",
        (),
        ("open_invoices",),
    ),
    ModelReason(
        "past_lateness",
        "How late past invoices with us were paid.",
        (FeatureCause.PAST_LATENESS,),
        ("past_lateness",),
    ),
    ModelReason(
        "past_losses",
        "Past invoices with us that were written off or came back unpaid.",
        (FeatureCause.WRITE_OFFS,),
    ),
    ModelReason(
        "promises_broken", "Promises to pay and reminders in the past.", (FeatureCause.PROMISES,)
    ),
    ModelReason("disputes", "Disputes on invoices with us.", (FeatureCause.DISPUTES,)),
    ModelReason("collection", "Invoices handed to collection.", (FeatureCause.COLLECTION,)),
    ModelReason(
        "exposure_high", "The amount owed to us.", (FeatureCause.EXPOSURE, FeatureCause.RESIDUAL)
    ),
    ModelReason(
        "group_arrears",
        "How other companies of the same group pay us.",
        (FeatureCause.GROUP_LATENESS, FeatureCause.GROUP_EXPOSURE),
    ),
    ModelReason(
        "group_default",
        "That another company of the same group is in default.",
        (),
        ("group_default",),
    ),
    ModelReason(
        "history_short",
        "The length of the payment history with us.",
        (FeatureCause.TENURE,),
        ("sparse_history", "unknown_customer"),
    ),
    ModelReason(
        "trade_changed",
        "The pattern of recent purchases and payments.",
        (
            FeatureCause.PURCHASES,
            FeatureCause.RECEIPTS,
            FeatureCause.AMOUNT,
            FeatureCause.TERMS,
            FeatureCause.PAYMENT_DAYS,
            FeatureCause.MONTH_END,
            FeatureCause.CREDIT_NOTES,
            FeatureCause.DATES,
        ),
    ),
    # what is true of anybody: never shown as a reason
    ModelReason(
        "base",
        "",
        (FeatureCause.PEER_LATENESS,),
        (
            "base",
            "prior",
            "intercept",
            "level",
            "recent_level",
            "calibration",
            "blend",
            "in_default",
            "other",
            "month",
            "season",
        ),
    ),
)
"""Every reason a model may give (docs/design.md, 'Credit decisions')."""

PROTECTED = re.compile(
    r"(^|_)(is_natural_person|natural_person|gender|sex|age_of_owner|birth\w*|nationality|race"
    r"|ethnic\w*|religion|marital\w*|disability|pregnan\w*|union_member\w*|owner_name|first_name"
    r"|last_name|customer_name|applicant_name|public_assistance)(_|$)",
    re.IGNORECASE,
)
"""What no credit decision may rest on, nor on what plainly stands for it (ECOA, GDPR Art. 9)."""

DATED_BY = {
    "bureau_report": ("bureau_scored_on", "credit bureau"),
    "net_worth_low": ("financials_on", "financial statements"),
    "business_small": ("financials_on", "financial statements"),
    "press_negative": ("negative_press_on", "press"),
}
"""Code of the dictionary → the application's field that dates it, and where that came from."""

_BY_CODE = {reason.code: reason for reason in MODEL_REASONS}
_BY_CAUSE = {cause: reason for reason in MODEL_REASONS for cause in reason.causes}
_BY_MEASURE = {
    feature.measure: _BY_CAUSE[feature.cause]
    for feature in (*CATALOGUE.values(), *APPLICATION)
    if feature.cause is not None
}
"""What is measured of whom → the reason; one for all statistics and windows of a measure."""


@lru_cache(maxsize=4096)
def reason_of(name: str) -> ModelReason | None:
    """The entry that a contribution's name belongs to; None for one the dictionary lacks.

    >>> reason_of("application__bureau_score").code, reason_of("customer__late0__share__90d").code
    ('bureau_report', 'past_lateness')
    """
    if name in _BY_CODE:
        return _BY_CODE[name]
    if "__" in name:
        return _BY_MEASURE.get(measure_of(name))
    return next((reason for reason in MODEL_REASONS if name.startswith(reason.begins)), None)


@lru_cache(maxsize=4096)
def is_protected(name: str) -> bool:
    """Whether a contribution's or feature's name is that of a protected attribute."""
    return PROTECTED.search(name) is not None


def protected_among(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are protected attributes."""
    return tuple(sorted({name for name in names if is_protected(name)}))


def adverse_reasons(contributions: Iterable[Reason]) -> tuple[Reason, ...]:
    """What raised the risk, under the dictionary's codes, the heaviest first.

    Contributions of one cause are added up before it is asked whether they speak against; the
    text is that of the heaviest. What says nothing of the applicant is left out.
    """
    grouped: dict[str, list[Reason]] = {}
    for part in contributions:
        entry = reason_of(part.code)
        if entry is not None and not entry.sentence:
            continue
        grouped.setdefault(part.code if entry is None else entry.code, []).append(part)
    reasons = []
    for code, parts in grouped.items():
        total = sum(part.contribution for part in parts)
        if total > 0 and not is_protected(code):
            worst = max(parts, key=lambda part: part.contribution)
            reasons.append(Reason(code, worst.text, total, worst.source, worst.dated_on))
    return tuple(sorted(reasons, key=lambda reason: -reason.contribution))
