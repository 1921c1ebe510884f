"""What is personal is taken apart and put back to the byte."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from payrisk.files import json_bytes
from payrisk.store.personal import ERASED, join_personal, split_personal

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(rest=PLAIN, name=st.text(st.characters(exclude_categories=("Cs",))), note=st.text("ab "))
def test_what_was_parted_is_whole_again_to_the_byte(rest, name, note):
    body = json_bytes({"rest": rest, "inputs": {"name": name}, "text": f"{note}{name} {note}"})
    left, apart = split_personal(
        body, [("inputs", "name"), ("inputs", "none"), ("rest", "a", "b")]
    )
    assert join_personal(left, json.loads(json.dumps(apart))) == body
    assert json.loads(left)["inputs"]["name"] == ERASED


def test_a_sentence_that_repeats_it_goes_with_it_but_a_code_stays():
    body = json_bytes(
        {
            "outcome": "refer",
            "reasons": [
                {"text": "REFER GmbH has no website."},
                {"text": "Mail at muster.example"},
            ],
            "inputs": {"name": "refer", "email": "x@muster.example", "website": None},
        }
    )
    places = [("inputs", name) for name in ("name", "email", "website")]
    left, apart = split_personal(body, places)
    assert json.loads(left) == {
        "outcome": "refer",
        "reasons": [{"text": ERASED}, {"text": ERASED}],
        "inputs": {"name": ERASED, "email": ERASED, "website": None},
    }
    assert len(apart) == 4
