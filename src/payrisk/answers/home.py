"""Answers from a home: its current ledger, its policy and its champions, verified."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from payrisk import bundle, pointers
from payrisk.answers.answering import Answers
from payrisk.answers.champions import ANSWERING, Champion
from payrisk.credit import CreditPolicy
from payrisk.errors import ModelError
from payrisk.ledger.stored import storage

POLICY = "policy.toml"
"""The house's own policy in a home; the one shipped with payrisk stands in for it."""
ANSWERS_KEPT = 2
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds until what failed is tried again: twice as many each time, for it may have passed."""

_Key = tuple[str, pointers.PointedVersion]


@dataclass(frozen=True)
class _FailedLoad:
    """A bundle that did not load: its files and pointer then, why, and when to try again."""

    seen: object
    why: str
    again_at: float
    wait: float


class HomeCache:
    """What a service has read of a home and may be asked for again: a rollback waits for no disk.

    Bundles are kept by what points to them, digest included; so are the answers over them, with
    all that was worked out for their mornings. One that did not load is not tried again before it
    or its pointer is written anew, but for the champion that is waited for: now and then.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is read yet; clock: seconds."""
        self._bundles: dict[_Key, Champion] = {}
        self._failed: dict[_Key, _FailedLoad] = {}
        self._answers: list[Answers] = []
        self._clock = clock
        self.n_mended = 0
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
        found = self._bundles.get(key)
        if found is not None:
            return found
        seen = _bundle_stamp(home, name, pointed)
        failed = self._failed.get(key)
        if failed is not None and failed.seen == seen:
            if not is_waited_for or self._clock() < failed.again_at:
                raise ModelError(failed.why)
        else:
            failed = None
        try:
            found = bundle.load_promoted(home, name, pointed)
        except (ModelError, OSError) as error:
            why = (
                str(error)
                if isinstance(error, ModelError)
                else _load_failure(name, pointed, error)
            )
            wait = FIRST_WAIT if failed is None else min(2.0 * failed.wait, LONGEST_WAIT)
            self._failed[key] = _FailedLoad(seen, why, self._clock() + wait, wait)
            raise ModelError(why) from None
        if pointed.digest:
            self._bundles[key] = found
        if self._failed.pop(key, None) is not None and is_waited_for:
            self.n_mended += 1
        return found

    def same(self, wanted: Answers) -> Answers:
        """The answers over the same ledger, policy and champions that were kept, else these."""
        found = wanted
        for one in self._answers:
            if one.refused == wanted.refused and _stands_on(one) == _stands_on(wanted):
                found = one
        self._answers = [one for one in self._answers if one is not found][1 - ANSWERS_KEPT :]
        self._answers.append(found)
        return found

    def look_ahead(self, home: Path) -> None:
        """Read the champions before the present ones, try again those that are waited for.

        What nothing points to any more is forgotten.
        """
        known, wanted = [*self._bundles, *self._failed], set()
        for name in model_names(home):
            with contextlib.suppress(ModelError):  # whoever asks or rolls back is told
                now, before = pointers.champion(home, name), pointers.previous(home, name)
                wanted |= {(name, one) for one in (now, before) if one is not None}
                if before is not None and before.digest:
                    with contextlib.suppress(ModelError):
                        self.bundle(home, name, before)
                if now is not None and (name, now) in self._failed:
                    self.bundle(home, name, now, is_waited_for=True)
        for key in known:
            if key not in wanted:
                self._bundles.pop(key, None)
                self._failed.pop(key, None)


def model_names(home: Path) -> tuple[str, ...]:
    """The models that answer questions, and every other that is promoted in a home."""
    try:
        found = sorted(path.name for path in (home / "champions").iterdir() if path.is_file())
    except OSError:
        found = []
    others = [one for one in found if pointers.NAME.fullmatch(one) and one not in ANSWERING]
    return (*ANSWERING, *others)


def home_signs(home: Path) -> tuple[object, ...]:
    """Read what decides which ledger, models and policy answer; it differs when they move.

    What cannot be read counts as absent here; `read` says what is wrong with it. A pointer that
    is written anew differs, too: the bundle behind it may have been repaired.
    """
    own = [home / "champions" / name for name in model_names(home)]
    paths = (home / "ledger", *own, home / POLICY)
    return (*(_content(path) for path in paths), *(_file_stamp(path) for path in own))


def read_answers(
    home: Path, before: Answers | None = None, warm: HomeCache | None = None
) -> Answers:
    """Load the ledger, the policy and the champions, keeping of `before` what has not moved.

    A champion whose bundle does not verify is named and left out; the one before it, if any,
    goes on answering. Raises LedgerError without a ledger, InputError for a damaged policy.
    """
    warm = warm or HomeCache()
    # read once: an import may end at any moment, and what answers is to name what it stands on
    sha = storage.current_sha(home) or str(storage.manifest(home)["sha"])
    is_same = before is not None and before.ledger_sha == sha
    ledger = before.ledger if before is not None and is_same else storage.load(home, sha)
    champions: dict[str, Champion] = {}
    refused: dict[str, str] = {}
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
            champions[name] = warm.bundle(home, name, pointed)
        except ModelError:
            refused[name] = (
                f"Version {pointed.version} of {name} is promoted but its bundle does not verify;"
                f" promote it again or train a new one.{_stand_in_sentence(former)}"
            )
            if former is not None:
                champions[name] = former
    own = home / POLICY
    found = Answers(
        ledger,
        champions,
        ledger_sha=sha,
        policy=CreditPolicy.read(own) if own.exists() else None,
        refused=refused,
        before=before,
    )
    return warm.same(found)


def _is_pointed_to(champion: Champion, pointed: pointers.PointedVersion) -> bool:
    if isinstance(champion, bundle.Bundle) and pointed.digest:
        return champion.digest == pointed.digest and champion.version == pointed.version
    return str(champion.version) == pointed.version


def _load_failure(name: str, pointed: pointers.PointedVersion, error: OSError) -> str:
    why = error.strerror or type(error).__name__
    return (
        f"Version {pointed.version} of '{name}' cannot be tried now ({why}); see what this machine"
        " lacks, it is tried again."
    )


def _stand_in_sentence(former: Champion | None) -> str:
    return "" if former is None else f" Version {former.version} answers on."


def _stands_on(answers: Answers) -> tuple[object, ...]:
    own = sorted((name, id(one)) for name, one in answers.champions.items())
    return id(answers.ledger), answers.policy.sha, *own


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
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino
