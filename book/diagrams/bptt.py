"""The figures of the chapter “Backpropagation through time”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from numpy.typing import NDArray

from unrolled import figures

Array = NDArray[np.floating[Any]]
Point = tuple[float, float]

BLUE, ORANGE, GREEN = (figures.PALETTE[name] for name in ("blue", "orange", "green"))
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}


def _node(ax: Axes, x: float, y: float, text: str) -> None:
    ax.add_patch(Circle((x, y), 0.34, fill=False, color=figures.INK, lw=1.5))
    ax.text(x, y, text, fontsize=14, **CENTRED)


def _arrow(ax: Axes, start: Point, end: Point, colour: str, lw: float = 2.0) -> None:
    look: dict[str, Any] = {"mutation_scale": 14, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", color=colour, lw=lw, **look))


def _sum_box(ax: Axes, steps: int) -> None:
    """Draw the box into which the contributions of all uses go."""
    wide, middle = 2.1 * (steps - 1) + 1.2, 1.05 * steps
    ax.add_patch(Rectangle((middle - wide / 2, -2.75), wide, 0.75, fill=False, ec=BLUE))
    text = r"sum $= \partial L / \partial W_h$"
    ax.text(middle, -2.38, text, fontsize=13, color=BLUE, **CENTRED)


def backward(steps: int = 3) -> None:
    """Draw forward and backward pass over a few steps with a loss at each."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.72))
    _node(ax, 0, 0, "$h_0$")
    _sum_box(ax, steps)
    for step in range(1, steps + 1):
        x = 2.1 * step
        _node(ax, x, 0, f"$h_{step}$")
        _node(ax, x, 1.7, f"$L_{step}$")
        ax.text(x, -1.35, f"$x_{step}$", fontsize=14, **CENTRED)
        _arrow(ax, (x, -1.1), (x, -0.36), figures.INK, 1.2)
        _arrow(ax, (x - 0.1, 0.34), (x - 0.1, 1.36), figures.INK, 1.2)
        _arrow(ax, (x - 1.74, 0.1), (x - 0.36, 0.1), figures.INK, 1.2)
        _arrow(ax, (x + 0.1, 1.36), (x + 0.1, 0.34), ORANGE)
        _arrow(ax, (x - 0.36, -0.1), (x - 1.74, -0.1), ORANGE)
        use = x - 1.05
        _arrow(ax, (use, -0.2), (use, -1.98), BLUE, 1.6)
        ax.text(use, 0.42, f"use {step}", fontsize=12, color=figures.INK, **CENTRED)
    ax.set(xlim=(-0.5, 2.1 * steps + 0.5), ylim=(-2.85, 2.15), aspect="equal")
    ax.axis("off")


