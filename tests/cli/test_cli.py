"""The payrisk command: light to start, one sentence for a mistake."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import pytest
import typer

import payrisk
from payrisk.cli import context, run
from payrisk.cli.running import bench
from payrisk.errors import InputError

HEAVY = {"numpy", "pandas", "sklearn", "lightgbm", "mlflow", "fastapi", "pydantic", "sqlalchemy"}


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from payrisk.cli import run; assert run(['--help']) == 0;"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: payrisk" in done.stdout
    assert HEAVY & set(done.stderr.split()) == set()


def test_without_arguments_it_helps(capsys):
    assert run([]) == 0
    assert "Usage: payrisk" in capsys.readouterr().out


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"payrisk {payrisk.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bench", "no-such"], "no-such"),
        (["no-such"], "No such command 'no-such'"),
        (["bench"], "Missing argument 'name'"),
        (["--no-such"], "No such option: --no-such"),
    ],
)
def test_a_mistake_is_one_line_on_stderr_and_code_2(arguments, sentence, capsys):
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("payrisk: ")
    assert sentence in printed.err
    assert printed.err.count("\n") == 1


def test_the_console_command_leaves_with_the_code():
    command = [sys.executable, "-c", "from payrisk.cli import main; main()", "bench", "no-such"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error():
    code = (
        "import payrisk.cli as c; from payrisk.cli.show import show_json;"
        "c.app.command('many')(lambda: show_json(list(range(100_000)))); c.main()"
    )
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", code, "many"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered
    ) as many:
        many.stdout.readline()
        many.stdout.close()
        assert many.stderr.read() == b""
    assert many.returncode == 1


def test_an_interrupt_ends_quietly(capsys):
    def interrupted() -> None:
        raise KeyboardInterrupt

    app = typer.Typer()
    app.command()(interrupted)
    assert app(args=[], standalone_mode=False) == 130


def test_a_date_option_reads_iso_dates_only():
    assert context.date_from("2019-10-01") == dt.date(2019, 10, 1)
    with pytest.raises(InputError, match="'1.10.2019' is not a date; write it as YYYY-MM-DD"):
        context.date_from("1.10.2019")


@pytest.mark.parametrize(
    "text", ["20191001", "2019-W40-2", "2019-02-30", "9999-12-31", "0001-01-01"]
)
def test_a_date_that_nobody_can_have_meant_is_refused(text):
    with pytest.raises(InputError, match="YYYY-MM-DD|out of reach"):
        context.date_from(text)


def test_a_far_date_of_the_environment_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PAYRISK_AS_OF", "9999-12-31")
    assert run(["--home", str(tmp_path), "ledger", "show"]) == 2
    assert "out of reach" in capsys.readouterr().err


def test_a_home_that_is_no_folder_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PAYRISK_HOME", str(tmp_path / "file"))
    for arguments in (["aging"], ["models"], ["ledger", "prune"], ["serve", "--port", "0"]):
        assert run(arguments) == 2
        assert "no folder that this user may read" in capsys.readouterr().err


def test_a_mistake_cannot_steer_the_terminal(capsys):
    assert run(["bench", "\x1b[31mred\x07"]) == 2
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "red" in said


def test_the_home_option_reaches_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYRISK_HOME", "/elsewhere")
    seen = []
    app = typer.Typer()

    @app.callback()
    def options(ctx: typer.Context, home: str = "") -> None:
        ctx.obj = home or None

    @app.command()
    def look(ctx: typer.Context) -> None:
        seen.append(context.current_settings(ctx).home)

    for arguments in (["--home", str(tmp_path), "look"], ["look"]):
        app(args=arguments, standalone_mode=False)
    assert [str(home) for home in seen] == [str(tmp_path), "/elsewhere"]


def test_a_benchmark_is_found_by_its_file_name(tmp_path):
    (tmp_path / "speed.py").touch()
    (tmp_path / "_shared.py").touch()
    (tmp_path / "days_to_pay.py").touch()
    assert bench.script("speed", tmp_path) == tmp_path / "speed.py"
    assert bench.script("days-to-pay", tmp_path) == tmp_path / "days_to_pay.py"
    assert bench.script("days_to_pay", tmp_path) == tmp_path / "days_to_pay.py"
    for name in ("_shared", "-shared", "../speed", "speed.py"):
        with pytest.raises(InputError, match="benchmarks/ has days-to-pay, speed"):
            bench.script(name, tmp_path)


def test_without_a_checkout_bench_says_where_to_find_one(tmp_path):
    with pytest.raises(InputError, match="clone the repository and run './payrisk bench speed'"):
        bench.script("speed", tmp_path / "absent")


def test_bench_passes_its_home_and_arguments_and_returns_the_code(tmp_path, monkeypatch, capfd):
    (tmp_path / "echo.py").write_text(
        "import os, sys; print(os.environ['PAYRISK_HOME'], *sys.argv[1:]); sys.exit(3)"
    )
    monkeypatch.setattr(bench, "BENCHMARKS", tmp_path)
    assert run(["--home", "/srv/home", "bench", "echo", "--rows", "7"]) == 3
    assert capfd.readouterr().out == "/srv/home --rows 7\n"


def test_a_new_home_is_its_owner_s_alone_and_a_home_of_before_stays_as_it_is(tmp_path):
    old = tmp_path / "old"
    old.mkdir(mode=0o755)
    for home, mode in ((tmp_path / "new", 0o700), (old, 0o755)):
        assert run(["--home", str(home), "simulate", "--customers", "3", "--months", "2"]) == 0
        assert home.stat().st_mode & 0o777 == mode
