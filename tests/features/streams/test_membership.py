"""Whom a member belonged to on a morning, and what that cuts in two."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER
from payrisk.features.streams.membership import NONE, Membership

CHANGES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(-1, 3)), max_size=15
)


def membership(changes: list[tuple[int, int, int]]) -> Membership:
    columns = (np.array(c, dtype=np.int64) for c in (zip(*changes) if changes else [[]] * 3))
    return Membership.of(*columns, 4)


def plain(changes: list[tuple[int, int, int]], member: int, morning: int) -> int:
    known = [
        (day, i, group)
        for i, (m, day, group) in enumerate(changes)
        if m == member and day < morning
    ]
    return max(known)[2] if known else NONE


@given(CHANGES)
def test_the_last_change_known_counts_and_the_one_given_last_of_a_day(changes):
    own = membership(changes)
    for member in range(4):
        for morning in range(-1, 25):
            at = own.groups_at(np.array([member]), np.array([morning]))
            assert at[0] == plain(changes, member, morning)
    assert own.groups_at(np.array([-1]), np.array([5]))[0] == NONE


@given(
    CHANGES,
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 22), st.integers(1, 9)), max_size=9),
)
def test_pieces_hold_where_the_whole_held_each_in_its_group(changes, spans):
    own = membership(changes)
    member, since, lasts = (
        np.array(c, dtype=np.int64) for c in (zip(*spans) if spans else [[]] * 3)
    )
    until = np.where(lasts == 9, NEVER, since + lasts)
    row, group, begins, ends = own.split_spells(member, since, until)
    row = np.arange(len(member)) if row is None else row
    assert (np.diff(row) >= 0).all()
    for morning in range(40):
        held = np.flatnonzero((begins < morning) & (morning <= ends))
        told = sorted(zip(row[held].tolist(), group[held].tolist()))
        assert told == [
            (i, plain(changes, int(member[i]), morning))
            for i in range(len(member))
            if since[i] < morning <= until[i] and plain(changes, int(member[i]), morning) != NONE
        ]
