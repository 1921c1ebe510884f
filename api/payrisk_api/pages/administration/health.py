"""Health: what answers, on which ledger, what was refused, and whether the audit chain holds."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Response

from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.command import run_command
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()


@router.get("/admin")
def health(page: Page = PageDep) -> Response:
    """What answers, and what could not be taken up."""
    return _health_page(page, None, "")


@router.post("/admin/audit")
def audit(page: Page = PageDep) -> Response:
    """Check every row kept against the audit chain, as `payrisk audit verify` does."""
    result = run_command(page.service.home, ["audit", "verify", "--json"], page.caller.name)
    try:
        return _health_page(page, json.loads(result.printed), "")
    except ValueError:
        return _health_page(page, None, result.complaint, 503)


def _health_page(
    page: Page, chain: dict[str, Any] | None, fault: str, status: int = 200
) -> Response:
    answers = page.service.live.current
    return page.write(
        "administration/health.html",
        status=status,
        ledger_sha=answers.ledger_sha,
        models=answers.models(page.service.as_of(None)),
        refused=page.service.live.refused,
        chain=chain,
        fault=fault,
    )
