"""The wire: plain values arrive as they were, and no bytes do anything but arrive or be refused.

The suite tries some hundreds of examples of each kind. To try 10,000, and see the count:

    EXAMPLES=10000 pytest tests/unit/test_wire.py -s
"""

import collections
import enum
import math
import os
import struct
import tracemalloc
from collections.abc import Iterator
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.inside import wire
from autograder.inside.wire import arrays

EXAMPLES = int(os.environ.get("EXAMPLES", "500"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
COUNT: collections.Counter[str] = collections.Counter()


@pytest.fixture(scope="module", autouse=True)
def count() -> Iterator[None]:
    yield
    print(f"\nexamples tried: {dict(COUNT)}")


def examiner() -> wire.Decoder:
    """A reader as the examiner has it, which trusts nothing."""
    return wire.Decoder(value_of=lambda handle: handle)


def there_and_back(value: Any) -> Any:
    """What the examiner gets of a value from the sandbox."""
    [back] = examiner().decode(wire.Encoder().encode(value))
    return back


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are of the same types throughout and equal, NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, m) and same(v, w) for (k, v), (m, w) in zip(a.items(), b.items(), strict=True)
        )
    return bool(a == b)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**2000), 2**2000)
    | st.floats()
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
DTYPES = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="?")
    | hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64))
    | hnp.complex_number_dtypes(endianness="?")
    | hnp.unicode_string_dtypes(endianness="?", min_len=1, max_len=5)
    | hnp.byte_string_dtypes(min_len=1, max_len=5)
    | hnp.datetime64_dtypes(endianness="?")
    | hnp.timedelta64_dtypes(endianness="?")
)


def is_whole(array: np.ndarray) -> bool:
    """Whether it holds no halves of characters, which are refused as no text."""
    letters = "".join(array.ravel().tolist()) if array.dtype.kind == "U" else ""
    return not any("\ud800" <= letter <= "\udfff" for letter in letters)


ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_side=4)).filter(is_whole)
KEYS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers() | st.booleans()
PLAIN = st.recursive(
    SCALARS | ARRAYS | ARRAYS.filter(lambda a: a.size).map(lambda a: a.ravel()[0]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
        | st.frozensets(KEYS, max_size=4)
        | st.builds(slice, st.none() | st.integers(), st.none() | st.integers())
        | st.builds(range, st.integers(-1000, 1000), st.integers(-1000, 1000))
    ),
    max_leaves=12,
)


@FUZZ
@given(PLAIN)
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    COUNT["values"] += 1
    assert same(there_and_back(value), value)


def refused_or_plain(payload: bytes) -> None:
    """The only two things that may come of any bytes."""
    try:
        values = examiner().decode(payload)
    except wire.WireError:
        return
    for value in values:
        check_exact(value)


STAND_INS = (wire.Handle, wire.Given)
EXACT = (type(None), bool, int, float, complex, str, bytes, slice, range, type(...), *STAND_INS)


