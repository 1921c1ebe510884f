"""The house looks as it says: the tree, the sizes, the names, the lock."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from importlib.metadata import version as installed
from pathlib import Path

import pytest
import typer.main
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import payrisk
from payrisk.cli import app
from support.docs.examples import is_importable

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = [
    ROOT / "payrisk",
    *(
        path
        for folder in ("src", "models", "pipelines", "api", "benchmarks", "docs")
        for path in (ROOT / folder).rglob("*.py")
    ),
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
MOST_LINES = 300
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "core"}


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ARCHITECTURE = load(ROOT / "docs" / "architecture.py")


BLOCKS = {"decisions", "rings", "tree"}


@cache
def blocks():
    """Asked for by tests and not when they are collected: every caption is read for it."""
    return ARCHITECTURE.blocks()


def test_every_block_of_a_page_is_compared():
    assert set(blocks()) == BLOCKS


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_pages_show_the_code_as_it_is(name):
    where, block = blocks()[name]
    page = (ROOT / where).read_text()
    assert page == ARCHITECTURE.rewritten(page, name, block), (
        "run: .venv/bin/python docs/architecture.py"
    )


def test_every_function_of_a_journey_is_there():
    page = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(r"(?m)^(payrisk\w*(?:\.\w+)+) ", page)
    assert len(named) > 10
    assert [name for name in named if not is_importable(name)] == []


def test_the_story_names_only_folders_that_are_there():
    folders = {(path.parent.name, path.name) for path in ROOT.glob("*/**/*/") if path.is_dir()}
    ordered = {(package, name) for package, names in ARCHITECTURE.STORY.items() for name in names}
    assert ordered - folders == set()


def test_the_rings_are_those_of_the_contract_of_the_whole_library():
    first, second = (one for one in ARCHITECTURE.contracts() if one["type"] == "layers")
    inside = [ring.replace("payrisk.", "") for ring in first["layers"] if "payrisk_" not in ring]
    assert inside == second["layers"]
    assert second["exhaustive"]


def test_a_caption_is_the_first_line_a_file_says_of_itself(tmp_path):
    package = tmp_path / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""A shop."""\n')
    (package / "till.py").write_text('"""Where money is.\n\nMore words.\n"""\n')
    (package / "names.toml").write_text("# What things are called.\na = 1\n")
    (package / "till.toml").write_text('about = "How tills are read: row by row."\n')
    assert [line.split(maxsplit=1) for line in ARCHITECTURE.tree(tmp_path).splitlines()] == [
        ["src/"],
        ["shop/", "A shop."],
        ["names.toml", "What things are called."],
        ["till.py", "Where money is."],
        ["till.toml", "How tills are read."],
    ]


def test_every_file_has_a_caption():
    assert [path for path in PRODUCT if not ARCHITECTURE.caption(path).endswith(".")] == []


def test_no_file_outgrows_one_idea():
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in PRODUCT}
    assert {path: n for path, n in sizes.items() if n > MOST_LINES} == {}


def test_every_file_is_named_for_what_it_does():
    stems = {path.relative_to(ROOT): path.stem.strip("_") for path in PRODUCT}
    assert [path for path, stem in stems.items() if stem in NAMELESS] == []


def commands(group, words=("payrisk",)):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name))


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("command", sorted(commands(typer.main.get_command(app))))
def test_every_command_is_documented(command):
    assert [page for page in PAGES if re.search(rf"{command}\b", page.read_text())] != []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_command_that_is_not_there(page):
    text = page.read_text()
    code = "\n".join(a or b for a, b in re.findall(r"(?s)```\w*\n(.*?)```|`([^`\n]+)`", text))
    named = set(re.findall(r"(?m)^(?:\$ )?(?:\./)?payrisk ([a-z][a-z-]*)", code))
    there = set(typer.main.get_command(app).commands) | {"test", "lint"}
    assert named - there == set()


def test_the_version_is_one():
    assert payrisk.__version__ == PROJECT["project"]["version"] == installed("payrisk")


def test_the_licence_that_is_named_is_in_the_tree():
    assert PROJECT["project"]["license-files"] == ["LICENSE"]
    assert (ROOT / "LICENSE").read_text().startswith(PROJECT["project"]["license"] + " License\n")


def test_the_lock_names_no_address():
    assert "://" not in LOCK
    assert not re.search(r"(?m)^\s*--(?!hash)", LOCK)


def test_the_lock_answers_every_requirement_of_the_project():
    pinned = dict(re.findall(r"(?m)^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", LOCK))
    wanted = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
        *(
            line
            for lines in PROJECT["project"]["optional-dependencies"].values()
            for line in lines
        ),
    ]
    stale = [
        text
        for text in wanted
        if not (line := Requirement(text)).specifier.contains(pinned.get(line.name.lower(), "0"))
    ]
    assert stale == []


def third_party_imports():
    """Top-level names that the product imports from installed packages."""
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            else:
                continue
            tops = {name.partition(".")[0] for name in names}
            own = {name for name in tops if name.startswith(("payrisk", "_"))}  # _: beside it
            own |= {"proofs", "support"}  # rooms of the checkout: benchmarks and tests
            yield from tops - own - sys.stdlib_module_names


def test_every_package_that_is_imported_is_required():
    providers = packages_distributions()
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(text for lines in extras for text in lines)]
    required = {Requirement(text).name for text in wanted}
    missing = {
        name
        for name in set(third_party_imports())
        if not required & {canonicalize_name(one) for one in providers.get(name, [])}
    }
    assert missing == set()


def test_every_requirement_has_a_floor():
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    assert [text for text in wanted if ">=" not in text] == []
