"""The language between the examiner and the sandbox: plain values, each byte checked on arrival.

A payload is a stream of msgpack scalars, one after the other and never nested, so that nothing is
set aside for what is only announced. A container is a tag with the number of its items, and the
items follow it; an array is a tag that holds its type, its shape and its numbers.

Both sides use this module. The examiner trusts nothing that arrives: its `Decoder` makes values
of exactly the types listed in `Decoder.decode`, or raises `WireError`, and does nothing else.
"""

from autograder.inside.wire.decoder import Decoder
from autograder.inside.wire.encoder import Encoder
from autograder.inside.wire.tags import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_NAME,
    MAX_NODES,
    MAX_ODD_KEYS,
    Callback,
    Given,
    Handle,
    Known,
    Named,
    StandIn,
    TooLarge,
    WireError,
    type_name,
)

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_INTEGER",
    "MAX_NAME",
    "MAX_NODES",
    "MAX_ODD_KEYS",
    "Callback",
    "Decoder",
    "Encoder",
    "Given",
    "Handle",
    "Known",
    "Named",
    "StandIn",
    "TooLarge",
    "WireError",
    "type_name",
]
