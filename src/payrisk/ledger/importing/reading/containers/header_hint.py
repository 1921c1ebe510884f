"""Which line of a file looks like its header, for the sentence that misses one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence


def likely_header(top: Sequence[Sequence[str]], names: Collection[str], skip_rows: int) -> str:
    """Where below a title block the header seems to stand, as a hint to end a sentence; or ''.

    top: the first lines as cells. names: headers as the mapping knows them, in its comparable
    form. The line with most of these counts, from two on; failing those, the first line of the
    width of the lines below it whose cells are all words.
    """
    keys = [[re.sub(r"[\s_\-]+", "", cell.strip('" ')).lower() for cell in line] for line in top]
    hits = [len({key for key in line if key in names}) for line in keys]
    best = max(range(len(hits)), key=lambda i: hits[i], default=0)
    if not hits or hits[best] < 2:
        best = _first_of_table(keys)
    if best <= skip_rows or not top:
        return ""
    return f"row {best + 1} looks like the header: skip_rows = {best}"


def _first_of_table(keys: Sequence[Sequence[str]]) -> int:
    """The first line that is as wide as the table and holds words only; 0 when none does."""
    n_filled = [sum(bool(key) for key in line) for line in keys]
    widest = max(n_filled, default=0)
    for i, line in enumerate(keys):
        is_words = not any(re.search(r"^\W*\d", key) for key in line)
        if n_filled[i] >= max(widest - 1, 2) and is_words:
            return i
    return 0
