"""The sections of the pages and what lies in each: every address that the navigation leads to."""

from __future__ import annotations

from dataclasses import dataclass, field

from payrisk.languages import marked


@dataclass(frozen=True)
class Section:
    """A part of the desk: where it begins, what it is called, and the pages in it."""

    path: str
    name: str
    pages: tuple[tuple[str, str], ...] = field(default=())
    """Address and name of each page, the section's first page included."""


SECTIONS: tuple[Section, ...] = (
    Section("/", marked("Today")),
    Section(
        "/receivables",
        marked("Receivables"),
        (
            ("/receivables", marked("Aging")),
            ("/receivables/kpis", marked("KPIs")),
            ("/receivables/behaviour", marked("Behaviour")),
            ("/receivables/roll-rates", marked("Roll rates")),
        ),
    ),
)
"""In the order of the navigation; a section stands here once one of its pages does."""


def section_of(path: str) -> Section | None:
    """The section that an address lies in.

    >>> section_of("/").name
    'Today'
    """
    for section in SECTIONS[1:]:
        if path == section.path or path.startswith(f"{section.path}/"):
            return section
    return SECTIONS[0] if path == "/" else None
