"""Suggestion: how a file seems to be meant, how sure that is, and what only a person can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from payrisk.ledger.importing.reading.preset import FieldSource


@dataclass(frozen=True)
class ColumnGuess:
    """A column that seems to fill a field.

    confidence: from 0 to 1. samples: up to three of its cells. why: the header's words or what
    its cells hold.
    """

    field: str
    header: str
    confidence: float
    samples: tuple[str, ...]
    why: str
    source: FieldSource


@dataclass(frozen=True)
class Question:
    """What the file does not tell: the setting of the mapping, a sentence, the answers."""

    setting: str
    text: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileSuggestion:
    """One file (or one sheet of a workbook): its table, its layout, its columns.

    idle: headers that no field is made of. dates: the orders its dates are written in. decimal:
    its decimal sign, '' where the cells need none. currency: of the whole file, '' where a column
    says it or nothing does. kind: 'documents', 'open items', or '' where it cannot be told.
    """

    file: str
    sheet: str
    table: str
    skip_rows: int
    header_rows: int
    columns: tuple[ColumnGuess, ...]
    idle: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    decimal: str = ""
    currency: str = ""
    kind: str = ""
    fill_down: tuple[str, ...] = ()
    evening: str = ""
    total_row: int | None = None
    questions: tuple[Question, ...] = ()

    def column(self, name: str) -> ColumnGuess | None:
        """The column that fills a field; None where none seems to."""
        return next((guess for guess in self.columns if guess.field == name), None)


@dataclass(frozen=True)
class MappingTrial:
    """What an import by the suggestion would come to; no home has seen it.

    outcome, reasons: as an import's. rows, money, problems: one mapping a line, amounts in minor
    units. refusal: the sentence by which the file could not be read at all, else ''.
    """

    outcome: str
    reasons: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    money: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[Mapping[str, Any], ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class Suggestion:
    """The mapping that a file or folder seems to need, and what it would come to.

    preset: a shipped preset that fits, else ''. mapping: TOML with comments, to be read as it is.
    questions: what a person has to answer. unread: files and sheets that are no table of ours.
    """

    source: str
    files: tuple[FileSuggestion, ...]
    preset: str
    mapping: str
    trial: MappingTrial
    questions: tuple[Question, ...] = ()
    unread: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a page: no object of this package in it."""
        files = []
        for file in self.files:
            body = asdict(file)
            for column in body["columns"]:
                del column["source"]
            files.append(body)
        return {
            "source": self.source,
            "preset": self.preset,
            "files": files,
            "questions": [asdict(question) for question in self.questions],
            "trial": asdict(self.trial),
            "unread": list(self.unread),
            "mapping": self.mapping,
        }
