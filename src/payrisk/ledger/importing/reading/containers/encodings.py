"""Which encoding a text is in, told from its bytes, and the text as UTF-8."""

from __future__ import annotations

import codecs
import re

import numpy as np
import pyarrow as pa

from payrisk.errors import InputError
from payrisk.ledger.facts.problems import Problem

SPOKEN = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "iso8859-1": "Latin-1",
    "iso8859-2": "Latin-2",
    "iso8859-7": "ISO 8859-7 (Greek)",
    "iso8859-15": "Latin-9",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "cp852": "DOS 852",
    "mac-roman": "Mac Roman",
}
"""The encodings a mapping may name, and what people call them."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = (
    "äöüß",
    "éèêàçâîôùûëïœ",
    "áéíóúñü",
    "ãõáéíóúâêôàç",
    "àèéìòù",
    "éëïöü",
    "åäöé",
    "æøåé",
    "çéèàíóòúïü",
)
_CENTRAL = (
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýžľĺŕôä",
    "áéíóöőúüű",
    "ăâîșțşţ",
    "čćđšž",
    "äöüß",
)
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN,
    "iso8859-15": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859-2": _CENTRAL,
    "cp1253": ("αεηιονρςστυωκλμπάέήίόύώ",),
    "iso8859-7": ("αεηιονρςστυωκλμπάέήίόύώ",),
    "cp1251": ("оеаинтсрвлкмпуы",),
    "cp850": _WESTERN,
}
"""What may be guessed, likeliest first, and the other letters that its languages use most."""

_HEAD = 1 << 16  # bytes looked at for the width of a character
_LOOKED_AT = 1 << 22  # bytes of a text in which its letters are weighed
_WORDS = 4_000  # different words that are weighed


def as_utf8(raw: bytes, name: str, encoding: str = "") -> tuple[bytes, tuple[Problem, ...]]:
    """The text as UTF-8 without its mark, and what had to be assumed of it.

    encoding: '' = told from the bytes, by their mark, their zeros, UTF-8's own form and, failing
    those, the letters that come out. Raises InputError for bytes that are no text.
    """
    mark, marked = next(((m, e) for m, e in _BOMS if raw.startswith(m)), (b"", ""))
    raw = raw[len(mark) :]
    encoding = encoding or marked or _by_zeros(raw)
    if encoding:
        return _decoded(raw, name, encoding), ()
    if is_utf8(raw):
        return raw, ()
    if _mostly_utf8(raw):
        return _line_by_line(raw, name)
    encoding = guess_encoding(raw)
    note = f'not UTF-8, read as {SPOKEN[encoding]} text; a mapping may say encoding = "..."'
    return raw.decode(encoding, errors="replace").encode(), (
        Problem("encoding", note, "noted", file=name),
    )


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are UTF-8, told without a second copy of them."""
    ends = pa.py_buffer(np.array([0, len(raw)], dtype=np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(raw)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def guess_encoding(raw: bytes) -> str:
    """The encoding of one byte a character in which the words with other letters are words."""
    words = _foreign_words(raw)
    scores = {encoding: _likeness(words, encoding) for encoding in _LANGUAGES}
    return max(scores, key=lambda encoding: scores[encoding])  # the first of equals


def _by_zeros(raw: bytes) -> str:
    """Two or four bytes a character, by where the zeros of plain letters and digits stand."""
    head = raw[: min(_HEAD, len(raw)) // 4 * 4]
    if not head or not head.count(0):
        return ""
    n = len(head) // 4
    zeros = [head[i::4].count(0) / n for i in range(4)]
    if min(zeros[2:]) > 0.9 or min(zeros[:2]) > 0.9:
        return "utf-32-le" if zeros[3] > zeros[0] else "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    # Digits and delimiters have a zero byte in any script, and no other text has any.
    if odd > 0.15 and even < odd / 8:
        return "utf-16-le"
    return "utf-16-be" if even > 0.15 and odd < even / 8 else ""


def _decoded(raw: bytes, name: str, encoding: str) -> bytes:
    try:
        return raw.decode(encoding).encode()
    except UnicodeDecodeError as error:
        text = raw[: error.start].decode(encoding, errors="replace")
        line = text.count("\n") + 1
        raise InputError(
            f"{name} is not {SPOKEN[encoding]} text in line {line}; export it again as UTF-8."
        ) from None
    except UnicodeEncodeError:
        raise InputError(f"{name} is no text; export it again as UTF-8.") from None


_SEQUENCE = re.compile(
    rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


def _mostly_utf8(raw: bytes) -> bool:
    """Whether most of the other letters are UTF-8's: then some lines came from elsewhere."""
    head = raw[:_LOOKED_AT]
    sequences = _SEQUENCE.findall(head)
    alone = len(_SEQUENCE.sub(b"", head).translate(None, bytes(range(128))))
    return len(sequences) > 3 * alone


def _line_by_line(raw: bytes, name: str) -> tuple[bytes, tuple[Problem, ...]]:
    """UTF-8 with lines of another encoding between: each line as what it is."""
    lines = raw.split(b"\n")
    other = [i for i, line in enumerate(lines) if not is_utf8(line)]
    encoding = guess_encoding(b"\n".join(lines[i] for i in other))
    for i in other:
        lines[i] = lines[i].decode(encoding, errors="replace").encode()
    note = f"lines that are not UTF-8 as the others are, read as {SPOKEN[encoding]} text"
    where = max(other[0], 1)
    return b"\n".join(lines), (
        Problem("encoding", note, "repaired", file=name, row=where, n=len(other)),
    )


def _foreign_words(raw: bytes) -> list[bytes]:
    words = re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", raw[:_LOOKED_AT])
    return sorted(set(words))[:_WORDS]


def _likeness(words: list[bytes], encoding: str) -> float:
    """How much words look like those of the encoding's languages: mean over their other letters.

    A usual letter counts 1, and 1 more where one language has them all; any other letter little.
    A sign or a capital within a word counts against it. A sign that stands alone tells little.
    """
    languages = [set(letters) for letters in _LANGUAGES[encoding]]
    usual = set().union(*languages)
    score, n, hits = 0.0, 0, [0] * len(languages)
    for word in words:
        text = word.decode(encoding, errors="replace")
        for before, letter in zip(" " + text, text, strict=False):
            if letter < "\x80":
                continue
            n += 1
            small = letter.lower()
            if letter == "\ufffd" or "\x80" <= letter < "\xa0":
                score -= 3
            elif len(text) == 1:
                score += 0.6 if letter in "€–—’‘“”„" else 0.2
                continue
            elif not letter.isalpha() or letter in "ªº":
                score -= 1
            elif letter.isupper() and before.islower():
                score -= 0.5
            else:
                score += 1 if small in usual else 0.1
            for i, letters in enumerate(languages):
                hits[i] += small in letters
    return (score + max(hits)) / max(n, 1)
