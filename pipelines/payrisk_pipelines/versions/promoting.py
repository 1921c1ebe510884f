"""Which version answers: held to its gates and to separate duties, here first, MLflow after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from payrisk import pointers
from payrisk.errors import ModelError
from payrisk.pointers import Move
from payrisk.settings import Settings
from payrisk_pipelines.versions.finding import registry_of

if TYPE_CHECKING:
    from payrisk.bundle import Bundle
    from payrisk.learning.judging.gates import Verdict
    from payrisk.registry import Registry

Regate = Callable[[Settings, str, "Bundle"], "Verdict | None"]
"""Judge anew the model of a name over a bundle that is to be promoted; None: nothing to judge."""


@dataclass(frozen=True)
class Chosen:
    """A version that may be promoted: its verified folder and what is said of it in MLflow."""

    version: str
    folder: Path
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Moved:
    """What answers now, and why MLflow was not told, if it was not."""

    name: str
    version: str
    gate: str = ""
    untold: str = ""

    @property
    def note(self) -> str:
        """One more sentence where MLflow does not know yet."""
        if not self.untold:
            return ""
        return f"{self.untold} Once it answers, `payrisk sync` tells it."


def promote(
    settings: Settings,
    name: str,
    version: str | None = None,
    *,
    at: str,
    reason: str = "",
    how: str = "promote",
    regate: Regate | None = None,
) -> Moved:
    """Let a version (default: the candidate) answer: the pointer here first, aliases after.

    MLflow is asked which version is meant and what is said of it; while it is down, a version
    named by its number that HOME/bundles holds is promoted by its own card. at: the present time.
    reason: why, in spite of its gates. Raises ModelError when there is no such version, its
    bundle does not verify, its gates did not pass and no reason is given, or duties are separate
    and whoever runs this trained it or is not named.
    """
    chosen, untold, found = _verified(settings, name, version)
    gate = gate_of(found, chosen.tags)
    hold_gate(settings, found, chosen.version, gate, reason)
    hold_duties(settings, found, chosen.tags)
    if regate is not None and not reason:
        _hold_others(settings, found, regate)
    move = Move(at, how, settings.actor, gate, reason)
    pointers.set_champion(settings.home, name, chosen.version, move, digest=found.digest)
    forced = "" if gate == "passed" else reason
    untold = untold or tell(settings, name, chosen.version, reason=forced)
    return Moved(name, chosen.version, gate, untold)


def roll_back(settings: Settings, name: str, *, at: str) -> Moved:
    """Let the previous champion answer again, here; `tell` MLflow after.

    It was verified when it was promoted, and its bytes are again. Nothing heavy is imported, so
    that it is done while a model that must go still answers. Raises ModelError without one.
    """
    pointed = pointers.roll_back(settings.home, name, Move(at, "rollback", settings.actor))
    return Moved(name, pointed.version)


def shadow(settings: Settings, name: str, version: str | None = None, *, at: str) -> str:
    """Let a version (default: the candidate) score beside the champion; which one it is.

    Gates do not matter: no answer comes from it. Raises ModelError as `promote` does otherwise.
    """
    chosen, _, found = _verified(settings, name, version)
    move = Move(at, "shadow", settings.actor, gate_of(found, chosen.tags))
    pointers.set_shadow(settings.home, name, chosen.version, move)
    return chosen.version


def tell(settings: Settings, name: str, version: str, *, reason: str = "") -> str:
    """Have MLflow's aliases follow the pointers here; why not, when that cannot be done."""
    registry = registry_of(settings)
    try:
        registry.mirror(name)
        if reason:
            registry.tag(name, version, "forced", reason)
    except ModelError as error:
        return str(error)
    pointers.set_mirrored_version(settings.home, name, version)
    return ""


