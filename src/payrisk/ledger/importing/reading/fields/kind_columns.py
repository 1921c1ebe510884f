"""Columns that tell what a row is: their words read as kinds, also where no mapping names them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.facts.kinds import CREDIT_KINDS
from payrisk.ledger.importing.reading.cells import Text
from payrisk.ledger.importing.reading.documents import LEFT_OUT
from payrisk.ledger.importing.reading.fields.columns import used_columns
from payrisk.ledger.importing.reading.fields.kind_words import (
    canonical,
    is_status,
    left_out_by_status,
)
from payrisk.ledger.importing.reading.headers.synonyms import header_words
from payrisk.ledger.importing.reading.preset import FieldSource, Preset, Section
from payrisk.ledger.importing.reading.sheet import Sheet, header_key

CLOSINGS = (*CREDIT_KINDS, "handed_over", "sold", "open")
"""What may have ended the invoice of a wide row on its `paid_on`."""

DOCUMENTS = ("invoice", *CREDIT_KINDS, *LEFT_OUT)
"""What a row of a document list may be."""

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("credits", "kind"): CREDIT_KINDS,
    ("invoices", "closing"): CLOSINGS,
    ("invoices", "document"): DOCUMENTS,
}
"""The kinds that a field may say, by table and field."""

_TYPE_WORDS = """type kind documenttype doctype transactiontype txntype invoicetype belegart
    belegtyp dokumentart dokumenttyp rechnungsart typepiece typedocument tipo tipodocumento
    tipodocument soort documentsoort documenttyp rodzaj rodzajdokumentu typdokumentu typ
    bilagstype art ειδοσ ειδοσπαραστατικου τυποσπαραστατικου"""
_STATE_WORDS = """status state invoicestatus documentstatus docstatus paymentstatus rechnungsstatus
    belegstatus dokumentstatus statut etat statutfacture estado estadofactura stato
    statofattura statodocumento situacao factuurstatus statusfaktury stan fakturastatus
    κατασταση"""
_TYPES, _STATES = frozenset(_TYPE_WORDS.split()), frozenset(_STATE_WORDS.split())


def with_kind_words(
    filled: Mapping[str, Text],
    sheet: Sheet,
    section: Section,
    picked: Mapping[str, FieldSource],
    preset: Preset,
) -> tuple[dict[str, Text], tuple[str, ...]]:
    """The texts of a file with words for kinds as kinds, and the further columns that told them.

    Where the mapping leaves headers to be known by their words, a column of types of which every
    cell is known, and a column of states of which every cell is (void, draft, open, sent, …),
    tell what a row is.
    """
    table, out = section.table, dict(filled)
    for (of_table, field), choices in CHOICES.items():
        if of_table == table and field in out:
            out[field] = canonical(out[field], table, field, choices)
    if table != "invoices" or not preset.synonyms:
        return out, ()
    used = {header_key(name) for name in used_columns(section, picked)}
    headers: list[str] = []
    if "document" not in out:
        for header, text in _columns(sheet, _TYPES, used, preset):
            kinds = canonical(text, table, "document", DOCUMENTS)
            if not len(kinds.drop_null()):
                continue
            if pc.all(pc.is_in(kinds.drop_null(), value_set=pa.array(DOCUMENTS))).as_py():
                out["document"] = kinds
                headers.append(header)
                break
    is_told = any(name in out for name in ("paid_on", "paid_amount", "balance", "closing"))
    for header, text in _columns(sheet, _STATES, {*used, *map(header_key, headers)}, preset):
        if is_status(text, is_payment_told=is_told):
            left_out = left_out_by_status(text)
            out["document"] = pc.coalesce(left_out, out.get("document", left_out))
            headers.append(header)
            break
    return out, tuple(headers)


def _columns(
    sheet: Sheet, words: Collection[str], used: Collection[str], preset: Preset
) -> list[tuple[str, Text]]:
    """The headers, and their cells, that are among these words and that nothing else reads."""
    return [
        (header, sheet.text(position, preset.empty))
        for position, header in enumerate(sheet.header)
        if header_words(header) in words
        and header_key(header) not in used
        and sheet.find(header) == position
    ]
