"""Which file of a source feeds which table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.preset import Preset, Section
from payrisk.ledger.importing.reading.sheet import (
    sheet_names,
    stem_of,
    suffix_of,
    unread_sheets,
)

ORDER = (
    "entities",
    "customers",
    "aliases",
    "invoices",
    "credits",
    "allocations",
    "events",
    "attributes",
    "rates",
    "applications",
)
"""Tables as they are read: what others refer to comes first."""


@dataclass(frozen=True)
class SourcePart:
    """One file, or one sheet of a workbook, and the section that reads it."""

    section: Section
    path: Path
    sheet: str | None = None


def source_parts(source: Path, preset: Preset) -> tuple[list[SourcePart], list[str]]:
    """The parts a source has for a preset in reading order, and the names of what is idle.

    Idle are files that no section reads, and sheets besides the one read that hold tables.
    A file feeds the section its name fits, else the first; sections marked `beside` take their
    file from its folder. A workbook whose sheets bear section names is a folder of its own.
    Raises InputError when nothing fits, one section finds several files, or what fits is a link
    that leads out of the folder, a folder or a pipe.
    """
    if not source.exists():
        raise InputError(f"There is no file or folder {source}; check the path.")
    if source.is_symlink():
        raise InputError(
            f"{source} is a link, and links are not followed; name {source.resolve()} itself."
        )
    if source.is_dir():
        named = sorted(p for p in source.iterdir() if suffix_of(p))
        files = [p for p in named if _is_file_of(source, p, preset)]
        parts = [p for s in preset.sections.values() for p in _matching(s, files, source, preset)]
        idle = [p.name for p in named if p not in {part.path for part in parts}]
        if not parts:
            patterns = ", ".join(f for s in preset.sections.values() for f in s.files)
            raise InputError(
                f"The folder {source} has no file for preset {preset.name} (named {patterns},"
                " as .csv, .xlsx or .parquet); check the folder or rename the files."
            )
        idle += [name for part in parts for name in _unread(part.path)]
        return _ordered(parts), idle
    sheets = _sheets(source, preset)
    if sheets:
        return _ordered(sheets), _unread(source, [part.sheet for part in sheets if part.sheet])
    first = next(iter(preset.sections.values()))
    fitting = [s for s in preset.sections.values() if _fits(s, stem_of(source)) and not _any(s)]
    main = fitting[0] if fitting else first
    parts = [SourcePart(main, source)]
    others = [s for s in preset.sections.values() if s.beside and s is not main]
    around = sorted(p for p in source.parent.iterdir() if suffix_of(p))
    around = [p for p in around if any(_fits(section, stem_of(p)) for section in others)]
    around = [p for p in around if _is_file_of(source.parent, p, preset)]
    for section in others:
        parts += _matching(section, around, source.parent, preset)
    return _ordered(parts), _unread(source)


def _unread(source: Path, read: Sequence[str] = ()) -> list[str]:
    """The sheets of a workbook that hold tables besides those read, by default its first."""
    names = unread_sheets(source, read or sheet_names(source)[:1])
    return [f"{source.name}:{name}" for name in names]


def _is_file_of(folder: Path, path: Path, preset: Preset) -> bool:
    """Whether a path is a file that lies in the folder; InputError where it should be one."""
    try:
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return True
    except OSError:
        pass  # a link that leads nowhere or round in a circle
    if any(
        _fits(section, stem_of(path)) and not _any(section) for section in preset.sections.values()
    ):
        what = "a link that leads out of its folder" if path.is_symlink() else "no ordinary file"
        raise InputError(f"{path} is {what}; put the file itself there.")
    return False


def _ordered(parts: Iterable[SourcePart]) -> list[SourcePart]:
    return sorted(parts, key=lambda part: ORDER.index(part.section.table))


def _fits(section: Section, stem: str) -> bool:
    return any(fnmatch(stem, pattern.lower()) for pattern in section.files)


def _any(section: Section) -> bool:
    return "*" in section.files


def _matching(
    section: Section, files: list[Path], folder: Path, preset: Preset
) -> list[SourcePart]:
    matching = [p for p in files if _fits(section, stem_of(p))]
    if len(matching) > 1 and not section.several:
        raise InputError(
            f"{folder} has several files for {section.table} of preset {preset.name}"
            f" ({', '.join(p.name for p in matching[:4])}); name one of them or put it in a folder"
            " of its own."
        )
    return [SourcePart(section, p) for p in matching]


def _sheets(source: Path, preset: Preset) -> list[SourcePart]:
    names = sheet_names(source)
    return [
        SourcePart(section, source, name)
        for section in preset.sections.values()
        for name in names
        if _fits(section, name.lower()) and not _any(section)
    ]
