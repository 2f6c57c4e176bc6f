"""The figures of the chapter “Skip connections”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

Array = NDArray[np.floating[Any]]
Point = tuple[float, float]
Label = tuple[float, float, str, str]  # where, what, which side of the text

INK = figures.INK
BLUE, ORANGE = figures.PALETTE["blue"], figures.PALETTE["orange"]
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
LEFT, RIGHT = -0.5, 0.5  # the way past the layer, and the one through it


def _line(
    ax: Axes, start: Point, end: Point, colour: str, lw: float = 1.8, arrow: bool = False
) -> None:
    look: dict[str, Any] = {"mutation_scale": 13, "shrinkA": 0, "shrinkB": 0}
    style = "-|>" if arrow else "-"
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle=style, lw=lw, color=colour, **look))


def _node(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    ax.add_patch(Circle((x, y), 0.24, fill=False, color=colour, lw=1.5))
    ax.text(x, y, text, color=colour, **CENTRED)


def _layer(ax: Axes, x: float) -> None:
    corner, shape = (x - 0.34, 1.2 - 0.26), "round,pad=0,rounding_size=0.1"
    ax.add_patch(
        FancyBboxPatch(corner, 0.68, 0.52, fill=False, color=ORANGE, boxstyle=shape, lw=1.8)
    )
    ax.text(x, 1.2, "$F$", color=ORANGE, **CENTRED)


def _fork(ax: Axes) -> None:
    """Draw how the input goes both past the layer and into it."""
    _line(ax, (0, 0), (0, 0.4), INK)
    _line(ax, (LEFT, 0.4), (RIGHT, 0.4), INK)
    _line(ax, (RIGHT, 0.4), (RIGHT, 0.94), ORANGE)


def _sum(ax: Axes) -> None:
    """Draw how both ways end in a sum."""
    _line(ax, (RIGHT, 3.1), (LEFT + 0.24, 3.1), ORANGE)
    _node(ax, LEFT, 3.1, "+", INK)
    _line(ax, (LEFT, 3.34), (0, 3.8), INK, arrow=True)


def _plain(ax: Axes) -> None:
    _line(ax, (0, 0), (0, 0.94), ORANGE)
    _line(ax, (0, 1.46), (0, 3.8), ORANGE, arrow=True)


def _residual(ax: Axes) -> None:
    _fork(ax)
    _line(ax, (LEFT, 0.4), (LEFT, 2.86), BLUE, lw=3.6)
    _line(ax, (RIGHT, 1.46), (RIGHT, 3.1), ORANGE)
    _sum(ax)


def _highway(ax: Axes) -> None:
    _fork(ax)
    _line(ax, (LEFT, 0.4), (LEFT, 1.81), BLUE, lw=3.6)
    _node(ax, LEFT, 2.05, "⊙", BLUE)
    _line(ax, (LEFT, 2.29), (LEFT, 2.86), BLUE, lw=3.6)
    _line(ax, (RIGHT, 1.46), (RIGHT, 1.81), ORANGE)
    _node(ax, RIGHT, 2.05, "⊙", ORANGE)
    _line(ax, (RIGHT, 2.29), (RIGHT, 3.1), ORANGE)
    _sum(ax)
    ax.text(-0.82, 2.05, "$1-γ$", ha="right", va="center", color=BLUE)
    ax.text(0.82, 2.05, "$γ$", ha="left", va="center", color=ORANGE)


def _dense(ax: Axes) -> None:
    _fork(ax)
    _line(ax, (LEFT, 0.4), (LEFT, 3.1), BLUE, lw=3.6, arrow=True)
    _line(ax, (RIGHT, 1.46), (RIGHT, 3.1), ORANGE, arrow=True)
    _line(ax, (-0.8, 3.2), (0.8, 3.2), INK)
    _line(ax, (0, 3.2), (0, 3.8), INK, arrow=True)


def skip_blocks() -> None:
    """Draw a plain, a residual, a highway and a dense block."""
    _, axes = plt.subplots(1, 4, figsize=figures.figure_size(0.5))
    blocks = {"plain": _plain, "residual": _residual, "highway": _highway, "dense": _dense}
    for ax, (kind, draw) in zip(axes, blocks.items()):
        ax.text(0, -0.28, "$x$", color=INK, **CENTRED)
        ax.text(0, 4.05, "$y$", color=INK, **CENTRED)
        _layer(ax, 0.0 if kind == "plain" else RIGHT)
        draw(ax)
        ax.set_title(kind, loc="center")
        ax.set(xlim=(-1.5, 1.2), ylim=(-0.55, 4.3), aspect="equal")
        ax.axis("off")


# By network: the colour, and the label of those that have one.
PLAIN: dict[str, tuple[str, Label | None]] = {
    "plain sigmoid": ("olive", (36, 1e-26, "logistic", "left")),
    "plain relu": ("pink", (17, 1e-23, "ReLU", "left")),
    "plain": ("orange", (26, 3e-7, "tanh", "right")),
    "plain scaled": ("purple", (32, 3e2, "tanh and ReLU, scaled", "center")),
    "plain relu scaled": ("green", None),
}
SKIP: dict[str, tuple[str, Label | None]] = {
    "residual": ("blue", (30, 18, "residual", "left")),
    "highway": ("green", (4, 0.09, "highway", "left")),
    "highway bias -2": ("olive", (30, 1.5e-3, "highway,\nbias −2", "left")),
    "dense": ("purple", (30, 0.25, "dense", "left")),
}


def _state_axis(ax: Axes, states: int) -> None:
    """Number the states of a network on the horizontal axis."""
    ax.set(xlabel="state after block l", yscale="log")
    ax.set(xlim=(0, states - 1), xticks=range(0, states, 16))


def skip_down(down: Mapping[str, Tensor]) -> None:
    """Draw the size of the gradient at each state, (seeds, states) by network."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.6))
    for ax, looks in zip(axes, (PLAIN, SKIP)):
        for name, (colour, label) in looks.items():
            for norms in down[name]:
                ax.plot(norms, color=figures.PALETTE[colour], lw=1.3)
            if label:
                x, y, text, side = label
                ax.text(x, y, text, color=figures.PALETTE[colour], ha=side, va="center")
        _state_axis(ax, down["plain"].shape[1])
    axes[0].set(ylim=(1e-30, 1e4))
    axes[1].set(ylim=(1e-5, 1e2))
    axes[1].plot(down["plain"][0], color=ORANGE, lw=0.8, ls=":")
    axes[1].text(46, 4e-5, "plain", color=ORANGE, ha="right")
    axes[0].set_ylabel("gradient relative to l = 64")
    axes[0].set_title("plain")
    axes[1].set_title("with skip connections")


