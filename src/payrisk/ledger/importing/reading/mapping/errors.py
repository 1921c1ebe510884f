"""What is wrong with a mapping, said as a sentence that names the entry."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.cells import DATE_FORMATS


@dataclass(frozen=True)
class MappingErrors:
    """The place in a mapping being read, for sentences: each raises or returns InputError."""

    name: str

    def mapping_error(self, what: str) -> InputError:
        """The sentence for what the mapping says wrongly."""
        return InputError(f"The mapping {self.name} {what}")

    def allow_only(
        self, entries: Mapping[str, Any], allowed: Mapping[str, Any], what: str
    ) -> None:
        """Refuse entries that do not exist, offering the nearest that does."""
        for key in entries:
            if key not in allowed:
                near = difflib.get_close_matches(key, list(allowed), 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(allowed)}."
                raise self.mapping_error(f"has a {what} '{key}' that does not exist; {hint}")

    def require_kind(self, entries: Mapping[str, Any], key: str, kind: type) -> None:
        """Refuse an entry of another kind."""
        if key in entries and type(entries[key]) is not kind:
            word = {str: "a text", list: "a list", dict: "a table", int: "a whole number"}
            raise self.mapping_error(
                f"says {key} = {entries[key]!r}; it must be {word.get(kind, 'true or false')}."
            )
        is_list = kind is list and key in entries and key != "dropped"
        if is_list and not all(isinstance(entry, str) for entry in entries[key]):
            raise self.mapping_error(f"says {key} = {entries[key]!r}; it must be a list of texts.")

    def formats(self, names: Sequence[str]) -> None:
        """Refuse spellings of dates that are not known."""
        self.allow_only(dict.fromkeys(names), DATE_FORMATS, "date format")