def check_exact(value: Any) -> None:
    """That a value is of one of the types that the decoder promises."""
    if type(value) in (list, tuple, set, frozenset):
        for item in value:
            check_exact(item)
    elif type(value) is dict:
        for key, item in value.items():
            check_exact(key)
            check_exact(item)
    elif type(value) is np.ndarray:
        assert value.dtype.kind in "biufcUSmM"
        assert value.flags.writeable
        assert value.flags.c_contiguous
        value.tolist()
    elif type(value).__module__ != "torch":
        assert type(value) in EXACT or isinstance(value, (np.generic, np.dtype))
        assert (
            type(value).__module__ in ("builtins", "numpy", "numpy.dtypes")
            or type(value) in STAND_INS
        )


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_plain(payload: bytes) -> None:
    COUNT["bytes"] += 1
    refused_or_plain(payload)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A well formed payload with some bytes changed, taken out, put in or doubled."""
    payload = bytearray(wire.Encoder().encode(*draw(st.lists(PLAIN, min_size=1, max_size=3))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(payload)))
        deed = draw(st.sampled_from(["set", "cut", "insert", "double", "end"]))
        if deed == "set" and at < len(payload):
            payload[at] = draw(st.integers(0, 255))
        elif deed == "cut":
            del payload[at : at + draw(st.integers(1, 8))]
        elif deed == "insert":
            payload[at:at] = draw(st.binary(min_size=1, max_size=6))
        elif deed == "double":
            payload[at:at] = payload[at : at + draw(st.integers(1, 20))]
        else:
            del payload[at:]
    return bytes(payload)


@FUZZ
@given(mutated())
def test_a_damaged_payload_is_refused_or_plain(payload: bytes) -> None:
    COUNT["damaged"] += 1
    refused_or_plain(payload)


TAGS = st.integers(0, 30)
DATA = st.binary(max_size=40) | st.integers(0, 2**32 - 1).map(lambda n: struct.pack("<I", n))


@FUZZ
@given(
    st.lists(
        st.builds(lambda code, data: msgpack.ExtType(code, data), TAGS, DATA)
        | st.none()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text(max_size=5),
        max_size=20,
    )
)
def test_any_sequence_of_tags_is_refused_or_plain(tokens: list[Any]) -> None:
    COUNT["tags"] += 1
    refused_or_plain(b"".join(map(msgpack.packb, tokens)))


def tag(code: int, data: bytes = b"") -> bytes:
    packed: bytes = msgpack.packb(msgpack.ExtType(code, data))
    return packed


def array(dtype: bytes, shape: tuple[int, ...], data: bytes = b"", flags: int = 0) -> bytes:
    head = struct.pack(f"<BBB{len(shape)}q", flags, len(dtype), len(shape), *shape)
    return tag(11, head + dtype + data)


BAD = {
    "a list of 2^32 items": tag(1, b"\xff\xff\xff\xff"),
    "a dict of 2^32 items": tag(3, b"\xff\xff\xff\xff"),
    "lists in lists for ever": tag(1, b"\1\0\0\0") * 100_000,
    "lists that all claim the rest": b"".join(tag(1, struct.pack("<I", 50_000)) for _ in range(31))
    + b"\xc0" * 40_000,
    "msgpack's own list of 2^32": b"\xdd\xff\xff\xff\xff",
    "msgpack's own lists, nested": b"\xdd\x00\x00\xff\xff" * 1000,
    "msgpack's own dict": b"\x81\xa1a\x01",
    "msgpack's own empty list": b"\x90",
    "a time of msgpack's": msgpack.packb(msgpack.Timestamp(0, 0)),
    "text of 4 GB": b"\xdb\xff\xff\xff\xff",
    "bytes of 4 GB": b"\xc6\xff\xff\xff\xff",
    "text that is no UTF-8": b"\xa2\xff\xfe",
    "half a character": b"\xa3\xed\xa0\x80",
    "an array of 2^40 numbers": array(b"<f8", (2**40,)),
    "an array of 2^62 by 4 numbers": array(b"<f8", (2**62, 4)),
    "an array of a negative length": array(b"<f8", (-1,)),
    "an array of two negative lengths": array(b"<f8", (-1, -1), b"x" * 8),
    "an empty array, long the other way": array(b"<f8", (0, 2**50)),
    "an array shorter than its shape": array(b"<f8", (3,), b"x" * 16),
    "an array longer than its shape": array(b"<f8", (1,), b"x" * 16),
    "an array of objects": array(b"|O8", (1,), b"\0" * 8),
    "an array of records": array(b"|V8", (1,), b"\0" * 8),
    "an array of text of length 0": array(b"<U0", (2**30,)),
    "an array of text that is none": array(b"<U1", (1,), b"\xff\xff\xff\xff"),
    "an array of halves of characters": array(b"<U1", (1,), b"\x00\xd8\x00\x00"),
    "an array of 40 dimensions": array(b"<f8", (1,) * 40, b"x" * 8),
    "an array with a type that runs code": array(b"O", (1,), b"\0" * 8),
    "an array with no type": array(b"", (1,), b"\0" * 8),
    "an array with a layout": array(b"<f8", (1, 8), b"x" * 8, flags=8),
    "an array that cannot be written": array(b"<f8", (1,), b"x" * 8, flags=16),
    "an array of unknown flags": array(b"<f8", (1,), b"x" * 8, flags=64),
    "an array with nothing in it": tag(11),
    "an integer of 2000 bytes": tag(6, b"x" * 2000),
    "a key that has no hash": tag(3, b"\1\0\0\0") + tag(1, b"\0\0\0\0") + b"\xc0",
    "a set of lists": tag(4, b"\1\0\0\0") + tag(1, b"\0\0\0\0"),
    "20,000 keys with one hash": tag(4, struct.pack("<I", 20_000))
    + b"".join(tag(6, (i * (2**61 - 1)).to_bytes(16, "little")) for i in range(20_000)),
    "a range of 2^62": tag(9) + msgpack.packb(0) + msgpack.packb(2**62) + msgpack.packb(1),
    "a range of text": tag(9) + b"\xa1a" * 3,
    "slices in slices": tag(8) * 1000,
    "a handle without a name": tag(13, b"\0" * 8),
    "a handle with a page for a name": tag(13, b"\0" * 8) + msgpack.packb("x" * 5000),
    "a handle with a line end in its name": tag(13, b"\0" * 8) + msgpack.packb("a\nb"),
    "a callback": tag(21, b"\0" * 8),
    "a name of the examiner's": tag(22, b"check"),
    "a function of a library": tag(23, b"os system"),
    "one value twice": tag(1, b"\0\0\0\0") + tag(20, b"\0\0\0\0"),
    "more items than may be": b"\xc0" * (2 * wire.MAX_NODES + 1),
}


@pytest.mark.parametrize("payload", BAD.values(), ids=BAD.keys())
def test_what_must_not_be_is_refused_without_setting_memory_aside(payload: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(wire.WireError):
            examiner().decode(payload)
        assert tracemalloc.get_traced_memory()[1] < 30 * len(payload) + 2**20
    finally:
        tracemalloc.stop()


def test_a_decoder_goes_on_after_a_refusal() -> None:
    decoder = examiner()
    for payload in (b"\xa5ab", b"\xc1", array(b"|O8", (1,), b"\0" * 8)):
        with pytest.raises(wire.WireError):
            decoder.decode(payload)
        assert decoder.decode(wire.Encoder().encode(1, "two")) == [1, "two"]


def test_a_payload_beyond_the_limit_is_refused() -> None:
    payload = wire.Encoder().encode(b"x" * 2000)
    with pytest.raises(wire.WireError, match="more than 1000"):
        wire.Decoder(limit=1000).decode(payload)


@pytest.mark.parametrize("value", [b"x" * 2000, "x" * 2000, np.zeros(500), [0.5] * 1000])
def test_what_is_too_large_is_not_sent(value: Any) -> None:
    with pytest.raises(wire.TooLarge):
        wire.Encoder(limit=1000).encode(value)
    encoder = wire.Encoder(limit=1000)
    with pytest.raises(wire.TooLarge):
        encoder.encode(value)
    assert examiner().decode(encoder.encode(1)) == [1]


def test_depth_is_bounded_on_both_sides() -> None:
    value: Any = 0.0
    for _ in range(wire.MAX_DEPTH):
        value = [value]
    assert there_and_back(value) == value
    with pytest.raises(wire.WireError, match="nested"):
        wire.Encoder().encode([value])
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(wire.WireError, match="nested"):
        wire.Encoder().encode(endless)


Pair = collections.namedtuple("Pair", ["a", "b"])


class Number(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Array(np.ndarray):
    def __eq__(self, other: object) -> bool:
        return True


Colour = enum.IntEnum("Colour", ["red", "green"])


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (Number(2.5), 2.5),
        (Colour.green, 2),
        (type("Text", (str,), {})("abc"), "abc"),
        (np.zeros(3).view(Array), np.zeros(3)),
        (np.matrix([[1.0, 2.0]]), np.array([[1.0, 2.0]])),
        (np.ma.array([1.0, 2.0], mask=[True, False]), np.array([1.0, 2.0])),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        ("half \ud800", "half ?"),
        (np.array(["", ""]), np.array(["", ""])),
    ],
    ids=repr,
)
def test_values_of_derived_types_arrive_as_plain_ones(value: Any, arrives: Any) -> None:
    assert same(there_and_back(value), arrives)


@pytest.mark.parametrize(
    "value",
    [
        np.array([object()]),
        np.zeros(2, dtype=[("a", float)]),
        object(),
        10**3000,
        range(2 * wire.MAX_NODES),
        Pair(1, 2),
        type("Items", (list,), {})([1]),
        bytearray(b"x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_not_sent(value: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.Encoder().encode(value)


def test_tensors_carry_their_values() -> None:
    torch = pytest.importorskip("torch")
    for tensor in (
        torch.arange(6.0).reshape(2, 3).T,
        torch.tensor(2.5, dtype=torch.float32, requires_grad=True),
        torch.tensor([True, False]),
        torch.nn.Parameter(torch.zeros(2)),
        torch.tensor([1 + 2j]).conj(),
    ):
        back = there_and_back([tensor])[0]
        assert type(back) is torch.Tensor
        assert not back.requires_grad
        assert back.dtype == tensor.dtype
        assert torch.equal(back, tensor.detach())
    half = there_and_back(torch.tensor([1.5], dtype=torch.bfloat16))
    assert half.dtype == torch.float32
    with pytest.raises(wire.WireError):
        wire.Encoder().encode(torch.zeros(2, 2).to_sparse())


def to_the_box(*values: Any) -> list[Any]:
    """What the sandbox gets of values from the examiner."""
    return wire.Decoder(trusting=True).decode(wire.Encoder(layout=True).encode(*values))


@FUZZ
@given(ARRAYS, st.data())
def test_arrays_lie_in_the_box_as_they_do_here(whole: np.ndarray, data: st.DataObject) -> None:
    COUNT["layouts"] += 1
    step = st.sampled_from(
        [slice(None), slice(None, None, -1), slice(None, None, 2), slice(1, None)]
    )
    view = whole[(*(data.draw(step) for _ in whole.shape), ...)]
    if data.draw(st.booleans()):
        view = view.T
    if data.draw(st.booleans()):
        view = view[...]
        view.flags.writeable = False
    [there] = to_the_box(view)
    assert same(there, view)
    assert there.flags.writeable == view.flags.writeable
    if view.size:
        assert there.strides == view.strides or view.flags.c_contiguous


def test_a_broadcast_array_and_a_fortran_array_keep_their_layout() -> None:
    spread = np.broadcast_to(np.arange(3.0), (4, 3))
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    one, other = to_the_box(spread, fortran)
    assert one.strides == (0, 8)
    assert not one.flags.writeable
    assert other.flags.f_contiguous
    assert other.tolist() == fortran.tolist()


def test_a_few_numbers_out_of_a_huge_array_are_sent_without_the_gaps() -> None:
    view = np.lib.stride_tricks.as_strided(np.zeros(1), (1, 2), (0, 0))
    huge = np.ndarray((2,), np.uint8, np.zeros(arrays.MAX_EXTENT + 2, np.uint8), 0, (2**26,))
    assert to_the_box(view, huge)[1].tolist() == [0, 0]


def test_the_same_object_arrives_as_the_same_object() -> None:
    x, items = np.zeros(2), [1]
    items.append(items)  # type: ignore[arg-type]
    a, b, c, (d, e) = to_the_box(x, items, items, (x, {"items": items}))
    assert a is d
    assert b is c is e["items"] is b[1]


def test_both_sides_number_what_can_be_changed_alike() -> None:
    x = np.zeros(2)
    values = ["do", (x, [x, {"k": {1, 2}}], (x,), 3.0, np.float64(1.0)), {"y": [x.T, np.ones(1)]}]
    encoder, decoder = wire.Encoder(layout=True), wire.Decoder(trusting=True)
    decoder.decode(encoder.encode(*values))
    assert [type(node) for node in encoder.nodes] == [type(node) for node in decoder.nodes]
    assert all(map(same, encoder.nodes, decoder.nodes))


def test_nan_and_infinities_pass() -> None:
    back = there_and_back([math.nan, math.inf, np.array([np.nan, -np.inf]), np.float32("nan")])
    assert math.isnan(back[0])
    assert back[1] == math.inf
    assert np.isnan(back[2][0])
    assert back[2][1] == -np.inf
    assert np.isnan(back[3])


def test_booleans_hold_nothing_but_true_and_false() -> None:
    [value] = examiner().decode(array(b"|b1", (3,), b"\x00\x01\xff"))
    assert value.view(np.uint8).tolist() == [0, 1, 1]
