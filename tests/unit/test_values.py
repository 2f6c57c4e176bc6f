"""Plain values: reduction, storage, and recognition."""

import json
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unrolled import fixed_array
from unrolled.checks.values import (
    NotPlainError,
    decode,
    encode,
    fingerprint,
    plain,
    same_fingerprint,
)

SHAPES = hnp.array_shapes(max_dims=3, max_side=4)
# Rounding moves the largest numbers of a type to infinity; none of ours comes near them.
_WIDTHS: tuple[tuple[Any, Literal[32, 64]], ...] = ((np.float64, 64), (np.float32, 32))
FLOATS = [
    hnp.arrays(
        dtype,
        SHAPES,
        elements=st.floats(-(2.0**100), 2.0**100, width=width)
        | st.sampled_from([np.nan, np.inf, -np.inf]),
    )
    for dtype, width in _WIDTHS
]
ARRAYS = st.one_of(*FLOATS, hnp.arrays(np.int64, SHAPES), hnp.arrays(np.bool_, SHAPES))


@given(ARRAYS)
def test_what_json_keeps_of_an_array_is_the_array_up_to_rounding(array: np.ndarray) -> None:
    stored = json.loads(json.dumps(encode(plain(array))))
    back = decode(stored)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_allclose(back, array, rtol=1e-5)


@given(ARRAYS)
def test_a_fingerprint_is_recognised_after_a_trip_through_json(array: np.ndarray) -> None:
    stored = json.loads(json.dumps(fingerprint(plain(array))))
    assert same_fingerprint(stored, fingerprint(plain(array)), 1e-6)


def test_fingerprints_tell_order_sign_and_shape_apart() -> None:
    array = fixed_array(3, 4, start=5)
    stored = fingerprint(plain(array))
    for other in (array[::-1], -array, array.T, array + 1e-3, array[:2], np.abs(array)):
        assert not same_fingerprint(stored, fingerprint(plain(other)), 1e-6)


def test_fingerprints_see_where_nan_and_infinity_stand() -> None:
    left, right = np.array([np.nan, 1.0]), np.array([1.0, np.nan])
    assert not same_fingerprint(fingerprint(plain(left)), fingerprint(plain(right)), 1e-6)
    assert same_fingerprint(fingerprint(plain(left)), fingerprint(plain(left)), 1e-6)


def test_tensors_lists_and_scalars_become_arrays() -> None:
    np.testing.assert_array_equal(plain(torch.ones(2, requires_grad=True)), np.ones(2))
    np.testing.assert_array_equal(plain([1, 2, 3]), np.array([1, 2, 3]))
    assert plain(np.float32(0.5)).dtype == np.float32
    assert plain(["a", "bc"]) == ["a", "bc"]
    assert plain({"loss": 1.0})["loss"] == 1.0


def test_a_subclass_of_an_array_is_reduced_to_its_numbers() -> None:
    class Liar(np.ndarray):
        def __eq__(self, other: object) -> bool:
            return True

    assert type(plain(np.ones(2).view(Liar))) is np.ndarray


@pytest.mark.parametrize("value", [object(), np.array([object()]), lambda: 1, 1 + 2j])
def test_what_holds_no_numbers_or_text_is_refused(value: object) -> None:
    with pytest.raises(NotPlainError):
        plain(value)


def test_endless_nesting_is_refused() -> None:
    nested: list[Any] = []
    nested.append(nested)
    with pytest.raises(NotPlainError, match="nested"):
        plain({"a": nested, "b": "text"})


def test_fixed_arrays_are_fixed_bounded_and_never_zero() -> None:
    array = fixed_array(50, 40, start=7, scale=0.5)
    np.testing.assert_array_equal(array, fixed_array(50, 40, start=7, scale=0.5))
    assert np.abs(array).max() < 0.5
    assert np.all(array != 0)
    assert np.unique(array).size == array.size
    assert fixed_array(2, start=1)[0] == pytest.approx(2 * (2 * 0.6180339887498949 % 1) - 1)


def test_fixed_array_refuses_negative_arguments() -> None:
    with pytest.raises(ValueError, match="shape"):
        fixed_array(-1, start=0)
    with pytest.raises(ValueError, match="start"):
        fixed_array(1, start=-1)
