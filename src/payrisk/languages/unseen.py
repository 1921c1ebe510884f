"""Unseen signs: controls and signs of direction, by which a text reads otherwise than it is."""

from __future__ import annotations

import re

DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
"""Signs that turn the direction of what follows, as a class of a regular expression writes them.

A name needs none: its letters have a direction of their own (Unicode Standard Annex 9). The marks
beside a word, which turn nothing else, are let be.
"""
_UNSEEN = re.compile(rf"[\x00-\x1f\x7f-\x9f{DIRECTIONS}]")


def invisible_character(text: str, allowed: str = "") -> str | None:
    r"""The first sign of a text that nobody sees, by its number; None where there is none.

    allowed: those that may stand, such as the end of a line.

    >>> invisible_character("Ann\u202eeeL"), invisible_character("two\nlines", "\n")
    ('U+202E', None)
    """
    unseen = (sign for sign in _UNSEEN.findall(text) if sign not in allowed)
    return next((f"U+{ord(sign):04X}" for sign in unseen), None)
