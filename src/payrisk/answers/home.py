"""Answers from a home: its current ledger, its policy and its champions, verified."""

from __future__ import annotations

import contextlib
from pathlib import Path

from payrisk import bundle, pointers
from payrisk.answers.answering import Answers
from payrisk.answers.champions import Champion
from payrisk.answers.risks import APPLICANTS, CURVES, RISK
from payrisk.credit import CreditPolicy
from payrisk.errors import ModelError
from payrisk.ledger import storage

NAMES = (CURVES, RISK, APPLICANTS)
POLICY = "policy.toml"
"""The house's own policy in a home; the one shipped with payrisk stands in for it."""
ANSWERS_KEPT = 2


class Warm:
    """What a service has read of a home and may be asked for again: a rollback waits for no disk.

    Bundles are kept by what points to them, digest included; so are the answers over them, with
    all that was worked out for their mornings.
    """

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._bundles: dict[tuple[str, pointers.Pointed], Champion] = {}
        self._answers: list[Answers] = []

    def bundle(self, home: Path, name: str, pointed: pointers.Pointed) -> Champion:
        """The bundle that is pointed to, read at most once; ModelError when it does not verify."""
        found = self._bundles.get((name, pointed))
        if found is None:
            found = bundle.promoted(home, name, pointed)
            if pointed.digest:
                self._bundles[name, pointed] = found
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
        """Read the champions before the present ones, and forget those that nothing points to."""
        wanted = set()
        for name in names(home):
            for read_ in (pointers.champion, pointers.previous):
                with contextlib.suppress(ModelError):  # whoever rolls back is told
                    pointed = read_(home, name)
                    if pointed is not None:
                        self.bundle(home, name, pointed)
                        wanted.add((name, pointed))
        self._bundles = {key: one for key, one in self._bundles.items() if key in wanted}


def names(home: Path) -> tuple[str, ...]:
    """The models that answer questions, and every other that is promoted in a home."""
    try:
        found = sorted(path.name for path in (home / "champions").iterdir() if path.is_file())
    except OSError:
        found = []
    others = [one for one in found if pointers.NAME.fullmatch(one) and one not in NAMES]
    return (*NAMES, *others)


def signs(home: Path) -> tuple[object, ...]:
    """Read what decides which ledger, models and policy answer; it differs when they move.

    What cannot be read counts as absent here; `read` says what is wrong with it. A pointer that
    is written anew differs, too: the bundle behind it may have been repaired.
    """
    own = [home / "champions" / name for name in names(home)]
    paths = (home / "ledger", *own, home / POLICY)
    return (*(_content(path) for path in paths), *(_written(path) for path in own))


def read(home: Path, before: Answers | None = None, warm: Warm | None = None) -> Answers:
    """Load the ledger, the policy and the champions, keeping of `before` what has not moved.

    A champion whose bundle does not verify is named and left out; the one before it, if any,
    goes on answering. Raises LedgerError without a ledger, InputError for a damaged policy.
    """
    warm = warm or Warm()
    sha = storage.current(home)
    is_same = before is not None and before.ledger_sha == sha
    ledger = before.ledger if before is not None and is_same else storage.load(home)
    champions: dict[str, Champion] = {}
    refused: dict[str, str] = {}
    for name in names(home):
        former = None if before is None else before.champions.get(name)
        try:
            pointed = pointers.champion(home, name)
        except ModelError as error:
            refused[name] = str(error)
            if former is not None:
                champions[name] = former
            continue
        if pointed is None:
            continue
        if former is not None and _is(former, pointed):
            champions[name] = former
            continue
        try:
            champions[name] = warm.bundle(home, name, pointed)
        except ModelError:
            refused[name] = (
                f"Version {pointed.version} of {name} is promoted but its bundle does not verify;"
                " promote it again or train a new one."
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


def _is(champion: Champion, pointed: pointers.Pointed) -> bool:
    if isinstance(champion, bundle.Bundle) and pointed.digest:
        return champion.digest == pointed.digest and champion.version == pointed.version
    return str(champion.version) == pointed.version


def _stands_on(answers: Answers) -> tuple[object, ...]:
    own = sorted((name, id(one)) for name, one in answers.champions.items())
    return id(answers.ledger), answers.policy.sha, *own


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _written(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
