"""Answers from a home: its current ledger, its policy and its champions, verified."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from payrisk import bundle, pointers, sealed
from payrisk.answers.answering import Answers
from payrisk.answers.champions import ANSWERING, Champion
from payrisk.answers.deferred_bundles import MORNINGS, BundleTrialLoads
from payrisk.answers.mornings.basis import has_code_moved
from payrisk.answers.mornings.parts import MORNINGS_KEPT, MorningParts
from payrisk.answers.mornings.stored_ledger import StoredLedger
from payrisk.credit import CreditPolicy
from payrisk.errors import ModelError
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage

POLICY = "policy.toml"
"""The house's own policy in a home; the one shipped with payrisk stands in for it."""
ANSWERS_KEPT = 2
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds until what failed is tried again: twice as many each time, for it may have passed."""

_Key = tuple[str, pointers.PointedVersion]


@dataclass(frozen=True)
class _FailedLoad:
    """A bundle that did not load: the stamp of its files, why, and when to try it again."""

    stamp: object
    why: str
    again_at: float
    wait: float


class HomeCache:
    """What a service has read of a home and may need again, so that a rollback waits for no disk.

    Bundles are kept by what points to them, digest included; so are the answers over them, with
    all that was worked out for their mornings. One that did not load is not tried again before it
    or its pointer is written anew, but for the champion that is waited for: now and then.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, puts_off: bool = False
    ) -> None:
        """Nothing is read yet; clock: seconds.

        puts_off: for a process that answers one question: ledger and models are read only once
        the prepared morning does not hold what is asked.
        """
        self.puts_off = puts_off
        self._bundles: dict[_Key, Champion] = {}
        self._failed: dict[_Key, _FailedLoad] = {}
        self._answers: list[Answers] = []
        self._clock = clock
        self.n_recovered = 0
        """Champions that loaded after they had failed: answers are to be read anew."""

    def bundle(
        self,
        home: Path,
        name: str,
        pointed: pointers.PointedVersion,
        *,
        is_waited_for: bool = False,
    ) -> Champion:
        """The bundle that is pointed to, read at most once; ModelError when it does not verify.

        is_waited_for: try again after a while what failed, though nothing was written.
        """
        key = name, pointed
        if key in self._bundles:
            return self._bundles[key]
        tried = BundleTrialLoads(home)
        if self.puts_off:
            deferred = tried.deferred_bundle(home, name, pointed)
            if deferred is not None:
                return deferred
        stamp = _bundle_stamp(home, name, pointed)
        failed = self._failed.get(key)
        if failed is not None and failed.stamp == stamp:
            if not is_waited_for or self._clock() < failed.again_at:
                raise ModelError(failed.why)
        else:
            failed = None
        try:
            seconds = 0.0 if tried.has(name, pointed) else bundle.TRIAL_SECONDS
            champion = loaded = bundle.load_promoted(home, name, pointed, trial_seconds=seconds)
        except (ModelError, OSError) as error:
            why = (
                str(error)
                if isinstance(error, ModelError)
                else _load_failure(name, pointed, error)
            )
            wait = FIRST_WAIT if failed is None else min(2.0 * failed.wait, LONGEST_WAIT)
            self._failed[key] = _FailedLoad(stamp, why, self._clock() + wait, wait)
            raise ModelError(why) from None
        if pointed.digest:
            tried.add(loaded)
            self._bundles[key] = champion
        if self._failed.pop(key, None) is not None and is_waited_for:
            self.n_recovered += 1
        return champion

    def trial_load_together(self, home: Path) -> None:
        """Try the champions that nothing is known of yet in one process, not each in its own."""
        unknown, known = {}, {*self._bundles, *self._failed}
        for name in model_names(home):
            with contextlib.suppress(ModelError):  # whoever reads the champion is told
                pointed = pointers.champion(home, name)
                if pointed and (name, pointed) not in known:
                    unknown[name] = pointed
        BundleTrialLoads(home).trial_load_together(home, unknown)

    def earlier_answers(self, answers: Answers) -> Answers:
        """Earlier answers over the same ledger, policy and champions, if any; else these."""
        same = answers
        for earlier in self._answers:
            if earlier.refused == answers.refused and _stands_on(earlier) == _stands_on(answers):
                same = earlier
        others = [earlier for earlier in self._answers if earlier is not same]
        self._answers = [*others[1 - ANSWERS_KEPT :], same]
        return same

    def read_ahead(self, home: Path) -> None:
        """Read the champions before the present ones, try again those that are waited for.

        What nothing points to any more is forgotten.
        """
        held, pointed_to = [*self._bundles, *self._failed], set()
        for name in model_names(home):
            with contextlib.suppress(ModelError):  # whoever asks or rolls back is told
                now, before = pointers.champion(home, name), pointers.previous(home, name)
                pointed_to |= {(name, version) for version in (now, before) if version is not None}
                if before is not None and before.digest:
                    with contextlib.suppress(ModelError):
                        self.bundle(home, name, before)
                if now is not None and (name, now) in self._failed:
                    self.bundle(home, name, now, is_waited_for=True)
        for key in held:
            if key not in pointed_to:
                self._bundles.pop(key, None)
                self._failed.pop(key, None)


def model_names(home: Path) -> tuple[str, ...]:
    """The models that answer questions, and every other that is promoted in a home."""
    try:
        files = sorted(path.name for path in (home / "champions").iterdir() if path.is_file())
    except OSError:
        files = []
    others = [name for name in files if pointers.NAME.fullmatch(name) and name not in ANSWERING]
    return (*ANSWERING, *others)


def home_state(home: Path) -> tuple[object, ...]:
    """What decides which ledger, models and policy answer; it differs when they move.

    What cannot be read counts as absent here; `read_answers` says what is wrong with it. A
    pointer that is written anew differs, too: the bundle behind it may have been repaired.
    """
    champions = [home / "champions" / name for name in model_names(home)]
    paths = (home / "ledger", *champions, home / POLICY)
    return (*(_content(path) for path in paths), *(_file_stamp(path) for path in champions))


def read_answers(
    home: Path,
    before: Answers | None = None,
    cache: HomeCache | None = None,
    *,
    mornings_kept: int = MORNINGS_KEPT,
) -> Answers:
    """Answers over a home's ledger, policy and champions, keeping of `before` what did not move.

    A champion whose bundle does not verify is named and left out; the one before it, if any,
    goes on answering. mornings_kept: prepared mornings that stay on disk. Raises LedgerError
    without a ledger, InputError for a damaged policy.
    """
    cache = cache or HomeCache()
    # read once: an import may end at any moment, and what answers is to name what it stands on
    sha = storage.current_sha(home) or str(storage.manifest(home)["sha"])
    ledger: Ledger | StoredLedger
    if before is not None and before.ledger_sha == sha:
        ledger = before.source
    else:
        ledger = StoredLedger.of(home, sha) if cache.puts_off else storage.load(home, sha)
    champions: dict[str, Champion] = {}
    refused: dict[str, str] = {}
    if before is None:
        cache.trial_load_together(home)
    for name in model_names(home):
        former = None if before is None else before.champions.get(name)
        try:
            pointed = pointers.champion(home, name)
        except ModelError as error:
            refused[name] = f"{error}{_stand_in_sentence(former)}"
            if former is not None:
                champions[name] = former
            continue
        if pointed is None:
            continue
        if former is not None and _is_pointed_to(former, pointed):
            champions[name] = former
            continue
        try:
            champions[name] = cache.bundle(home, name, pointed)
        except ModelError:
            refused[name] = f"{_refusal(home, name, pointed)}{_stand_in_sentence(former)}"
            if former is not None:
                champions[name] = former
    policy = home / POLICY
    answers = Answers(
        ledger,
        champions,
        ledger_sha=sha,
        policy=CreditPolicy.read(policy) if policy.exists() else None,
        refused=refused,
        before=before,
        parts=MorningParts(home / MORNINGS, mornings_kept=mornings_kept),
    )
    return cache.earlier_answers(answers)


def read_answers_for_one_question(home: Path, *, mornings_kept: int = MORNINGS_KEPT) -> Answers:
    """Answers for a process that asks one question: what no prepared morning holds is read then.

    Raises what `read_answers` raises.
    """
    return read_answers(home, cache=HomeCache(puts_off=True), mornings_kept=mornings_kept)


def _is_pointed_to(champion: Champion, pointed: pointers.PointedVersion) -> bool:
    if isinstance(champion, bundle.Bundle) and pointed.digest:
        return champion.digest == pointed.digest and champion.version == pointed.version
    return str(champion.version) == pointed.version


def _refusal(home: Path, name: str, pointed: pointers.PointedVersion) -> str:
    """Why a bundle that did not load does not answer, as the service says it."""
    promoted = f"Version {pointed.version} of {name} is promoted but"
    damaged = f"{promoted} its bundle does not verify; promote it again or train a new one."
    if not has_code_moved():
        return damaged
    try:
        content = sealed.read(pointers.bundle_folder(home, name, pointed.version))
    except ModelError:
        return damaged
    if pointed.digest and content.digest != pointed.digest:
        return damaged
    return f"{promoted} this process runs older features than the code beside it: restart it."


def _load_failure(name: str, pointed: pointers.PointedVersion, error: OSError) -> str:
    why = error.strerror or type(error).__name__
    return (
        f"Version {pointed.version} of '{name}' cannot be tried now ({why}); see what this machine"
        " lacks, it is tried again."
    )


def _stand_in_sentence(former: Champion | None) -> str:
    return "" if former is None else f" Version {former.version} answers on."


def _stands_on(answers: Answers) -> tuple[object, ...]:
    champions = sorted((name, id(champion)) for name, champion in answers.champions.items())
    return id(answers.source), answers.policy.sha, *champions


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _bundle_stamp(home: Path, name: str, pointed: pointers.PointedVersion) -> object:
    """What differs once the pointer is written anew or a file of the bundle is."""
    folder = pointers.bundle_folder(home, name, pointed.version)
    try:
        files = sorted(folder.iterdir())
    except OSError:
        files = []
    return [(str(path), _file_stamp(path)) for path in (home / "champions" / name, *files)]


def _file_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
