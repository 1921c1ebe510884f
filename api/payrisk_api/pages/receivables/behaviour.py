"""Customers whose paying stands out: who began paying later, who has gone quiet."""

from __future__ import annotations

from fastapi import Response

from payrisk.languages import marked
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.request_model import AsOfQuery
from payrisk_api.routes import receivables

router = page_router()

FINDINGS = {
    "began paying later": marked("Began paying later"),
    "began paying earlier": marked("Began paying earlier"),
    "pays late again and again": marked("Pay late again and again"),
    "has gone quiet": marked("Have gone quiet"),
    "takes discounts": marked("Take discounts"),
    "breaks promises": marked("Break promises"),
}
TURNED = marked("%(before)s days late before, %(now)s now; %(probability)s sure, since %(day)s")
AGAIN = marked("%(share)s of %(n)s invoices late, as a rule by %(days)s days")
QUIET = marked("an invoice every %(before)s days as a rule, none for %(now)s days")
DISCOUNTS = marked("%(share)s of %(before)s discounts taken")
BROKEN = marked("%(share)s of %(before)s promises broken")


@router.get("/receivables/behaviour", dependencies=HEAVY)
def behaviour(page: Page = PageDep) -> Response:
    """What `/v1/receivables/customer-changes` answers."""
    query = question(AsOfQuery, page.request)
    answered = document(receivables.customer_changes(page.service, query))
    kinds = {
        words: [line for line in answered["findings"] if line["finding"] == finding]
        for finding, words in FINDINGS.items()
    }
    return page.write(
        "receivables/behaviour.html",
        answered=answered,
        query=query,
        kinds={words: lines for words, lines in kinds.items() if lines},
        figures={
            "began paying later": TURNED,
            "began paying earlier": TURNED,
            "pays late again and again": AGAIN,
            "has gone quiet": QUIET,
            "takes discounts": DISCOUNTS,
            "breaks promises": BROKEN,
        },
    )
