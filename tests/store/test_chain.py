"""Each row of the chain vouches for all before it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.store.chain import GENESIS, AuditLink, first_break, next_link


def chain(n: int) -> list[AuditLink]:
    rows: list[AuditLink] = []
    for number in range(n):
        rows.append(
            next_link(
                rows[-1] if rows else None,
                written_at=f"2025-06-02T08:00:{number:02d}Z",
                kind="decision",
                subject=f"dec_{number}",
                content=str(number).encode(),
            )
        )
    return rows


def test_the_first_hash_worked_by_hand():
    (row,) = chain(1)
    body = (
        '{"content_sha":"' + hashlib.sha256(b"0").hexdigest() + '","kind":"decision","seq":1,'
        '"subject":"dec_0","written_at":"2025-06-02T08:00:00Z"}'
    )
    assert row.sha == hashlib.sha256((GENESIS + body).encode()).hexdigest()


def test_an_untouched_chain_holds():
    assert first_break([]) is None
    assert first_break(chain(9)) is None


@given(st.integers(2, 8), st.data())
def test_any_change_is_found_at_its_row(n, data):
    rows = chain(n)
    at = data.draw(st.integers(0, n - 1))
    field = data.draw(st.sampled_from(["written_at", "kind", "subject", "content_sha", "sha"]))
    rows[at] = replace(rows[at], **{field: "x"})
    assert first_break(rows) == at + 1


@pytest.mark.parametrize("at", range(4))
def test_a_missing_or_moved_row_is_found(at):
    rows = chain(5)
    assert first_break(rows[:at] + rows[at + 1 :]) == at + 1
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    assert first_break(rows) == at + 1
