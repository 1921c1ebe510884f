"""The sections of the pages and what lies in each: every address that the navigation leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from payrisk.languages import marked


@dataclass(frozen=True)
class PageSection:
    """A part of the desk: where it begins, what it is called, and the pages in it."""

    path: str
    name: str
    pages: tuple[tuple[str, str], ...] = field(default=())
    """Address and name of each page, the section's first page included."""


SECTIONS: tuple[PageSection, ...] = (
    PageSection("/", marked("Today")),
    PageSection(
        "/credit",
        marked("Credit"),
        (
            ("/credit", marked("Queue")),
            ("/credit/due", marked("Reviews due")),
            ("/credit/new", marked("New application")),
            ("/credit/customers", marked("Customers")),
            ("/credit/decisions", marked("Decisions")),
            ("/credit/groups", marked("Groups")),
            ("/credit/policy", marked("Policy")),
        ),
    ),
    PageSection(
        "/cash",
        marked("Cash"),
        (
            ("/cash", marked("Cash to come")),
            ("/cash/drivers", marked("Drivers and balances")),
            ("/cash/liquidity", marked("From opening to closing")),
            ("/cash/published", marked("Published forecasts")),
            ("/cash/scenarios", marked("What if")),
        ),
    ),
    PageSection(
        "/receivables",
        marked("Receivables"),
        (
            ("/receivables", marked("Aging")),
            ("/receivables/kpis", marked("KPIs")),
            ("/receivables/behaviour", marked("Behaviour")),
            ("/receivables/roll-rates", marked("Roll rates")),
        ),
    ),
    PageSection(
        "/collecting",
        marked("Collecting"),
        (("/collecting", marked("Worklist")), ("/collecting/promises", marked("Promises"))),
    ),
    PageSection("/models", marked("Models")),
    PageSection("/import", marked("Import")),
    PageSection(
        "/admin",
        marked("Administration"),
        (
            ("/admin", marked("Health")),
            ("/admin/keys", marked("Access keys")),
            ("/admin/retention", marked("Retention")),
            ("/admin/audit", marked("Audit trail")),
            ("/admin/backups", marked("Backups")),
        ),
    ),
)
"""In the order of the navigation; a section stands here once one of its pages does."""


def section_of(path: str, sections: Sequence[PageSection] = SECTIONS) -> PageSection | None:
    """The section that an address lies in.

    >>> section_of("/credit/decisions").name, section_of("/credits")
    ('Credit', None)
    """
    for section in sections:
        root = "/" + section.path.split("/")[1]
        if path == section.path or (root != "/" and f"{path}/".startswith(f"{root}/")):
            return section
    return None
