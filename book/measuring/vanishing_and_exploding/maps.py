"""Maps that are put into themselves: a parabola, one unit, and two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelude import glue, tenfold

Array = NDArray[np.float64]
# One step of a map: the new state, and the slope.
Step = Callable[[Any], tuple[Any, Any]]
# The page's: the state after some steps, and its derivative by the start.
RunMap = Callable[[Step, Any, int], tuple[Any, Any]]


class Iterated(NamedTuple):
    """Results and slopes of a map by start, after some numbers of steps."""

    starts: Array
    after: dict[int, tuple[Array, Array]]


class Basins(NamedTuple):
    """Where each start in the plane of two units ends, and how far a push of it gets."""

    W_h: Array
    line: Array  # the starts of one unit
    plane: Array  # all starts (M, 2)
    basin: NDArray[np.int64]  # number of the attractor, of each start
    attractors: Array
    stretch: Array  # norm of dh_10 / dh_0 at each start


def parabola(h: Any) -> tuple[Any, Any]:
    """Return one step of the map and its slope."""
    return 3.5 * h * (1 - h), 3.5 - 7 * h


def iterated(run_map: RunMap) -> Iterated:
    """Run the parabola from many starts, print where it ends; keep what the text tells."""
    starts = np.linspace(0, 1, 4001)[1:-1]
    found = Iterated(starts, {steps: run_map(parabola, starts, steps) for steps in (1, 4, 24)})
    cycle = np.unique(np.round(run_map(parabola, starts[::20], 4000)[0], 6))
    fixed = 1 - 1 / 3.5
    print("ends:", cycle)
    print("fixed point:", round(fixed, 4), "slope", round(parabola(fixed)[1], 4))
    size, later = np.abs(found.after[24][1]), np.abs(run_map(parabola, starts, 60)[1])
    ends = [h for h in cycle if 0 < h < 1 and abs(h - fixed) > 0.01]
    glue("map_ends", ", ".join(f"{h:.3f}" for h in ends))
    glue("map_count", len(starts))
    glue("map_small", 100 * np.mean(size < 0.01))
    glue("map_large", 100 * np.mean(size > 1))
    glue("map_later", 100 * np.mean(later > 1))
    glue("map_largest", tenfold(size.max()))
    glue("map_median", tenfold(float(np.median(size))))
    glue("map_fixed", fixed)
    glue("map_fixed_slope", parabola(fixed)[1])
    assert np.median(size) < 1e-3
    assert size.max() > 1e3
    return found


def fold(w: float) -> Array:
    """Return the two biases between which there are two attractors."""
    if w <= 4:
        raise ValueError(f"w: {w} gives one attractor only; take more than 4")
    h = (1 + np.array([1, -1]) * np.sqrt(1 - 4 / w)) / 2
    biases: Array = np.log(h / (1 - h)) - w * h
    return biases


def two_attractors(w: float) -> tuple[float, float]:
    """Print and return the biases between which there are two attractors."""
    low, high = fold(w)
    print(f"w = {w:g}: two attractors for b between", fold(w).round(4))
    glue("fold_low", low)
    glue("fold_high", high)
    return low, high


def run_pair(W_h: Array, h: Array, steps: int) -> tuple[Array, Array]:
    """Return states and Jacobians of starts (M, 2) after some steps."""
    J = np.broadcast_to(np.eye(2), (len(h), 2, 2))
    for _ in range(steps):
        h = np.tanh(h @ W_h.T)
        J = (1 - h**2)[:, :, None] * (W_h @ J)
    return h, J


def basins(W_h: Sequence[Sequence[float]]) -> Basins:
    """Return where a network of two units without input goes; keep what the text tells."""
    W, line = np.array(W_h), np.linspace(-1, 1, 240)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    end, _ = run_pair(W, plane, 120)
    basin = 2 * (end[:, 0] > 0) + (end[:, 1] > 0)
    stretch = np.linalg.norm(run_pair(W, plane, 10)[1], 2, axis=(1, 2))
    ends = [end[basin == i] for i in range(4)]
    attractors = np.array([same.mean(axis=0) for same in ends])
    assert max(np.ptp(same, axis=0).max() for same in ends) < 1e-6
    grid = basin.reshape(len(line), len(line))
    at_border = np.zeros(grid.shape, bool)
    at_border[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    at_border[1:] |= grid[1:] != grid[:-1]
    at_borders = np.median(stretch[at_border.ravel()])
    glue("basin_inside", 100 * (stretch < 1).mean())
    glue("basin_median", tenfold(float(np.median(stretch))))
    glue("basin_largest", stretch.max())
    glue("basin_border", at_borders)
    assert np.median(stretch) < 0.1
    assert at_borders > 4
    return Basins(W, line, plane, basin, attractors, stretch)
