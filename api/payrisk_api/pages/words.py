"""What catalogues hold beyond the templates: sentences kept elsewhere, and words alike."""

from __future__ import annotations

KEPT_ELSEWHERE: tuple[str, ...] = ()
"""Sentences that the library says and pages show, word for word as they stand there."""

MAY_BE_SAME: frozenset[str] = frozenset()
"""Strings that some language writes as the source does."""
