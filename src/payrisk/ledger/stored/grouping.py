"""Groups of customers that depend on each other, and the customer each fact belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.ledger.facts.corrections import SUBJECT_TABLE
from payrisk.ledger.facts.kinds import SUBJECTS
from payrisk.ledger.facts.references import instalment_rows, ranks, text_rows
from payrisk.ledger.facts.tables import TABLES, Tables

NOBODY, EVERYBODY = -1, -2
"""Home of a fact that names no customer, and of one that every reader needs."""

_PARTY = ("customer_id", "parent_id", "alias_id")
_DOCUMENT = {"subject": SUBJECTS, "invoice_id": ("invoice",), "credit_id": ("credit",)}
_PART = r"((?:[^|\\]|\\.)*)"  # of a key as `changes.key_text` writes it


@dataclass(frozen=True)
class FactOwners:
    """Whose each fact is.

    names: every customer named anywhere, those of the customers table first and in its order.
    rows: by table, (n,) row of `names`, NOBODY or EVERYBODY. first: (names,) row of the first
    name, by id, of each one's group; listed customers come before others.
    """

    names: pd.Series
    rows: dict[str, Ints]
    first: Ints


def customer_groups(tables: Tables) -> Ints:
    """(customers,) row of the first customer, by id, of each one's group.

    A group is closed under every parent ever recorded (column, dated attribute, correction),
    every alias, every fact that a correction gave to another customer, and every credit of one
    customer allocated to another's invoice: nothing in it depends on what lies outside.
    """
    return fact_owners(tables).first[: len(tables["customers"])]


def fact_owners(tables: Tables) -> FactOwners:
    """The home of every fact, and the groups."""
    names = _names(tables)
    rows = {
        name: text_rows(tables[name]["customer_id"], names)
        for name in ("customers", "aliases", "invoices", "credits", "attributes", "applications")
    }
    rows |= {n: np.full(len(tables[n]), EVERYBODY, dtype=np.int64) for n in ("entities", "rates")}
    links = tables["allocations"]
    row = text_rows(links["credit_id"], tables["credits"]["credit_id"])
    payer = np.append(rows["credits"], NOBODY)[row]
    row = instalment_rows(links["invoice_id"], links["instalment"].to_numpy(), tables["invoices"])
    debtor = np.append(rows["invoices"], NOBODY)[row]
    rows["allocations"] = np.where(debtor >= 0, debtor, payer)
    rows["events"] = _event_owners(tables, rows)
    attributes = tables["attributes"]
    pairs = [
        (payer, debtor),
        (text_rows(tables["aliases"]["alias_id"], names), rows["aliases"]),
        (rows["customers"], _listed(tables["customers"]["parent_id"], tables)),
        (
            rows["attributes"],
            np.where(attributes["name"] == "parent", _listed(attributes["value"], tables), NOBODY),
        ),
        *_correction_pairs(tables, names, rows),
    ]
    return FactOwners(names, rows, _first(pairs, names, len(tables["customers"])))


def _listed(ids: pd.Series, tables: Tables) -> Ints:
    return text_rows(ids, tables["customers"]["customer_id"])


def _names(tables: Tables) -> pd.Series:
    listed = tables["customers"]["customer_id"]
    events = tables["events"]
    is_renaming = (events["kind"] == "changed") & events["field"].isin(_PARTY)
    named = [
        tables["aliases"]["alias_id"],
        events.loc[is_renaming, "new"],
        *(
            tables[name]["customer_id"]
            for name in ("aliases", "invoices", "credits", "attributes", "applications")
        ),
    ]
    others = pd.concat([pd.Series(ids.dropna().unique(), dtype=listed.dtype) for ids in named])
    others = others[text_rows(others, listed) < 0].drop_duplicates().sort_values()
    return pd.concat([listed, others], ignore_index=True)


def _key_parts(subject: pd.Series, table: str) -> list[pd.Series]:
    """The parts of the keys that `changed` events name, as they stand in the table."""
    n = len(TABLES[table].key)
    if n == 1:
        return [subject]
    parts = subject.str.extract(rf"(?s)^{'[|]'.join([_PART] * n)}$")
    return [parts[i].str.replace(r"\\(.)", r"\1", regex=True) for i in range(n)]


def _event_owners(tables: Tables, rows: dict[str, Ints]) -> Ints:
    """(events,) home of each: its subject's, for a correction that of what it corrects."""
    events = tables["events"]
    is_change = (events["kind"] == "changed").to_numpy(dtype=bool)
    subject, instalment = events["subject"], events["instalment"].to_numpy()
    home = np.full(len(events), NOBODY, dtype=np.int64)
    for kind in SUBJECT_TABLE:
        is_of_kind = (events["subject_kind"] == kind).to_numpy(dtype=bool)
        if kind in SUBJECTS and (events_of_kind := np.flatnonzero(is_of_kind & ~is_change)).size:
            home[events_of_kind] = _owner_of(
                kind, subject.iloc[events_of_kind], instalment[events_of_kind], tables, rows
            )
    for kind, table in SUBJECT_TABLE.items():  # corrections of events come after the events
        is_of_kind = (events["subject_kind"] == kind).to_numpy(dtype=bool)
        events_of_kind = np.flatnonzero(is_of_kind & is_change)
        if not events_of_kind.size:
            continue
        if table in ("entities", "rates"):
            home[events_of_kind] = EVERYBODY
        elif table == "events":
            place = text_rows(subject.iloc[events_of_kind], events["event_id"])
            home[events_of_kind] = np.append(home, NOBODY)[place]
        else:
            parts = _key_parts(subject.iloc[events_of_kind], table)
            number = pd.to_numeric(parts[-1], errors="coerce") if kind == "invoice" else None
            numbers = None if number is None else number.fillna(-1).to_numpy(dtype=np.int64)
            home[events_of_kind] = _owner_of(kind, parts[0], numbers, tables, rows)
    return home


