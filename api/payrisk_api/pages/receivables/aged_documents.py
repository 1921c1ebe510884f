"""The documents behind the aged balance: of a customer, in a bucket, the longest due first."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Response

from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.receivables.aged_words import KINDS, bucket_name
from payrisk_api.requests.receivables import DocumentsQuery
from payrisk_api.routes import receivables

router = page_router()
SHOWN = 75
"""Documents of a page: it stays below 60 kB."""


@router.get("/receivables/documents", dependencies=HEAVY)
def aged_documents(page: Page = PageDep) -> Response:
    """What `/v1/receivables/documents` answers."""
    query = question(DocumentsQuery, page.request, limit=str(SHOWN))
    answered = document(receivables.documents(page.service, page.caller, query))
    lines = answered["documents"]
    name = next((line["customer_name"] for line in lines), query.customer_id)
    is_bucket = query.bucket is not None and (
        query.bucket == "not_due" or query.bucket.startswith("days_")
    )
    return page.write(
        "receivables/aged_documents.html",
        answered=answered,
        query=query,
        lines=lines,
        customer=name if query.customer_id else None,
        bucket=bucket_name(query.bucket, page.wording) if query.bucket and is_bucket else None,
        kinds=KINDS,
        next_documents=urlencode(
            query.model_dump(mode="json", exclude_none=True)
            | {"offset": query.offset + query.limit}
        ),
    )
