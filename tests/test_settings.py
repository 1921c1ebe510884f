"""Settings: the environment is read once, a door's own value comes first."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pydantic import ValidationError

from payrisk.errors import InputError
from payrisk.settings import Settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PAYRISK_{name.upper()}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_everything_lives_in_one_folder_by_default(tmp_path):
    settings = Settings.read()
    assert settings.home == tmp_path / ".payrisk"
    assert settings.mlflow_uri == f"sqlite:///{tmp_path}/.payrisk/mlflow.db"
    assert settings.database_url == f"sqlite:///{tmp_path}/.payrisk/payrisk.db"
    assert settings.mlflow_artifacts == tmp_path / ".payrisk" / "mlartifacts"
    assert (settings.num_threads, settings.as_of, settings.host, settings.port) == (
        1,
        None,
        "127.0.0.1",
        8000,
    )


def test_two_homes_share_nothing(tmp_path):
    one, two = (Settings.read(home=tmp_path / name) for name in ("one", "two"))
    assert one.home != two.home
    assert one.mlflow_uri != two.mlflow_uri
    assert one.database_url != two.database_url


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("PAYRISK_HOME", "/srv/payrisk")
    monkeypatch.setenv("PAYRISK_AS_OF", "2019-10-01")
    monkeypatch.setenv("PAYRISK_PORT", "")
    settings = Settings.read()
    assert settings.home == Path("/srv/payrisk")
    assert settings.as_of == dt.date(2019, 10, 1)
    assert settings.port == 8000


def test_a_given_value_comes_before_the_environment_and_none_is_not_given(monkeypatch, tmp_path):
    monkeypatch.setenv("PAYRISK_HOME", "/srv/payrisk")
    assert Settings.read(home=tmp_path).home == tmp_path
    assert Settings.read(home=None).home == Path("/srv/payrisk")


def test_a_relative_home_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Settings.read(home="here").home == tmp_path / "here"


def test_a_date_without_dashes_is_a_date_not_seconds(monkeypatch):
    monkeypatch.setenv("PAYRISK_AS_OF", "20191001")
    assert Settings.read().as_of == dt.date(2019, 10, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("NUM_THREADS", "0"), ("AS_OF", "yesterday")],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_sentence(monkeypatch, name, value):
    monkeypatch.setenv(f"PAYRISK_{name}", value)
    with pytest.raises(
        InputError, match=rf"^The setting PAYRISK_{name} is '{value}'.*unset it\.$"
    ):
        Settings.read()


def test_passwords_are_not_shown():
    settings = Settings.read(database_url="postgresql://me:secret@db/payrisk")
    assert "secret" not in repr(settings)


def test_settings_do_not_change_under_a_running_program():
    with pytest.raises(ValidationError):
        Settings.read().port = 1
