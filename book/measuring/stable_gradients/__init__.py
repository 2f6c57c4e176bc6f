"""What the chapter “Keeping gradients stable” measures."""

from .adding import adding_batch, learn_to_add, show_sequences, squared_error, survive, train
from .bias import huber_minimum, settle, settle_by_threshold
from .by_hand import keep_by_hand
from .checks import (
    clip_like_pytorch,
    cosine_by_value,
    follow_relu,
    relu_backward,
    some_gradients,
    span_jacobian,
    turn_by_value,
)
from .cliff import cliff, walk, walk_often, walk_once
from .copying import Copier, copy_batch, copy_loss, stored_copying
from .digits import pixel_digits, shuffle_pixels, stored_digits
from .reach import measure_reach, reach

__all__ = [
    "Copier",
    "adding_batch",
    "cliff",
    "clip_like_pytorch",
    "copy_batch",
    "copy_loss",
    "cosine_by_value",
    "follow_relu",
    "huber_minimum",
    "keep_by_hand",
    "learn_to_add",
    "measure_reach",
    "pixel_digits",
    "reach",
    "relu_backward",
    "settle",
    "settle_by_threshold",
    "show_sequences",
    "shuffle_pixels",
    "some_gradients",
    "span_jacobian",
    "squared_error",
    "stored_copying",
    "stored_digits",
    "survive",
    "train",
    "turn_by_value",
    "walk",
    "walk_often",
    "walk_once",
]
