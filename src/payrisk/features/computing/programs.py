"""Programs: many features worked out together, each term they share only once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from payrisk.features.catalogue.terms import Argument, FeatureTerm
from payrisk.features.computing.arithmetic import ARITHMETIC


class FeatureTermReader(Protocol):
    """What reads the numbers of a term that is no arithmetic: a block of moments, or of days."""

    def read(self, op: str, arguments: Mapping[str, Argument], operands: list[Any]) -> Any:
        """(n,) numbers of a term, one a moment; `operands` are those of the terms it is of."""


@dataclass(frozen=True)
class ProgramStep:
    """One term, with the places of its operands and of the terms nobody needs after it."""

    op: str
    arguments: Mapping[str, Argument]
    operands: tuple[int, ...]
    frees: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """Terms in an order in which each finds its operands; `outputs`: places of the features."""

    steps: tuple[ProgramStep, ...]
    outputs: tuple[int, ...]

    @classmethod
    def of(cls, terms: Iterable[FeatureTerm]) -> Program:
        """The program that works out these terms, in their order."""
        return _ordered(tuple(terms))

    def run(self, reader: FeatureTermReader, take: Callable[[int, Any], None]) -> None:
        """Call `take` with each feature's place and numbers as soon as they are worked out.

        Numbers are let go after the last step that needs them, so that few are held at a time.
        """
        values: list[Any] = [None] * len(self.steps)
        features_of: dict[int, list[int]] = {}
        for feature, place in enumerate(self.outputs):
            features_of.setdefault(place, []).append(feature)
        for place, step in enumerate(self.steps):
            operands = [values[operand] for operand in step.operands]
            calculate = ARITHMETIC.get(step.op)
            if calculate:
                value = calculate(*step.arguments.values(), *operands)
            else:
                value = reader.read(step.op, step.arguments, operands)
            for feature in features_of.get(place, ()):
                take(feature, value)
            values[place] = value
            for done in step.frees:
                values[done] = None


@lru_cache(maxsize=256)
def _ordered(terms: tuple[FeatureTerm, ...]) -> Program:
    """The program of these terms; the catalogue's are asked for over and over."""
    places: dict[str, int] = {}
    ordered: list[tuple[FeatureTerm, tuple[int, ...]]] = []
    outputs = []
    for term in terms:
        for part in term.walk():
            text = part.text
            if text not in places:
                places[text] = len(ordered)
                ordered.append((part, tuple(places[operand.text] for operand in part.operands)))
        outputs.append(places[term.text])
    last_use = {
        operand: place for place, (_, operands) in enumerate(ordered) for operand in operands
    }
    lasting = set(outputs)
    frees: dict[int, list[int]] = {}
    for operand, place in last_use.items():
        if operand not in lasting:
            frees.setdefault(place, []).append(operand)
    steps = tuple(
        ProgramStep(term.op, term.arguments, operands, tuple(frees.get(place, ())))
        for place, (term, operands) in enumerate(ordered)
    )
    return Program(steps, tuple(outputs))
