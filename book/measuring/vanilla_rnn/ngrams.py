"""Models that count: the probability of the next symbol from the n - 1 before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Codes = NDArray[np.integer[Any]]
#: The perplexity of a model, and the number of its counts.
Ngram = tuple[float, int]


def _count(seen: Codes, asked: Codes) -> tuple[Codes, int]:
    """Return how often each asked code was seen, and how many were."""
    codes, counts = np.unique(seen, return_counts=True)
    place = np.searchsorted(codes, asked).clip(max=len(codes) - 1)
    return np.where(codes[place] == asked, counts[place], 0), len(codes)


def ngram_perplexity(train: Codes, test: Codes, n: int, V: int, weight: float) -> Ngram:
    """Return an n-gram model's perplexity and the number of its counts.

    Args:
        train: the symbols that are counted.
        test: the symbols that are predicted.
        n: how many symbols are counted together.
        V: how many symbols there are.
        weight: how much the next shorter model counts.
    """
    p, size = np.full(len(test), 1 / V), 0
    for order in range(1, n + 1):
        digits = V ** np.arange(order)[::-1]  # one number for each n-gram
        seen, asked = (sliding_window_view(text, order) @ digits for text in (train, test))
        whole, size = _count(seen, asked)
        context, _ = _count(seen // V, asked // V)
        p = (whole + weight * p[-len(asked) :]) / (context + weight)
    return math.exp(-np.log(p).mean()), size


def best_ngram(train: Codes, valid: Codes, test: Codes, n: int, V: int) -> Ngram:
    """Choose the weight on the validation text; return the test result."""
    tried = {weight: ngram_perplexity(train, valid, n, V, weight)[0] for weight in (1, 3, 10, 30)}
    return ngram_perplexity(train, test, n, V, min(tried, key=tried.__getitem__))


def print_ngrams(texts: Sequence[Codes], V: int) -> list[Ngram]:
    """Print and return the results for n from 1 to 5.

    Args:
        texts: the training, the validation and the test text.
        V: how many symbols there are.
    """
    train, valid, test = texts
    ngrams = [best_ngram(train, valid, test, n, V) for n in range(1, 6)]
    for n, (perplexity, size) in enumerate(ngrams, start=1):
        print(f"{n}-gram: perplexity {perplexity:5.2f}, {size:6,} counts")
    return ngrams
