"""What a forecast command printed and wrote before, shown again while nothing has moved."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from payrisk.answers.answered import AnsweredQuestions

TEXT, FILE = "printed.txt", "report.csv"
MAKER = "payrisk_pipelines.forecast"


class _Screen(io.StringIO):
    """Text that is printed, laid out as for where it will be seen."""

    def isatty(self) -> bool:
        return sys.__stdout__ is not None and sys.__stdout__.isatty()


@dataclass(frozen=True)
class ForecastRequest:
    """A forecast that is asked for by a command: every option of it, and where it is written."""

    answered: AnsweredQuestions
    options: dict[str, Any]
    path: Path

    def show(self, work: Callable[[], list[Path]]) -> None:
        """Print it and write its file, as before if it was asked before, else by `work`.

        work: writes the file, prints to stdout and returns what it wrote. Only a forecast in one
        CSV file is kept. Errors of `work` pass through.
        """
        question = self._question()
        files = self.answered.read(question) if self.path.suffix.lower() == ".csv" else None
        if files is not None and self._is_written(bytes(files[FILE])):
            typer.echo(f"Wrote {self.path}", err=True)
            typer.echo(bytes(files[TEXT]).decode(), nl=False)
            return
        screen = _Screen()
        with contextlib.redirect_stdout(screen):
            paths = work()
        for path in paths:
            typer.echo(f"Wrote {path}", err=True)
        typer.echo(screen.getvalue(), nl=False)
        if paths == [self.path] and self.path.suffix.lower() == ".csv":
            content = {TEXT: screen.getvalue().encode(), FILE: self.path.read_bytes()}
            self.answered.keep(question, content)

    def _question(self) -> dict[str, Any]:
        from payrisk.sealed import sha256

        spec = importlib.util.find_spec(MAKER)
        maker = "" if spec is None or spec.origin is None else spec.origin
        screen: tuple[object, ...] = ()
        if _Screen().isatty():
            from rich.console import Console

            console = Console(force_terminal=True)
            screen = (console.width, console.color_system)
        return {
            "command": "forecast",
            "by_code": sha256(Path(maker).read_bytes()) if maker else "",
            "screen": list(screen),
            **self.options,
        }

    def _is_written(self, content: bytes) -> bool:
        """Whether the file could be written; where not, working it out says why."""
        aside = self.path.with_name(f".{self.path.stem}.partial{self.path.suffix}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(content)
            aside.replace(self.path)
        except OSError:
            return False
        return True
