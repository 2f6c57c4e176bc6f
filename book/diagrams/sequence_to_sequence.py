"""The figures of the chapter on sequence to sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

Point = tuple[float, float]


def _arrow(
    ax: Axes,
    start: Point,
    end: Point,
    colour: str = figures.INK,
    lw: float = 1.5,
    ls: str = "-",
) -> None:
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(start, end, lw=lw, color=colour, ls=ls, **style))


def _word(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    ax.text(x, y, text, ha="center", va="center", fontsize=11, color=colour)


def _draw_network(ax: Axes, source: Sequence[str], target: Sequence[str]) -> None:
    """Draw an encoder over the source words and a decoder over the target."""
    blue, orange, pink = (figures.PALETTE[name] for name in ("blue", "orange", "pink"))
    first, last = len(source), len(source) + len(target)
    below, above = [*source, "start", *target], [*target, "stop"]
    for place, text in enumerate(below):
        colour, middle = blue if place < first else orange, place + 0.5
        style: dict[str, Any] = {"boxstyle": "round,pad=0,rounding_size=0.1", "fill": False}
        ax.add_patch(FancyBboxPatch((place + 0.2, 0), 0.6, 0.6, ec=colour, lw=1.8, **style))
        _word(ax, middle, -0.85, text, colour)
        _arrow(ax, (middle, -0.6), (middle, -0.02))
        if place >= first:
            _word(ax, middle, 1.45, above[place - first], orange)
            _arrow(ax, (middle, 0.62), (middle, 1.2))
        if first <= place < last:
            _arrow(ax, (place + 0.75, 1.25), (place + 1.3, -0.62), lw=1, ls="--")
        if place < last:
            kind = (pink, 4) if place + 1 == first else (figures.INK, 1.5)
            _arrow(ax, (place + 0.8, 0.3), (place + 1.2, 0.3), *kind)
    _word(ax, first - 0.75, 1.0, "handover", pink)
    _word(ax, first / 2, 2.1, "encoder", blue)
    _word(ax, (first + last + 1) / 2, 2.1, "decoder", orange)
    ax.set(xlim=(0, last + 1), ylim=(-1.1, 2.4))
    ax.axis("off")


def s2s_network() -> None:
    """Draw fig-s2s-network: an encoder reads five words, a decoder writes four and then stops."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.4))
    _draw_network(ax, ["this", "movie", "is", "not", "bad"], ["der", "Film", "passt", "schon"])


def s2s_forced(stored: Mapping[str, Any]) -> None:
    """Draw shares of symbols right by place, forced and free, of 32 units that copy 12 symbols."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    rows = [row for row in stored["results"] if row["network"] == "32 units"]
    for name, colour in (("forced", "blue"), ("free", "orange")):
        for row in rows:
            shares = 100 * np.array(row[f"{name} by place"])
            style: dict[str, Any] = {"ms": 3, "lw": 1.4, "color": figures.PALETTE[colour]}
            style["label"] = name if row is rows[0] else None
            ax.plot(np.arange(1, 14), shares, "o-", **style)
    ax.axhline(100 / 8, color=figures.INK, lw=1.2, ls="--")
    ax.set(xlabel="place in the target (13 is the stop symbol)", ylim=(0, 102))
    ax.set_ylabel("% of symbols right")
    ax.legend(loc="upper center")


def _by_place(orders: Mapping[str, Any], task: str, size: int, is_reversed: bool) -> NDArray[Any]:
    """Return percentages of symbols right, by seed and place."""
    rows = [r for r in orders["results"] if r["task"] == task and r["reversed"] == is_reversed]
    return 100 * np.array([row[str(size)]["by place"] for row in rows])


def s2s_reverse(orders: Mapping[str, Any]) -> None:
    """Draw shares of symbols right by place, with the source in order and reversed."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    tasks = (("copying", 8, 9), ("translation", 2, 12))
    for ax, (task, size, shown) in zip(axes, tasks, strict=True):
        for is_reversed, colour in ((False, "blue"), (True, "orange")):
            rows = _by_place(orders, task, size, is_reversed)[:, :shown]
            shade = figures.PALETTE[colour]
            lines = ax.plot(np.arange(1, shown + 1), rows.T, lw=1.4, color=shade)
            lines[0].set_label("reversed" if is_reversed else "in order")
        ax.set(xlabel="place in the target", title=task, ylim=(40, 102))
        ax.set_xticks(range(1, shown + 1, 2))
    axes[0].set_ylabel("% of symbols right")
    axes[0].legend(loc="lower left")


def s2s_bottleneck(stored: Mapping[str, Any]) -> None:
    """Draw shares of sequences copied without a mistake, by length."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.55))
    tested = stored["settings"]["lengths"]
    ax.axvline(stored["settings"]["longest in training"], color=figures.INK, lw=1.2, ls="--")
    networks = dict.fromkeys(row["network"] for row in stored["results"])
    for network, colour in zip(networks, ("orange", "blue", "green"), strict=True):
        shade = figures.PALETTE[colour]
        of_network = [row["whole"] for row in stored["results"] if row["network"] == network]
        rows = 100 * np.array(of_network)
        for row in rows:
            ax.plot(tested, row, color=shade, lw=0.8)
        ax.plot(tested, rows.mean(axis=0), color=shade, label=network)
    ax.set(
        xlabel="length of the source, in symbols",
        ylabel="% copied without a mistake",
        ylim=(-2, 102),
        xlim=(1, 20),
        xticks=range(0, 21, 4),
    )
    ax.legend(loc="upper right")


def s2s_attention(weights: Tensor, source: Sequence[str], written: Sequence[str]) -> None:
    """Draw where the decoder looks: the weight of each source word for each word it writes."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.75))
    shades = LinearSegmentedColormap.from_list("weights", ["#2f7fd000", figures.PALETTE["blue"]])
    ax.imshow(weights, cmap=shades, vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(source)), source, rotation=35)
    ax.set_yticks(range(len(written)), written)
    ax.set(xlabel="source", ylabel="written")
    ax.grid(False)
