"""A page as it is sent: a template in the reader's language, and the policy for its scripts."""

from __future__ import annotations

import json
import secrets
from functools import lru_cache
from typing import Any

from fastapi import Depends, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

import payrisk
from payrisk.access import Caller, Session
from payrisk.credit.explaining.spoken import KINDS, OUTCOMES
from payrisk.languages import LANGUAGES, language_name
from payrisk_api.deps import Service
from payrisk_api.guarding.sessions import PageSessions
from payrisk_api.pages.frame.assets import address
from payrisk_api.pages.frame.navigation import SECTIONS, PageSection, section_of
from payrisk_api.pages.frame.reader import COLOURS, Reader
from payrisk_api.pages.frame.sparkline import sparkline
from payrisk_api.pages.words import BOOK
from payrisk_api.permissions import PermissionTable

DEMO_LEDGERS = "demo-ledgers"
"""File of a home that names the ledgers a demo made there."""

TONES = {
    "approve": "good", "approve_with_protection": "warn", "refer": "warn", "decline": "bad",
    "release": "good", "release_in_part": "warn", "hold": "bad",
}  # fmt: skip
"""How good an outcome or a release is, as the colour of its badge."""

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
    " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""What a browser may do: no eval, nothing from elsewhere, only scripts that bear the nonce."""


@lru_cache(maxsize=len(LANGUAGES))
def environment(language: str) -> Environment:
    """Templates in one language: escaped everywhere, and an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("payrisk_api.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    wording = Reader(language, "auto").wording
    made.install_gettext_translations(  # type: ignore[attr-defined]
        wording.catalogue.translations, newstyle=True
    )
    made.globals |= {
        "asset": address,
        "languages": [(code, language_name(code)) for code in LANGUAGES],
        "colours": COLOURS,
        "wording": wording,
        "sparkline": sparkline,
        "library": _library,
        "chart_locale": json.dumps(
            {
                "formatLocale": {
                    "decimal": wording.number_separator("decimal"),
                    "thousands": wording.number_separator("group"),
                    "grouping": [3],
                    "currency": ["", ""],
                }
            }
        ),
        "translated": lambda pairs: [(value, wording(word)) for value, word in pairs],
        "kinds": KINDS,
        "outcomes": OUTCOMES,
        "tones": TONES,
    }
    made.filters |= {
        "money": wording.money,
        "amount": wording.amount,
        "number": wording.number,
        "percent": wording.percent,
        "date": wording.date,
        "weekday": wording.weekday,
        "time": wording.time,
        "paired": lambda value: (value, value),
    }
    return made


@pass_context
def _library(context: Context, sentence: str) -> Markup:
    """A sentence that the library says, marked as English where the catalogue does not know it."""
    wording = context["wording"]
    if wording.catalogue.knows(sentence):
        return Markup.escape(wording(sentence))
    told = BOOK.translate(sentence, wording.catalogue)
    if told is not None:
        return Markup.escape(told)
    return Markup('<span lang="en">{}</span>').format(sentence)


def is_demo(service: Service) -> bool:
    """Whether the ledger in service is one that a demo made up here."""
    try:
        made_up = (service.home / DEMO_LEDGERS).read_text(encoding="utf-8").split()
    except OSError:
        return False
    return service.live.current.ledger_sha in made_up


class Page:
    """What a route of pages works with: who asks, the service, and how its answer is written."""

    def __init__(self, request: Request) -> None:
        """Read the reader and the service off a request."""
        self.request = request
        self.service: Service = request.app.state.service
        self.caller: Caller = request.scope.get("payrisk_caller") or Caller()
        self._session: Session | None = request.scope.get("payrisk_session")
        self.reader = Reader.of(request)
        self.wording = self.reader.wording

    def may(self, line: str) -> bool:
        """Whether the caller may ask a route, written as the table of permissions writes it."""
        table: PermissionTable = self.request.app.state.access.table
        return table.permits(self.caller, line)

    def _sections(self) -> list[PageSection]:
        """The sections and pages that the caller may open."""
        shown = []
        for section in SECTIONS:
            pages = tuple(page for page in section.pages if self.may(f"GET {page[0]}"))
            if pages or (not section.pages and self.may(f"GET {section.path}")):
                path = pages[0][0] if pages else section.path
                shown.append(PageSection(path, section.name, pages))
        return shown

    def _form_token(self) -> str:
        """What every form of this session carries; nothing where there is no session."""
        if self._session is None:
            return ""
        sessions: PageSessions = self.request.app.state.access.sessions
        return sessions.signer.csrf_token(self._session)

    def write(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Write a template as a page that bears its own policy."""
        nonce = secrets.token_urlsafe(18)
        parts = self.request.url
        sections = self._sections()
        section = section_of(parts.path, sections)
        made = environment(self.reader.language).get_template(template)
        html = made.render(
            values
            | {
                "nonce": nonce,
                "reader": self.reader,
                "sections": sections,
                "section": section,
                "caller": self.caller,
                "may": self.may,
                "form_token_of_session": self._form_token(),
                "path": parts.path,
                "here": parts.path + (f"?{parts.query}" if parts.query else ""),
                "as_of": self.service.as_of(None),
                "version": payrisk.__version__,
                "is_demo": is_demo(self.service),
            }
        )
        return Response(
            html,
            status,
            {
                "Content-Security-Policy": POLICY.format(nonce=nonce),
                # a form of ours must bear its origin, which no-referrer would take away
                "Referrer-Policy": "same-origin",
                "Vary": "Cookie, Accept-Language",
            },
            media_type="text/html",
        )


def _page(request: Request) -> Page:
    return Page(request)


PageDep = Depends(_page)


def go_to(path: str) -> Response:
    """Send the browser on to another page after something was done."""
    return Response(status_code=303, headers={"Location": path})
