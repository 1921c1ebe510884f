"""The mapping of a table of past applications: a TOML file, checked before anything is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Body
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from payrisk.errors import InputError
from payrisk.learning.new_customer.protected import protected_trait
from payrisk.scoring.new_customer.cell_values import plain_text
from payrisk.scoring.new_customer.encoding import SPECIAL, Input

SECTIONS: dict[str, tuple[str, ...] | None] = {
    "target": ("column", "bad"),
    "columns": ("date", "group", "numeric", "categorical", "forbidden"),
    "missing": None,
    "monotone": None,
    "leaks": ("allowed",),
}
"""The sections of a mapping and their keys; None: the keys are names of columns."""
EVERY = "*"
"""Under [missing]: all inputs."""
DIRECTIONS = {"+": 1, "-": -1}


@dataclass(frozen=True)
class Mapping:
    """Which columns of a table are what; columns not named are not read.

    bad: the values of the target, as `plain` text, that mean the application went bad.
    inputs: what the model may read, sorted by name. group: rows of one group never stand on both
    sides of a split. allowed_leaks: inputs that may separate the classes suspiciously well.
    """

    target: str
    bad: tuple[str, ...]
    inputs: tuple[Input, ...]
    date: str = ""
    group: str = ""
    forbidden: tuple[str, ...] = ()
    allowed_leaks: tuple[str, ...] = ()
    source: str = field(default="The mapping", compare=False)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that the table must have."""
        extra = (self.target, self.date, self.group)
        return tuple(name for name in (*extra, *(entry.name for entry in self.inputs)) if name)


def read_mapping(path: Path) -> Mapping:
    """The mapping of a TOML file; raises InputError for anything it should not say."""
    where = f"The mapping '{path}'"
    try:
        with path.open("rb") as file:
            body = tomllib.load(file)
    except FileNotFoundError:
        raise InputError(f"{where} is not there; give the path of a TOML file.") from None
    except OSError as error:
        raise InputError(f"{where} cannot be read: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where} is no TOML file: {error}.") from None
    return mapping_of(body, where)


def mapping_of(body: Body[str, Any], where: str = "The mapping") -> Mapping:
    """The mapping that a TOML body says; raises InputError for anything it should not say."""
    for section, keys in body.items():
        allowed = SECTIONS.get(section, ())
        if section not in SECTIONS or not isinstance(keys, dict):
            raise InputError(
                f"{where} has '{section}', which is no section of it; it may have"
                f" {', '.join(f'[{name}]' for name in SECTIONS)}."
            )
        wrong = [] if allowed is None else [key for key in keys if key not in allowed]
        if wrong:
            raise InputError(
                f"{where}, section [{section}], has no key '{wrong[0]}'; it may have"
                f" {', '.join(allowed or ())}."
            )
    parts = {section: dict(body.get(section, {})) for section in SECTIONS}
    target = _text(parts["target"], "target", "column", where)
    bad = parts["target"].get("bad")
    if not isinstance(bad, list) or not bad or not all(_is_plain(value) for value in bad):
        raise InputError(
            f"{where}, section [target], must list the values that mean a bad outcome, such as"
            " bad = [1]."
        )
    columns = parts["columns"]
    numeric, categorical, forbidden = (
        _texts(columns, "columns", key, where) for key in ("numeric", "categorical", "forbidden")
    )
    date, group = (
        _text(columns, "columns", key, where, needed=False) for key in ("date", "group")
    )
    names = [*numeric, *categorical]
    if not names:
        raise InputError(
            f"{where}, section [columns], names no input; list columns under numeric or"
            " categorical."
        )
    _hold_apart(names, forbidden, {"target": target, "date": date, "group": group}, where)
    directions = _directions(parts["monotone"], numeric, where)
    specials = _specials(parts["missing"], names, where)
    leaks = _texts(parts["leaks"], "leaks", "allowed", where)
    for name in leaks:
        if name not in names:
            raise InputError(
                f"{where}, section [leaks], allows '{name}', which is no input; remove it or"
                " list it under numeric or categorical."
            )
    inputs = [
        Input(name, "number", directions.get(name, 0), specials.get(name, ())) for name in numeric
    ] + [Input(name, "category", 0, specials.get(name, ())) for name in categorical]
    return Mapping(
        target,
        tuple(sorted({plain_text(value) for value in bad})),
        tuple(sorted(inputs, key=lambda entry: entry.name)),
        date,
        group,
        tuple(sorted(forbidden)),
        tuple(sorted(leaks)),
        where,
    )


def _hold_apart(
    names: list[str], forbidden: list[str], others: Body[str, str], where: str
) -> None:
    """Raise InputError for an input that is named twice, is something else, or is forbidden."""
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where} lists the input '{name}' twice; list it once.")
        if name in forbidden:
            raise InputError(
                f"{where} lists '{name}' as an input and as forbidden; take it out of one of them."
            )
        for role, other in others.items():
            if name == other:
                raise InputError(
                    f"{where} lists '{name}' as an input, but it is the {role}; remove it from"
                    " the inputs."
                )
        trait = protected_trait(name)
        if trait:
            raise InputError(
                f"{where} lists '{name}' as an input, but by its name it tells {trait}, and no"
                " credit decision may rest on that; remove it from the inputs, or rename the"
                " column in the table if it tells something else."
            )
        if name.endswith(SPECIAL):
            raise InputError(
                f"{where} lists '{name}', but names that end in {SPECIAL} are kept for special"
                " values; rename the column."
            )


def _directions(body: Body[str, Any], numeric: list[str], where: str) -> dict[str, int]:
    for name, sign in body.items():
        if name not in numeric:
            raise InputError(
                f"{where}, section [monotone], names '{name}', which is no numeric input; list it"
                " under numeric or remove it there."
            )
        if sign not in DIRECTIONS:
            raise InputError(
                f"{where}, section [monotone], says {name} = {sign!r}; write"
                ' "+" where more of it means more risk, "-" where less.'
            )
    return {name: DIRECTIONS[sign] for name, sign in body.items()}


def _specials(body: Body[str, Any], names: list[str], where: str) -> dict[str, tuple[str, ...]]:
    texts: dict[str, set[str]] = {}
    for name, values in body.items():
        if name != EVERY and name not in names:
            raise InputError(
                f"{where}, section [missing], names '{name}', which is no input; list it as an"
                f' input, or write "{EVERY}" for all of them.'
            )
        if not isinstance(values, list) or not all(_is_plain(value) for value in values):
            raise InputError(
                f"{where}, section [missing], must give '{name}' a list of special values, such"
                " as [-9999]."
            )
        for column in names if name == EVERY else (name,):
            texts.setdefault(column, set()).update(plain_text(value) for value in values)
    return {name: tuple(sorted(values - {""})) for name, values in texts.items()}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _text(body: Body[str, Any], section: str, key: str, where: str, *, needed: bool = True) -> str:
    value = body.get(key, "")
    if not isinstance(value, str) or (needed and not value):
        raise InputError(
            f"{where}, section [{section}], must give the name of a column as {key}, such as"
            f' {key} = "outcome".'
        )
    return value


def _texts(body: Body[str, Any], section: str, key: str, where: str) -> list[str]:
    values = body.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
        raise InputError(
            f"{where}, section [{section}], must give {key} as a list of names of columns."
        )
    return values
