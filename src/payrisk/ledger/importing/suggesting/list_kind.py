"""Whether a list holds all that was billed, or what was unpaid one evening, and which evening."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pyarrow as pa

from payrisk.ledger.importing.reading.cells import days
from payrisk.ledger.importing.reading.headers.bare_words import fold_text
from payrisk.ledger.importing.reading.headers.stated_evening import DATE

_OPEN = re.compile(
    r"open (?:items?|invoices?|posts?)|aged? (?:receivables?|debtors?|trial)|aging|ageing|"
    r"outstanding|unpaid|offene posten|op-?liste|fallige posten|poste ouvert|postes ouverts|"
    r"balance agee|creances|impayes|partidas abiertas|pendientes?|antiguedad|partite aperte|"
    r"scadenzario|insoluti|em aberto|contas a receber|openstaande|ouderdom|nierozliczone|"
    r"nalezności|naleznosci|wiekowanie|abne poster|aabne poster|restanceliste|oppna poster|"
    r"obetalda|kundreskontra|ανεξοφλητ|υπολοιπα|ενηλικιωση"
)
_DATES = re.compile(DATE)


def is_open_item_title(texts: Sequence[str]) -> bool:
    """Whether a title or a file's name says that it lists open items."""
    return any(_OPEN.search(re.sub(r"[_\s]+", " ", fold_text(text))) for text in texts)


def stated_evening_text(texts: Sequence[str], formats: Sequence[str]) -> str:
    """The last day that titles or a file's name speak of, as ISO; '' where they name none."""
    hits = [hit for text in texts for hit in _DATES.findall(text.replace("_", " "))]
    parsed = [days(pa.array([hit]), formats) for hit in hits]
    known = [int(p.values[0]) for p in parsed if not p.bad[0] and not p.empty[0]]
    return (dt.date(1970, 1, 1) + dt.timedelta(days=max(known))).isoformat() if known else ""
