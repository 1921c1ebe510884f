"""Shares of rows and money that a mapping lets pass: in doubt, not understood, unexplained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DoubtShares:
    """The largest shares (0 to 1) of a file's rows, of its money and of what is open.

    books: of what is open in a currency, how much may change without a document that says why.
    """

    rows: float
    money: float
    books: float = 0.0


NO_DOUBTS = DoubtShares(rows=0.0, money=0.0)
"""Up to here an import counts as clean although something of it is in doubt."""

REFUSED_ABOVE = DoubtShares(rows=0.01, money=0.005, books=0.10)
"""Above this an import changes nothing (docs/decisions/0023-three-outcomes-of-an-import.md)."""
