"""Contacts: whom to speak to at a customer, and by which way nobody may be spoken to."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payrisk.errors import InputError
from payrisk.languages import invisible_character

PERSONAL = ("name", "phone", "email", "portal")
"""What identifies a person: it is kept apart and can be erased."""

COLUMNS = ("customer_id", *PERSONAL, "role", "language", "do_not_contact")
_YES = frozenset({"1", "yes", "true", "x", "ja", "si", "oui"})
_NO = frozenset({"", "0", "no", "false", "nein", "non"})


@dataclass(frozen=True)
class Contact:
    """A person or desk at a customer. opted_out: channels by which it may no longer be asked."""

    customer_id: str
    name: str | None = None
    role: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    portal: str | None = None
    do_not_contact: bool = False
    source: str | None = None
    contact_id: str | None = None
    opted_out: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As it is answered."""
        return dataclasses.asdict(self) | {"opted_out": list(self.opted_out)}

    def may_be_reached_by(self, channel: str) -> bool:
        """Whether this channel is there and nobody has asked not to be reached by it."""
        if self.do_not_contact or channel in self.opted_out or "any" in self.opted_out:
            return False
        address = {"telephone": self.phone, "e-mail": self.email, "portal": self.portal}
        return bool(address.get(channel, True))


def read_contacts(path: Path) -> list[Contact]:
    """The contacts of a CSV file with a header of COLUMNS, in any order; customer_id is needed.

    Raises InputError naming the column or row that cannot be used.
    """
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.read(4096)
            file.seek(0)
            delimiter = ";" if sample.count(";") > sample.count(",") else ","
            rows = list(csv.DictReader(file, delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8 ({error}).") from None
    header = [name for name in (rows[0] if rows else {}) if name]
    if "customer_id" not in header:
        raise InputError(f"{path} needs a header with customer_id, and {', '.join(COLUMNS[1:])}.")
    unknown = sorted(set(header) - set(COLUMNS))
    if unknown:
        raise InputError(f"'{unknown[0]}' is no column of contacts; use {', '.join(COLUMNS)}.")
    return [_contact(row, line, path) for line, row in enumerate(rows, 2)]


def usable_contact(contacts: Sequence[Contact], channel: str) -> Contact | None:
    """The first contact that may be reached by a channel, accounts payable before the others."""
    able = [contact for contact in contacts if contact.may_be_reached_by(channel)]
    return min(able, key=lambda contact: (contact.role or "~").casefold() != "ap", default=None)


def _contact(row: dict[str, str | None], line: int, path: Path) -> Contact:
    cells: dict[str, Any] = {n: (row.get(n) or "").strip() or None for n in COLUMNS}
    flag = (cells.pop("do_not_contact") or "").casefold()
    if flag not in _YES | _NO:
        raise InputError(f"Line {line} of {path}: do_not_contact is yes or no, not '{flag}'.")
    customer_id = cells.pop("customer_id")
    if customer_id is None:
        raise InputError(f"Line {line} of {path} names no customer_id.")
    if not any(cells[name] for name in PERSONAL):
        raise InputError(f"Line {line} of {path} names nobody: give {', '.join(PERSONAL)}.")
    for name, text in cells.items():
        if text and (sign := invisible_character(text)):
            raise InputError(
                f"Line {line} of {path}: {name} holds a sign that nobody sees ({sign}); write it"
                " without."
            )
    return Contact(customer_id, do_not_contact=flag in _YES, source=path.name, **cells)
