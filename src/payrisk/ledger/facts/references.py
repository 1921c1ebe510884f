"""Which row an id refers to, and which texts are the same, at array speed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Ints

FEW = 4
"""Texts that are looked up one by one."""


def _texts(values: pd.Series) -> Any:
    return pa.array(values, from_pandas=True)


def encode_texts(values: pd.Series) -> tuple[Ints, list[str | None]]:
    """(n,) the place of each text among the distinct ones, an empty cell the last; and those."""
    encoded = _texts(values).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    words = encoded.dictionary.to_pylist()
    codes = np.asarray(encoded.indices.fill_null(len(words)), dtype=np.int64)
    return codes, [*words, None]


def text_rows(values: Any, keys: Any) -> Ints:
    """Where each text first stands among the keys; −1 where it does not."""
    if len(values) <= FEW:  # to look through the keys costs less than to index them
        texts, keyed = _texts(values).to_pylist(), _texts(keys)
        return np.array(
            [-1 if text is None else pc.index(keyed, text).as_py() for text in texts],
            dtype=np.int64,
        )
    places = pc.index_in(_texts(values), value_set=_texts(keys), skip_nulls=True)
    return np.asarray(places.fill_null(-1), dtype=np.int64)


def is_rising(ids: pd.Series) -> bool:
    """Whether each text stands before the next when sorted: in order, none empty, none twice."""
    texts = _texts(ids)
    pairs = pc.less(texts[:-1], texts[1:])
    return not texts.null_count and bool(pc.all(pairs, min_count=0).as_py())


def _in_order(ids: pd.Series) -> bool:
    texts = _texts(ids)
    return bool(pc.all(pc.less_equal(texts[:-1], texts[1:]), skip_nulls=False).as_py())


def instalment_rows(ids: pd.Series, instalment: Ints, invoices: pd.DataFrame) -> Ints:
    """Row in `invoices` of each (id, instalment); −1 where there is none."""
    keys, numbers = invoices["invoice_id"], invoices["instalment"].to_numpy()
    row = text_rows(ids, keys)
    other = np.flatnonzero(row >= 0)
    other = other[numbers[row[other]] != instalment[other]]
    if len(other):  # not the first instalment the table has of that invoice
        head = _heads(keys)
        later = np.flatnonzero(head != np.arange(len(head)))
        width = int(max(numbers.max(), instalment.max())) + 1
        place = pd.Index(head[later] * width + numbers[later]).get_indexer(
            row[other] * width + instalment[other]
        )
        row[other] = np.append(later, -1)[place]
    return row


def invoice_rows(frame: pd.DataFrame, invoices: pd.DataFrame, column: str = "invoice_id") -> Ints:
    """The same for the ids in a column of a frame that has instalments too."""
    return instalment_rows(frame[column], frame["instalment"].to_numpy(), invoices)


def _heads(keys: pd.Series) -> Ints:
    """(n,) the first row that has the key of each row."""
    if not _in_order(keys):
        return text_rows(keys, keys)
    texts = _texts(keys)
    is_same = np.append(False, np.asarray(pc.equal(texts[1:], texts[:-1])))
    return np.maximum.accumulate(np.where(is_same, 0, np.arange(len(keys))))


def ranks(ids: pd.Series) -> Ints:
    """(n,) the turn of each id when they are sorted."""
    if _in_order(ids):
        return np.arange(1, len(ids) + 1, dtype=np.int64)
    return np.asarray(ids.rank(method="first"), dtype=np.int64)


def places(ids: pd.Series) -> Ints:
    """(n,) the place of each id among the different ones when they are sorted."""
    if _in_order(ids):
        return np.cumsum((ids != ids.shift()).to_numpy(dtype=np.int64))
    return np.asarray(pd.factorize(ids, sort=True)[0], dtype=np.int64)
