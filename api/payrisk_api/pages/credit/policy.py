"""The policy in force as text that a person reads: bands, amounts, red flags, and what is odd."""

from __future__ import annotations

from fastapi import Response

from payrisk.credit.explaining.read_aloud import check_policy
from payrisk.credit.explaining.spoken import PROTECTIONS
from payrisk.files import plain_rows
from payrisk.languages import marked
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()

FLAG_NAMES = {
    "sanctions_hit": marked("Hit on a sanctions list"),
    "registry_mismatch": marked("Not as in the register"),
    "bank_invalid": marked("Bank account not valid"),
    "bank_elsewhere": marked("Bank account in another country"),
    "vat_invalid": marked("VAT number not valid"),
    "lei_invalid": marked("LEI not valid"),
    "negative_press": marked("Negative press"),
    "address_mismatch": marked("Address differs from the register"),
    "foreign_email": marked("E-mail of another company"),
    "free_email": marked("E-mail of a free provider"),
    "website_missing": marked("No website"),
    "vat_missing": marked("No VAT number"),
    "young_company": marked("Young company"),
    "unknown_age": marked("Age of the company not known"),
    "missing_report": marked("No credit report"),
    "stale_report": marked("Old credit report"),
    "stale_financials": marked("Old financial figures"),
    "negative_net_worth": marked("Negative net worth"),
    "far_above_capacity": marked("Asks for far more than it can bear"),
    "bust_out": marked("Orders rise as before a bust-out"),
}
"""What a flag of the policy is called where all are listed."""


@router.get("/credit/policy")
def policy(page: Page = PageDep) -> Response:
    """What `payrisk policy check` says."""
    checked = check_policy(page.service.live.current.policy)
    return page.write(
        "credit/policy.html",
        checked=checked,
        bands=plain_rows(checked.bands),
        amounts=plain_rows(checked.amounts),
        flags=plain_rows(checked.flags),
        money=checked.money,
        protections=PROTECTIONS,
        flag_names=FLAG_NAMES,
    )
