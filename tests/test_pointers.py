"""Pointers and their journal where a crash or a cut of the power comes in between."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from payrisk import pointers, sealed
from payrisk.errors import ModelError

NAME = "days-to-pay"
AT = "2026-01-05T08:00:00+00:00"


@pytest.fixture
def home(tmp_path):
    for version in ("1", "2", "3"):
        sealed.seal(pointers.bundle_folder(tmp_path, NAME, version), {"a": version.encode()}, {})
    return tmp_path


def promote(home, version, reason=""):
    pointers.set_champion(home, NAME, version, pointers.PointerMove(AT, "promote", reason=reason))


def journal(home):
    return home / "champions" / pointers.MOVES


def last_line(home):
    return journal(home).read_bytes().splitlines()[-1]


@pytest.mark.parametrize("left", [1, 8, 40, -1, -3])
def test_a_line_that_a_crash_tore_is_named_and_harms_no_later_one(home, left):
    promote(home, "1")
    whole = journal(home).read_bytes()
    promote(home, "2")
    torn = last_line(home)[:left]
    journal(home).write_bytes(whole + torn)
    for n_after in (0, 1, 2):
        if n_after:
            promote(home, "3", reason=str(n_after))
        first, broken, *after = pointers.moves(home)
        assert (first["version"], broken["how"], broken["version"]) == ("1", "torn", None)
        assert "line 2 was torn" in broken["reason"]
        assert [one["reason"] for one in after] == ["1", "2"][:n_after]
    assert torn in journal(home).read_bytes().splitlines()


def test_a_line_that_only_lacks_its_end_is_whole(home):
    promote(home, "1")
    journal(home).write_bytes(journal(home).read_bytes().rstrip(b"\n"))
    promote(home, "2")
    assert [one["version"] for one in pointers.moves(home)] == ["1", "2"]
    assert journal(home).read_bytes().count(b"\n") == 2


def test_what_other_hands_shortened_or_wrote_is_no_torn_line(home):
    for version in ("1", "2", "3"):
        promote(home, version)
    lines = journal(home).read_bytes().splitlines(keepends=True)
    shortened = lines[1][:30] + b"\n"
    for wrong in (
        lines[0] + shortened + lines[2],
        lines[0] + lines[1] + b"what is this\n",
        lines[0] + b"\n" + lines[1],
        lines[0] + b"3\n",
        lines[0] + b"\x00" * 20,
        lines[0] + b'{"actor": "eve"}\n',
        lines[0].replace(b'"promote"', b'"rollback"') + lines[1],
    ):
        journal(home).write_bytes(wrong)
        with pytest.raises(ModelError, match="does not follow the one before"):
            pointers.moves(home)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_a_bundle_is_on_the_disk_before_a_pointer_names_it(home, monkeypatch):
    found = []
    fsync, replace = os.fsync, Path.replace

    def hear_fsync(handle):
        found.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def hear_replace(path, target):
        found.append("moved")
        return replace(path, target)

    monkeypatch.setattr("os.fsync", hear_fsync)
    monkeypatch.setattr(Path, "replace", hear_replace)
    promote(home, "2")
    folder = pointers.bundle_folder(home, NAME, "2")
    at = found.index("moved")
    must = [folder / "a", folder / sealed.MANIFEST, folder, folder.parent, journal(home)]
    assert {str(path) for path in must} <= set(found[:at])
    assert found[at + 1 :] == [str(home / "champions")]
    assert json.loads(last_line(home))["version"] == "2"
