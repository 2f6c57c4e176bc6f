"""Numbers of the text that need no network: overflow, what is published, exercises."""

from __future__ import annotations

import math

import numpy as np

from prelude import glue


def keep_by_hand() -> None:
    """Keep the numbers of the text that follow from formulas alone, or are published."""
    largest = float(np.finfo(np.float32).max)
    growth = 2.5
    glue("float32_max", largest)
    glue("growth", growth)
    glue("overflow_steps", math.ceil(math.log(largest) / math.log(growth)))
    # English to French, test set: Sutskever, Vinyals and Le, 2014.
    published = {"perplexity": (5.8, 4.7), "BLEU": (25.9, 30.6)}
    for measure, (in_order, in_reverse) in published.items():
        glue(f"{measure}_in_order", in_order)
        glue(f"{measure}_in_reverse", in_reverse)
    glue("guess", 1 / 6)
    _exercises()


def _exercises() -> None:
    """The answers to the exercises."""
    h = 1.0
    for _ in range(10_000):
        h = math.tanh(h)
    glue("tanh_state", h)
    glue("tanh_law", math.sqrt(3 / (2 * 10_000)))
    glue("fade_steps", math.ceil(math.log(0.01) / math.log(0.9)))
    glue("slow_fade", 0.01 ** (1 / 500))
    glue("adam_root", math.sqrt(0.001 * 1000**2))
    glue("adam_steps", math.ceil(math.log(1000) / -math.log(0.999)))
    hand = np.array([3.0, 4.0, 12.0])
    cut = np.clip(hand, -3.25, 3.25)
    cosine = cut @ hand / np.linalg.norm(cut) / np.linalg.norm(hand)
    glue("hand_angle", math.degrees(math.acos(cosine)))
    assert np.linalg.norm(hand) == 13
