"""A promoted model as it is served, whatever kept it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from payrisk.calendar import day_of
from payrisk.errors import InputError


class Champion(Protocol):
    """A promoted model as it is served; `payrisk.bundle.Bundle` is one."""

    @property
    def version(self) -> str | int:
        """Which version it is."""
        ...

    @property
    def model(self) -> Any:
        """The fitted model: a CurveModel or a RiskModel by its name."""
        ...

    @property
    def card(self) -> Mapping[str, Any]:
        """What its card says."""
        ...


def expired(name: str, version: str | int, card: Mapping[str, Any], as_of: int) -> str:
    """Say that the day a card holds to is before `as_of`; '' when not, or where it names none.

    An expired model answers on: a warning is better than no answer.
    """
    said = card.get("expires_on")
    try:
        is_over = said is not None and day_of(str(said)) < as_of
    except InputError:
        is_over = False
    if not is_over:
        return ""
    return (
        f"Version {version} of {name} expired on {said}, as its card says, and answers on;"
        f" run `payrisk retrain {name}`."
    )
