"""Answers to what a file does not tell, chosen on the page and written into its mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

OPEN = "# OPEN: "


def answerable(questions: Sequence[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Questions that one of their answers settles, with their places in the list.

    Those of an option of the command have fields of their own; kinds of documents are written
    into the mapping.
    """
    return [
        (place, question)
        for place, question in enumerate(questions)
        if question["answers"]
        and not question["setting"].startswith("--")
        and not question["setting"].endswith(".values")
    ]


def answered_mapping(
    mapping: str, questions: Sequence[Mapping[str, Any]], form: Mapping[str, str]
) -> str:
    """The mapping with what was chosen: `answer-PLACE` is the place of an answer.

    A line that the mapping offers as a comment becomes one of its own; a column is named in its
    table. What is not chosen, or stands there already, stays as it is.
    """
    lines = mapping.splitlines()
    for place, question in answerable(questions):
        chosen = form.get(f"answer-{place}", "")
        if not chosen.isdecimal() or int(chosen) >= len(question["answers"]):
            continue
        if "." in question["setting"]:
            _name_column(lines, question["setting"], question["answers"][int(chosen)])
        else:
            _uncomment(lines, question, int(chosen))
    return "\n".join(lines) + "\n"


def _uncomment(lines: list[str], question: Mapping[str, Any], nth: int) -> None:
    for number, line in enumerate(lines):
        if line.startswith(OPEN) and _letters(line[len(OPEN) :]) == _letters(question["text"]):
            offered = number + 1 + nth
            lines[offered] = lines[offered].removeprefix("# ")
            lines[number] = line.replace(OPEN, "# ", 1)
            return


def _name_column(lines: list[str], setting: str, header: str) -> None:
    table, _, field = setting.rpartition(".")
    head = f"[{table}]"
    if head in lines and not any(line.startswith(f"{field} = ") for line in lines):
        # a basic string of TOML is written as JSON writes one
        lines.insert(lines.index(head) + 1, f"{field} = {json.dumps(header, ensure_ascii=False)}")


def _letters(text: str) -> str:
    """What is left of a sentence in a comment, which bears no quotation marks."""
    return "".join(filter(str.isalnum, text))
