"""Plain values: what a check may compare, how it is stored, and how it is recognised later."""

import math
import zlib
from typing import Any

import numpy as np

# A plain value is None, a string, a numeric array, or a list or dict of plain values.
Plain = Any

# Digits kept of a recorded number. Fewer than the type holds, so that the last bits of a matrix
# product, which differ between processors, do not change what is published.
_DIGITS = {"float64": 10, "float32": 6, "float16": 3}
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_MAX_DEPTH = 8


class NotPlainError(TypeError):
    """A value that a check cannot compare."""


class Opaque:
    """Base of objects that stand for one in another process; nothing is known but its type.

    Attributes:
        type_name: the name of the type of what it stands for.
    """

    type_name: str


def plain(value: Any, depth: int = 0) -> Plain:
    """Reduce `value` to a plain value; tensors are detached and copied.

    Raises:
        NotPlainError: the value is an object that holds no numbers or text.
    """
    if depth > _MAX_DEPTH:
        raise NotPlainError(f"a container nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, Opaque):
        raise NotPlainError(f"a value of type {value.type_name}")
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, (list, tuple)):
        array = _regular(value)
        return [plain(item, depth + 1) for item in value] if array is None else array
    if isinstance(value, (bool, int, float, np.generic, np.ndarray)):
        array = np.array(value, subok=False)
        if array.dtype.kind in "biuf":
            return array
        if array.dtype.kind == "U":
            return plain(array.tolist(), depth + 1)
    raise NotPlainError(f"a value of type {type(value).__name__}")


def _regular(items: list[Any] | tuple[Any, ...]) -> np.ndarray | None:
    """The numeric array that a nested list spells out, or None if it does not."""
    try:
        array = np.array(items)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biuf" and array.size else None


def kind_of(value: Plain) -> str:
    """Name the kind of a plain value and nothing more."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array" if value.ndim else "a number"
    return "a text" if isinstance(value, str) else f"a {type(value).__name__}"


def length(value: Plain) -> int | None:
    """The number of items of a plain value; None for one that has none."""
    if isinstance(value, np.ndarray):
        return len(value) if value.ndim else None
    return len(value) if isinstance(value, (list, dict)) else None


def describe(value: Plain) -> str:
    """Name the kind of a plain value in a few words, as a message to a learner."""
    if value is None:
        return "None"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(value) or '(none)'}"
    if value.ndim == 0:
        return f"the number {value.item():.6g}"
    return f"an array of shape {value.shape}"


def encode(value: Plain) -> Any:
    """Turn a plain value into what JSON can hold; `decode` is its inverse up to rounding."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {"dict": {key: encode(item) for key, item in value.items()}}
    digits = _DIGITS.get(value.dtype.name, 10)
    numbers = [_encode_number(number, digits) for number in value.ravel().tolist()]
    return {"dtype": value.dtype.name, "shape": list(value.shape), "values": numbers}


def decode(stored: Any) -> Plain:
    """Rebuild a plain value from what `encode` made."""
    if stored is None or isinstance(stored, str):
        return stored
    if isinstance(stored, list):
        return [decode(item) for item in stored]
    if "dict" in stored:
        return {key: decode(item) for key, item in stored["dict"].items()}
    numbers = [_SPECIAL.get(n, n) if isinstance(n, str) else n for n in stored["values"]]
    return np.array(numbers, dtype=stored["dtype"]).reshape(stored["shape"])


def _encode_number(number: float, digits: int) -> float | int | bool | str:
    if isinstance(number, (bool, int)):
        return number
    if not math.isfinite(number):
        return str(number)
    rounded = float(f"{number:.{digits}g}")
    return 0.0 if rounded == 0 else rounded


def fingerprint(value: Plain) -> Any:
    """A few numbers by which a value is recognised later, and from which it cannot be rebuilt.

    An array leaves its shape, two weighted sums of its finite entries, the sum of their absolute
    values (the scale on which the sums are compared) and a weighted count of its NaN and infinite
    entries. Text leaves a checksum; a container leaves the fingerprints of its items.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return {"text": zlib.crc32(value.encode())}
    if isinstance(value, list):
        return [fingerprint(item) for item in value]
    if isinstance(value, dict):
        return {"dict": {key: fingerprint(item) for key, item in value.items()}}
    flat = value.astype(np.float64).ravel()
    finite = np.isfinite(flat)
    numbers = np.where(finite, flat, 0.0)
    place = np.arange(1, flat.size + 1)
    # Irrational weights: two different arrays of the kind met here do not share both sums.
    sums = [float(numbers @ np.cos(place * math.sqrt(prime))) for prime in (2, 3)]
    special = np.select([np.isnan(flat), flat == np.inf, flat == -np.inf], [1.0, 2.0, 3.0], 0.0)
    return {
        "shape": list(value.shape),
        "sums": [_encode_number(total, 8) for total in sums],
        "scale": _encode_number(float(np.abs(numbers).sum()), 8),
        "special": _encode_number(float(special @ place), 8),
    }


def same_fingerprint(stored: Any, seen: Any, tolerance: float) -> bool:
    """Whether two fingerprints are of the same value, up to `tolerance` relative to its size."""
    if isinstance(stored, list):
        return (
            isinstance(seen, list)
            and len(stored) == len(seen)
            and all(same_fingerprint(a, b, tolerance) for a, b in zip(stored, seen, strict=True))
        )
    if not isinstance(stored, dict) or "sums" not in stored:
        if isinstance(stored, dict) and "dict" in stored:
            return (
                isinstance(seen, dict)
                and seen.get("dict", {}).keys() == stored["dict"].keys()
                and all(
                    same_fingerprint(item, seen["dict"][key], tolerance)
                    for key, item in stored["dict"].items()
                )
            )
        return bool(stored == seen)
    if not isinstance(seen, dict) or seen.get("shape") != stored["shape"]:
        return False
    if seen["special"] != stored["special"]:
        return False
    margin = tolerance * max(stored["scale"], seen["scale"], 1e-9)
    pairs = zip(stored["sums"], seen["sums"], strict=True)
    return all(abs(a - b) <= margin for a, b in pairs)


def precision(value: Plain) -> float:
    """The relative tolerance that fits the coarsest floating-point type in a plain value."""
    if isinstance(value, list):
        return max((precision(item) for item in value), default=1e-7)
    if isinstance(value, dict):
        return max((precision(item) for item in value.values()), default=1e-7)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return {2: 1e-2, 4: 1e-4}.get(value.dtype.itemsize, 1e-7)
    return 1e-7
