"""The figures of the chapter “Skip connections”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from unrolled import figures


def draw_blocks(axes):
    """Draw a plain, a residual, a highway and a dense block."""
    ink = figures.INK
    carry, layer = figures.PALETTE["blue"], figures.PALETTE["orange"]

    def line(ax, start, end, colour, lw=1.8, arrow=False):
        style = "-|>" if arrow else "-"
        patch = FancyArrowPatch(
            start, end, arrowstyle=style, lw=lw, color=colour,
            mutation_scale=13, shrinkA=0, shrinkB=0,
        )  # fmt: skip
        ax.add_patch(patch)

    def node(ax, x, y, text, colour):
        ax.add_patch(plt.Circle((x, y), 0.24, fill=False, color=colour, lw=1.5))
        ax.text(x, y, text, ha="center", va="center", color=colour)

    def box(ax, x, y):
        patch = FancyBboxPatch(
            (x - 0.34, y - 0.26), 0.68, 0.52, fill=False, color=layer,
            boxstyle="round,pad=0,rounding_size=0.1", lw=1.8,
        )  # fmt: skip
        ax.add_patch(patch)
        ax.text(x, y, "$F$", ha="center", va="center", color=layer)

    for ax, kind in zip(axes, ("plain", "residual", "highway", "dense")):
        left, right = (0.0, 0.0) if kind == "plain" else (-0.5, 0.5)
        ax.text(0, -0.28, "$x$", ha="center", va="center", color=ink)
        ax.text(0, 4.05, "$y$", ha="center", va="center", color=ink)
        box(ax, right, 1.2)
        if kind == "plain":
            line(ax, (0, 0), (0, 0.94), layer)
            line(ax, (0, 1.46), (0, 3.8), layer, arrow=True)
        else:
            line(ax, (0, 0), (0, 0.4), ink)
            line(ax, (left, 0.4), (right, 0.4), ink)
            line(ax, (right, 0.4), (right, 0.94), layer)
        if kind == "residual":
            line(ax, (left, 0.4), (left, 2.86), carry, lw=3.6)
            line(ax, (right, 1.46), (right, 3.1), layer)
            line(ax, (right, 3.1), (left + 0.24, 3.1), layer)
            node(ax, left, 3.1, "+", ink)
            line(ax, (left, 3.34), (0, 3.8), ink, arrow=True)
        if kind == "highway":
            line(ax, (left, 0.4), (left, 1.81), carry, lw=3.6)
            node(ax, left, 2.05, "⊙", carry)
            line(ax, (left, 2.29), (left, 2.86), carry, lw=3.6)
            line(ax, (right, 1.46), (right, 1.81), layer)
            node(ax, right, 2.05, "⊙", layer)
            line(ax, (right, 2.29), (right, 3.1), layer)
            line(ax, (right, 3.1), (left + 0.24, 3.1), layer)
            node(ax, left, 3.1, "+", ink)
            line(ax, (left, 3.34), (0, 3.8), ink, arrow=True)
            ax.text(-0.82, 2.05, "$1-γ$", ha="right", va="center", color=carry)
            ax.text(0.82, 2.05, "$γ$", ha="left", va="center", color=layer)
        if kind == "dense":
            line(ax, (left, 0.4), (left, 3.1), carry, lw=3.6, arrow=True)
            line(ax, (right, 1.46), (right, 3.1), layer, arrow=True)
            line(ax, (-0.8, 3.2), (0.8, 3.2), ink)
            line(ax, (0, 3.2), (0, 3.8), ink, arrow=True)
        ax.set_title(kind, loc="center")
        ax.set(xlim=(-1.5, 1.2), ylim=(-0.55, 4.3), aspect="equal")
        ax.axis("off")


def skip_blocks() -> None:
    """Draw fig-skip-blocks: four blocks."""
    _figure, axes = plt.subplots(1, 4, figsize=figures.figure_size(0.5))
    draw_blocks(axes)


def skip_down(PLAIN: Any, SKIP: Any, down: Any, DEEP: Any) -> None:
    """Draw fig-skip-down."""
    colours = dict(zip(PLAIN, ("olive", "pink", "orange", "purple", "green"))) | dict(
        zip(SKIP, ("blue", "green", "olive", "purple"))
    )
    labels = {
        "plain sigmoid": (36, 1e-26, "logistic", "left"),
        "plain relu": (17, 1e-23, "ReLU", "left"),
        "plain": (26, 3e-7, "tanh", "right"),
        "plain scaled": (32, 3e2, "tanh and ReLU, scaled", "center"),
        "residual": (30, 18, "residual", "left"),
        "highway": (4, 0.09, "highway", "left"),
        "highway bias -2": (30, 1.5e-3, "highway,\nbias −2", "left"),
        "dense": (30, 0.25, "dense", "left"),
    }
    _figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.6))
    for ax, names, low, high in zip(axes, (PLAIN, SKIP), (1e-30, 1e-5), (1e4, 1e2)):
        for name in names:
            colour = figures.PALETTE[colours[name]]
            for norms in down[name]:
                ax.plot(norms, color=colour, lw=1.3)
            if name in labels:
                x, y, text, side = labels[name]
                ax.text(x, y, text, color=colour, ha=side, va="center")
        ax.set(
            xlabel="state after block l",
            yscale="log",
            ylim=(low, high),
            xlim=(0, DEEP),
            xticks=range(0, DEEP + 1, 16),
        )
    axes[1].plot(down["plain"][0], color=figures.PALETTE["orange"], lw=0.8, ls=":")
    axes[1].text(46, 4e-5, "plain", color=figures.PALETTE["orange"], ha="right")
    axes[0].set_ylabel("gradient relative to l = 64")
    axes[0].set_title("plain")
    axes[1].set_title("with skip connections")


def skip_paths(lengths: Any, count: Any, before: Any, after: Any) -> None:
    """Draw fig-skip-paths: paths through 32 residual blocks by the number of functions on them."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    ax.bar(lengths, count / count.sum(), color=figures.INK, alpha=0.35, width=0.8)
    for parts, colour in ((before, "blue"), (after, "orange")):
        for part in parts:
            ax.plot(lengths, part, color=figures.PALETTE[colour], lw=1.5)
    ax.text(19.5, 0.115, "number of paths", color=figures.INK)
    ax.text(6.6, 0.2, "gradient, new network", color=figures.PALETTE["blue"])
    ax.text(9.6, 0.155, "gradient, trained", color=figures.PALETTE["orange"])
    ax.set(
        xlabel="functions on the path, k",
        ylabel="part of the whole",
        xlim=(-0.6, 32.6),
    )
    ax.grid(False, axis="x")


