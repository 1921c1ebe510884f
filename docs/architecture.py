"""Rewrites what pages show of the code: rings, the tree with captions, the list of decisions."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MADE_BY = "made by .venv/bin/python docs/architecture.py"
ROOMS = ("payrisk", "src", "models", "pipelines", "api", "benchmarks", "docs")
SHOWN = {".py", ".toml", ".html", ".js", ".css"}
UNSEEN = {"__pycache__", "__init__.py"}
WIDTH = 34
MODELS = ("days_to_pay", "default_risk", "new_customer")
STORY: dict[str, tuple[str, ...]] = {
    "ledger": ("facts", "importing", "presets", "books", "timeline", "stored"),
    "features": ("streams", "catalogue", "computing"),
    "scoring": MODELS,
    "learning": (*MODELS, "measuring", "judging"),
    "credit": ("applicant", "rules", "policies", "weighing", "deciding", "reasons", "explaining"),
    "cash": ("forecasting", "intervals", "layers", "views", "published"),
    "answers": ("cash", "credit", "shadow"),
    "simulate": ("world", "behaviour", "truth", "written"),
    "cli": ("books", "cash", "credit", "versions", "running"),
    "payrisk_pipelines": ("training", "versions", "backtests", "watching", "papers", "policy"),
    "payrisk_api": ("requests", "routes", "responses", "pages"),
    "pages": ("frame", "templates", "static"),
}
"""Package → its folders in the order in which the story is told; others follow by name."""


def caption(path: Path) -> str:
    """What a file says of itself: a docstring's or comment's first line, or a TOML's `about`."""
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".py", ""}:
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    first = text.lstrip().partition("\n")[0]
    if first.startswith("about = "):
        return tomllib.loads(first)["about"].partition(": ")[0].rstrip(".") + "."
    return first.strip("#/*<>!{}- ") if first.startswith(("#", "/*", "//", "<!--", "{#")) else ""


def contracts(root: Path = ROOT) -> list[dict[str, Any]]:
    """The import contracts of pyproject.toml, which `./payrisk lint` holds."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return listed


def layers(root: Path = ROOT) -> list[list[str]]:
    """The rings from the top down, each with the modules that lie in it."""
    rings_contract = next(entry for entry in contracts(root) if entry["type"] == "layers")
    return [ring.split(" | ") for ring in rings_contract["layers"]]


def rings(root: Path = ROOT) -> str:
    """The rings with the caption of each module, and the other contracts as sentences."""
    out = ["```text\n"]
    for number, ring in enumerate(layers(root), 1):
        for place, name in enumerate(ring):
            short = name.removeprefix("payrisk.")
            text = caption(_file_of(root, name))
            out.append(f"{number if not place else '':>2}  {short:<19}{text}".rstrip() + "\n")
    out.append("```\n\n")
    out += [f"- {sentence}\n" for entry in contracts(root) if (sentence := _sentence(entry))]
    return "".join(out)


def _file_of(root: Path, name: str) -> Path:
    """The file that holds a module's docstring, whichever of the four packages it is of."""
    inner = Path(*name.split("."))
    roots = [root / "src", root / "models", root / "pipelines", root / "api"]
    files = [folder / end for folder in roots for end in (inner / "__init__.py", f"{inner}.py")]
    return next((path for path in files if path.exists()), files[0])


def _sentence(contract: dict[str, Any]) -> str:
    name = contract["name"]
    if contract["type"] == "forbidden":
        who, what = contract["source_modules"], contract["forbidden_modules"]
        return f"*{name}*: {_listed(who)} never import {_listed(what)}, not through others either."
    if contract["type"] == "protected":
        who, what = contract["allowed_importers"], contract["protected_modules"]
        return f"*{name}*: only {_listed(who)} may import {_listed(what)}."
    return f"*{name}*: no circle among siblings." if "acyclic" in contract["type"] else ""


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def tree(root: Path = ROOT) -> str:
    """Every file and folder, one line each, folders in the order of the story."""
    out = []
    for name in ROOMS:
        path = root / name
        if path.is_dir():
            below = _below(path, 1, root)
            out += [_line(f"{name}/", "", 0), *below] if below else []
        elif path.exists():
            out.append(_line(name, caption(path), 0))
    return "".join(out)


def _below(folder: Path, depth: int, root: Path) -> list[str]:
    out = []
    in_order = _story(folder.name, root)
    for path in sorted(folder.iterdir(), key=lambda path: _place(path, in_order)):
        if path.name.startswith(".") or path.name in UNSEEN:
            continue
        if path.is_dir():
            below = _below(path, depth + 1, root)
            text = caption(path / "__init__.py")
            out += [_line(f"{path.name}/", text, depth), *below] if below else []
        elif path.suffix in SHOWN:
            out.append(_line(path.name, caption(path), depth))
    return out


def _story(package: str, root: Path) -> tuple[str, ...]:
    """What stands in a package, in order: the library's own rings from the ground up."""
    if package != "payrisk":
        return STORY.get(package, ())
    upwards = [name for ring in reversed(layers(root)) for name in ring]
    return tuple(name.removeprefix("payrisk.") for name in upwards)


def _place(path: Path, in_order: tuple[str, ...]) -> tuple[bool, int, str]:
    rank = in_order.index(path.stem) if path.stem in in_order else len(in_order)
    return path.is_dir(), rank, path.name


def _line(name: str, text: str, depth: int) -> str:
    return f"{'  ' * depth + name:<{WIDTH}}{text}".rstrip() + "\n"


def decisions(root: Path = ROOT) -> str:
    """A table of the decisions: number, title and status of each page."""
    out = ["| ADR | decides | status |\n", "|---|---|---|\n"]
    for path in sorted((root / "docs" / "decisions").glob("[0-9]*.md")):
        title, _, status = path.read_text(encoding="utf-8").split("\n")[:3]
        number, title = title.removeprefix("# ADR ").split(": ", 1)
        out.append(f"| [{number}]({path.name}) | {title} | {status.removeprefix('Status: ')} |\n")
    return "".join(out)


def blocks(root: Path = ROOT) -> dict[str, tuple[str, str]]:
    """Name of each block that is made → its page and its text."""
    return {
        "rings": ("ARCHITECTURE.md", rings(root)),
        "tree": ("docs/tree.md", f"```text\n{tree(root)}```\n"),
        "decisions": ("docs/decisions/README.md", decisions(root)),
    }


def rewritten(page: str, name: str, block: str) -> str:
    """The page with the block between its markers; raises ValueError when it has none."""
    first, last = f"<!-- {name}: {MADE_BY} -->\n", f"<!-- /{name} -->"
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"The page needs the lines {first!r} and {last!r}.")
    return before + first + block + last + after


def main() -> int:
    """Rewrite the pages and say which changed."""
    for name, (where, block) in blocks().items():
        page = ROOT / where
        old = page.read_text(encoding="utf-8")
        new = rewritten(old, name, block)
        page.write_text(new, encoding="utf-8")
        print(f"{where}: {name}", "already right" if new == old else "rewritten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
