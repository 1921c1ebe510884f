"""Rewrites what pages show of the code: the tree with captions, the list of decisions."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE_BY = "made by .venv/bin/python docs/architecture.py"
ROOMS = ("payrisk", "src", "models", "pipelines", "api", "benchmarks", "docs")
SHOWN = {".py", ".toml", ".html", ".js", ".css"}
UNSEEN = {"__pycache__", "__init__.py"}
WIDTH = 34


def caption(path: Path) -> str:
    """What a file says of itself: a docstring's or comment's first line, or a TOML's `about`."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".py", ""}:
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    first = text.lstrip().partition("\n")[0]
    if first.startswith("about = "):
        return tomllib.loads(first)["about"].partition(": ")[0].rstrip(".") + "."
    return first.strip("#/*<>!{}- ") if first.startswith(("#", "/*", "//", "<!--", "{#")) else ""


def lines(folder: Path, depth: int = 0) -> list[str]:
    """One line a file and folder below `folder`; a package's caption stands beside its folder."""
    out = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if path.name.startswith(".") or path.name in UNSEEN:
            continue
        if path.is_dir():
            below = lines(path, depth + 1)
            if below:
                own = path / "__init__.py"
                out += [
                    _line(f"{path.name}/", caption(own) if own.exists() else "", depth),
                    *below,
                ]
        elif path.suffix in SHOWN:
            out.append(_line(path.name, caption(path), depth))
    return out


def _line(name: str, text: str, depth: int) -> str:
    return f"{'  ' * depth + name:<{WIDTH}}{text}".rstrip() + "\n"


def tree(root: Path = ROOT) -> str:
    """The whole block, file by file, in the order of ROOMS."""
    out = []
    for name in ROOMS:
        path = root / name
        if path.is_dir():
            below = lines(path, 1)
            out += [_line(f"{name}/", "", 0), *below] if below else []
        elif path.exists():
            out.append(_line(name, caption(path), 0))
    return "".join(out)


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
        "tree": ("ARCHITECTURE.md", f"```text\n{tree(root)}```\n"),
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
