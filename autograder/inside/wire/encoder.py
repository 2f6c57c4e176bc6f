"""Values made into payloads, as `wire` describes them."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from autograder.inside.wire import arrays, tags
from autograder.inside.wire.tags import Callback, Given, Handle, Named, StandIn, TooLarge, WireError

_TAGS: dict[Any, int] = {
    list: tags.LIST,
    tuple: tags.TUPLE,
    dict: tags.DICT,
    set: tags.SET,
    frozenset: tags.FROZENSET,
}
# Dicts of the standard library, which hold nothing that a plain dict does not.
_DICTS = (dict, OrderedDict, defaultdict, Counter)
_AS_IT_IS = frozenset({type(None), bool, float, str, bytes})


def _new_packer() -> Any:
    return msgpack.Packer(autoreset=False, unicode_errors="replace")


def _no_stand_in(value: Any) -> StandIn:
    raise WireError(f"a value of type {type(value).__name__} cannot be sent")


class Encoder:
    """Makes payloads.

    Args:
        stand_in: gives what stands for a value that is not plain; raises WireError if nothing may.
        limit: the largest payload, in bytes.
        layout: send also how arrays lie in memory, and which values are one and the same object.

    Attributes:
        nodes: after `encode` with `layout`, all values sent that can be changed in place, in the
            order in which `Decoder.nodes` has them on the other side.
    """

    def __init__(
        self,
        stand_in: Callable[[Any], StandIn] = _no_stand_in,
        limit: int = tags.MAX_BYTES,
        layout: bool = False,
    ) -> None:
        self._stand_in = stand_in
        self._limit = limit
        self._layout = layout
        self._packer = _new_packer()
        self.nodes: list[Any] = []

    def encode(self, *values: Any) -> bytes:
        """The payload that holds these values.

        Raises:
            TooLarge: they do not fit.
            WireError: one of them cannot be sent, or is nested too deep.
        """
        self._room, self._nodes_left = self._limit, tags.MAX_NODES
        self._places: dict[int, int] = {}
        self.nodes = []
        try:
            for value in values:
                self._put(value, 0)
            payload: bytes = self._packer.bytes()
        finally:
            self._packer.reset()
            if self._limit - self._room > tags.KEPT:
                self._packer = _new_packer()
        if len(payload) > self._limit:
            raise TooLarge(f"more than {self._limit} bytes")
        return payload

    def _put(self, value: Any, depth: int) -> None:
        kind = type(value)
        if kind in _AS_IT_IS:
            if kind is str or kind is bytes:
                self._take(len(value))
            self._packer.pack(value)
        elif kind is int:
            self._put_integer(value)
        elif kind in _TAGS:
            self._put_container(value, kind, depth)
        elif kind is np.ndarray:
            self._put_array(value)
        else:
            self._put_other(value, kind, depth)

    def _put_integer(self, value: int) -> None:
        if -(2**63) <= value < 2**64:
            self._packer.pack(value)
            return
        size = value.bit_length() // 8 + 1
        if size > tags.MAX_INTEGER:
            raise WireError(f"an integer of {size} bytes")
        self._tag(tags.INTEGER, value.to_bytes(size, "little", signed=True))

    def _put_container(self, value: Any, kind: type, depth: int) -> None:
        if self._layout and kind not in (tuple, frozenset) and self._seen(value):
            return
        if depth >= tags.MAX_DEPTH:
            raise WireError(f"a value nested more than {tags.MAX_DEPTH} levels deep")
        count = len(value)
        self._nodes_left -= count
        if self._nodes_left < 0:
            raise TooLarge(f"more than {tags.MAX_NODES} items")
        self._tag(_TAGS[kind], tags.COUNT.pack(count))
        if kind is dict:
            for key, item in value.items():
                self._put(key, depth + 1)
                self._put(item, depth + 1)
        else:
            for item in value:
                self._put(item, depth + 1)

    def _put_array(self, value: np.ndarray, flags: int = 0) -> None:
        if self._layout and not flags and self._seen(value):
            return
        self._take(value.nbytes)
        try:
            self._tag(tags.ARRAY, arrays.pack(value, flags, self._layout))
        except arrays.ArrayError as error:
            raise WireError(str(error)) from None

    def _put_other(self, value: Any, kind: type, depth: int) -> None:
        if issubclass(kind, np.generic):
            if kind.__module__ != "numpy":
                raise WireError("a number of an unknown type")
            self._put_array(np.asarray(value), arrays.SCALAR)
        elif kind is complex:
            self._tag(tags.COMPLEX, tags.PAIR.pack(value.real, value.imag))
        elif kind is slice:
            self._put_parts(tags.SLICE, value, depth)
        elif kind is range and -tags.MAX_NODES <= value.stop - value.start <= tags.MAX_NODES:
            self._put_parts(tags.RANGE, value, depth)
        elif value is Ellipsis:
            self._tag(tags.ELLIPSIS)
        elif issubclass(kind, np.dtype) and arrays.is_known(value.str):
            self._tag(tags.DTYPE, value.str.encode())
        elif kind in _DICTS:
            self._put_container(value, dict, depth)
        elif issubclass(kind, int):
            self._put_integer(int.__int__(value))
        elif issubclass(kind, float):
            self._put(float.__float__(value), depth)
        elif issubclass(kind, str):
            self._put(str.__str__(value), depth)
        elif arrays.is_tensor(value):
            self._put_tensor(value)
        elif issubclass(kind, np.ndarray):
            self._put_array(np.array(value, subok=False))
        else:
            self._put_stand_in(self._stand_in(value))

    def _put_parts(self, code: int, value: Any, depth: int) -> None:
        if depth >= tags.MAX_DEPTH:
            raise WireError(f"a value nested more than {tags.MAX_DEPTH} levels deep")
        self._tag(code)
        for part in (value.start, value.stop, value.step):
            self._put(part, depth + 1)

    def _put_tensor(self, value: Any) -> None:
        if self._layout and self._seen(value):
            return
        try:
            array, flags = arrays.of_tensor(value)
        # A tensor of a kind that has no numbers to show: sparse, quantised, on the meta device.
        except Exception as error:
            raise WireError(f"a tensor that cannot be sent ({type(error).__name__})") from None
        self._take(array.nbytes)
        self._tag(tags.ARRAY, arrays.pack(array, flags, False))

    def _put_stand_in(self, thing: StandIn) -> None:
        if isinstance(thing, Handle):
            self._tag(tags.HANDLE, tags.NUMBER.pack(thing.number))
            self._packer.pack(thing.type_name)
        elif isinstance(thing, Given):
            self._tag(tags.GIVEN, tags.NUMBER.pack(thing.number))
        elif isinstance(thing, Callback):
            self._tag(tags.CALLBACK, tags.NUMBER.pack(thing.number))
        elif isinstance(thing, Named):
            self._tag(tags.NAMED, thing.name.encode())
        else:
            self._tag(tags.KNOWN, f"{thing.module} {thing.name}".encode())

    def _seen(self, value: Any) -> bool:
        """Whether a value was sent already; if not, the next time it is."""
        place = self._places.setdefault(id(value), len(self.nodes))
        if place < len(self.nodes):
            self._tag(tags.AGAIN, tags.COUNT.pack(place))
            return True
        self.nodes.append(value)
        return False

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise TooLarge(f"more than {self._limit} bytes")

    def _tag(self, code: int, data: bytes = b"") -> None:
        self._packer.pack_ext_type(code, data)
