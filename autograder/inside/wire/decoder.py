"""Payloads read, and nothing in them believed."""

import os
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NoReturn

import msgpack
import numpy as np

from autograder.inside.wire import arrays, tags
from autograder.inside.wire.tags import Callback, Given, Handle, Known, Named, StandIn, WireError

_MARK, _ROOM_FOR_MARK = 127, 64
_NATIVE = frozenset({type(None), bool, int, float, str, bytes})


def _no_value(thing: StandIn) -> NoReturn:
    raise WireError(f"a {type(thing).__name__.lower()} where none may be")


class Decoder:
    """Reads payloads.

    Args:
        value_of: gives the value that a stand-in stands for.
        trusting: accept what only the examiner may send: how arrays lie in memory, values that are
            one and the same object, and stand-ins other than handles.
        limit: the largest payload, in bytes.

    Attributes:
        nodes: after `decode`, all values that can be changed in place, in order.
    """

    def __init__(
        self,
        value_of: Callable[[Any], Any] = _no_value,
        trusting: bool = False,
        limit: int = tags.MAX_BYTES,
    ) -> None:
        self._value_of = value_of
        self._limit = limit
        self._trusting = trusting
        self._unpacker = self._new_unpacker()
        # If a payload breaks off within a token, that token swallows the mark at its end.
        self._mark = (_MARK, os.urandom(16))
        self._end: bytes = msgpack.packb(msgpack.ExtType(*self._mark))
        self.nodes: list[Any] = []

    def decode(self, payload: bytes) -> list[Any]:
        """The values in a payload.

        They are None or of exactly the types bool, int, float, complex, str, bytes, list, tuple,
        dict, set, frozenset, slice, range, ellipsis, numpy.ndarray, NumPy's scalars and dtypes and
        torch.Tensor, or what `value_of` gives. Arrays own their memory, can be written to and hold
        no objects.

        Raises:
            WireError: the payload is not well formed.
        """
        try:
            self._tokens = self._read_tokens(payload)
            self._at, self._odd_keys = 0, tags.MAX_ODD_KEYS
            self.nodes = []
            values = []
            while self._at < len(self._tokens):
                values.append(self._value(0))
            return values
        except WireError:
            raise
        # Whatever a payload makes NumPy, msgpack or Python say, it is one thing: malformed.
        except Exception as error:
            raise WireError(f"malformed ({type(error).__name__})") from None
        finally:
            self._tokens = []

    def _new_unpacker(self) -> Any:
        return msgpack.Unpacker(
            read_size=min(2**16, self._limit),
            max_buffer_size=self._limit + _ROOM_FOR_MARK,
            max_array_len=0,
            max_map_len=0,
            max_str_len=self._limit,
            max_bin_len=self._limit,
            max_ext_len=self._limit,
            ext_hook=_tagged,
        )

    def _read_tokens(self, payload: bytes) -> list[Any]:
        if len(payload) > self._limit:
            raise WireError(f"more than {self._limit} bytes")
        unpacker = self._unpacker
        try:
            unpacker.feed(payload)
            unpacker.feed(self._end)
            tokens: list[Any] = list(islice(unpacker, 2 * tags.MAX_NODES + 1))
            if len(tokens) > 2 * tags.MAX_NODES:
                raise WireError(f"more than {tags.MAX_NODES} items")
            if tokens.pop() != self._mark:
                raise WireError("breaks off")
        except BaseException:
            self._unpacker = self._new_unpacker()
            raise
        if len(payload) > tags.KEPT:
            self._unpacker = self._new_unpacker()
        return tokens

    def _value(self, depth: int) -> Any:
        tokens = self._tokens
        if self._at >= len(tokens):
            raise WireError("breaks off")
        token = tokens[self._at]
        self._at += 1
        kind = type(token)
        if kind in _NATIVE:
            return token
        if kind is not tuple:
            raise WireError("an item of an unknown kind")
        code, data = token
        if code == tags.ARRAY:
            return self._array(data)
        reader = _READERS.get(code)
        if reader is None or (code >= tags.AGAIN and not self._trusting):
            raise WireError(f"an unknown tag {code}")
        return reader(self, data, depth)

    def _items(self, data: bytes, depth: int, each: int = 1) -> list[Any]:
        """The items of a container whose tag holds this."""
        if depth >= tags.MAX_DEPTH:
            raise WireError(f"nested more than {tags.MAX_DEPTH} levels deep")
        count = tags.COUNT.unpack(data)[0] * each
        at = self._at
        if count > len(self._tokens) - at:
            raise WireError("breaks off")
        items = self._tokens[at : at + count]
        if _NATIVE.issuperset(map(type, items)):
            self._at += count
            return items
        return [self._value(depth + 1) for _ in range(count)]

    def _array(self, data: bytes) -> Any:
        value = arrays.unpack(data, self._trusting)
        if not isinstance(value, np.generic):
            self.nodes.append(value)
        return value

    def _list(self, data: bytes, depth: int) -> list[Any]:
        # A list may hold itself, so it is known before its items are.
        result: list[Any] = []
        self.nodes.append(result)
        result += self._items(data, depth)
        return result

    def _tuple(self, data: bytes, depth: int) -> tuple[Any, ...]:
        return tuple(self._items(data, depth))

    def _dict(self, data: bytes, depth: int) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        self.nodes.append(result)
        items = self._items(data, depth, each=2)
        keys = items[::2]
        self._check_keys(keys)
        result.update(zip(keys, items[1::2], strict=True))
        return result

    def _set(self, data: bytes, depth: int) -> set[Any]:
        result: set[Any] = set()
        self.nodes.append(result)
        items = self._items(data, depth)
        self._check_keys(items)
        result.update(items)
        return result

    def _frozenset(self, data: bytes, depth: int) -> frozenset[Any]:
        items = self._items(data, depth)
        self._check_keys(items)
        return frozenset(items)

    def _check_keys(self, keys: Sequence[Any]) -> None:
        self._odd_keys -= sum(type(key) is not str for key in keys)
        if self._odd_keys < 0:
            raise WireError(f"more than {tags.MAX_ODD_KEYS} keys that are no text")

    def _integer(self, data: bytes, depth: int) -> int:
        if len(data) > tags.MAX_INTEGER:
            raise WireError(f"an integer of {len(data)} bytes")
        return int.from_bytes(data, "little", signed=True)

    def _complex(self, data: bytes, depth: int) -> complex:
        return complex(*tags.PAIR.unpack(data))

    def _slice(self, data: bytes, depth: int) -> slice:
        if depth >= tags.MAX_DEPTH:
            raise WireError(f"nested more than {tags.MAX_DEPTH} levels deep")
        return slice(*[self._value(depth + 1) for _ in range(3)])

    def _range(self, data: bytes, depth: int) -> range:
        parts = [self._value(tags.MAX_DEPTH) for _ in range(3)]
        if any(type(part) is not int for part in parts):
            raise WireError("a range of something else than integers")
        result = range(*parts)
        if len(result) > tags.MAX_NODES:
            raise WireError(f"a range of more than {tags.MAX_NODES}")
        return result

    def _ellipsis(self, data: bytes, depth: int) -> Any:
        return Ellipsis

    def _dtype(self, data: bytes, depth: int) -> np.dtype:
        return arrays.dtype_of(data)

    def _handle(self, data: bytes, depth: int) -> Any:
        name = self._value(tags.MAX_DEPTH)
        if type(name) is not str or len(name) > tags.MAX_NAME or not name.isprintable():
            raise WireError("a type without a proper name")
        return self._value_of(Handle(tags.NUMBER.unpack(data)[0], name))

    def _given(self, data: bytes, depth: int) -> Any:
        return self._value_of(Given(tags.NUMBER.unpack(data)[0]))

    def _again(self, data: bytes, depth: int) -> Any:
        return self.nodes[tags.COUNT.unpack(data)[0]]

    def _callback(self, data: bytes, depth: int) -> Any:
        return self._value_of(Callback(tags.NUMBER.unpack(data)[0]))

    def _named(self, data: bytes, depth: int) -> Any:
        return self._value_of(Named(data.decode()))

    def _known(self, data: bytes, depth: int) -> Any:
        return self._value_of(Known(*data.decode().split(" ", 1)))


_READERS: dict[int, Callable[[Decoder, bytes, int], Any]] = {
    tags.LIST: Decoder._list,
    tags.TUPLE: Decoder._tuple,
    tags.DICT: Decoder._dict,
    tags.SET: Decoder._set,
    tags.FROZENSET: Decoder._frozenset,
    tags.INTEGER: Decoder._integer,
    tags.COMPLEX: Decoder._complex,
    tags.SLICE: Decoder._slice,
    tags.RANGE: Decoder._range,
    tags.ELLIPSIS: Decoder._ellipsis,
    tags.DTYPE: Decoder._dtype,
    tags.HANDLE: Decoder._handle,
    tags.GIVEN: Decoder._given,
    tags.AGAIN: Decoder._again,
    tags.CALLBACK: Decoder._callback,
    tags.NAMED: Decoder._named,
    tags.KNOWN: Decoder._known,
}


def _tagged(code: int, data: bytes) -> tuple[int, bytes]:
    return code, data
