"""Customers found by a part of their name or id."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Response

from payrisk_api.naming import names_today
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()
MOST_CUSTOMERS = 50


@router.get("/credit/customers")
def customer_search(
    page: Page = PageDep, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Customers whose name or id holds a text, in any case; an id alone leads to its customer."""
    names, wanted = names_today(page.service), q.strip().casefold()
    if q in names:
        return go_to(f"/credit/customers/{quote(q, safe='')}")
    matching = [
        (customer, name)
        for customer, name in sorted(names.items(), key=lambda pair: pair[1].casefold())
        if wanted in name.casefold() or wanted in customer.casefold()
    ]
    return page.write(
        "credit/customer_search.html",
        q=q,
        matching=matching[:MOST_CUSTOMERS],
        n_matching=len(matching),
    )
