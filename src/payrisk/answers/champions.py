"""A promoted model as it is served, whatever kept it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from payrisk.calendar import day_of
from payrisk.errors import InputError

CURVES, RISK, APPLICANTS = "days-to-pay", "default-risk", "new-customer"
"""Names of the champions that answer."""
ANSWERING = (CURVES, RISK, APPLICANTS)


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


def verdict_of(card: Mapping[str, Any]) -> str:
    """What the gate said of a champion on outcomes; empty where its card tells no verdict.

    Whoever promoted it by force changed nothing in what its card says.
    """
    verdict = card.get("verdict")
    return str(verdict.get("outcome", "")) if isinstance(verdict, Mapping) else ""


def expiry_warning(name: str, version: str | int, card: Mapping[str, Any], as_of: int) -> str:
    """A warning that the day a card holds to is before `as_of`; '' when not, or without a day.

    An expired model answers on: a warning is better than no answer.
    """
    expires_on = card.get("expires_on")
    try:
        is_over = expires_on is not None and day_of(str(expires_on)) < as_of
    except InputError:
        is_over = False
    if not is_over:
        return ""
    return (
        f"Version {version} of {name} expired on {expires_on}, as its card says, and answers on;"
        f" run `payrisk retrain {name}`."
    )


def champion_rows(
    champions: Mapping[str, Champion], refused: Mapping[str, str], as_of: int
) -> list[dict[str, Any]]:
    """A row a model: those that answer questions, promoted or not, then all others by name.

    refused: name → why what is promoted does not answer; the version before it may stand in.
    as_of: the morning that tells which cards have expired.
    """
    others = sorted({*champions, *refused} - {*ANSWERING})
    return [_row(name, champions.get(name), refused, as_of) for name in (*ANSWERING, *others)]


def _row(
    name: str, champion: Champion | None, refused: Mapping[str, str], as_of: int
) -> dict[str, Any]:
    if champion is None:
        return {
            "name": name,
            "version": None,
            "is_available": False,
            "why_not": refused.get(name, "No version is promoted."),
            "expired": False,
            "warning": None,
            "card": None,
        }
    warning = expiry_warning(name, champion.version, champion.card, as_of)
    return {
        "name": name,
        "version": str(champion.version),
        "is_available": True,
        "why_not": refused.get(name),
        "expired": bool(warning),
        "warning": warning or None,
        "card": dict(champion.card),
    }
