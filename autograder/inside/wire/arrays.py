"""Arrays, NumPy's scalars and tensors as bytes: type, shape, sometimes the layout, the numbers."""

import math
import re
import struct
import sys
from functools import lru_cache
from typing import Any

import numpy as np

MAX_DIMENSIONS = 32
# An array that leaves out so much of the memory it lies in is sent without the gaps.
MAX_EXTENT = 2**26
# Of an array without entries, the product of its other lengths: what a loop over it would take.
MAX_EMPTY = 1_000_000

# What a packed array is, if not an array; bits that can be combined.
SCALAR, TENSOR, WITH_GRADIENT = 1, 2, 4
_LAYOUT, _READ_ONLY = 8, 16

_UNITS = "Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as"
_DTYPE = re.compile(
    r"\|b1|\|[iu]1|[<>][iu][248]|[<>]f(2|4|8|12|16)|[<>]c(8|16|24|32)"
    rf"|[<>]U[1-9]\d{{0,7}}|\|S[1-9]\d{{0,7}}|[<>][mM]8(\[({_UNITS})\])?"
)


class ArrayError(ValueError):
    """An array that cannot be sent, or bytes that are none."""


def pack(array: np.ndarray, flags: int, layout: bool) -> bytes:
    """The bytes that stand for an array.

    Args:
        array: of numbers, text, bytes or times.
        flags: SCALAR, TENSOR, WITH_GRADIENT, or 0.
        layout: also how it lies in memory.

    Raises:
        ArrayError: it holds objects or records.
    """
    name = array.dtype.str
    if not is_known(name):
        if array.dtype.kind in "US" and array.dtype.itemsize == 0:
            array = array.astype(f"{array.dtype.kind}1")
            name = array.dtype.str
        else:
            raise ArrayError(f"an array of type {array.dtype}")
    lengths = array.shape
    if layout and not flags:
        if not array.flags.c_contiguous:
            flags |= _LAYOUT
            lengths += array.strides
        if not array.flags.writeable:
            flags |= _READ_ONLY
    encoded = name.encode()
    head = struct.pack(f"<BBB{len(lengths)}q", flags, len(encoded), array.ndim, *lengths)
    return head + encoded + array.tobytes()


def unpack(data: bytes, trusting: bool) -> Any:
    """The array, scalar or tensor that `pack` was given.

    Args:
        data: the bytes.
        trusting: accept a layout.

    Raises:
        ArrayError: the bytes are not what they must be.
    """
    flags, name_length, dimensions = data[:3]
    if dimensions > MAX_DIMENSIONS or flags > 31:
        raise ArrayError("malformed")
    count = 2 * dimensions if flags & _LAYOUT else dimensions
    start = 3 + 8 * count
    lengths = struct.unpack_from(f"<{count}q", data, 3)
    shape = lengths[:dimensions]
    dtype = dtype_of(data[start : start + name_length])
    start += name_length
    _check_shape(shape, dtype, len(data) - start)
    array = np.frombuffer(data, dtype, offset=start) if len(data) > start else np.empty(0, dtype)
    if not trusting:
        array = _checked(array)
        if flags & (_LAYOUT | _READ_ONLY):
            raise ArrayError("a layout where none may be")
    if flags & SCALAR:
        return array.reshape(shape)[()]
    array = array.reshape(shape).copy()
    if flags & _LAYOUT:
        array = _laid_out(array, lengths[dimensions:])
    if flags & _READ_ONLY:
        array.flags.writeable = False
    if flags & TENSOR:
        return _tensor(array, trusting and bool(flags & WITH_GRADIENT))
    return array


@lru_cache(maxsize=256)
def is_known(name: str) -> bool:
    """Whether arrays of the type with this name can be sent."""
    return _DTYPE.fullmatch(name) is not None


@lru_cache(maxsize=256)
def dtype_of(encoded: bytes) -> np.dtype:
    """The type with this name, if arrays of it can be sent.

    Raises:
        ArrayError: they cannot.
    """
    name = encoded.decode("ascii", "replace")
    if not is_known(name):
        raise ArrayError("an array of an unknown type")
    return np.dtype(name)


def _check_shape(shape: tuple[int, ...], dtype: np.dtype, size: int) -> None:
    """Check that a shape fits the number of bytes, without trusting it."""
    if any(length < 0 for length in shape):
        raise ArrayError("a length below zero")
    if math.prod(shape) * dtype.itemsize != size:
        raise ArrayError("bytes that do not fill the shape")
    if not size and math.prod(length or 1 for length in shape) > MAX_EMPTY:
        raise ArrayError("a shape that is too large")


def _checked(array: np.ndarray) -> np.ndarray:
    """The array with nothing in it that NumPy would never make."""
    kind = array.dtype.kind
    if kind == "b":
        return array.view(np.uint8) != 0
    if kind == "U" and array.size:
        letters = array.view(array.dtype.byteorder.replace("=", "<").replace("|", "<") + "u4")
        wrong = (letters > 0x10FFFF) | ((letters >= 0xD800) & (letters < 0xE000))
        if wrong.any():
            raise ArrayError("text that is none")
    return array


def _laid_out(array: np.ndarray, strides: tuple[int, ...]) -> np.ndarray:
    """The same numbers, lying in memory with these strides."""
    reach = [(length - 1) * step for length, step in zip(array.shape, strides, strict=True)]
    if not array.size:
        return array
    before = -sum(min(0, far) for far in reach)
    extent = before + sum(max(0, far) for far in reach) + array.itemsize
    if extent > MAX_EXTENT:
        return array
    room = np.zeros(extent, np.uint8)
    result = np.ndarray(array.shape, array.dtype, room, before, strides)
    result[...] = array
    return result


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor; PyTorch is not imported to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and issubclass(type(value), torch.Tensor)


def of_tensor(value: Any) -> tuple[np.ndarray, int]:
    """The numbers of a tensor, and flags for `pack`."""
    import torch

    # A subclass may answer for PyTorch; here it does not.
    with torch._C.DisableTorchFunctionSubclass():
        detached = value.detach().cpu().resolve_conj().resolve_neg()
        if detached.dtype is torch.bfloat16:
            detached = detached.float()
        flags = TENSOR | (WITH_GRADIENT if value.requires_grad and value.is_leaf else 0)
        return detached.numpy(), flags


def _tensor(array: np.ndarray, with_gradient: bool) -> Any:
    import torch

    return torch.from_numpy(array).requires_grad_(with_gradient)
