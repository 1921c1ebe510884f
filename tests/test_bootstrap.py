"""./payrisk sets itself up from nothing, says what is missing, and costs nothing afterwards."""

from __future__ import annotations

import ast
import fcntl
import importlib.machinery
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "payrisk"
SET_UP_FILES = ("payrisk", "pyproject.toml", "requirements.lock")
RUN = "runpy.run_path(sys.argv[1])"
BASE_PYTHON = Path(sys.base_prefix) / "bin" / "python3"


def load(path):
    loader = importlib.machinery.SourceFileLoader("bootstrap", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bootstrap", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    for name in SET_UP_FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def script(checkout):
    return load(checkout / "payrisk")


def can(*command):
    return (
        bool(shutil.which(command[0]))
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


def test_any_python_3_can_read_it_and_it_needs_nothing_installed():
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    froms = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names} | set(froms)
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_old_python_is_told_which_one_is_needed(script):
    script.require_python((3, 11, 0))
    with pytest.raises(
        script.SetUpError, match="Python 3.11 or newer is needed and this is 3.9.2"
    ):
        script.require_python((3, 9, 2, "final", 0))


def test_the_lock_splits_into_uv_and_all_the_rest(script):
    text = (ROOT / "requirements.lock").read_text()
    uv, rest = script.split_lock(text)
    assert uv.startswith("uv==")
    assert uv.count("--hash") > 1
    assert "\nuv==" not in rest
    assert sorted((uv + rest).splitlines()) == sorted(text.splitlines())


def test_a_lock_without_uv_is_refused(script):
    with pytest.raises(script.SetUpError, match="pins no uv"):
        script.split_lock("numpy==2.0 \\\n    --hash=sha256:00\n")


def finish(script):
    (Path(script.VENV) / "bin").mkdir(parents=True)
    Path(script.PYTHON).touch()
    (Path(script.VENV) / "pyvenv.cfg").write_text("version_info = 3.11.7\n")
    script.write(script.STAMP, script.fingerprint())


def test_a_finished_set_up_is_ready_without_loading_more(script):
    finish(script)
    code = f"import runpy, sys; assert {RUN}['is_ready'](); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code, script.__file__], check=True, capture_output=True, text=True
    ).stdout.split()
    assert {"subprocess", "ctypes", "glob", "fcntl", "pathlib"} & set(loaded) == set()


@pytest.mark.parametrize("name", [*SET_UP_FILES, ".venv/pyvenv.cfg"])
def test_a_change_in_what_the_set_up_depends_on_sets_up_again(script, checkout, name):
    finish(script)
    with (checkout / name).open("a") as file:
        file.write("\n")
    assert not script.is_ready()


def test_a_moved_checkout_sets_up_again(script, checkout, tmp_path_factory):
    finish(script)
    there = shutil.copytree(checkout, tmp_path_factory.mktemp("moved") / "payrisk")
    assert script.is_ready()
    assert not load(there / "payrisk").is_ready()


def test_a_python_that_was_removed_sets_up_again(script):
    finish(script)
    Path(script.PYTHON).unlink()
    assert not script.is_ready()


def test_commands_become_the_payrisk_command(script):
    program = script.command_line(["import", "a.csv", "--full"], {})
    assert program == [f"{script.BIN}/payrisk", "import", "a.csv", "--full"]


def test_test_becomes_pytest_and_full_a_setting(script):
    small, full = {}, {}
    program = script.command_line(["test"], small)[1:]
    assert program[:4] == ["-m", "pytest", "-n", "3"]
    assert script.command_line(["test", "-k", "curve"], small)[1:] == [*program, "-k", "curve"]
    assert script.command_line(["test", "--full"], full)[1:] == program
    assert "PAYRISK_FULL" not in small
    assert full["PAYRISK_FULL"] == "1"


def test_a_linked_openmp_goes_before_the_persons_own_libraries(script):
    Path(script.NATIVE).mkdir(parents=True)
    environment = {"LD_LIBRARY_PATH": "/opt/lib"}
    script.command_line(["demo"], environment)
    assert environment["LD_LIBRARY_PATH"] == f"{script.NATIVE}:/opt/lib"


def test_a_second_start_waits_for_the_first(script, tmp_path):
    path = tmp_path / "lock"
    code = f"import runpy, sys; {RUN}['lock_out_others'](open(sys.argv[2], 'w'))"
    command = [sys.executable, "-c", code, script.__file__, path]
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as second:
            assert "waiting for another start" in second.stderr.readline()
            assert second.poll() is None
            fcntl.flock(held, fcntl.LOCK_UN)
    assert second.returncode == 0


def start(checkout, *arguments, python=BASE_PYTHON, **environment):
    return subprocess.run(
        [*arguments, python, checkout / "payrisk", "--version"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.mark.skipif(
    importlib.util.find_spec("pip") is not None, reason="this environment has pip; uv's has none"
)
def test_without_pip_it_says_how_to_get_it(checkout):
    done = start(checkout, python=sys.executable)
    assert done.returncode == 2
    assert "has no pip; install it ('apt install python3-pip'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not can("unshare", "-n", "true"), reason="cannot take the network away here")
def test_without_a_network_it_says_so_and_can_resume(checkout, tmp_path):
    done = start(checkout, "unshare", "-n", HOME=str(tmp_path / "home"), PIP_RETRIES="0")
    assert done.returncode == 2
    assert "check the network or proxy, then run the same command again" in done.stderr
    assert "Traceback" not in done.stderr


HIDE_OPENMP = """
system=$(ldconfig -p | sed -n 's/.*libgomp.so.1 .*=> //p' | head -1)
mount --bind /dev/null "$(readlink -f "$system")"
"$1" -c "import lightgbm" 2>/dev/null && exit 9
"$1" -c "$2" "$3"
LD_LIBRARY_PATH="$4" "$1" -c "import lightgbm, sklearn.ensemble"
"""


@pytest.mark.skipif(
    not can("sh", "-c", "ldconfig -p | grep -q libgomp.so.1 && unshare -m true"),
    reason="cannot hide the system's OpenMP here",
)
def test_without_the_systems_openmp_lightgbm_takes_scikit_learns(script):
    (Path(script.VENV) / "lib" / "python").mkdir(parents=True)
    packages = Path(importlib.util.find_spec("sklearn").origin).parents[1]
    (Path(script.VENV) / "lib" / "python" / "site-packages").symlink_to(packages)
    code = f"import runpy, sys; {RUN}['link_libgomp']()"
    arguments = [sys.executable, code, script.__file__, script.NATIVE]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", HIDE_OPENMP, "sh", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (Path(script.NATIVE) / "libgomp.so.1").resolve().name.startswith("libgomp")


def test_where_openmp_is_found_nowhere_apt_is_named(script, monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr("ctypes.CDLL", missing)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(script.SetUpError, match="run 'apt install libgomp1'"):
        script.link_libgomp()


@pytest.mark.skipif("PAYRISK_FULL" not in os.environ, reason="fetches every package: test --full")
def test_from_nothing_also_when_killed_on_the_way(tmp_path):
    for path in ("src", "models", "pipelines", "api", "README.md", *SET_UP_FILES):
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy
        copy(ROOT / path, tmp_path / path)
    for seconds in (2.0, 6.0):
        with subprocess.Popen(
            [BASE_PYTHON, tmp_path / "payrisk", "--version"],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as killed:
            time.sleep(seconds)
            os.killpg(killed.pid, signal.SIGKILL)
    for lines in (5, 0):
        done = start(tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("payrisk ")
        assert len(done.stderr.splitlines()) <= lines
