"""An export becomes the current ledger: read, merged with what was known, judged and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from payrisk.calendar import iso
from payrisk.collecting.recording.action import RecordedAction
from payrisk.collecting.recording.told_again import without_repeated_actions
from payrisk.errors import InputError
from payrisk.ledger import Ledger, Problem
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.importing import log
from payrisk.ledger.importing.agreed_interest import agreed_interest_effect
from payrisk.ledger.importing.deductions import (
    cash_before_invoices,
    negative_payment_doubts,
    unlinked_deduction_problems,
)
from payrisk.ledger.importing.identity.near_customers import near_customers
from payrisk.ledger.importing.identity.near_numbers import near_numbers
from payrisk.ledger.importing.merging import latest_tables, merge
from payrisk.ledger.importing.moved_by_rules import COLUMNS, rule_effects
from payrisk.ledger.importing.open_items.cancelling import (
    cancelled_invoices,
    relisted_cancelled_doubts,
)
from payrisk.ledger.importing.open_items.comparing import BalanceList, refuse_earlier_list
from payrisk.ledger.importing.open_items.following import with_stated_balances
from payrisk.ledger.importing.open_items.replacing import without_double_payments
from payrisk.ledger.importing.outcome import ImportOutcome, judge
from payrisk.ledger.importing.reading import Preset, SourceContents, read_source
from payrisk.ledger.importing.reading.coverage import coverage_problems
from payrisk.ledger.importing.reading.files import source_parts
from payrisk.ledger.importing.reading.headers.stated_evening import evening_mismatch_doubts
from payrisk.ledger.importing.reading.report import ImportReport
from payrisk.ledger.importing.reading.totals.total_lines import cents_by_currency
from payrisk.ledger.importing.reading.variants import fitting_preset
from payrisk.ledger.importing.unexplained import BookChange, unexplained_changes
from payrisk.ledger.importing.unnamed_entities import unnamed_entities
from payrisk.ledger.stored import storage
from payrisk_pipelines.posting import post_under_lock

Tell = Callable[[str, int, int], None]
RecordedActions = Callable[[], Sequence[RecordedAction]]
"""What was recorded here, read once it is our turn."""


@dataclass(frozen=True)
class ImportSummary:
    """What an import found, how it ended, where its report is, and the current ledger since.

    sha: of the ledger that is current now; '' where nothing usable came in. A refused import
    leaves it as it was, also where that is '': there was none.
    """

    report: ImportReport
    path: Path
    sha: str
    is_new: bool
    outcome: ImportOutcome


def import_files(  # noqa: PLR0913 - one argument an option of the command
    home: Path,
    source: Path,
    how: Preset,
    day: int,
    *,
    full: bool = True,
    accept_doubts: str = "",
    snapshot: int | None = None,
    actions: RecordedActions = tuple,
    tell: Tell = lambda _what, _done, _of: None,
) -> ImportSummary:
    """Read a source into the ledger of a home and report on its quality.

    day: on which this import becomes known. full: whether the source claims to hold every row.
    snapshot: the evening of a list of open items; needed where the mapping says that it is one.
    actions: asked in turn for what was recorded here; what the ledger lacks of it is posted first.
    accept_doubts: a person's reason for keeping what would be refused; it is recorded.
    Imports into one home take turns, so that each builds on the one before. A refusal is no
    error: it is in the summary, the ledger is as it was.
    Raises InputError or LedgerError where the source or the ledger cannot be read.
    """
    how = fitting_preset(source, how)
    is_list = snapshot is not None or how.kind == "open items"
    if is_list and snapshot is None:
        raise InputError(
            f"The mapping {how.name} reads lists of open items, and a list is true of one evening;"
            " give it by --snapshot DAY."
        )
    how = replace(how, kind="open items" if is_list else how.kind)
    reason = accept_doubts.strip()
    evening = day if snapshot is None else snapshot
    with storage.import_lock(home):
        aside = post_under_lock(home, actions(), day).problems
        return _imported(
            home, source, how, day, evening, aside=aside, full=full, reason=reason, tell=tell
        )


def _imported(  # noqa: PLR0913 - what `import_files` was told
    home: Path,
    source: Path,
    how: Preset,
    day: int,
    evening: int,
    *,
    aside: Sequence[Problem],
    full: bool,
    reason: str,
    tell: Tell,
) -> ImportSummary:
    """aside: of the actions posted before; told in the report, but no doubt about the source."""
    before = storage.current_sha(home)
    old = storage.load(home) if before else None
    is_list = how.kind == "open items"
    if old is not None and is_list:
        refuse_earlier_list(old, evening)
    tables_before = latest_tables(old) if old else None
    reading = read_source(source, how, imported_on=day, ledger_tables=tables_before, progress=tell)
    reading, problems_before = _without_told_again(reading, old)
    shas = log.file_shas(part.path for part in source_parts(source, how)[0])
    tell("checking", 0, 2)
    is_all = full and not is_list
    cancelled = cancelled_invoices(reading.balances)
    ledger, problems = _ledger_of(reading, old, day, full=is_all, cancelled=cancelled)
    problems = [*problems_before, *problems]
    problems += evening_mismatch_doubts(reading.evenings, evening) if is_list else []
    is_again = bool(shas) and all(log.import_day_of(home, sha) for sha in shas.values())
    balances = BalanceList(
        reading.balances, evening, is_list, is_list and full, bool(reason), is_again
    )
    changes: list[BookChange] = []
    if ledger is not None:
        if old is not None:
            changes, doubts = unexplained_changes(
                old,
                ledger,
                reading.tables,
                day,
                full=is_all,
                cancelled=cancelled,
                unpaid=reading.unpaid,
            )
            problems += doubts
            problems += relisted_cancelled_doubts(old, reading.tables, reading.balances)
        ledger, replaced = without_double_payments(ledger, day)
        ledger, inferred = with_stated_balances(ledger, balances)
        problems += [*replaced, *inferred, *coverage_problems(ledger)]
        problems += [*near_numbers(old, ledger), *unnamed_entities(old, ledger)]
        for doubts_of in (
            near_customers,
            unlinked_deduction_problems,
            negative_payment_doubts,
            cash_before_invoices,
        ):
            problems += doubts_of(old, ledger)
    totals = _totals(reading, old, ledger, tables_before, evening if is_list else None)
    problems += [] if is_list else _differences(totals)
    verdict = judge(
        reading, problems, changes, how, is_usable=ledger is not None, accept_doubts=reason
    )
    is_refused = verdict.outcome == ImportOutcome.REFUSED
    kept = None if is_refused else ledger
    tell("writing", 1, 2)
    sha = storage.save(kept, home, replaces=before) if kept is not None else ""
    report = ImportReport(
        source=str(source),
        preset=how.name,
        imported_on=day,
        ledger=sha,
        outcome=verdict.outcome.value,
        reasons=verdict.reasons,
        accepted=reason,
        files=reading.files,
        problems=(*aside, *reading.problems, *problems),
        totals=reading.totals.when_nothing_accepted() if kept is None else totals,
        file_totals=reading.totals.file_totals,
        rules=_rules(reading, problems, kept, day),
    )
    path = report.write(home)
    line = {
        "day": iso(day),
        "source": str(source),
        "files": shas,
        "preset": how.name,
        "outcome": report.outcome,
        "reasons": verdict.reasons,
        "accepted": reason,
        "ledger_before": before,
        "ledger_after": sha or before,
    }
    log.append(home, line)
    is_new = bool(sha) and sha != before
    return ImportSummary(report, path, before if is_refused else sha, is_new, verdict.outcome)


def _without_told_again(
    reading: SourceContents, old: Ledger | None
) -> tuple[SourceContents, list[Problem]]:
    """What was read less the events that the ledger knows as recorded actions."""
    events = reading.tables.get("events")
    if old is None or events is None:
        return reading, []
    kept, problems = without_repeated_actions(events, old.tables["events"])
    if kept is events:
        return reading, []
    return replace(reading, tables=reading.tables | {"events": kept}), problems


def _differences(totals: pd.DataFrame) -> list[Problem]:
    """Money that came in and stands nowhere, or stands there and never came in."""
    return [
        Problem(
            "money_differs",
            f"{line['table']} in {line['currency']}: what came in is neither in the ledger nor set"
            " aside to the cent; compare the report's money",
            "doubted",
            amount=abs(line["difference_amount"]),
            currency=line["currency"],
        )
        for line in totals.to_dict("records")
        if line["difference_amount"]  # neither 0 nor unknown
    ]


def _totals(
    reading: SourceContents,
    old: Ledger | None,
    new: Ledger | None,
    before: Tables | None,
    evening: int | None,
) -> pd.DataFrame:
    """Where the money of the source stands, or would; all of it aside where nothing is usable.

    before: the old ledger's tables as they read by now. evening: of a list of open items, which
    is compared with what is open then.
    """
    if new is None:
        return reading.totals.when_nothing_accepted()
    if evening is not None:
        listed = reading.balances
        signed = listed["balance"].where(listed["table"] == "invoices", -listed["balance"])
        stated = cents_by_currency(listed["currency"], signed.astype("int64"))
        entities = set(listed["entity_id"])
        then, now = (_open_items(books, evening, entities) for books in (old, new))
        return reading.totals.compare_with_list(stated, now, then)
    return reading.totals.compare_with_ledger(reading.tables, latest_tables(new), before)


def _open_items(ledger: Ledger | None, evening: int, entities: set[str]) -> dict[str, int]:
    """What is open at an evening, less credits, by currency in minor units."""
    if ledger is None or int(ledger.tables["invoices"]["issued_on"].min()) > evening:
        return {}
    books = ledger.balance_at(evening)
    owed, held = books.residuals(), books.credit_balances()
    out: dict[str, int] = {}
    for frame, column, sign in ((owed, "residual", 1), (held, "unapplied", -1)):
        mine = frame[frame["entity_id"].isin(entities)]
        for code, cents in cents_by_currency(mine["currency"], mine[column]).items():
            out[code] = out.get(code, 0) + sign * cents
    return out


def _rules(
    reading: SourceContents, later: Sequence[Problem], before: Ledger | None, day: int
) -> pd.DataFrame:
    if before is None:
        return pd.DataFrame(columns=list(COLUMNS), dtype=object)
    problems = (*reading.problems, *later)
    moved = rule_effects(reading.tables, latest_tables(before), problems, day)
    interest = agreed_interest_effect(before)
    return pd.concat([moved, interest], ignore_index=True) if len(interest) else moved


def _ledger_of(
    reading: SourceContents,
    old: Ledger | None,
    day: int,
    *,
    full: bool,
    cancelled: pd.DataFrame,
) -> tuple[Ledger | None, list[Problem]]:
    """The ledger after this import; None when nothing usable came in."""
    if old is not None and (reading.rows_accepted or len(cancelled)):
        tables, problems = merge(old, reading.tables, day, full=full, cancelled=cancelled)
        return Ledger(tables, old.rules), problems
    if old is None and len(reading.tables.get("invoices", ())):
        return Ledger.from_tables(reading.tables)
    reason = "nothing is kept: a first import needs at least one usable invoice"
    n = reading.rows_accepted
    return None, [Problem("no_invoice", reason, "refused", n=n)] if n else []