def bound(eps: Array, error: Array, taylor: Array, rounding: Array) -> None:
    """Draw the error of a central difference against its step, with the bound's two terms."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.55))
    ax.plot(eps, taylor + rounding, color=figures.INK, lw=1.5)
    ax.plot(eps, taylor, ls="--", lw=1.5, color=GREEN)
    ax.plot(eps, rounding, ls="--", lw=1.5, color=ORANGE)
    seen = error > 0
    ax.plot(eps[seen], error[seen], "o", ms=4, color=BLUE)
    ax.set(xscale="log", yscale="log", xlabel="step size $\\varepsilon$", ylabel="error")
    ax.set(xlim=(3e-13, 1), ylim=(1e-13, 1))
    ax.text(1.2e-3, 2e-10, "Taylor", color=GREEN)
    ax.text(3e-12, 2e-3, "rounding", color=ORANGE)
    ax.text(4e-8, 2e-7, "bound", color=figures.INK)


def v(step_sizes: Array, errors: Mapping[str, Array]) -> None:
    """Draw the relative errors of gradient checks, (seeds, step sizes), against the step size."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.62))
    looks = {
        "central, double": (BLUE, (1.2e-12, 3e-9)),
        "one-sided, double": (GREEN, (3e-11, 1e-3)),
        "central, single": (ORANGE, (1e-10, 1.0)),
    }
    for name, (colour, place) in looks.items():
        values = errors[name]
        ax.fill_between(step_sizes, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        ax.plot(step_sizes, np.exp(np.log(values).mean(0)), color=colour)
        ax.text(*place, name, color=colour)
    ax.axvline(1e-5, color=figures.INK, lw=1, ls="--")
    ax.set(xscale="log", yscale="log", xlabel="step size $\\varepsilon$", ylabel="relative error")
    ax.set(ylim=(1e-12, 30), xlim=(1e-12, 3))


def _against_chunks(
    ax: Axes, chunks: Sequence[int], values: Array, colour: str, ms: float = 4, **look: Any
) -> None:
    """Draw mean and range over the seeds of values (chunk lengths, seeds)."""
    ax.fill_between(chunks, values.min(1), values.max(1), color=colour, alpha=0.25, lw=0)
    ax.plot(chunks, values.mean(1), "o-", ms=ms, color=colour, **look)


def _chunk_ticks(ax: Axes, chunks: Sequence[int]) -> None:
    ax.set_xticks(chunks, [str(K) for K in chunks])
    ax.minorticks_off()


def cost(
    chunks: Sequence[int],
    trained: Mapping[int, tuple[Any, Array]],
    output_only: Mapping[int, Array],
) -> None:
    """Draw the losses after training, as shares of chance, against the chunk length."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.52))
    for (delay, (_networks, shares)), colour in zip(trained.items(), (BLUE, ORANGE)):
        _against_chunks(ax, chunks, 100 * shares, colour)
        ax.axvline(delay, color=colour, lw=1, ls="--")
        level = 100 * output_only[delay].mean()
        ax.hlines(level, 0.95, delay, color=colour, lw=1.5, ls=":")
    ax.text(1.05, 47, "output layer only", color=BLUE)
    ax.text(1.9, 72, "delay 3", color=BLUE)
    ax.text(7.6, 40, "delay 6", color=ORANGE)
    ax.set(xscale="log", xlabel="steps in a chunk K", ylabel="loss, % of chance")
    ax.set(ylim=(0, 105), xlim=(0.95, 25))
    _chunk_ticks(ax, chunks)


def _map_of_lengths(figure: Figure, ax: Axes, lengths: Array) -> None:
    """Draw lengths (T, T) by loss and use, and what chunks and a window of 8 keep."""
    with np.errstate(divide="ignore"):
        shown = np.log10(lengths / lengths.max())
    shown = np.where(np.isfinite(shown), shown, np.nan)
    extent = (0.5, 24.5, 24.5, 0.5)
    picture = ax.imshow(shown, cmap="viridis", vmin=-3, vmax=0, extent=extent)
    for first in (0.5, 8.5, 16.5):
        ax.add_patch(Rectangle((first, first), 8, 8, fill=False, ec=figures.INK))
    edge = np.arange(8, 25)
    x, y = np.append(edge - 7.5, 16.5), np.append(edge - 0.5, 24.5)
    ax.step(x, y, where="pre", color=ORANGE, lw=1.5)
    ticks = [1, 8, 16, 24]
    ax.set(xlabel="use k", ylabel="loss at step t", xticks=ticks, yticks=ticks)
    ax.grid(False)
    bar = figure.colorbar(picture, ax=ax, location="top", shrink=0.9)
    bar.set_label("length, power of 10")
    bar.outline.set_visible(False)


def triangle(lengths: Mapping[str, Array], distances: Mapping[str, Array]) -> None:
    """Draw lengths of contributions: after training by loss and use, and all by distance."""
    figure, (ax, side) = plt.subplots(
        1, 2, figsize=figures.figure_size(0.62), gridspec_kw={"width_ratios": [1.35, 1]}
    )
    _map_of_lengths(figure, ax, lengths["after training"].mean(0))
    for values, colour in zip(distances.values(), (GREEN, BLUE)):
        steps = np.arange(values.shape[1])
        side.fill_between(steps, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        side.plot(steps, values.mean(0), "o-", ms=3.5, color=colour)
    side.text(6.6, 0.86, "after", color=BLUE)
    side.text(0.9, 0.2, "before", color=GREEN)
    side.axvline(6, color=figures.INK, lw=1, ls="--")
    side.set(xlabel="distance t − k", ylabel="length, relative", ylim=(0, 1.05))
    side.set(xticks=[0, 3, 6, 9, 12, 15])


def bias(chunks: Sequence[int], angles: Mapping[str, Mapping[str, Array]]) -> None:
    """Draw the cosines of truncated with full gradients, before and after training."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.48), sharey=True)
    for ax, (name, of_cut) in zip(axes, angles.items()):
        for label, colour in (("chunks", BLUE), ("window", ORANGE)):
            _against_chunks(ax, chunks, of_cut[label], colour, 3.5, label=label)
        ax.set(title=name, xlabel="K", xscale="log", xlim=(0.95, 25))
        _chunk_ticks(ax, [1, 2, 4, 8, 24])
    axes[0].set(ylabel="cosine", ylim=(0, 1.05))
    axes[1].legend(loc="lower right")


def text(perplexity: Mapping[int, Array]) -> None:
    """Draw the test perplexities of the character model against the chunk length."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.46))
    chunks = list(perplexity)
    _against_chunks(ax, chunks, np.stack(list(perplexity.values())), BLUE)
    ax.set(xscale="log", xlabel="steps in a chunk K", ylabel="test perplexity")
    _chunk_ticks(ax, chunks)
