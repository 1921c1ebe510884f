"""Examples of a page: the files to save, the commands to type, and what each printed."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/*/*.md")})
"""Every page of ours."""
TRIED = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in (
    "import", "receivables", "credit", "cash", "models",
))]  # fmt: skip
"""The pages whose examples are carried out."""

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"((?:.*\\\n)*.*)\n([\s\S]*)")
RULE = re.compile(r"[─-]+")
LEFT_OUT = "…"


@dataclass(frozen=True)
class SavedFile:
    """A block with a name, which the reader saves under it."""

    line: int
    name: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line after `$ ` and the output shown beneath it."""

    line: int
    words: list[str]
    shown: str

    def __str__(self) -> str:
        return f"line {self.line}: $ {shlex.join(self.words)}"


def examples(text: str) -> Iterator[SavedFile | Command]:
    """The files and commands of a page in order; a trailing backslash continues a command."""
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        if block[2]:
            yield SavedFile(line, block[2], block[3])
        elif block[1] == "console":
            for part in re.split(r"(?m)^\$ ", block[3])[1:]:
                typed, output = TYPED.fullmatch(part).groups()
                words = shlex.split(typed.replace("\\\n", " "), comments=True)
                yield Command(line, words, output)
                line += part.count("\n")


def plain(text: str) -> str:
    """The lines that hold something, one space between words; a rule is ─ however long."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "".join(f"{'─' if RULE.fullmatch(line) else line}\n" for line in lines if line)


def is_shown(shown: str, printed: str) -> bool:
    """Whether what a page shows is all that was printed, but for what … stands for.

    A … on a line of its own stands for any lines, elsewhere for the rest of a word or line.
    """
    pattern = ""
    for line in plain(shown).splitlines():
        if line == LEFT_OUT:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += ".*".join(re.escape(part.strip()) for part in line.split(LEFT_OUT)) + r"\n"
    return re.fullmatch(pattern, plain(printed)) is not None


def column_names(shown: str) -> set[str]:
    """The names above each rule: the same on whatever ledger the command is tried."""
    lines = plain(shown).splitlines()
    heads = [above for above, below in itertools.pairwise(lines) if below == "─"]
    return {word for head in heads for word in head.split()} - {LEFT_OUT}


def is_importable(name):
    """Whether a dotted name is that of a module or of something in one."""
    module, *inner = name.split(".")
    member = importlib.import_module(module)
    for part in inner:
        module = f"{module}.{part}"
        if not hasattr(member, part) and importlib.util.find_spec(module) is None:
            return False
        member = getattr(member, part, None) or importlib.import_module(module)
    return True
