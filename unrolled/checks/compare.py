"""Comparison of a learner's value with the recorded one, and what to say about it."""

from dataclasses import dataclass

import numpy as np

from unrolled.checks.values import Plain, describe, kind_of, plain, precision

# A learner may work in single precision; half precision would let wrong values pass.
_COARSEST = 1e-4
# Differences shown to the learner: enough to see a pattern, few enough to read.
_SHOWN = 3


@dataclass(frozen=True)
class Comparison:
    """The outcome of one comparison.

    Attributes:
        right: whether the values agree within the tolerance of their type.
        found: what was found, one sentence a line; for a right value, how close it is.
        vague: the same for hidden tests: no word about the expected value, and nothing of the
            learner's value but its kind, in which the test's inputs could be copied out.
    """

    right: bool
    found: tuple[str, ...]
    vague: str


def compare(expected: Plain, got: Plain) -> Comparison:
    """Compare shape before value, with a tolerance that fits the coarser of the two types."""
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        return _compare_arrays(expected, got)
    if type(expected) is not type(got):
        return _wrong_kind(expected, got)
    if isinstance(expected, list):
        return _compare_items(_numbered(expected), _numbered(got))
    if isinstance(expected, dict):
        return _compare_items(expected, got)
    if expected == got:
        return Comparison(True, (f"{describe(got)}, as expected",), "")
    found = f"yours is {describe(got)}, expected {describe(expected)}"
    return Comparison(False, (found,), "the value is not right")


def _wrong_kind(expected: Plain, got: Plain) -> Comparison:
    if got is None:
        found = "your function returned None: does it end with a return statement?"
        return Comparison(False, (found,), found)
    if isinstance(got, list) and isinstance(expected, np.ndarray) and expected.ndim:
        # A list that is not an array holds something else than numbers: say where.
        return _compare_items(_numbered(list(expected)), _numbered(got))
    found = f"yours is {describe(got)}, expected {describe(expected)}"
    return Comparison(False, (found,), f"{kind_of(got)} is not the kind of value asked for")


def _numbered(items: list[Plain]) -> dict[str, Plain]:
    """A list as a dict, so that lists and dicts are compared by one function."""
    return {f"item {i}": plain(item) for i, item in enumerate(items)}


def _compare_items(expected: dict[str, Plain], got: dict[str, Plain]) -> Comparison:
    if expected.keys() != got.keys():
        if len(expected) != len(got):
            found = f"{len(got)} items, expected {len(expected)}"
        else:
            found = f"the keys are {', '.join(got)}, expected {', '.join(expected)}"
        return Comparison(False, (found,), "the number of items or their names are not right")
    for key, item in expected.items():
        outcome = compare(item, got[key])
        if not outcome.right:
            lines = tuple(f"{key}: {line}" for line in outcome.found)
            return Comparison(False, lines, f"{key}: {outcome.vague}")
    return Comparison(True, (f"{len(got)} items, as expected",), "")


def _compare_arrays(expected: np.ndarray, got: np.ndarray) -> Comparison:
    if expected.shape != got.shape:
        if not expected.shape:
            found = f"yours is {describe(got)}, expected one number"
            return Comparison(False, (found,), "an array is not one number")
        found = f"the shape is {got.shape}, expected {expected.shape}"
        if got.ndim >= 2 and sorted(expected.shape) == sorted(got.shape):
            found += ": are two axes swapped?"
        return Comparison(False, (found,), "the shape is not right")
    tolerance = max(precision(expected), min(precision(got), _COARSEST))
    shape = f"shape {got.shape}" if got.ndim else "a number"
    if expected.dtype == got.dtype and expected.tobytes() == got.tobytes():
        # What follows says the same of them, in ten times the time.
        return Comparison(True, (f"{shape}, largest error 0e+00, allowed {tolerance:.0e}",), "")
    wide, mine = expected.astype(np.float64), got.astype(np.float64)
    size = np.max(np.abs(wide[np.isfinite(wide)]), initial=0.0)
    # Relative to each entry, with room for entries that are small beside the rest of the array.
    right = np.isclose(mine, wide, rtol=tolerance, atol=tolerance * 1e-2 * size, equal_nan=True)
    with np.errstate(invalid="ignore"):
        errors = np.where(right & ~np.isfinite(wide), 0.0, np.abs(mine - wide))
    if right.all():
        largest = float(np.max(errors, initial=0.0))
        found = f"{shape}, largest error {largest:.0e}, allowed {tolerance:.0e}"
        return Comparison(True, (found,), "")
    return Comparison(
        False, _differences(wide, mine, right, errors, shape), "the value is not right"
    )


def _differences(
    expected: np.ndarray, got: np.ndarray, right: np.ndarray, errors: np.ndarray, shape: str
) -> tuple[str, ...]:
    """Where two arrays of one shape differ, both values, and the largest error."""
    if got.ndim == 0:
        return ("yours is {}, expected {}".format(*_told_apart(got.item(), expected.item())),)
    wrong = np.argwhere(~right)
    lines = [f"{shape} is right; {right.sum()} of {right.size} values agree"]
    if np.isnan(got).any() and not np.isnan(expected).any():
        lines.append(f"{np.isnan(got).sum()} of your values are NaN")
    for place in wrong[:_SHOWN]:
        where = ", ".join(map(str, place))
        mine, theirs = got[tuple(place)], expected[tuple(place)]
        pair = _told_apart(mine, theirs)
        lines.append("at [{}]: yours {}, expected {}".format(where, *pair))
    if len(wrong) > _SHOWN:
        lines.append(f"… and {len(wrong) - _SHOWN} more; largest error {errors[~right].max():.2g}")
    return tuple(lines)


def _told_apart(mine: float, theirs: float) -> tuple[str, str]:
    """Two different numbers with as many digits as it takes to see that they differ."""
    for digits in (6, 10):
        pair = f"{mine:.{digits}g}", f"{theirs:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair
