"""Arrays that are the same on every machine and with every version of NumPy."""

import math

import numpy as np

# The fractional part of the golden ratio: its multiples, modulo 1, spread evenly and never repeat.
_GOLDEN = 0.6180339887498949


def fixed_array(*shape: int, start: int, scale: float = 1.0) -> np.ndarray:
    """Fill an array with fixed numbers that look irregular and use no random generator.

    The numbers are consecutive terms of a Weyl sequence (multiples of the golden ratio modulo 1),
    moved to the interval (-scale, scale). None of them is zero for `start` below a million.

    Args:
        shape: the lengths of the axes.
        start: the first term to take; arrays with different starts hold different numbers.
        scale: the bound on the absolute values.

    Returns:
        A float64 array of the given shape.

    Raises:
        ValueError: a length or `start` is negative.
    """
    if any(length < 0 for length in shape):
        raise ValueError(f"fixed_array: shape {shape} has a negative length")
    if start < 0:
        raise ValueError(f"fixed_array: start is {start}; it must not be negative")
    terms = np.arange(1 + start, 1 + start + math.prod(shape), dtype=np.float64)
    return (scale * (2.0 * np.mod(terms * _GOLDEN, 1.0) - 1.0)).reshape(shape)
