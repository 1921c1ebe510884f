"""Pages that stand at once and then fetch what takes some seconds."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Response

from payrisk_api.pages.frame.rendering import Page

NOW = "now"
"""Field of an address that waits for what it asks; without it a page stands at once."""


def waits(page: Page) -> bool:
    """Whether the address asks to wait for the whole page."""
    return NOW in page.request.query_params


def waiting_page(page: Page, heading: str) -> Response:
    """The page without what takes long, which it fetches from its own address with `now`."""
    asked = [(name, text) for name, text in page.request.query_params.multi_items() if name != NOW]
    goes_to = f"{page.request.url.path}?{urlencode([*asked, (NOW, 1)])}"
    return page.write("frame/waiting.html", goes_to=goes_to, heading=heading)
