"""payrisk import --watch: what lands in a folder, a line for each file."""

from __future__ import annotations

import datetime as dt
import json
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.ledger.importing.reading import Preset
    from payrisk_pipelines.importing import ImportSummary


@dataclass(frozen=True)
class WatchOptions:
    """What holds for every file of a watch.

    recorded_on, snapshot: days since 1970, None = the day it lands, and the evening its name says.
    """

    how: Preset
    full: bool
    accept_doubts: str
    recorded_on: int | None
    snapshot: int | None
    database_url: str


def watch_folder(
    folder: Path, home: Path, options: WatchOptions, *, once: bool, every: float, as_json: bool
) -> int:
    """Watch until stopped, or once; the exit code is that of the worst import."""
    from payrisk_pipelines.inbox import watch, worst_exit_code

    def bring(path: Path) -> ImportSummary:
        return _imported(path, home, options)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    codes = []
    with suppress(KeyboardInterrupt):
        is_list = options.how.kind == "open items" or options.snapshot is not None
        for landed in watch(folder, home, bring, every=every, once=once, is_list=is_list):
            codes.append(landed.code)
            line = json.dumps(asdict(landed), ensure_ascii=False)
            shown = " ".join(landed.sentence.split())
            typer.echo(line if as_json else f"{landed.name} ({landed.code}): {shown}")
    signal.signal(signal.SIGTERM, before)
    return worst_exit_code(codes)


def _imported(path: Path, home: Path, options: WatchOptions) -> ImportSummary:
    from payrisk.calendar import day_of
    from payrisk.ledger.importing.suggesting.list_kind import stated_evening_text
    from payrisk.store import read_actions
    from payrisk_pipelines.importing import import_files

    evening = options.snapshot
    if evening is None and options.how.kind == "open items":
        named = stated_evening_text([path.stem], options.how.dates)
        if not named:
            raise InputError(
                f"{path.name} is a list of open items, and neither --snapshot nor its name says of"
                " which evening; name it like open-2026-01-31.csv."
            )
        evening = day_of(dt.date.fromisoformat(named))
    day = options.recorded_on
    if day is None:
        day = day_of(dt.date.today()) if evening is None else evening
    return import_files(
        home,
        path,
        options.how,
        day,
        full=options.full,
        snapshot=evening,
        accept_doubts=options.accept_doubts,
        actions=lambda: read_actions(options.database_url).actions,
    )
