"""Features of every open invoice, every invoice at its issue or every customer, as one file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.features import LedgerStreams, Moments, catalogue_hash, features
from payrisk.features import build as worked_out
from payrisk.features.catalogue.undated import admit_undated
from payrisk.features.computing.partitioned import write_part
from payrisk.ledger import Ledger
from payrisk.ledger.stored.storage import load
from payrisk.settings import Settings


@dataclass(frozen=True)
class FeatureFile:
    """What was written: whose features, known on which morning, how many rows and columns.

    catalogue_hash: of the definitions, in the order of the columns. allowed_undated: attributes
    without date history that were read as if known since ever.
    """

    path: Path
    of: str
    as_of: int
    rows: int
    features: int
    catalogue_hash: str
    allowed_undated: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "of": self.of,
            "as_of": iso(self.as_of),
            "rows": self.rows,
            "features": self.features,
            "file": str(self.path),
            "catalogue_hash": self.catalogue_hash,
            "allowed_undated": list(self.allowed_undated),
        }

    def table(self) -> pd.DataFrame:
        """The same as one row; the attributes only where there are any."""
        plain = self.to_json() | {"allowed_undated": ", ".join(self.allowed_undated)}
        return pd.DataFrame([{key: value for key, value in plain.items() if value != ""}])


def build(
    settings: Settings,
    out: Path,
    *,
    as_of: int | None = None,
    of: str = "open",
    names: Sequence[str] | None = None,
    allow_undated: Collection[str] = (),
    ledger: Ledger | None = None,
) -> FeatureFile:
    """Write the features of all that `of` names on the morning `as_of` to a Parquet file.

    of: `open` invoices, `customers`, or every invoice known at its `issue` (each on the morning
    of its own issue, so that a row is what a model may learn from). as_of: default the day after
    the last recorded fact; nothing recorded on it or later shows. Columns: customer_id,
    invoice_id, instalment, as_of, then the features named (all where None). Raises LedgerError
    before the first fact, InputError for a feature that is not in the catalogue, an attribute
    without date history that is not allowed by name, or a file that cannot be written.
    """
    if of not in WANTED:
        raise InputError(f"There are no features of '{of}'; choose {', '.join(WANTED)}.")
    if out.suffix.lower() != ".parquet":
        raise InputError(f"'{out.name}' names no Parquet file; end it in .parquet.")
    definitions = features(names)
    ledger = load(settings.home) if ledger is None else ledger
    morning = ledger.default_as_of if as_of is None else as_of
    ledger.as_of(morning)  # refuses a morning before the first fact
    moments = WANTED[of](ledger, morning)
    first = int(moments.as_of.min(initial=morning))
    allowed = admit_undated(ledger, definitions, first, allow_undated)
    streams = LedgerStreams.of(ledger, allowed)
    matrix = worked_out(streams, moments, [feature.name for feature in definitions])
    aside = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_part(aside, streams, moments, matrix)
        aside.replace(out)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"'{out}' cannot be written ({reason}); choose another.") from None
    finally:
        with suppress(OSError):  # as where it could not be made
            aside.unlink()
    digest = catalogue_hash(matrix.names)
    return FeatureFile(
        out, of, morning, len(moments), len(definitions), digest, tuple(sorted(allowed))
    )


def _open(ledger: Ledger, morning: int) -> Moments:
    return Moments.open_invoices(ledger, [morning])


def _at_issue(ledger: Ledger, morning: int) -> Moments:
    """Only invoices that the morning knows; each is described on an earlier one than that."""
    every = Moments.at_issue(ledger)
    recorded = ledger.tables["invoices"]["recorded_on"].to_numpy(dtype=np.int64)[every.invoice]
    return every.take(np.flatnonzero((every.issued_on < morning) & (recorded < morning)))


def _customers(ledger: Ledger, morning: int) -> Moments:
    """Each customer once, under the name it goes by."""
    ids = ledger.as_of(morning).customers()["customer_id"].sort_values()
    return Moments.customers(ledger, list(ids), morning)


WANTED: dict[str, Callable[[Ledger, int], Moments]] = {
    "open": _open,
    "issue": _at_issue,
    "customers": _customers,
}
"""Whose features can be asked for, and their moments on a morning."""
