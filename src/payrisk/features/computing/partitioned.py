"""The features of a ledger kept in partitions, of more invoices than memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.arrays import Singles
from payrisk.features.catalogue.all import features
from payrisk.features.computing.ledger_streams import LedgerStreams, SharedStreams
from payrisk.features.computing.matrix import Matrix, fill_features
from payrisk.features.computing.moments import Moments
from payrisk.ledger import Ledger
from payrisk.ledger.stored.partitions import part_numbers, read_part
from payrisk.ledger.timeline.timeline import Timeline

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""The built-in map, a process pool's, Dask's or Ray's: all give results in order."""

UNREAD = (
    "customers.name",
    "invoices.payment_method",
    "invoices.terms",
    "credits.value_on",
    "events.stage",
    "applications.fields",
)
"""Columns no feature reads."""


@dataclass(frozen=True)
class PartFile:
    """The file of one part's matrix, with its numbers of moments and features."""

    path: Path
    moments: int
    features: int


class ScratchBlock:
    """Memory that one matrix after another is written into; each process has its own."""

    def __init__(self) -> None:
        """Hold no memory yet."""
        self._held = np.empty(0, dtype=np.float32)

    def __reduce__(self) -> tuple[type[ScratchBlock], tuple[()]]:
        return ScratchBlock, ()

    def block(self, n_features: int, n: int) -> Singles:
        """(n_features, n) numbers to write to; they hold whatever was there before."""
        if len(self._held) < n_features * n:
            self._held = np.empty(n_features * n + n, dtype=np.float32)
        return self._held[: n_features * n].reshape(n_features, n)


def build_parts(
    folder: Path,
    out: Path,
    moments: Callable[[Ledger], Moments],
    names: Sequence[str] | None = None,
    run: Map = map,
) -> list[PartFile]:
    """Write the features of a partitioned ledger (`ledger.partitions`), a Parquet file a part.

    The first pass sums what reaches beyond parent groups; sums merge by adding, so that the
    second pass gives the bits of the whole ledger whatever the partition. `moments` and `run`
    must suit each other: a process pool needs a function it can pickle. Raises InputError for a
    feature that is not in the catalogue, LedgerError for a damaged part.
    """
    features(names)
    out.mkdir(parents=True, exist_ok=True)
    numbers = part_numbers(folder)
    with TemporaryDirectory(prefix="payrisk-") as scratch_folder:
        first = partial(_contribute, folder, Path(scratch_folder), names)
        shared = SharedStreams.merged(list(run(first, numbers)))
        second = partial(
            _build, folder, Path(scratch_folder), out, moments, names, shared, ScratchBlock()
        )
        return list(run(second, numbers))


def _contribute(
    folder: Path, scratch_folder: Path, names: Sequence[str] | None, number: int
) -> SharedStreams:
    ledger = read_part(folder, number, without=UNREAD)
    streams = LedgerStreams(ledger)
    timeline = streams.facts.timeline
    np.savez(
        _timeline_file(scratch_folder, number),
        **{f.name: getattr(timeline, f.name) for f in fields(timeline)},
    )
    return SharedStreams.of(streams, features(names))


def _build(
    folder: Path,
    scratch_folder: Path,
    out: Path,
    moments: Callable[[Ledger], Moments],
    names: Sequence[str] | None,
    shared: SharedStreams,
    scratch: ScratchBlock,
    number: int,
) -> PartFile:
    ledger = read_part(folder, number, without=UNREAD)
    with np.load(_timeline_file(scratch_folder, number)) as arrays:
        timeline = Timeline(**arrays)
    streams = LedgerStreams.part(ledger, shared, timeline)
    described = moments(ledger)
    columns = features(names)
    block = scratch.block(len(columns), len(described))
    matrix = Matrix(tuple(feature.name for feature in columns), block)
    fill_features(matrix.values, streams, described, columns)
    path = out / f"features-{number:05d}.parquet"
    write_part(path, streams, described, matrix)
    ledger.derived.clear()  # part after part in one process: what a part needed goes with it
    return PartFile(path, len(described), len(matrix.names))


def _timeline_file(scratch_folder: Path, number: int) -> Path:
    return scratch_folder / f"timeline-{number:05d}.npz"


def write_part(path: Path, streams: LedgerStreams, moments: Moments, matrix: Matrix) -> None:
    """One Parquet file: whose and when each row is, then the features in order.

    Columns customer_id, invoice_id and instalment (null where a customer is described), as_of.
    """
    tables = streams.facts.ledger.tables
    invoices = tables["invoices"]
    whom = _texts(tables["customers"]["customer_id"], moments.customer)
    which = _texts(invoices["invoice_id"], moments.invoice)
    nth = np.append(invoices["instalment"].to_numpy(dtype=np.int64), 0)[moments.invoice]
    columns = {
        "customer_id": whom,
        "invoice_id": which,
        "instalment": pa.array(nth, mask=moments.invoice < 0),
        "as_of": pa.array(moments.as_of.astype("datetime64[D]")),
    }
    columns |= {
        name: pa.array(values) for name, values in zip(matrix.names, matrix.values, strict=True)
    }
    whole = pa.table(columns)
    pq.write_table(whole, path, compression="lz4", use_dictionary=["customer_id"])


def _texts(ids: Any, rows: Any) -> pa.Array:
    texts = pa.array(ids, from_pandas=True)
    return texts.take(pa.array(rows, mask=rows < 0))
