"""The service over the small company, its clock stopped and its ids counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from payrisk.ledger import Ledger
from support.company.five_customers import champions, small_company
from support.home.door import Door, opened_door


@pytest.fixture(scope="session")
def company() -> Ledger:
    return small_company()


@pytest.fixture
def opened(tmp_path, company) -> Iterator[Callable[..., Door]]:
    """Open a service over the small company with some champions."""
    running = []

    def open_(fitted: dict[str, Any] | None = None, ledger: Ledger | None = None) -> Door:
        books = company if ledger is None else ledger
        running.append(opened_door(tmp_path, books, champions() if fitted is None else fitted))
        return running[-1]

    yield open_
    for door in running:
        door.client.__exit__(None, None, None)


@pytest.fixture
def door(opened) -> Door:
    return opened()


@pytest.fixture(scope="session")
def reading_door(tmp_path_factory, company) -> Iterator[Door]:
    """One service for all tests that ask without leaving anything behind."""
    door = opened_door(tmp_path_factory.mktemp("read"), company, champions())
    yield door
    door.client.__exit__(None, None, None)


@pytest.fixture
def reader(reading_door) -> Door:
    """The shared service, as a browser that has chosen nothing yet sees it."""
    reading_door.client.cookies.clear()
    return reading_door
