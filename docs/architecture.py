"""Rewrites the tree in ARCHITECTURE.md from the files' own first lines."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = (
    "<!-- tree: made by .venv/bin/python docs/architecture.py -->\n```text\n",
    "```\n<!-- /tree -->",
)
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


def rewritten(page: str, block: str) -> str:
    """The page with the block between its markers; raises ValueError when it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"ARCHITECTURE.md needs the lines {BEGIN!r} and {END!r}.")
    return before + BEGIN + block + END + after


def main() -> int:
    """Rewrite the page and say whether it changed."""
    page = ROOT / "ARCHITECTURE.md"
    old = page.read_text(encoding="utf-8")
    new = rewritten(old, tree())
    page.write_text(new, encoding="utf-8")
    print("ARCHITECTURE.md", "already right" if new == old else "rewritten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
