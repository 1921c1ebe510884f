"""What a file is that holds no table of rows: a picture, a bank's statement, an e-invoice."""

from __future__ import annotations

import re

_MARKS = {
    rb"%PDF": "a PDF",
    rb"\x89PNG|\xff\xd8\xff": "a picture",
    rb"(?:\{1:[^}]*\}.{0,400}?|\s*):20:[^\n]*\n(?::21:[^\n]*\n)?:25:": (
        "a bank's statement (MT940)"
    ),
    rb".{0,2000}?iso:20022:tech:xsd:camt\.\d+": "a bank's statement (camt, ISO 20022)",
    rb".{0,2000}?iso:20022:tech:xsd:pain\.\d+": "a file of payments to be made (pain, ISO 20022)",
    rb"(?:01,[^\n]*\r?\n02,|\s*BAI)": "a bank's statement (BAI2)",
    rb"(?:UNA.{6}\s*)?UNB\+|ISA[*|~^]\d\d[*|~^]": "an EDI message",
    rb".{0,2000}?urn:(?:oasis:names:specification:ubl|cen\.eu:en16931|un:unece:uncefact)": (
        "an electronic invoice (EN 16931)"
    ),
    rb".{0,2000}?FatturaElettronica": "an electronic invoice (FatturaPA)",
    rb".{0,2000}?<(?:\w+:)?AuditFile": "an audit file (SAF-T)",
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<\?xml": "XML",
    rb"(?:\xef\xbb\xbf)?\s*[\[{]\s*[\"{\[]": "JSON",
}
_KINDS = {re.compile(mark, re.DOTALL): kind for mark, kind in _MARKS.items()}


def kind_without_rows(head: bytes) -> str:
    """What a file that begins so is, where that is known and no table; else ''.

    >>> kind_without_rows(b"%PDF-1.7"), kind_without_rows(b"invoice;amount")
    ('a PDF', '')
    """
    return next((kind for mark, kind in _KINDS.items() if mark.match(head)), "")
