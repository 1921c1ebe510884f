"""Random and forged API keys: none opens anything."""

from __future__ import annotations

import random
from collections.abc import Callable

from payrisk.access import KeyRing, RefusedKey
from proofs.probing import Probe, ProofRun, Tally

NOW, NEXT_YEAR = "2026-01-01T08:00:00+00:00", "2027-01-01T08:00:00+00:00"
SIGNS = "0123456789abcdef"


def forged(real: str, draw: random.Random) -> str:
    """Something that is not the key: random, or the key with a little of it changed."""
    head, _, secret = real.rpartition("_")
    place = draw.randrange(len(secret))
    other = draw.choice([sign for sign in SIGNS if sign != secret[place]])
    made = (
        f"pr_{draw.randbytes(6).hex()}_{draw.randbytes(32).hex()}",
        f"{head}_{draw.randbytes(32).hex()}",
        f"{head}_{secret[:place]}{other}{secret[place + 1 :]}",
        f"{head}_{secret[:place]}",
        f"{real}{draw.choice(SIGNS)}",
        f"{head}_{secret}\x00",
        f"pr_{draw.randbytes(6).hex()}_{secret}",
        f"{head}__{secret}",
        f"{head}_",
        f"{real} {real}",
        real.upper() if real.upper() != real else "",
        draw.randbytes(draw.randrange(200)).decode("latin-1"),
    )
    return draw.choice(made)


def _tried(run: ProofRun, opens: Callable[[KeyRing, str], bool]) -> Tally:
    ring = KeyRing(run.folder)
    issued = ring.create(
        "Ann Lee", frozenset({"admin"}), None, made_at=NOW, by="proof", expires_at=NEXT_YEAR
    )
    draw = random.Random(run.seed)
    n_opened = sum(opens(ring, forged(issued.text, draw)) for _ in range(run.count))
    is_shut = not opens(ring, issued.text)
    return Tally(
        run.count,
        n_opened + is_shut,
        f"{n_opened:,} of {run.count:,} forged keys opened; the real one "
        + ("did not" if is_shut else "did"),
    )


def _opens(ring: KeyRing, text: str) -> bool:
    try:
        ring.authenticate(text, NOW)
    except RefusedKey:
        return False
    return True


def _opens_by_its_id(ring: KeyRing, text: str) -> bool:
    return any(part in ring.keys() for part in text.split("_"))  # noqa: SIM118 - a method


def forge(run: ProofRun) -> Tally:
    """Try so many keys on a ring with one."""
    return _tried(run, _opens)


def forge_ids(run: ProofRun) -> Tally:
    """The same on a ring that looks at a key's id alone."""
    return _tried(run, _opens_by_its_id)


TOKENS = Probe(
    "tokens", 100_000, 1_000, forge, forge_ids, "a ring that reads ids alone", twin_count=100,
    lacks="tokens of an OpenID provider, throttling",
)  # fmt: skip
