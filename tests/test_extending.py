"""docs/extending.md does what it says: its blocks are carried out in a copy of the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.home.trained_home import trained_home

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "extending.md"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACKAGES = ("src", "models", "pipelines", "api")
SMALLER = (  # what only makes it quicker
    ("src/payrisk/learning/days_to_pay/fit_hazard.py", r"ROUNDS = \d+", "ROUNDS = 20"),
    (
        "pipelines/payrisk_pipelines/backtests/cash_replay.py",
        r"MOST_LANDMARKS = \d+",
        "MOST_LANDMARKS = 6",
    ),
    ("pipelines/payrisk_pipelines/backtests/cash_replay.py", r"N_DRAWS = \d+", "N_DRAWS = 40"),
    (
        "src/payrisk/learning/judging/judge_curves.py",
        r"MOST_ISSUE_DAYS = \d+",
        "MOST_ISSUE_DAYS = 5",
    ),
    ("src/payrisk/learning/measuring/replay.py", r"ENOUGH_ROWS = [\d_]+", "ENOUGH_ROWS = 0"),
)
NEW = "customer__settled__n__30d"


class Checkout:
    """A copy of this checkout with a home of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / "home"
        for name in (*PACKAGES, "tests"):  # what is compiled, too: only what is edited is anew
            shutil.copytree(ROOT / name, root / name)
        for name in ("pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, root / name)
        for name, pattern, text in SMALLER:
            path = root / name
            smaller, n = re.subn(f"(?m)^{pattern}$", text, path.read_text())
            assert n == 1, f"{name} has no {pattern} any more"
            path.write_text(smaller)

    def run(self, *arguments: str) -> str:
        """What Python printed there; its code and no other is imported."""
        paths = os.pathsep.join(str(self.root / name) for name in PACKAGES)
        more = {"PYTHONPATH": paths, "PAYRISK_HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=os.environ | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def type(self, *lines: str) -> dict[str, str]:
        """What each of some lines of a console block printed, all typed in one process."""
        said: dict[str, str] = json.loads(self.run("-c", TYPE, json.dumps(lines)).splitlines()[-1])
        for line, text in said.items():
            assert line.startswith("payrisk ") or re.search(r"[1-9]\d* passed", text), text
        return said


TYPE = """
import contextlib, io, json, shlex, sys
import pytest
from payrisk.cli import run
said = {}
for line in json.loads(sys.argv[1]):
    program, *words = shlex.split(line)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        if program == "payrisk":
            code = run(words)
        else:
            assert (program, words.pop(0)) == ("./payrisk", "test"), line
            # what is imported by now cannot be rewritten
            code = pytest.main(["-q", "-n", "0", "--assert", "plain", *words])
    assert code == 0, (line, out.getvalue()[-3000:])
    said[line] = out.getvalue()
print(json.dumps(said))
"""


def blocks():
    return [(found[1], found[2] or "", found[3]) for found in BLOCK.finditer(PAGE.read_text())]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """The checkout after every block, and what each command printed."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    trained_home(checkout.home)  # its champions are there to differ from
    printed, lines = {}, []
    for language, what, text in blocks():
        if language == "console":
            lines += [line.removeprefix("$ ") for line in text.splitlines()]
            continue
        # before the code is edited on; a process has read what it was
        printed |= checkout.type(*lines) if lines else {}
        lines = []
        if what == "feature":
            path = checkout.root / "src/payrisk/features/catalogue/customer.py"
            head, line = text.splitlines(keepends=True)  # two would be an edit of two lines
            assert (head[0], line[0]) == (" ", "+")
            assert head[1:] in path.read_text()
            path.write_text(path.read_text().replace(head[1:], head[1:] + line[1:]))
        elif what == "model":
            (checkout.root / "models/payrisk_models/patient_curves.py").write_text(text)
    return checkout, printed | checkout.type(*lines, "payrisk reproduce patient-curves")


def test_a_feature_of_one_line_is_listed_read_and_named_on_the_card(said):
    checkout, printed = said
    assert NEW in printed["payrisk features list"]
    card = printed["payrisk card days-to-pay/candidate"]
    assert f"- added: `{NEW}`" in card
    files = checkout.home.glob("bundles/days-to-pay/*/features.json")
    assert [NEW in path.read_text() for path in sorted(files)] == [False, True]


def test_the_plain_reading_of_raw_rows_agrees_with_it(said):
    checkout, _ = said
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from support.oracle.comparing import compare\n"
        "from support.ledgers.messier import messier_ledger\n"
        f"found = [compare(messier_ledger(s, 25), s, ['{NEW}']) for s in range(6)]\n"
        "assert sum(one.n for one in found) > 100\n"
        "assert not [text for one in found for text in one.different]\n"
    )
    checkout.run("-c", program)


def test_a_model_of_one_file_is_trained_promoted_listed_and_carded(said):
    checkout, printed = said
    assert "patient-curves version 1 is the candidate" in printed["payrisk train patient-curves"]
    assert "patient-curves" in printed["payrisk models"]
    assert "# patient-curves, as of" in printed["payrisk card patient-curves"]
    program = (
        "import json; from pathlib import Path; from payrisk.answers import read_answers\n"
        f"print(json.dumps(read_answers(Path({str(checkout.home)!r})).models()))\n"
    )
    listed = {row["name"]: row for row in json.loads(checkout.run("-c", program))}
    assert list(listed)[:3] == ["days-to-pay", "default-risk", "new-customer"]
    assert listed["patient-curves"]["is_available"]
    assert listed["patient-curves"]["card"]["features"]
    assert NEW in listed["patient-curves"]["card"]["features"]


def test_it_is_reproduced_byte_for_byte(said):
    _, printed = said
    assert "files are the same, byte for byte" in printed["payrisk reproduce patient-curves"]
