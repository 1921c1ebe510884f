"""Caption lines: what a line of text says above a group of rows becomes their last cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from payrisk.ledger.importing.reading.containers.grid import CAPTION


def with_caption_lines(
    header: tuple[str, ...], body: bytes, above: bytes, delimiter: str, begins: Sequence[str]
) -> tuple[tuple[str, ...], bytes]:
    """The header and the lines below it with one more column, CAPTION.

    above: the lines above the header. begins: how a line begins whose next word is the caption.
    A text with quotation marks, or without such lines, stays as it is.
    """
    words = b"|".join(re.escape(word.encode()) for word in begins)
    caption_of = re.compile(rb"(?:" + words + rb")\b[ \t:]*(\S+)").match
    captions = [match[1] for line in above.split(b"\n") if (match := caption_of(line))]
    lines = body.split(b"\n")
    if b'"' in body or not (captions or any(map(caption_of, lines))):
        return header, body
    sign, caption = delimiter.encode(), captions[-1] if captions else b""
    out = []
    for line in lines:
        match = caption_of(line)
        caption = match[1] if match else caption
        out.append(line + sign + caption if sign in line and not match else line)
    return (*header, CAPTION), b"\n".join(out)
