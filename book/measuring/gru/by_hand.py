"""Two counters set by hand: an LSTM with three units, and units of a GRU.

The functions take the page's: `count_by_hand` returns the LSTM's cells after each letter and its
answer, `gru_unit` the states of one unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from prelude import glue

CountByHand = Callable[[str], tuple[Tensor, bool]]
GruUnit = Callable[..., Tensor]

SHOWN_K, RATES = 40, (0.3, 0.1, 0.03)


def spacing() -> float:
    """Return the finest step of single precision near 1."""
    return float(np.spacing(np.float32(1 - 1e-7)))


def near_misses(k: int) -> list[str]:
    """Return texts that are almost a^k b^k."""
    word = "a" * k + "b" * k
    return [word + "b", word[1:], word[:-1], word + "ab", "b" + word + "a"]


def try_words(count_by_hand: CountByHand) -> None:
    """Print what the LSTM says of long words, of their near misses, and of all short texts."""
    for k in (1, 2, 30, 300, 1000):
        accepted = count_by_hand("a" * k + "b" * k)[1]
        wrongly = sum(count_by_hand(text)[1] for text in near_misses(k))
        print(f"k = {k:4d}: word {accepted}, near misses accepted: {wrongly}")
        assert accepted
        assert not wrongly
    short = [format(n, "b")[1:] for n in range(1, 256)]
    short = [text.replace("0", "a").replace("1", "b") for text in short]
    said = [text for text in short if count_by_hand(text)[1]]
    print(f"of all {len(short)} texts up to 7 letters it accepts:", *said)
    assert said == ["ab", "aabb", "aaabbb"]


def read_by_hand(
    count_by_hand: CountByHand, gru_unit: GruUnit
) -> tuple[Tensor, dict[float, Tensor]]:
    """Return the LSTM's cell and, by update gate, a GRU's unit, after each letter of a word."""
    text = "a" * SHOWN_K + "b" * SHOWN_K
    return count_by_hand(text)[0][:, 0], {z: gru_unit(text, z) for z in RATES}


def keep_traces(cell: Tensor, units: dict[float, Tensor]) -> None:
    """Keep the numbers of the text beside fig-gru-mix."""
    back = {z: int((trace[SHOWN_K:] <= 0).int().argmax()) for z, trace in units.items()}
    glue("shown_k", SHOWN_K)
    for z in RATES:
        glue(f"back_{z}", back[z])
    assert back == {0.3: 2, 0.1: 7, 0.03: 18}
    assert cell[-1] == 0
    assert cell[SHOWN_K] == SHOWN_K


def fading_counts(
    count_by_hand: CountByHand, gru_unit: GruUnit
) -> tuple[dict[float, Tensor], Tensor]:
    """Return how far neighbouring counts are apart: by update gate, and in the LSTM."""
    fades = {z: gru_unit("a" * 600, z, torch.float32).diff() for z in RATES}
    return fades, count_by_hand("a" * 1000)[0][:, 0].diff()


def keep_fading(fades: dict[float, Tensor], by_hand: Tensor) -> None:
    """Keep how many letters a GRU's units can count, and what numbers the computer has."""
    glue("spacing", spacing())
    glue("double_digits", f"{2**53:,}")
    glue("single_digits", f"{2**24:,}")
    for z, fade in fades.items():
        alike = int((fade == 0).int().argmax())
        glue(f"alike_{z}", alike)
        predicted = math.log(spacing() / z) / math.log(1 - z)
        assert abs(alike - predicted) < 0.1 * predicted
    assert (by_hand == 1).all()
