"""The audit chain: each row's hash covers the row before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = "0" * 64
"""The hash before the first row."""


@dataclass(frozen=True)
class AuditLink:
    """One audit row: what was written, when, and the hash of its content.

    `sha` = SHA-256 of the previous row's `sha` followed by this row as canonical JSON
    (RFC 8785; for short ASCII texts and integers that is sorted keys without spaces).
    """

    seq: int
    written_at: str
    kind: str
    subject: str
    content_sha: str
    sha: str


def content_sha(content: bytes) -> str:
    """SHA-256 of a content, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def _sha(previous: str, row: dict[str, str | int]) -> str:
    canonical = json.dumps(row, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(previous.encode() + canonical).hexdigest()


def next_link(
    previous: AuditLink | None, *, written_at: str, kind: str, subject: str, content: bytes
) -> AuditLink:
    """The row that follows `previous` (None at the start) and vouches for `content`."""
    row: dict[str, str | int] = {
        "seq": 1 if previous is None else previous.seq + 1,
        "written_at": written_at,
        "kind": kind,
        "subject": subject,
        "content_sha": content_sha(content),
    }
    sha = _sha(GENESIS if previous is None else previous.sha, row)
    return AuditLink(**row, sha=sha)  # type: ignore[arg-type]


def link_follows(previous: AuditLink | None, row: AuditLink) -> bool:
    """Whether a row's number and hash follow from the one before (None at the start)."""
    body: dict[str, str | int] = {
        "seq": row.seq,
        "written_at": row.written_at,
        "kind": row.kind,
        "subject": row.subject,
        "content_sha": row.content_sha,
    }
    expected, sha = (1, GENESIS) if previous is None else (previous.seq + 1, previous.sha)
    return row.seq == expected and row.sha == _sha(sha, body)


def first_break(links: Iterable[AuditLink]) -> int | None:
    """The seq of the first row that does not follow from the one before; None when all do.

    `links` in order of seq. A truncated tail cannot be seen from the chain alone.
    """
    previous: AuditLink | None = None
    for row in links:
        if not link_follows(previous, row):
            return 1 if previous is None else previous.seq + 1
        previous = row
    return None
