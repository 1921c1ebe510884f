"""A customer's statement as it is sent to them, in a language of theirs."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import Response

from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.accounts import StatementQuery
from payrisk_api.routes import customer_accounts

router = page_router()
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@router.get("/receivables/statement", dependencies=HEAVY)
def statement(page: Page = PageDep) -> Response:
    """The page of `/v1/receivables/statement`, ready to be printed; its style by its hash."""
    query = question(StatementQuery, page.request, language=page.reader.language)
    html = document(customer_accounts.statement(page.service, page.caller, query))["page"]
    style = STYLE.search(html)
    told = "" if style is None else style[1]
    digest = base64.b64encode(hashlib.sha256(told.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    return Response(
        html,
        media_type="text/html",
        headers={"Content-Security-Policy": policy},
    )
