"""The policy in force as text that a person reads: bands, amounts, red flags, and what is odd."""

from __future__ import annotations

from fastapi import Response

from payrisk.credit.explaining.read_aloud import check_policy
from payrisk.credit.explaining.spoken import PROTECTIONS
from payrisk.files import plain_rows
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()


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
    )
