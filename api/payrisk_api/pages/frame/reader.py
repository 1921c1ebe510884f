"""The reader of a page: language, colours and density, as chosen in the browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request, Response

from payrisk.languages import LANGUAGES, Wording, chosen_language

LANGUAGE_COOKIE, COLOURS_COOKIE = "payrisk_language", "payrisk_colours"
COLOURS = ("auto", "light", "dark")
YEAR_SECONDS = 365 * 24 * 3600
LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]{0,1000}")
"""An address on this service: one slash, then no second one and no control character."""


@dataclass(frozen=True)
class Reader:
    """Who looks at a page, as far as it changes how the page is written."""

    language: str
    colours: str

    @cached_property
    def wording(self) -> Wording:
        """The reader's words, money and dates."""
        return Wording(self.language)

    @classmethod
    def of(cls, request: Request) -> Reader:
        """The reader of a request: by cookie, else as the browser asks."""
        language = chosen_language(
            request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )
        colours = request.cookies.get(COLOURS_COOKIE, "auto")
        return cls(language, colours if colours in COLOURS else "auto")


def keep_choices(response: Response, language: str, colours: str) -> None:
    """Keep what a reader chose in the browser, for a year; what is not known is not kept."""
    for name, value, known in (
        (LANGUAGE_COOKIE, language, LANGUAGES),
        (COLOURS_COOKIE, colours, COLOURS),
    ):
        if value in known:
            response.set_cookie(
                name, value, max_age=YEAR_SECONDS, path="/", samesite="strict", httponly=True
            )


def local_path(path: str) -> str:
    r"""An address of this service, or its first page where it is none.

    >>> local_path("/cash?by=week"), local_path("//elsewhere.example"), local_path("/\\x")
    ('/cash?by=week', '/', '/')
    """
    return path if LOCAL_PATH.fullmatch(path) else "/"
