"""Suggesting: how a file that nobody has described seems to be meant, and what only they know."""

from payrisk.ledger.importing.suggesting.suggest import suggest
from payrisk.ledger.importing.suggesting.suggestion import (
    ColumnGuess,
    FileSuggestion,
    MappingTrial,
    Question,
    Suggestion,
)

__all__ = ["ColumnGuess", "FileSuggestion", "MappingTrial", "Question", "Suggestion", "suggest"]
