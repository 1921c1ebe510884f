"""Which line of a file looks like its header, for the sentence that misses one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence


def likely_header(
    top: Sequence[Sequence[str]], names: Collection[str], header: Sequence[str]
) -> str:
    """Where the header seems to stand, if not where it was read, as a part of a sentence; or ''.

    top: the first lines as cells. names: headers as the mapping knows them, in their comparable
    form. header: as it was read. The line with most of the names counts, from two on; failing
    those, the first that is as wide as the table and whose cells are all words.
    """
    keys = [[_key(cell) for cell in line] for line in top]
    hits = [len({key for key in line if key in names}) for line in keys]
    best = max(range(len(hits)), key=lambda i: hits[i], default=0)
    if not hits or hits[best] < 2:
        best = _first_of_table(keys)
    if not keys or [k for k in keys[best] if k] == [k for k in map(_key, header) if k]:
        return ""
    return f"row {best + 1} looks like the header: skip_rows = {best}"


def _key(cell: str) -> str:
    return re.sub(r"[\s_\-]+", "", cell.strip('" ')).lower()


def _first_of_table(keys: Sequence[Sequence[str]]) -> int:
    """The first line that is as wide as the table and holds words only; 0 when none does."""
    n_filled = [sum(bool(key) for key in line) for line in keys]
    widest = max(n_filled, default=0)
    for i, line in enumerate(keys):
        is_words = not any(re.search(r"^\W*\d", key) for key in line)
        if n_filled[i] >= max(widest - 1, 2) and is_words:
            return i
    return 0
