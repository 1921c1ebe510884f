"""Captions and titles: lines between the rows, of which captions become a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags


def caption_rows(columns: Sequence[Any], position: int) -> tuple[pa.Array, Flags]:
    """(n,) the caption above each row, and (n,) the rows that are captions themselves.

    columns: as text. A row whose cell in the column ends with the caption, such as the total of
    the group, is the last that it stands above, and bears none.
    """
    texts = [pc.fill_null(pc.utf8_trim_whitespace(_plain(c)), "") for c in columns]
    filled = [np.asarray(pc.not_equal(text, "")).astype(bool) for text in texts]
    alone = filled[position].copy()
    for other, has in enumerate(filled):
        if other != position:
            alone &= ~has
    here = texts[position]
    above = pc.fill_null_forward(pc.if_else(pa.array(alone), here, pa.scalar(None, pa.string())))
    names = above.to_pylist()
    cells = here.to_pylist()
    ends = np.array(
        [
            bool(name) and len(cell) > len(name) and cell.endswith(name)
            for cell, name in zip(cells, names, strict=True)
        ],
        dtype=bool,
    )
    turn = np.cumsum(alone)
    last = np.full(int(turn.max(initial=0)) + 1, len(alone))
    places = np.flatnonzero(ends)
    np.minimum.at(last, turn[places], places)
    over = np.arange(len(alone)) >= last[turn]
    return pc.if_else(pa.array(over), pa.scalar(None, pa.string()), above), alone


def rows_starting_with_title(first: pa.Array, titles: Sequence[str]) -> Flags:
    """(n,) the rows whose first cell begins as a title."""
    out = np.zeros(len(first), dtype=bool)
    for title in titles:
        out |= np.asarray(pc.fill_null(pc.starts_with(first, title), False)).astype(bool)
    return out


def _plain(column: Any) -> pa.Array:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return flat.cast(pa.string())
