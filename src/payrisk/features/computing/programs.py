"""Programs: many features worked out together, each term they share only once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from payrisk.features.catalogue.terms import Argument, Term


class TermReader(Protocol):
    """Who knows the numbers behind the terms: for a block of moments, or for one."""

    def read(self, op: str, of: tuple[Argument, ...], needs: list[Any]) -> Any:
        """The number, or (n,) numbers, of a term that is no arithmetic."""


@dataclass(frozen=True)
class ProgramStep:
    """One term, with the places of the terms it needs and of those done with after it."""

    op: str
    of: tuple[Argument, ...]
    needs: tuple[int, ...]
    frees: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """Terms in an order in which each finds its needs; `outputs`: places of the features."""

    steps: tuple[ProgramStep, ...]
    outputs: tuple[int, ...]

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Program:
        """The program that works out these terms, in their order."""
        return _ordered(tuple(terms))

    def run(
        self,
        arithmetic: Mapping[str, Callable[..., Any]],
        reader: TermReader,
        take: Callable[[int, Any], None],
    ) -> None:
        """Hand over each feature's place and numbers as soon as they are known.

        arithmetic: what add, subtract, multiply, divide and the like do with the reader's numbers.
        """
        values: list[Any] = [None] * len(self.steps)
        wanted: dict[int, list[int]] = {}
        for feature, place in enumerate(self.outputs):
            wanted.setdefault(place, []).append(feature)
        for at, step in enumerate(self.steps):
            needs = [values[place] for place in step.needs]
            do = arithmetic.get(step.op)
            value = do(*step.of, *needs) if do else reader.read(step.op, step.of, needs)
            for feature in wanted.get(at, ()):
                take(feature, value)
            values[at] = value
            for place in step.frees:
                values[place] = None


@lru_cache(maxsize=256)
def _ordered(terms: tuple[Term, ...]) -> Program:
    """The program of these terms; the catalogue's are asked for over and over."""
    places: dict[str, int] = {}
    found: list[tuple[Term, tuple[int, ...]]] = []
    outputs = []
    for term in terms:
        for one in term.walk():
            text = one.text
            if text not in places:
                places[text] = len(found)
                found.append((one, tuple(places[need.text] for need in one.needs)))
        outputs.append(places[term.text])
    last = {place: at for at, (_, needs) in enumerate(found) for place in needs}
    kept = set(outputs)
    frees: dict[int, list[int]] = {}
    for place, at in last.items():
        if place not in kept:
            frees.setdefault(at, []).append(place)
    steps = tuple(
        ProgramStep(term.op, term.of, needs, tuple(frees.get(at, ())))
        for at, (term, needs) in enumerate(found)
    )
    return Program(steps, tuple(outputs))
