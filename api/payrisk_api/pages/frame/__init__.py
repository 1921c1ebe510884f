"""The frame of every page: its reader, its words, and what a browser may do with it."""

from __future__ import annotations

from payrisk_api.pages.frame.reader import Reader
from payrisk_api.pages.frame.refusals import PageRoute, page_router
from payrisk_api.pages.frame.rendering import Page, go_to

__all__ = ["Page", "PageRoute", "Reader", "go_to", "page_router"]
