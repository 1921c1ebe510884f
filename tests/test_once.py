"""What tests share: made once, and who wrote to it is found out."""

from __future__ import annotations

import pytest

from support.once import SHELF, once_a_run, written_to


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    monkeypatch.setenv(SHELF, str(tmp_path))
    return tmp_path


def test_a_thing_is_made_once_for_each_of_its_arguments(shelf):
    made = []

    @once_a_run
    def thing(folder, n=0):
        made.append(n)
        (folder / "it").write_text(str(n))

    assert (thing(3) / "it").read_text() == "3"
    assert thing(3) == thing(3) != thing(4)
    assert made == [3, 4]
    assert written_to(shelf) == []


@pytest.mark.parametrize("change", ["write", "add", "lose"])
def test_who_writes_to_what_is_shared_is_found_out(shelf, change):
    @once_a_run
    def thing(folder):
        (folder / "it").write_text("as made")

    path = thing() / "it"
    {
        "write": lambda: path.write_text("changed"),
        "add": lambda: path.with_name("more").write_text(""),
        "lose": path.unlink,
    }[change]()
    assert written_to(shelf) == ["thing"]
