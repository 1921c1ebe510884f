"""docs/extending.md does what it says: its blocks are carried out in a copy of the checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "extending.md"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACKAGES = ("src", "models", "pipelines", "api")
SMALLER = {  # what only makes it quicker
    "src/payrisk/learning/days_to_pay/fit_hazard.py": (r"(?m)^ROUNDS = \d+$", "ROUNDS = 20"),
    "pipelines/payrisk_pipelines/backtests/cash_replay.py": (
        r"(?m)^MOST_LANDMARKS = \d+$",
        "MOST_LANDMARKS = 6",
    ),
    "src/payrisk/learning/judging/judge_curves.py": (
        r"(?m)^MOST_ISSUE_DAYS = \d+$",
        "MOST_ISSUE_DAYS = 5",
    ),
    "src/payrisk/learning/measuring/replay.py": (r"(?m)^ENOUGH_ROWS = [\d_]+$", "ENOUGH_ROWS = 0"),
}
NEW = "customer__settled__n__30d"


class Checkout:
    """A copy of this checkout with a home of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / "home"
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
        for name in (*PACKAGES, "tests"):
            shutil.copytree(ROOT / name, root / name, ignore=ignore)
        for name in ("pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, root / name)
        for name, (pattern, text) in SMALLER.items():
            path = root / name
            assert re.search(pattern, path.read_text()), f"{name} has no {pattern} any more"
            path.write_text(re.sub(pattern, text, path.read_text()))

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
        """What each of some lines of a console block printed; those of payrisk in one process."""
        own = [line for line in lines if line.startswith("payrisk ")]
        said = json.loads(self.run("-c", TYPE, json.dumps(own)).splitlines()[-1])
        for line in lines:
            if line not in own:
                program, word, *words = shlex.split(line)
                assert (program, word) == ("./payrisk", "test")
                said[line] = self.run("-m", "pytest", "-q", "-n", "0", *words)
                assert re.search(r"[1-9]\d* passed", said[line]), said[line]
        return said


TYPE = """
import contextlib, io, json, shlex, sys
from payrisk.cli import run
said = {}
for line in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(shlex.split(line)[1:]) == 0, line
    said[line] = out.getvalue()
print(json.dumps(said))
"""


def blocks():
    return [(found[1], found[2] or "", found[3]) for found in BLOCK.finditer(PAGE.read_text())]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """The checkout after every block, and what each command printed."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    ledger = Ledger.from_tables(simulate(10, 11, 3).tables)[0]
    storage.save(ledger, checkout.home)
    differ = "payrisk promote days-to-pay --force 'a champion to differ from'"
    checkout.type("payrisk train days-to-pay", differ)
    printed = {}
    for language, what, text in blocks():
        if what == "feature":
            path = checkout.root / "src/payrisk/features/catalogue/customer.py"
            head, line = text.splitlines(keepends=True)  # two would be an edit of two lines
            assert (head[0], line[0]) == (" ", "+")
            assert head[1:] in path.read_text()
            path.write_text(path.read_text().replace(head[1:], head[1:] + line[1:]))
        elif what == "model":
            (checkout.root / "models/payrisk_models/patient_curves.py").write_text(text)
        elif language == "console":
            lines = [line.removeprefix("$ ") for line in text.splitlines()]
            printed |= checkout.type(*lines)
    return checkout, printed


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
    checkout, _ = said
    (printed,) = checkout.type("payrisk reproduce patient-curves").values()
    assert "files are the same, byte for byte" in printed
