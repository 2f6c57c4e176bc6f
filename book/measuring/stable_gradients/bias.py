"""Where clipped descent settles on data with a long tail."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelude import glue

from .cliff import SEEDS

Array = NDArray[np.floating[Any]]


class Settled(NamedTuple):
    """Where descent settles by threshold; `found` by draws per update and seed."""

    data: Array
    thresholds: Array
    predicted: Array
    found: dict[int, Array]


def settle(data: Array, thresholds: Array, N: int, seed: int, updates: int = 8000) -> Array:
    """Return where clipped descent settles, for all thresholds at once, with N draws at a time."""
    rate, rng = 0.02, np.random.default_rng(seed)
    draws = rng.choice(data, (updates, N)).mean(axis=1)
    place, places = np.full(len(thresholds), np.median(data)), []
    for draw in draws:
        place = place - rate * np.clip(place - draw, -thresholds, thresholds)
        places.append(place)
    mean: Array = np.mean(places[updates // 4 :], axis=0)
    return mean


def huber_minimum(data: Array, threshold: float) -> float:
    """Return where the mean of the clipped differences is zero, by bisection."""
    low, high = float(data.min()), float(data.max())
    middle = (low + high) / 2
    for _ in range(60):
        middle = (low + high) / 2
        too_high = np.clip(middle - data, -threshold, threshold).mean() > 0
        low, high = (low, middle) if too_high else (middle, high)
    return middle


def settle_by_threshold() -> Settled:
    """Return where descent settles with one and with sixteen draws; keep what the text tells."""
    tail = np.random.default_rng(5).exponential(size=2000)
    thresholds = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4])
    predicted = np.array([huber_minimum(tail, threshold) for threshold in thresholds])
    found = {N: np.array([settle(tail, thresholds, N, seed) for seed in SEEDS]) for N in (1, 16)}
    settled = Settled(tail, thresholds, predicted, found)
    _keep(settled)
    return settled


def _keep(settled: Settled) -> None:
    mean, median = settled.data.mean(), np.median(settled.data)
    one, sixteen = settled.found[1], settled.found[16]
    glue("tail_mean", mean)
    glue("tail_median", median)
    glue("one_small", one[:, 0].mean())
    glue("sixteen_small", sixteen[:, 0].mean())
    glue("smallest_threshold", settled.thresholds[0])
    spread = np.abs(one - settled.predicted).max()
    glue("bias_error", spread)
    assert spread < 0.04
    assert abs(one[:, 0].mean() - median) < 0.03
    assert np.abs(sixteen - mean).max() < np.abs(one[:, 0] - mean).min() / 3
