"""The audit trail: who did what to whom and when, and whether the chain that vouches holds."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from payrisk.languages import marked
from payrisk_api.naming import names_today
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.command import run_command
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.changes import AuditQuery
from payrisk_api.routes import changes

router = page_router()

WHAT = {
    "credit.decided": marked("decided by the house"),
    "credit.overridden": marked("decided otherwise"),
    "credit.proposed": marked("proposed to a second person"),
    "personal.erased": marked("personal data erased"),
    "collecting.recorded": marked("action recorded"),
    "collecting.contact": marked("contact recorded"),
    "collecting.opted_out": marked("asked not to be contacted"),
    "home.pinned": marked("ledger or forecast vouched for"),
}


@router.get("/admin/audit")
def trail(request: Request, page: Page = PageDep) -> Response:
    """What `/v1/audit` lists."""
    return _audit_page(request, page, None, "")


@router.post("/admin/audit")
def check(request: Request, page: Page = PageDep) -> Response:
    """Check every row kept against the audit chain, as `payrisk audit verify` does."""
    result = run_command(page.service.home, ["audit", "verify", "--json"], page.caller.name)
    try:
        return _audit_page(request, page, json.loads(result.printed), "")
    except ValueError:
        return _audit_page(request, page, None, result.complaint, 503)


def _audit_page(
    request: Request, page: Page, chain: dict[str, Any] | None, fault: str, status: int = 200
) -> Response:
    query = question(AuditQuery, request)
    told = document(changes.audit(page.service, query))
    filters = query.model_dump(mode="json", exclude_none=True, exclude={"cursor", "limit"})
    return page.write(
        "administration/audit.html",
        status=status,
        lines=told["lines"],
        older=told["next_cursor"] and urlencode({**filters, "cursor": told["next_cursor"]}),
        names={} if page.service.live.awaits_ledger else names_today(page.service),
        query=query,
        what=WHAT,
        chain=chain,
        fault=fault,
    )
