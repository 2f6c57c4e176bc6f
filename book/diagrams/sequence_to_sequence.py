"""The figures of the chapter “From sequence to sequence”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from unrolled import figures


def draw_network(ax, source, target):
    """Draw an encoder over the source words and a decoder over the target."""
    blue, orange, pink = (figures.PALETTE[name] for name in ("blue", "orange", "pink"))

    def arrow(start, end, colour=figures.INK, lw=1.5, ls="-"):
        style = {"arrowstyle": "-|>", "mutation_scale": 11}
        style |= {"shrinkA": 0, "shrinkB": 0}
        ax.add_patch(FancyArrowPatch(start, end, lw=lw, color=colour, ls=ls, **style))

    def word(x, y, text, colour):
        ax.text(x, y, text, ha="center", va="center", fontsize=11, color=colour)

    first, last = len(source), len(source) + len(target)
    below, above = [*source, "start", *target], [*target, "stop"]
    for place, text in enumerate(below):
        colour, middle = blue if place < first else orange, place + 0.5
        style = {"boxstyle": "round,pad=0,rounding_size=0.1", "fill": False}
        ax.add_patch(FancyBboxPatch((place + 0.2, 0), 0.6, 0.6, ec=colour, lw=1.8, **style))
        word(middle, -0.85, text, colour)
        arrow((middle, -0.6), (middle, -0.02))
        if place >= first:
            word(middle, 1.45, above[place - first], orange)
            arrow((middle, 0.62), (middle, 1.2))
        if first <= place < last:
            arrow((place + 0.75, 1.25), (place + 1.3, -0.62), lw=1, ls="--")
        if place < last:
            kind = (pink, 4) if place + 1 == first else (figures.INK, 1.5)
            arrow((place + 0.8, 0.3), (place + 1.2, 0.3), *kind)
    word(first - 0.75, 1.0, "handover", pink)
    word(first / 2, 2.1, "encoder", blue)
    word((first + last + 1) / 2, 2.1, "decoder", orange)
    ax.set(xlim=(0, last + 1), ylim=(-1.1, 2.4))
    ax.axis("off")


def s2s_network() -> None:
    """Draw fig-s2s-network: an encoder reads five words, a decoder writes four and then stops."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.4))
    draw_network(ax, ["this", "movie", "is", "not", "bad"], ["der", "Film", "passt", "schon"])


def s2s_forced(small: Any) -> None:
    """Draw fig-s2s-forced: a GRU with 32 units that copies 12 symbols."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    places = np.arange(1, 14)
    for name, colour in (("forced", "blue"), ("free", "orange")):
        for row in small:
            shares = 100 * np.array(row[f"{name} by place"])
            style = {"ms": 3, "lw": 1.4, "color": figures.PALETTE[colour]}
            style["label"] = name if row is small[0] else None
            ax.plot(places, shares, "o-", **style)
    ax.axhline(100 / 8, color=figures.INK, lw=1.2, ls="--")
    ax.set(xlabel="place in the target (13 is the stop symbol)", ylim=(0, 102))
    ax.set_ylabel("% of symbols right")
    ax.legend(loc="upper center")


def s2s_reverse(of_order: Any) -> None:
    """Draw fig-s2s-reverse."""
    _figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    for ax, (task, size, shown) in zip(axes, (("copying", 8, 9), ("translation", 2, 12))):
        for is_reversed, colour in ((False, "blue"), (True, "orange")):
            rows = 100 * of_order(task, size, is_reversed, "by place")[:, :shown]
            shade = figures.PALETTE[colour]
            lines = ax.plot(np.arange(1, shown + 1), rows.T, lw=1.4, color=shade)
            lines[0].set_label("reversed" if is_reversed else "in order")
        ax.set(xlabel="place in the target", title=task, ylim=(40, 102))
        ax.set_xticks(range(1, shown + 1, 2))
    axes[0].set_ylabel("% of symbols right")
    axes[0].legend(loc="lower left")


def s2s_bottleneck(stored: Any, networks: Any, by_length: Any, tested: Any) -> None:
    """Draw fig-s2s-bottleneck."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.55))
    ax.axvline(stored["settings"]["longest in training"], color=figures.INK, lw=1.2, ls="--")
    for network, colour in zip(networks, ("orange", "blue", "green")):
        shade = figures.PALETTE[colour]
        rows = 100 * by_length(network, "whole")
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


def s2s_attention(weights: Any, sentence: Any, words: Any) -> None:
    """Draw fig-s2s-attention: where the decoder looks."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.75))
    shades = LinearSegmentedColormap.from_list("weights", ["#2f7fd000", figures.PALETTE["blue"]])
    ax.imshow(weights, cmap=shades, vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(sentence)), sentence, rotation=35)
    ax.set_yticks(range(len(words)), words)
    ax.set(xlabel="source", ylabel="written")
    ax.grid(False)
