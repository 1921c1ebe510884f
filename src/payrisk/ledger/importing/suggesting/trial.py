"""What an import by a mapping would come to: the source read in memory, no home changed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.errors import PayriskError
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.open_items.comparing import BalanceList
from payrisk.ledger.importing.open_items.following import with_stated_balances
from payrisk.ledger.importing.outcome import judge
from payrisk.ledger.importing.reading.preset import Preset
from payrisk.ledger.importing.reading.read import read_source
from payrisk.ledger.importing.reading.report import problem_summary
from payrisk.ledger.importing.reading.variants import fitting_preset
from payrisk.ledger.importing.suggesting.suggestion import MappingTrial


def try_mapping(source: Path, preset: Preset, day: int) -> MappingTrial:
    """What a first import of a source would come to; what refuses the whole file is said in it.

    day: of the import, or the evening of a list of open items.
    """
    try:
        preset = fitting_preset(source, preset)
        reading = read_source(source, preset, imported_on=day)
    except PayriskError as error:
        return MappingTrial("refused", refusal=str(error))
    later: list[Problem] = []
    if len(reading.tables.get("invoices", ())):
        ledger, later = Ledger.from_tables(reading.tables)
        is_list = preset.kind == "open items"
        balances = BalanceList(reading.balances, day, is_list, is_list)
        later = [*later, *with_stated_balances(ledger, balances)[1]]
    verdict = judge(reading, later, [], preset, is_usable=bool(reading.rows_accepted))
    return MappingTrial(
        outcome=verdict.outcome.value,
        reasons=verdict.reasons,
        rows=tuple(asdict(count) for count in reading.files),
        money=tuple(asdict(total) for total in reading.totals.file_totals),
        problems=tuple(_plain(problem_summary((*reading.problems, *later)))),
    )


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows without anything but plain values."""
    return [
        {str(name): None if cell is pd.NA else cell for name, cell in row.items()}
        for row in table.astype(object).to_dict("records")
    ]
