"""The figures of the chapter on stacked RNNs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from torch import Tensor

from unrolled import figures

#: What is compared in the experiments, by layers and skips.
Kind = tuple[int, bool]
Runs = Sequence[Mapping[str, Any]]

LABELS: dict[Kind, tuple[str, str]] = {
    (1, False): ("one layer", figures.PALETTE["olive"]),
    (3, False): ("three, plain", figures.PALETTE["orange"]),
    (3, True): ("three, skips", figures.PALETTE["blue"]),
}


def _arrow(ax: Axes, start: tuple[int, int], end: tuple[int, int], colour: str, lw: float) -> None:
    look = {"arrowstyle": "-|>", "shrinkA": 13, "shrinkB": 13, "color": colour, "lw": lw}
    ax.annotate("", end, start, arrowprops=look)


def stack_grid(layers: int = 3, T: int = 6) -> None:
    """Draw a stack unrolled over time, with one way through it."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.52))
    colours = [figures.PALETTE[name] for name in ("blue", "green", "purple")]
    way = zip((0, 0, 1, 2, 2, 3, 3, 4, 5), (-1, 0, 0, 0, 1, 1, 2, 2, 2), strict=True)
    thick = set(pairwise(way))

    def arrow(start: tuple[int, int], end: tuple[int, int], colour: str) -> None:
        on_way = (start, end) in thick
        colour = figures.PALETTE["orange"] if on_way else colour
        _arrow(ax, start, end, colour, 3.5 if on_way else 1.2)

    for t in range(T):
        ax.text(t, -1, f"$x_{t + 1}$", ha="center", va="center", fontsize=13)
        arrow((t, -1), (t, 0), figures.INK)
        for layer in range(layers):
            colour = colours[layer]
            ax.add_patch(Circle((t, layer), 0.2, fill=False, color=colour, lw=2))
            if t < T - 1:
                arrow((t, layer), (t + 1, layer), colour)
            if layer < layers - 1:
                arrow((t, layer), (t, layer + 1), figures.INK)
    for layer in range(layers):
        name = f"layer {layer + 1}"
        ax.text(-0.5, layer, name, color=colours[layer], ha="right", va="center")
    ax.set(xlim=(-1.5, T - 0.6), ylim=(-1.3, layers - 0.6), aspect="equal")
    ax.axis("off")


def stack_orders() -> None:
    """Draw in which place each state of three layers and six steps is computed."""
    layer, t = np.arange(3)[:, None], np.arange(6)
    orders = {
        "layer by layer": 1 + 6 * layer + t,
        "step by step": 1 + 3 * t + layer,
        "wavefront": 1 + layer + t,
    }
    _, axes = plt.subplots(3, 1, figsize=figures.figure_size(0.95, 0.75))
    for ax, (name, place) in zip(axes, orders.items(), strict=True):
        for (row, column), number in np.ndenumerate(place):
            shade = {"alpha": 0.05 + 0.3 * number / place.max(), "lw": 0}
            square = (column - 0.45, row - 0.45), 0.9, 0.9
            ax.add_patch(Rectangle(*square, color=figures.PALETTE["blue"], **shade))
            ax.text(column, row, number, ha="center", va="center")
        ax.set(xlim=(-0.6, 5.6), ylim=(-0.6, 2.6), ylabel="layer")
        ax.set_title(f"{name}: {place.max()} rounds")
        ax.set(xticks=range(6), xticklabels=range(1, 7))
        ax.set(yticks=range(3), yticklabels=range(1, 4))
        ax.grid(False)
        ax.tick_params(length=0)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
    axes[-1].set_xlabel("step")


def stack_reach(grids: Mapping[bool, Tensor]) -> None:
    """Map the gradient at each state without and with skips, (seeds, 6, 20)."""
    figure, axes = plt.subplots(2, 1, figsize=figures.figure_size(0.75), sharex=True)
    for ax, (skips, grid) in zip(axes, grids.items(), strict=True):
        picture = ax.imshow(
            grid.mean(dim=0).log10(),
            origin="lower",
            aspect="auto",
            cmap="viridis",
            vmin=-6,
            vmax=0.5,
            extent=(0.5, 20.5, 0.5, 6.5),
        )
        ax.grid(False)
        ax.set(ylabel="layer", yticks=range(1, 7))
        ax.set_title("with skips" if skips else "without skips")
    axes[-1].set(xlabel="step", xticks=(1, 5, 10, 15, 20))
    bar = figure.colorbar(picture, ax=axes, ticks=(-6, -4, -2, 0), shrink=0.8)
    bar.ax.set_yticklabels([f"$10^{{{n}}}$" for n in (-6, -4, -2, 0)])
    bar.set_label("relative gradient")
    bar.outline.set_visible(False)


def stack_live(live: Mapping[Kind, Runs], updates: int) -> None:
    """Plot the perplexity of each run at each fifth of its updates."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    at = np.arange(1, 6) * (updates // 5)
    for dy, (kind, runs) in zip((-9, 0, 7), live.items(), strict=True):
        text, colour = LABELS[kind]
        for run in runs:
            (line,) = ax.plot(at, run["curve"], "o-", ms=3, lw=1.4, color=colour)
        figures.label_line(ax, line, text, dy)
    ax.set(xlabel="updates", ylabel="test perplexity", yscale="log")
    ax.set(yticks=(10, 15, 20, 30), yticklabels=("10", "15", "20", "30"))
    ax.minorticks_off()


def stack_delay(shares: Mapping[Kind, Tensor]) -> None:
    """Plot how the answer of the top is shared by the inputs before, (seeds, distances)."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for height, (kind, share) in zip((24, 21, 18), shares.items(), strict=True):
        text, colour = LABELS[kind]
        ax.plot(100 * share.T, color=colour, lw=1.4)
        ax.text(8, height, text, color=colour)
    ax.set(xlabel="distance k in steps", ylabel="share of the gradient, %")
    ax.set(xlim=(0, 23), ylim=(0, 28), xticks=(0, 5, 10, 15, 20))


def stack_depth(rows: Runs) -> None:
    """Plot the stored perplexities against the number of layers, with and without skips."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.55))
    one_layer = [row for row in rows if row["layers"] == 1]
    for skips, colour, shift in (
        (False, figures.PALETTE["orange"], -0.06),
        (True, figures.PALETTE["blue"], 0),
    ):
        chosen = [row for row in rows if row["skips"] == skips]
        chosen = one_layer + chosen if skips else chosen
        depths = np.array([row["layers"] for row in chosen])
        found = np.array([row["perplexity"] for row in chosen])
        (line,) = ax.plot(depths, found.mean(axis=1), color=colour, lw=1.6)
        places = np.repeat(depths[:, None] + shift, found.shape[1], axis=1)
        ax.plot(places, found, "o", ms=4, color=colour)
        figures.label_line(ax, line, "with skips" if skips else "plain")
    ax.set(xlabel="layers", ylabel="test perplexity", xticks=(1, 2, 3, 4))