def choose(
    settings: Settings, registry: Registry, name: str, version: str | None
) -> tuple[Chosen, str]:
    """The version that is meant, and why MLflow could not be asked, if so.

    Raises ModelError when MLflow cannot be asked and HOME/bundles does not hold the version.
    """
    try:
        one = registry.version(name, version)
    except ModelError as error:
        own = pointers.bundle_folder(settings.home, name, version or "-")
        if version is None or not version.isalnum() or not own.is_dir():
            raise
        return Chosen(version, own, {}), str(error)
    return Chosen(one.version, registry.bundle_of(name, one.version), one.tags), ""


def gate_of(found: Bundle, tags: Mapping[str, str]) -> str:
    """What the gates said, by the card in the bundle and by the tag: the worse of the two."""
    verdict = found.card.get("verdict")
    own = verdict.get("outcome", "") if isinstance(verdict, Mapping) else ""
    said = {own, tags.get("gate", own)}
    if "refused" in said:
        return "refused"
    return "passed" if said == {"passed"} else "not verifiable"


def hold_gate(settings: Settings, found: Bundle, version: str, gate: str, reason: str) -> None:
    """Raise ModelError where the gates forbid it and no reason is given.

    What they could not judge may be the first champion, since without one nobody is answered;
    to replace a champion it needs a reason. So does what passed them beside another champion than
    the one that answers now, or beside none: the two never met.
    """
    if reason:
        return
    name = found.name
    if gate == "refused":
        raise ModelError(
            f"Version {version} of '{name}' was refused by its gates; train a better"
            " one, or promote it with --force and a reason."
        )
    champion = pointers.champion(settings.home, name)
    if champion is None or champion.version == version:
        return
    answers = f"version {champion.version} answers"
    if gate != "passed":
        raise ModelError(
            f"The gates could not judge version {version} of '{name}', and {answers}; train on a"
            " longer ledger, or promote it with --force and a reason."
        )
    met = found.card.get("champion") or {}
    if not met or met.get("digest") != champion.digest:
        beside = f"beside version {met['version']}" if met else "with no champion beside it"
        raise ModelError(
            f"Version {version} of '{name}' passed its gates {beside}, and {answers} now; run"
            f" `payrisk retrain {name}`, so that the two meet, or promote it with --force and a"
            " reason."
        )


def hold_duties(settings: Settings, found: Bundle, tags: Mapping[str, str]) -> None:
    """Raise ModelError where duties are separate and these two are not two people."""
    if not settings.separate_duties:
        return
    who = settings.actor.strip().casefold()
    if not who:
        raise ModelError(
            "Duties are separate here (PAYRISK_SEPARATE_DUTIES); set PAYRISK_ACTOR to your name."
        )
    said = {str(found.manifest.get("trained_by") or ""), tags.get("trained_by", "")}
    trainers = {one.strip().casefold() for one in said} - {""}
    if not trainers:
        raise ModelError(
            f"Nobody is named as the trainer of this version of '{found.name}', and duties are"
            " separate here; train it anew with PAYRISK_ACTOR set."
        )
    if who in trainers:
        raise ModelError(
            f"'{settings.actor}' trained this version of '{found.name}', and duties are separate"
            " here; let somebody else promote it."
        )


def _verified(settings: Settings, name: str, version: str | None) -> tuple[Chosen, str, Bundle]:
    """The version that is meant, why MLflow could not be asked, and its verified bundle."""
    from payrisk import bundle

    chosen, untold = choose(settings, registry_of(settings), name, version)
    found = bundle.load(chosen.folder)
    if found.name != name:
        raise ModelError(f"Version {chosen.version} is a bundle of '{found.name}', not '{name}'.")
    return chosen, untold, found


def _hold_others(settings: Settings, found: Bundle, regate: Regate) -> None:
    """Judge anew what is a formula over the model that is to be promoted, where it answers."""
    from payrisk_models import specs

    for other in specs().values():
        if other.over != found.name:
            continue
        if pointers.champion_version(settings.home, other.name) is None:
            continue
        verdict = regate(settings, other.name, found)
        if verdict is not None and verdict.outcome == "refused":
            raise ModelError(
                f"With this version of '{found.name}' under it, '{other.name}' would not pass:"
                f" {verdict.sentence} Train another, or promote it with --force and a reason."
            )
