"""A promoted model as it is served, whatever kept it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from payrisk.calendar import day_of, iso
from payrisk.errors import InputError, LaterTrainedModel, NoChampion
from payrisk.scoring import CurveModel

CURVES, RISK, APPLICANTS = "days-to-pay", "default-risk", "new-customer"
"""Names of the champions that answer."""
IN_SAMPLE = "in-sample"
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


def curve_model(champions: Mapping[str, Champion], refused: Mapping[str, str]) -> CurveModel:
    """The model of payment curves that answers; raises NoChampion with why there is none."""
    champion = champions.get(CURVES)
    if champion is None:
        untold = (
            f"No version of {CURVES} is promoted; `payrisk train {CURVES}`, then"
            f" `payrisk promote {CURVES}`."
        )
        raise NoChampion(refused.get(CURVES, untold))
    model: CurveModel = champion.model
    return model


def training_morning(card: Mapping[str, Any]) -> int | None:
    """The morning a champion was trained as of; None where its card tells none."""
    try:
        return day_of(str(card["as_of"]))
    except (KeyError, InputError):
        return None


def is_in_sample(card: Mapping[str, Any], as_of: int) -> bool:
    """Whether a champion was trained later than the morning asked for: it saw what came then."""
    learnt = training_morning(card)
    return learnt is not None and as_of < learnt


def require_trained_before(
    card: Mapping[str, Any], as_of: int, *, in_sample: bool = False
) -> None:
    """Refuse a morning before a champion's unless in_sample is asked; raises LaterTrainedModel."""
    if not in_sample and is_in_sample(card, as_of):
        raise LaterTrainedModel(
            f"The model was trained as of {card['as_of']}, so it has seen what came after"
            f" {iso(as_of)}; ask for a later day, or for an answer in-sample, which says so."
        )


def interval_doubt(
    card: Mapping[str, Any], as_of: int, ledger_last_on: int, stale_days: int
) -> str:
    """Why no interval of a morning counts as verified, whatever past weeks say; '' if nothing.

    ledger_last_on: day of the last fact. stale_days: how old it may be by the policy.
    """
    if is_in_sample(card, as_of):
        return f"in-sample, by a model trained as of {card['as_of']}"
    age = as_of - 1 - ledger_last_on
    return f"the ledger's last fact is {age} days old" if age > stale_days else ""


def verdict_as_of(card: Mapping[str, Any], as_of: int) -> str:
    """What outcomes say of a champion that morning: `gate_verdict`, or that it had seen them."""
    return IN_SAMPLE if is_in_sample(card, as_of) else gate_verdict(card)


def gate_verdict(card: Mapping[str, Any]) -> str:
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
