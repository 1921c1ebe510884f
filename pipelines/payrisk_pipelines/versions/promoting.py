"""Which version answers: held to its gates and to separate duties, here first, MLflow after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from payrisk import pointers, signing
from payrisk.errors import ModelError
from payrisk.pointers import PointerMove
from payrisk.settings import Settings
from payrisk_pipelines.versions.finding import registry_of

if TYPE_CHECKING:
    from payrisk.answers.deferred_bundles import DeferredBundle
    from payrisk.learning.judging.gates import Verdict
    from payrisk.registry import Registry

Regate = Callable[[Settings, str, "DeferredBundle"], "Verdict | None"]
"""Judge anew the model of a name over a bundle that is to be promoted; None: nothing to judge."""


@dataclass(frozen=True)
class PromotableVersion:
    """A version that may be promoted: its verified folder and what is said of it in MLflow."""

    version: str
    folder: Path
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Promotion:
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
    moved_at: str,
    reason: str = "",
    how: str = "promote",
    regate: Regate | None = None,
) -> Promotion:
    """Let a version (default: the candidate) answer: the pointer here first, aliases after.

    MLflow is asked which version is meant and what is said of it; while it is down, a version
    named by its number that HOME/bundles holds is promoted by its own card. at: the present time.
    reason: why, in spite of its gates. Raises ModelError when there is no such version, its
    bundle does not verify, its gates did not pass and no reason is given, or duties are separate
    and whoever runs this trained it or is not named.
    """
    choice, untold, candidate = _verified(settings, name, version)
    gate = gate_of(candidate, choice.tags)
    require_gate(settings, candidate, choice.version, gate, reason)
    require_separate_duties(settings, candidate, choice.tags)
    require_signature(settings, candidate, choice, is_told=how != "sync")
    if regate is not None and not reason:
        _hold_others(settings, candidate, regate)
    move = PointerMove(moved_at, how, settings.actor, gate, reason)
    pointers.set_champion(settings.home, name, choice.version, move, digest=candidate.digest)
    forced = "" if gate == "passed" else reason
    untold = untold or mirror_aliases(settings, name, choice.version, reason=forced)
    return Promotion(name, choice.version, gate, untold)


def roll_back(settings: Settings, name: str, *, moved_at: str) -> Promotion:
    """Let the previous champion answer again, here; `mirror_aliases` in MLflow after.

    It was verified when it was promoted, and its bytes are again. Nothing heavy is imported, so
    that it is done while a model that must go still answers. Raises ModelError without one.
    """
    pointed = pointers.roll_back(
        settings.home, name, PointerMove(moved_at, "rollback", settings.actor)
    )
    return Promotion(name, pointed.version)


def shadow(settings: Settings, name: str, version: str | None = None, *, started_at: str) -> str:
    """Let a version (default: the candidate) score beside the champion; which one it is.

    Gates do not matter: no answer comes from it. Raises ModelError as `promote` does otherwise.
    """
    choice, _, candidate = _verified(settings, name, version)
    move = PointerMove(started_at, "shadow", settings.actor, gate_of(candidate, choice.tags))
    pointers.set_shadow(settings.home, name, choice.version, move)
    return choice.version


def mirror_aliases(settings: Settings, name: str, version: str, *, reason: str = "") -> str:
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


def promotable_version(
    settings: Settings, registry: Registry, name: str, version: str | None
) -> tuple[PromotableVersion, str]:
    """The version that is meant, and why MLflow could not be asked, if so.

    Raises ModelError when MLflow cannot be asked and HOME/bundles does not hold the version.
    """
    try:
        registered = registry.version(name, version)
    except ModelError as error:
        local_folder = pointers.bundle_folder(settings.home, name, version or "-")
        if version is None or not version.isalnum() or not local_folder.is_dir():
            raise
        return PromotableVersion(version, local_folder, {}), str(error)
    return PromotableVersion(
        registered.version, registry.bundle_of(name, registered.version), registered.tags
    ), ""


def gate_of(candidate: DeferredBundle, tags: Mapping[str, str]) -> str:
    """What the gates said, by the card in the bundle and by the tag: the worse of the two."""
    verdict = candidate.card.get("verdict")
    card_gate = verdict.get("outcome", "") if isinstance(verdict, Mapping) else ""
    gates = {card_gate, tags.get("gate", card_gate)}
    if "refused" in gates:
        return "refused"
    return "passed" if gates == {"passed"} else "not verifiable"


def require_gate(
    settings: Settings, candidate: DeferredBundle, version: str, gate: str, reason: str
) -> None:
    """Raise ModelError where the gates forbid it and no reason is given.

    What they could not judge may be the first champion, since without one nobody is answered;
    to replace a champion it needs a reason. So does what passed them beside another champion than
    the one that answers now, or beside none: the two never met.
    """
    if reason:
        return
    name = candidate.name
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
    met = candidate.card.get("champion") or {}
    if not met or met.get("digest") != champion.digest:
        beside = f"beside version {met['version']}" if met else "with no champion beside it"
        raise ModelError(
            f"Version {version} of '{name}' passed its gates {beside}, and {answers} now; run"
            f" `payrisk retrain {name}`, so that the two meet, or promote it with --force and a"
            " reason."
        )


def require_separate_duties(
    settings: Settings, candidate: DeferredBundle, tags: Mapping[str, str]
) -> None:
    """Raise ModelError where duties are separate and these two are not two people."""
    if not settings.separate_duties:
        return
    who = settings.actor.strip().casefold()
    if not who:
        raise ModelError(
            "Duties are separate here (PAYRISK_SEPARATE_DUTIES); set PAYRISK_ACTOR to your name."
        )
    names = {str(candidate.manifest.get("trained_by") or ""), tags.get("trained_by", "")}
    trainers = {name.strip().casefold() for name in names} - {""}
    if not trainers:
        raise ModelError(
            f"Nobody is named as the trainer of this version of '{candidate.name}', and duties are"
            " separate here; train it anew with PAYRISK_ACTOR set."
        )
    if who in trainers:
        raise ModelError(
            f"'{settings.actor}' trained this version of '{candidate.name}', and duties are"
            " separate here; let somebody else promote it."
        )


def require_signature(
    settings: Settings, candidate: DeferredBundle, choice: PromotableVersion, *, is_told: bool
) -> None:
    """Raise ModelError unless a key that this home trusts signed the bundle.

    is_told: by a person here, not by MLflow's alias. A person may promote an unsigned bundle in a
    home that has and trusts no key yet, as the release before made them.
    """
    home, name, digest = settings.home, candidate.name, candidate.digest
    signatures = signing.kept_signature(home, digest), choice.tags.get(signing.TAG, "")
    for signature in signatures:
        if signature and signing.signer(home, name, digest, signature):
            signing.keep_signature(home, digest, signature)
            return
    if is_told and not signing.has_keys(home):
        return
    what = "is signed by nobody whom this home trusts" if any(signatures) else "is not signed"
    raise ModelError(
        f"Version {choice.version} of '{name}' {what}; train it here, or trust the home it comes"
        " from: `payrisk trust add KEY`, with the key that `payrisk trust show` prints there."
    )


def _verified(
    settings: Settings, name: str, version: str | None
) -> tuple[PromotableVersion, str, DeferredBundle]:
    """The version that is meant, why MLflow could not be asked, and its verified bundle."""
    from payrisk.answers.deferred_bundles import BundleTrialLoads

    choice, untold = promotable_version(settings, registry_of(settings), name, version)
    candidate = BundleTrialLoads(settings.home).trial_load(choice.folder)
    if candidate.name != name:
        raise ModelError(
            f"Version {choice.version} is a bundle of '{candidate.name}', not '{name}'."
        )
    return choice, untold, candidate


def _hold_others(settings: Settings, candidate: DeferredBundle, regate: Regate) -> None:
    """Judge anew what is a formula over the model that is to be promoted, where it answers."""
    from payrisk_models import specs

    for other in specs().values():
        if other.over != candidate.name:
            continue
        if pointers.champion_version(settings.home, other.name) is None:
            continue
        verdict = regate(settings, other.name, candidate)
        if verdict is not None and verdict.outcome == "refused":
            raise ModelError(
                f"With this version of '{candidate.name}' under it, '{other.name}' would not pass:"
                f" {verdict.sentence} Train another, or promote it with --force and a reason."
            )
