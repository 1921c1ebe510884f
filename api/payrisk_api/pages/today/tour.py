"""The tour: five steps through the demo's company, each an address and what to see there."""

from __future__ import annotations

from fastapi import Response

from payrisk.languages import marked
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()

STEPS = (
    (
        "/",
        marked("Today"),
        marked("Begin here each morning: what needs a person, why, and the link to do it."),
    ),
    (
        "/credit/new",
        marked("New application"),
        marked("Type a company’s figures and watch limit, terms and reasons change beside them."),
    ),
    (
        "/credit/customers",
        marked("Customers"),
        marked("Look one up: what it owes, how it pays, and whether an order may leave."),
    ),
    (
        "/credit/decisions",
        marked("Decisions"),
        marked("Open one: it prints on a page, and a person may decide otherwise and say why."),
    ),
    (
        "/cash",
        marked("Cash"),
        marked("See the cash to come, how sure it is, and publish it to hold it to account."),
    ),
)


@router.get("/tour")
def tour(page: Page = PageDep) -> Response:
    """Five steps, in the order in which a day goes."""
    return page.write("today/tour.html", steps=STEPS)