def _owner_of(
    kind: str, ids: pd.Series, instalment: Ints | None, tables: Tables, rows: dict[str, Ints]
) -> Ints:
    """Home of what each id, the first part of a key, names."""
    table = SUBJECT_TABLE[kind]
    if table == "invoices" and instalment is not None:
        place = instalment_rows(ids, instalment, tables[table])
    else:
        place = text_rows(ids, tables[table][TABLES[table].key[0]])
    return np.asarray(np.append(rows[table], NOBODY)[place], dtype=np.int64)


def _correction_pairs(
    tables: Tables, names: pd.Series, rows: dict[str, Ints]
) -> Iterable[tuple[Ints, Ints]]:
    """Home of each corrected fact, and of what the correction says that it belongs to."""
    events = tables["events"]
    is_change = (events["kind"] == "changed").to_numpy(dtype=bool)
    field, home = events["field"], rows["events"]

    def where(mask: pd.Series) -> Ints:
        return np.flatnonzero(is_change & mask.to_numpy(dtype=bool))

    changes = where(field.isin(("customer_id", "alias_id")))
    yield home[changes], text_rows(events["new"].iloc[changes], names)
    changes = where(field == "parent_id")
    yield home[changes], _listed(events["new"].iloc[changes], tables)
    changes = where((events["subject_kind"] == "attribute") & (field == "value"))
    named = _key_parts(events["subject"].iloc[changes], "attributes")[1]
    changes = changes[(named == "parent").to_numpy(dtype=bool)]
    yield home[changes], _listed(events["new"].iloc[changes], tables)
    for column, kinds in _DOCUMENT.items():
        changes = where(field == column)
        for kind in kinds:
            yield from _holders(kind, events["new"].iloc[changes], home[changes], tables, rows)
    # an event may come to speak of another instalment, or of a namesake of another kind
    changes = where(
        (events["subject_kind"] == "event") & field.isin(("instalment", "subject_kind"))
    )
    place = text_rows(events["subject"].iloc[changes], events["event_id"])
    changes, place = changes[place >= 0], place[place >= 0]
    for kind in SUBJECTS:
        yield from _holders(kind, events["subject"].iloc[place], home[changes], tables, rows)


def _holders(
    kind: str, ids: pd.Series, home: Ints, tables: Tables, rows: dict[str, Ints]
) -> Iterable[tuple[Ints, Ints]]:
    """Each home with those of all that bear the id, every instalment included."""
    if not len(ids):
        return
    table = SUBJECT_TABLE[kind]
    place = text_rows(tables[table][TABLES[table].key[0]], ids)
    bears = np.flatnonzero(place >= 0)
    yield home[place[bears]], rows[table][bears]
    first = text_rows(ids, ids)  # the same id asked for by several
    yield home, home[first]


def _first(pairs: list[tuple[Ints, Ints]], names: pd.Series, n_listed: int) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    real = (left >= 0) & (right >= 0) & (left != right)
    left, right, n = left[real], right[real], len(names)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    n_groups, group = connected_components(graph, directed=False)
    turn = ranks(names) + np.where(np.arange(n) < n_listed, 0, n)
    order = np.argsort(turn, kind="stable")
    first = np.full(n_groups, n, dtype=np.int64)
    backwards = order[::-1]
    first[group[backwards]] = backwards  # the last one written is the first by id
    return np.asarray(first[group], dtype=np.int64)
