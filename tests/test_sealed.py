"""What is sealed is on the disk before its folder has a name, and the name is there after."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from payrisk import sealed
from payrisk.errors import ModelError


@pytest.fixture
def heard(monkeypatch):
    """What is asked of the disk, in order: ("fsync", path) and ("rename", new path)."""
    found = []
    fsync, rename = os.fsync, Path.rename

    def hear_fsync(handle):
        found.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def hear_rename(path, target):
        found.append(("rename", Path(target)))
        return rename(path, target)

    monkeypatch.setattr("os.fsync", hear_fsync)
    monkeypatch.setattr(Path, "rename", hear_rename)
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_files_and_folder_are_on_the_disk_before_the_name_and_the_name_after(tmp_path, heard):
    folder = sealed.seal(tmp_path / "one", {"a": b"1", "b": b"2"}, {"name": "n"})
    at = heard.index(("rename", folder))
    aside = tmp_path / ".one.partial"
    before = {path for what, path in heard[:at] if what == "fsync"}
    assert before == {aside, *(aside / name for name in ("a", "b", sealed.MANIFEST))}
    assert heard[at - 1] == ("fsync", aside)
    assert heard[at + 1 :] == [("fsync", tmp_path)]
    assert sealed.read(folder).files == {"a": b"1", "b": b"2"}


def test_a_folder_is_sealed_once(tmp_path):
    sealed.seal(tmp_path / "one", {}, {})
    with pytest.raises(ModelError, match="exists already"):
        sealed.seal(tmp_path / "one", {}, {})
