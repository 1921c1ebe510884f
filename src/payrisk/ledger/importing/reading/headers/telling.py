"""Headers that tell what a row is or what is paid of it: without them too much is owed."""

from __future__ import annotations

import re
from collections.abc import Collection

from payrisk.ledger.importing.reading.headers.synonyms import field_of_header

TELLING = ("document", "closing", "paid_amount", "paid_on", "balance")
"""Fields of a document list that change what its rows come to."""

SURE = 0.9

_WORDS = (
    "type kind art belegart dokumenttyp doctype documenttype transactiontype status state"
    " dc drcr sh sollhaben debitcredit creditdebit paid bezahlt betaald pagado pagato pago"
    " zaplacono zapłacono betalt paye payé rechnungsart dokumentart tipo typ statut estado stato"
    " soort rodzaj"
)
WORDS = frozenset(_WORDS.split())
"""Headers of the kind, the sign, the status or the payment of a row, which are no field's own."""


def tells_what_is_owed(
    header: str, table: str, picked: Collection[str], *, by_synonyms: bool
) -> bool:
    """Whether an unused column of a document list seems to say what its rows come to.

    picked: the fields that other columns fill; one that is filled needs no second column.
    by_synonyms: whether headers are found by their words; a mapping that names its columns has
    chosen, so that only a balance it leaves out, where it reads no payment either, is told.
    """
    if table != "invoices":
        return False
    fields = {g.field for g in field_of_header(header, table) if g.confidence >= SURE}
    if not by_synonyms:
        payments = ("balance", "paid_amount", "paid_on", "closing")
        return "balance" in fields and not any(name in picked for name in payments)
    if any(field in TELLING and field not in picked for field in fields):
        return True
    is_kind_known = "document" in picked or "closing" in picked
    return not is_kind_known and re.sub(r"\W", "", header.lower()) in WORDS