def skip_paths(count: Array, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
    """Draw, by the number of functions on a path, how many there are and what they carry."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    lengths = torch.arange(len(count))
    ax.bar(lengths, count / count.sum(), color=INK, alpha=0.35, width=0.8)
    for parts, colour in ((before, BLUE), (after, ORANGE)):
        for part in parts:
            ax.plot(lengths, part, color=colour, lw=1.5)
    ax.text(19.5, 0.115, "number of paths", color=INK)
    ax.text(6.6, 0.2, "gradient, new network", color=BLUE)
    ax.text(9.6, 0.155, "gradient, trained", color=ORANGE)
    ax.set(xlabel="functions on the path, k", ylabel="part of the whole", xlim=(-0.6, 32.6))
    ax.grid(False, axis="x")


def skip_tied(one: Tensor, many: Tensor) -> None:
    """Draw gradients at each state, (seeds, states): one layer repeated, and different ones."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for norms, colour in ((one, ORANGE), (many, BLUE)):
        ax.plot(norms.T, color=colour, lw=0.9)
    ax.text(1, 1e-2, "one layer, repeated", color=ORANGE)
    ax.text(24, 1e-15, "different layers", color=BLUE)
    ax.set(ylabel="gradient relative to l = 64")
    _state_axis(ax, one.shape[1])


def skip_depth(
    depths: Sequence[int], accuracy: Mapping[str, Array], log_ratio: Mapping[str, Array]
) -> None:
    """Draw accuracies and gradients of the first block by the last's, (depths, seeds)."""
    shown = {
        "plain": "orange",
        "plain scaled": "pink",
        "plain relu scaled": "olive",
        "residual": "blue",
        "highway": "green",
        "dense": "purple",
    }
    _, axes = plt.subplots(2, 1, figsize=figures.figure_size(1.05), sharex=True)
    for name, colour in shown.items():
        look: dict[str, Any] = {"color": figures.PALETTE[colour]}
        for ax, values in zip(axes, (100 * accuracy[name], 10.0 ** log_ratio[name])):
            (line,) = ax.plot(depths, values.mean(axis=1), "o-", ms=4, **look)
            low, high = values.min(axis=1), values.max(axis=1)
            ax.fill_between(depths, low, high, alpha=0.2, lw=0, **look)
        line.set_label(name.replace("relu", "ReLU"))
    axes[0].set(ylabel="accuracy in %", ylim=(0, 102))
    axes[1].set(ylabel="first gradient to last", xlabel="blocks")
    axes[1].set(xscale="log", yscale="log", ylim=(1e-16, 1e3))
    axes[1].set_xticks(depths, depths)
    axes[1].minorticks_off()
    axes[1].legend(loc="lower left", fontsize=10, ncols=2)
