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

from support.full import at_size
from support.home.telling_home import home_of_telling_limits

pytestmark = [pytest.mark.long, at_size]

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
    ("models/payrisk_models/days_to_pay.py", r'        "rounds": 60,', '        "rounds": 8,'),
    ("src/payrisk/learning/measuring/replay.py", r"ENOUGH_ROWS = [\d_]+", "ENOUGH_ROWS = 0"),
)
USELESS, USEFUL = "customer__settled__n__30d", "customer__limit__level__now"


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

    def run(self, program: str, *arguments: str) -> str:
        """What a program of Python printed there; its code and no other is imported."""
        paths = os.pathsep.join(str(self.root / name) for name in (*PACKAGES, "tests"))
        more = {"PYTHONPATH": paths, "PAYRISK_HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=self.root,
            env=os.environ | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def carry_out(self, steps: list[dict[str, str]]) -> dict[str, list[str]]:
        """Write files and type lines in turn; what each line printed, each time it was typed."""
        said: dict[str, list[str]] = {}
        for text in self.run(CARRY_OUT, json.dumps(steps)).splitlines():
            if text.startswith(MARK):
                line, output = json.loads(text.removeprefix(MARK))
                assert line.startswith("payrisk ") or re.search(r"[1-9]\d* passed", output), output
                said.setdefault(line, []).append(output)
        return said


MARK = "said: "
CARRY_OUT = """
import contextlib, io, json, os, shlex, sys
# what is the same for every step is read once
import lightgbm, mlflow.genai, mlflow.pyfunc, mlflow.store.model_registry.sqlalchemy_store, pytest
import mlflow.store.tracking.sqlalchemy_store, pyarrow.parquet, pydantic, scipy.stats, typer
import sklearn.linear_model, sklearn.tree

def type_lines(lines):
    from payrisk import bundle
    from payrisk.cli import run
    bundle._try_in_child = lambda *_: None  # is tested with bundles
    for line in lines:
        program, *words = shlex.split(line)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            if program == "payrisk":
                code = run(words)
            else:
                assert (program, words.pop(0)) == ("./payrisk", "test"), line
                # what is imported by now cannot be rewritten
                code = pytest.main(["-q", "-n", "0", "--assert", "plain", *words])
        assert code == 0, (line, out.getvalue()[-3000:])
        print("said: " + json.dumps([line, out.getvalue()]), flush=True)

assert not any(name.startswith("payrisk") for name in sys.modules)
for step in json.loads(sys.argv[1]):
    if "lines" not in step:
        open(step["path"], "w").write(step["text"])
        continue
    child = os.fork()  # a process that has read no code of this house yet
    if not child:
        type_lines(step["lines"])
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, step["lines"]
"""


def blocks():
    return [(found[1], found[2] or "", found[3]) for found in BLOCK.finditer(PAGE.read_text())]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """The checkout after every block, and what each command printed, each time it was typed."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    home_of_telling_limits(checkout.home)  # its champion is there to differ from
    texts: dict[str, str] = {}
    steps = []
    for language, what, text in [*blocks(), ("console", "", "$ payrisk reproduce patient-curves")]:
        if language == "console":
            lines = [line.removeprefix("$ ") for line in text.splitlines()]
            if steps and "lines" in steps[-1]:
                steps[-1]["lines"] += lines
            else:
                steps.append({"lines": lines})
            continue
        path = "models/payrisk_models/patient_curves.py"
        if language == "diff":
            path = f"src/payrisk/features/catalogue/{what}.py"
            text = edited(texts.get(path) or (checkout.root / path).read_text(), text)
        texts[path] = text
        steps.append({"path": path, "text": text})
    return checkout, checkout.carry_out(steps)


def edited(text: str, diff: str) -> str:
    """With one entry written into a list after the line that a diff begins with, or taken out."""
    lines = [(line[0], line[1:]) for line in diff.splitlines(keepends=True)]
    before, after = ("".join(line for sign, line in lines if sign != no) for no in "+-")
    assert text.count(before) == 1
    return text.replace(before, after)


def test_a_feature_of_one_entry_is_listed_read_and_named_on_the_card(said):
    checkout, printed = said
    (listed,) = printed["payrisk features list"]
    assert USELESS in listed
    cards = printed["payrisk card days-to-pay/candidate"]
    for card, name, other in zip(cards, (USELESS, USEFUL), (USEFUL, USELESS), strict=True):
        assert f"- added: `{name}`" in card
        assert other not in card
    files = sorted(checkout.home.glob("bundles/days-to-pay/*/features.json"))
    read = [[name in path.read_text() for name in (USELESS, USEFUL)] for path in files]
    assert read == [[False, False], [True, False], [False, True]]


def test_a_useless_feature_is_refused_beside_the_recipe_without_it_and_a_useful_one_passes(said):
    _, printed = said
    useless, useful = printed["payrisk card days-to-pay/candidate"]
    assert "**Verdict.** Refused: " in useless
    assert "- refused: crps surely better than champion's recipe" in useless
    assert "to the bit" not in useless + useful
    assert "Every gate that could be measured was passed." in useful
    assert "- passed: crps surely better than champion's recipe" in useful
    assert printed["payrisk promote days-to-pay"] == ["days-to-pay version 3 answers now.\n"]


def test_the_plain_reading_of_raw_rows_agrees_with_it(said):
    checkout, _ = said
    program = (
        "from support.oracle.comparing import compare\n"
        "from support.ledgers.messier import messier_ledger\n"
        f"found = [compare(messier_ledger(s, 25), s, ['{USEFUL}']) for s in range(6)]\n"
        "assert sum(one.n for one in found) > 100\n"
        "assert not [text for one in found for text in one.different]\n"
    )
    checkout.run(program)


def test_a_model_of_one_file_is_trained_promoted_listed_and_carded(said):
    checkout, printed = said
    assert (
        "patient-curves version 1 is the candidate" in printed["payrisk train patient-curves"][0]
    )
    assert "patient-curves" in printed["payrisk models"][0]
    assert "# patient-curves, as of" in printed["payrisk card patient-curves"][0]
    program = (
        "import json; from pathlib import Path; from payrisk.answers import read_answers\n"
        f"print(json.dumps(read_answers(Path({str(checkout.home)!r})).models()))\n"
    )
    listed = {row["name"]: row for row in json.loads(checkout.run(program))}
    assert list(listed)[:3] == ["days-to-pay", "default-risk", "new-customer"]
    assert listed["patient-curves"]["is_available"]
    assert listed["patient-curves"]["card"]["features"]
    assert USEFUL in listed["patient-curves"]["card"]["features"]


def test_it_is_reproduced_byte_for_byte(said):
    _, printed = said
    assert "files are the same, byte for byte" in printed["payrisk reproduce patient-curves"][0]
