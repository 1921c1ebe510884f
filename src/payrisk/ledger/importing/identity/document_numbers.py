"""Document numbers: which document a number means, also where the number was used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags
from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.ledger.importing.identity.documents import (
    ANY_ENTITY,
    MOVED_DAYS,
    AmbiguousDocument,
    Document,
    matching_document,
)

ROW_NUMBER = r"(?:[a-z]+-)?row-\d+"
"""Ids by the row's place: they tell nothing of a document."""

_SELLER = ["entity_id", "series"]
_KEY = ["number", *_SELLER, "customer_id", "year"]
_COLUMNS = ["document_id", *_KEY, "day", "amount"]


@dataclass(frozen=True)
class IdentifiedRows:
    """(n,) the id of the document of each row and its number; doubtful: it may be another."""

    document_ids: pd.Series
    numbers: pd.Series
    doubtful: Flags


class DocumentRegister:
    """The documents heard of so far by number: one register for invoices, one for credits.

    The first document of a number has the number as its id, so that earlier ledgers stay as they
    are; a later one's id is made of number, customer and year. Columns of the frames: the table's
    id column, its day column, and number, entity_id, series, fiscal_year, customer_id, amount.
    """

    def __init__(self, id_column: str, day_column: str) -> None:
        """Begin with none; the columns are those of the table for a document's id and day."""
        self.id_column, self.day_column = id_column, day_column
        self._known = pd.DataFrame(columns=_COLUMNS)
        self._aliases: Mapping[str, str] = {}

    def add_aliases(self, aliases: pd.DataFrame) -> None:
        """Learn which customers were merged."""
        if len(aliases):
            self._aliases = {**self._aliases, **resolve_aliases(aliases)}

    def add(self, documents: pd.DataFrame) -> None:
        """Learn the documents of a ledger or of a file that has been read."""
        if len(documents):
            fresh = self._described(documents, documents[self.id_column])
            both = pd.concat([self._known, fresh]) if len(self._known) else fresh
            self._known = both.drop_duplicates(ignore_index=True)

    def identify(self, rows: pd.DataFrame) -> IdentifiedRows:
        """Which document each row tells; the order of the rows does not matter.

        rows: the id column holds the number as the file has it.
        """
        written = rows[self.id_column]
        told = self._described(rows.drop(columns="number", errors="ignore"), written)
        by_id = self._known.drop_duplicates("document_id").set_index("document_id")["number"]
        is_id = written.isin(by_id.index) & ~written.isin(self._known["number"])
        known = self._known[self._known["number"].isin(told["number"])]
        by_number = known.drop_duplicates("number").set_index("number")["document_id"]
        ids = _mapped(told["number"], by_number)
        every = pd.concat([known[_KEY], told[_KEY]]).drop_duplicates()
        hard = set(every.loc[every["number"].duplicated(), "number"]) | _moved_far(known, told)
        among = told[told["number"].isin(hard) & ~is_id & ~written.str.fullmatch(ROW_NUMBER)]
        doubtful = np.zeros(len(rows), dtype=bool)
        of_number = {
            str(n): _documents(g) for n, g in known[known["number"].isin(hard)].groupby("number")
        }
        for number, group in among.groupby("number", sort=True):
            documents = of_number.get(str(number), [])
            for document, places in _rows_by_document(group):
                try:
                    meant = matching_document(document, documents)
                except AmbiguousDocument:
                    doubtful[places] = True
                    continue
                if meant is None:
                    meant = replace(
                        document, document_id=_new_id(str(number), document, documents)
                    )
                    documents.append(meant)
                ids.iloc[places] = meant.document_id
        numbers = told["number"].where(~is_id, _mapped(told["number"], by_id))
        return IdentifiedRows(ids, numbers, doubtful)

    def resolve(self, written: pd.Series, hints: pd.DataFrame) -> tuple[pd.Series, Flags]:
        """The documents that rows refer to by number, and the rows that may mean several.

        hints: (n,) rows with whichever of entity_id, customer_id, day and amount the file gives;
        each is asked in this order until one document remains. A document issued after the day
        is not meant while an earlier one may be.
        """
        pairs = self._known[["number", "document_id"]].drop_duplicates()
        single = pairs[~pairs["number"].duplicated(keep=False)].set_index("number")["document_id"]
        out = _mapped(written, single)
        shared = self.shared_numbers()
        ambiguous = np.zeros(len(written), dtype=bool)
        places = np.flatnonzero(written.isin(shared))
        if not len(places):
            return out, ambiguous
        known = self._known[self._known["number"].isin(shared)]
        of_number = {str(n): _documents(g) for n, g in known.groupby("number")}
        asked = hints.iloc[places].assign(
            customer_id=self._merged(hints["customer_id"]).iloc[places]
        )
        for place, hint in zip(places, asked.to_dict("records"), strict=True):
            remaining = _remaining(of_number[str(written.iloc[place])], hint)
            ambiguous[place] = len(remaining) != 1
            if len(remaining) == 1:
                out.iloc[place] = remaining[0].document_id
        return out, ambiguous

    def shared_numbers(self) -> set[str]:
        """The numbers that several documents bear."""
        pairs = self._known[["number", "document_id"]].drop_duplicates()
        return set(pairs.loc[pairs["number"].duplicated(), "number"])

    def _merged(self, customers: pd.Series) -> pd.Series:
        return customers.replace(dict(self._aliases)) if self._aliases else customers

    def _described(self, documents: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
        """The documents as rows of _COLUMNS; a number or year the frame lacks is inferred."""
        n = len(documents)

        def column(name: str, otherwise: pd.Series | str) -> pd.Series:
            blank = pd.Series(otherwise, index=documents.index, dtype=object)
            if name not in documents:
                return blank
            values = documents[name].astype(object)
            return values.where(values.notna(), blank)

        days = documents[self.day_column].to_numpy(dtype=np.int64)
        began = _first_instalment_days(documents, ids, days) if n else days
        years = pd.Series(_years(began), index=documents.index)
        return pd.DataFrame(
            {
                "document_id": ids.astype(object),
                "number": column("number", ids),
                "entity_id": column("entity_id", ANY_ENTITY),
                "series": column("series", ""),
                "customer_id": self._merged(column("customer_id", "")),
                "year": column("fiscal_year", years),
                "day": days,
                "amount": documents["amount"].to_numpy(dtype=np.int64) if n else [],
            }
        ).reset_index(drop=True)


def _mapped(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Each key's value; the key itself where it has none."""
    place = np.asarray(pd.Index(values.index).get_indexer(keys))
    out = keys.to_numpy(dtype=object).copy()
    out[place >= 0] = values.to_numpy(dtype=object)[place[place >= 0]]
    return pd.Series(out, index=keys.index, dtype=object)


def _moved_far(before_import: pd.DataFrame, imported: pd.DataFrame) -> set[str]:
    """Numbers of which the days told are far from those known."""
    first = before_import.groupby("number")["day"].min()
    place = np.asarray(pd.Index(first.index).get_indexer(imported["number"]))
    before = np.append(first.to_numpy(dtype=np.int64), 0)[place]
    is_far = (place >= 0) & (np.abs(before - imported["day"].to_numpy()) > MOVED_DAYS)
    return set(imported.loc[is_far, "number"])


def _first_instalment_days(documents: pd.DataFrame, ids: pd.Series, days: Days) -> Days:
    """Each row's day, but the first one's for the later instalments of one document.

    Rows of one number and customer whose instalments all differ are one document, over the end of
    a year, too; a number used again begins with the same instalment again.
    """
    if "instalment" not in documents:
        return days
    who = documents["customer_id"].to_numpy(dtype=object) if "customer_id" in documents else ""
    frame = pd.DataFrame({"id": ids.to_numpy(dtype=object), "who": who, "day": days})
    frame["part"] = documents["instalment"].to_numpy()
    twice = frame.duplicated(["id", "who", "part"], keep=False)
    group = frame.groupby(["id", "who"], sort=False, dropna=False)
    is_document = ~twice.groupby([frame["id"], frame["who"]], dropna=False).transform("any")
    first = group["day"].transform("min").to_numpy(np.int64)
    return np.where(is_document.to_numpy(), first, days)


def _years(days: np.ndarray) -> np.ndarray:
    years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    unique, code = np.unique(years, return_inverse=True)
    return np.array([str(year) for year in unique], dtype=object)[code]


def _documents(rows: pd.DataFrame) -> list[Document]:
    """Known rows of one number as documents; a merged customer's are one."""
    out = []
    for document_id, group in rows.groupby("document_id", sort=True):
        first = group.iloc[0]
        out.append(_document(str(document_id), first, group))
    return out


def _rows_by_document(rows: pd.DataFrame) -> Iterable[tuple[Document, np.ndarray]]:
    """The rows of one number in a file, document by document, in the order of their days."""
    grouped = rows.groupby([*_SELLER, "customer_id", "year"], sort=True)
    parts = [(_document("", group.iloc[0], group), group.index.to_numpy()) for _, group in grouped]
    return sorted(
        parts, key=lambda p: (p[0].day, p[0].entity_id, p[0].series, p[0].customer_id, p[0].year)
    )


def _document(document_id: str, first: pd.Series, group: pd.DataFrame) -> Document:
    return Document(
        document_id,
        str(first["entity_id"]),
        str(first["series"]),
        str(first["customer_id"]),
        str(first["year"]),
        int(group["day"].min()),
        frozenset(map(int, group["amount"])),
    )


def _new_id(number: str, document: Document, documents: Iterable[Document]) -> str:
    taken = {d.document_id for d in documents}
    if not taken:
        return number
    new_id = f"{number}~{document.customer_id}~{document.year}"
    further = [part for part in (document.entity_id, document.series) if part]
    return "~".join([new_id, *further]) if new_id in taken else new_id


def _remaining(documents: list[Document], hint: Mapping[str, object]) -> list[Document]:
    """The documents that a reference may mean by what its row says."""
    remaining = documents
    for name in ("entity_id", "customer_id"):
        value = hint.get(name)
        if isinstance(value, str) and value and len(remaining) > 1:
            agreeing = [
                d
                for d in remaining
                if getattr(d, name) == value
                or (name == "entity_id" and ANY_ENTITY in (d.entity_id, value))
            ]
            if name == "customer_id" and not agreeing:
                return documents  # somebody else's payment: the number alone does not tell
            remaining = agreeing or remaining
    day, amount = hint.get("day"), hint.get("amount")
    if isinstance(day, int | np.integer) and len(remaining) > 1:
        remaining = [d for d in remaining if d.day <= day] or remaining
    if isinstance(amount, int | np.integer) and len(remaining) > 1:
        whole = [d for d in remaining if int(amount) in d.amounts]
        remaining = whole if len(whole) == 1 else remaining
    return remaining