def skip_tied(one: Any, many: Any, DEEP: Any) -> None:
    """Draw fig-skip-tied."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for norms, colour in ((one, "orange"), (many, "blue")):
        ax.plot(norms.T, color=figures.PALETTE[colour], lw=0.9)
    ax.text(1, 1e-2, "one layer, repeated", color=figures.PALETTE["orange"])
    ax.text(24, 1e-15, "different layers", color=figures.PALETTE["blue"])
    ax.set(
        xlabel="state after block l",
        ylabel="gradient relative to l = 64",
        yscale="log",
        xlim=(0, DEEP),
        xticks=range(0, DEEP + 1, 16),
    )


def skip_depth(reached: Any, ratios: Any, depths: Any) -> None:
    """Draw fig-skip-depth."""
    shown = {
        "plain": "orange",
        "plain scaled": "pink",
        "plain relu scaled": "olive",
        "residual": "blue",
        "highway": "green",
        "dense": "purple",
    }
    _figure, axes = plt.subplots(2, 1, figsize=figures.figure_size(1.05), sharex=True)
    for name, colour in shown.items():
        colour = figures.PALETTE[colour]
        for ax, values in (
            (axes[0], 100 * np.array(reached[name])),
            (axes[1], 10.0 ** np.array(ratios[name])),
        ):
            (line,) = ax.plot(depths, values.mean(axis=1), "o-", ms=4, color=colour)
            ax.fill_between(
                depths, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.2, lw=0
            )
        line.set_label(name.replace("relu", "ReLU"))
    axes[0].set(ylabel="accuracy in %", ylim=(0, 102))
    axes[1].set(
        ylabel="first gradient to last",
        xlabel="blocks",
        xscale="log",
        yscale="log",
        ylim=(1e-16, 1e3),
    )
    axes[1].set_xticks(depths, depths)
    axes[1].minorticks_off()
    axes[1].legend(loc="lower left", fontsize=10, ncols=2)
