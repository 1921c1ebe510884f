from __future__ import annotations

from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk_pipelines.papers.charts import Series, columns, dots, lines
from payrisk_pipelines.papers.page import table

SVG = "{http://www.w3.org/2000/svg}"
ANY = st.floats(-1e9, 1e9) | st.just(float("nan")) | st.just(float("inf"))


def places(text, tag, *keys):
    return [
        tuple(float(part.get(key)) for key in keys) for part in ET.fromstring(text).iter(SVG + tag)
    ]


def test_columns_stand_on_zero_and_grow_with_their_values():
    text = columns("t", "d.", [0, 1, 2], [1.0, 2.0], x="x", y="y", level=1.0)
    (first, second) = places(text, "rect", "y", "height")
    assert second[1] == pytest.approx(2 * first[1], abs=0.2)
    assert sum(first) == pytest.approx(sum(second), abs=0.2)


def test_dots_lie_where_their_values_say_on_one_scale():
    text = dots("t", "d.", ["a", "b", "c"], {"one": [0.0, 2.0, 4.0]}, x="x")
    left, middle, right = (x for (x,) in places(text, "circle", "cx"))
    assert right - middle == pytest.approx(middle - left, abs=0.2)


def test_a_line_skips_what_is_not_known():
    text = lines("t", "d.", [Series("s", [0, 1, 2], [1.0, float("nan"), 3.0])], x="x", y="y")
    (points,) = [part.get("points") for part in ET.fromstring(text).iter(SVG + "polyline")]
    assert len(points.split()) == 2


def test_names_are_text_and_never_markup():
    bad = '<script>alert("x")</script>&'
    text = dots(bad, bad, [bad], {bad: [1.0], "other": [2.0]}, x=bad)
    assert "script" not in {part.tag.removeprefix(SVG) for part in ET.fromstring(text).iter()}
    assert "<script" not in table(bad, pd.DataFrame({bad: [bad], "n": [1]}))


@given(st.lists(ANY, min_size=1, max_size=8))
def test_any_numbers_make_a_well_formed_chart_within_its_frame(values):
    n = len(values)
    labels = [str(at) for at in range(n)]
    for text in (
        dots("t", "d.", labels, {"s": values}, x="x", spans=[(v, v + 1) for v in values]),
        lines("t", "d.", [Series("s", list(range(n)), values)], x="x", y="y", marked=True),
    ):
        for x, y in places(text, "circle", "cx", "cy"):
            assert 0 <= x <= 720
            assert 0 <= y <= 1000


def test_cells_say_yes_no_nothing_and_short_numbers():
    frame = pd.DataFrame({"a": ["x"], "b": [True], "c": [None], "d": [1234.5], "e": [0.12345]})
    text = table("t", frame)
    for cell in ("yes", "–", "1,234", "0.1235"):
        assert f">{cell}<" in text


@given(st.floats(-1e6, -1e-3), st.floats(1e-3, 1e6))
def test_zero_has_its_line_wherever_it_lies(low, high):
    text = dots("t", "d.", ["a", "b"], {"s": [low, high]}, x="x")
    paths = [part.get("class") for part in ET.fromstring(text).iter(SVG + "path")]
    assert paths.count("axis") == 1
    assert 3 <= paths.count("axis") + paths.count("grid") <= 8
