"""The figures of the chapter “Backpropagation through time”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import FancyArrowPatch

from unrolled import figures


def draw_backward(ax, steps=3):
    """Draw forward and backward pass over a few steps."""
    ink, colour = figures.INK, figures.PALETTE

    def node(x, y, text):
        ax.add_patch(plt.Circle((x, y), 0.34, fill=False, color=ink, lw=1.5))
        ax.text(x, y, text, ha="center", va="center", fontsize=14)

    def arrow(start, end, colour, lw=2.0):
        ax.add_patch(
            FancyArrowPatch(
                start,
                end,
                arrowstyle="-|>",
                color=colour,
                lw=lw,
                mutation_scale=14,
                shrinkA=0,
                shrinkB=0,
            )
        )

    node(0, 0, "$h_0$")
    wide = 2.1 * (steps - 1) + 1.2
    middle = 1.05 * steps
    ax.add_patch(
        plt.Rectangle(
            (middle - wide / 2, -2.75),
            wide,
            0.75,
            fill=False,
            ec=colour["blue"],
        )
    )
    ax.text(
        middle,
        -2.38,
        r"sum $= \partial L / \partial W_h$",
        ha="center",
        va="center",
        fontsize=13,
        color=colour["blue"],
    )
    for step in range(1, steps + 1):
        x = 2.1 * step
        node(x, 0, f"$h_{step}$")
        node(x, 1.7, f"$L_{step}$")
        ax.text(x, -1.35, f"$x_{step}$", ha="center", va="center", fontsize=14)
        arrow((x, -1.1), (x, -0.36), ink, 1.2)
        arrow((x - 0.1, 0.34), (x - 0.1, 1.36), ink, 1.2)
        arrow((x - 1.74, 0.1), (x - 0.36, 0.1), ink, 1.2)
        arrow((x + 0.1, 1.36), (x + 0.1, 0.34), colour["orange"])
        arrow((x - 0.36, -0.1), (x - 1.74, -0.1), colour["orange"])
        use = x - 1.05
        arrow((use, -0.2), (use, -1.98), colour["blue"], 1.6)
        ax.text(
            use,
            0.42,
            f"use {step}",
            ha="center",
            va="center",
            fontsize=12,
            color=ink,
        )
    ax.set(xlim=(-0.5, 2.1 * steps + 0.5), ylim=(-2.85, 2.15), aspect="equal")
    ax.axis("off")


def backward() -> None:
    """Draw fig-backward: three steps with a loss at each."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.72))
    draw_backward(ax)


def bound(eps: Any, bound: Any, taylor: Any, rounding: Any, error: Any) -> Any:
    """Draw fig-bound."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.55))
    ax.plot(eps, bound, color=figures.INK, lw=1.5)
    ax.plot(eps, taylor, ls="--", lw=1.5, color=figures.PALETTE["green"])
    ax.plot(eps, rounding, ls="--", lw=1.5, color=figures.PALETTE["orange"])
    seen = error > 0
    ax.plot(eps[seen], error[seen], "o", ms=4, color=figures.PALETTE["blue"])
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="step size $\\varepsilon$",
        ylabel="error",
        xlim=(3e-13, 1),
        ylim=(1e-13, 1),
    )
    ax.text(1.2e-3, 2e-10, "Taylor", color=figures.PALETTE["green"])
    ax.text(3e-12, 2e-3, "rounding", color=figures.PALETTE["orange"])
    ax.text(4e-8, 2e-7, "bound", color=figures.INK)
    return seen


def v(curves: Any, found: Any, step_sizes: Any) -> None:
    """Draw fig-v: relative error of a gradient check against the step size."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.62))
    places = {
        "central, double": (1.2e-12, 3e-9),
        "one-sided, double": (3e-11, 1e-3),
        "central, single": (1e-10, 1.0),
    }
    for name, (_, _, colour) in curves.items():
        values = found[name]
        colour = figures.PALETTE[colour]
        ax.fill_between(step_sizes, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        ax.plot(step_sizes, np.exp(np.log(values).mean(0)), color=colour)
        ax.text(*places[name], name, color=colour)
    ax.axvline(1e-5, color=figures.INK, lw=1, ls="--")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="step size $\\varepsilon$",
        ylabel="relative error",
        ylim=(1e-12, 30),
        xlim=(1e-12, 3),
    )


def cost(trained: Any, KS: Any, random_states: Any) -> None:
    """Draw fig-cost."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.52))
    for (delay, (_, shares)), colour in zip(trained.items(), ("blue", "orange")):
        colour, shares = figures.PALETTE[colour], 100 * shares
        ax.fill_between(KS, shares.min(1), shares.max(1), color=colour, alpha=0.25, lw=0)
        ax.plot(KS, shares.mean(1), "o-", ms=4, color=colour)
        ax.axvline(delay, color=colour, lw=1, ls="--")
        level = 100 * random_states[delay].mean()
        ax.hlines(level, 0.95, delay, color=colour, lw=1.5, ls=":")
    ax.text(1.05, 47, "output layer only", color=figures.PALETTE["blue"])
    ax.text(1.9, 72, "delay 3", color=figures.PALETTE["blue"])
    ax.text(7.6, 40, "delay 6", color=figures.PALETTE["orange"])
    ax.set(
        xscale="log",
        xlabel="steps in a chunk K",
        ylabel="loss, % of chance",
        ylim=(0, 105),
        xlim=(0.95, 25),
    )
    ax.set_xticks(KS, [str(K) for K in KS])
    ax.minorticks_off()


def triangle(terms: Any) -> Any:
    """Draw fig-triangle: length of the contributions, means over three seeds."""
    figure, (ax, side) = plt.subplots(
        1,
        2,
        figsize=figures.figure_size(0.62),
        gridspec_kw={"width_ratios": [1.35, 1]},
    )
    sizes = {
        name: torch.stack([t.norm(dim=(2, 3)) for t in by_seed]).numpy()
        for name, by_seed in terms.items()
    }
    shown = sizes["after training"].mean(0)
    with np.errstate(divide="ignore"):
        shown = np.log10(shown / shown.max())
    picture = ax.imshow(
        np.where(np.isfinite(shown), shown, np.nan),
        cmap="viridis",
        vmin=-3,
        vmax=0,
        extent=(0.5, 24.5, 24.5, 0.5),
    )
    for first in (0.5, 8.5, 16.5):
        box = plt.Rectangle((first, first), 8, 8, fill=False, ec=figures.INK)
        ax.add_patch(box)
    edge = np.arange(8, 25)
    ax.step(
        np.append(edge - 7.5, 16.5),
        np.append(edge - 0.5, 24.5),
        where="pre",
        color=figures.PALETTE["orange"],
        lw=1.5,
    )
    ticks = [1, 8, 16, 24]
    ax.set(xlabel="use k", ylabel="loss at step t", xticks=ticks, yticks=ticks)
    ax.grid(False)
    bar = figure.colorbar(picture, ax=ax, location="top", shrink=0.9)
    bar.set_label("length, power of 10")
    bar.outline.set_visible(False)
    distances = np.arange(16)
    by_distance = {
        name: np.stack(
            [np.diagonal(size, -j, 1, 2)[:, max(0, 10 - j) :].mean(1) for j in distances],
            axis=1,
        )
        for name, size in sizes.items()
    }
    for (_name, values), colour in zip(by_distance.items(), ("green", "blue")):
        colour = figures.PALETTE[colour]
        values = values / values.max(1, keepdims=True)
        side.fill_between(distances, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        side.plot(distances, values.mean(0), "o-", ms=3.5, color=colour)
    side.text(6.6, 0.86, "after", color=figures.PALETTE["blue"])
    side.text(0.9, 0.2, "before", color=figures.PALETTE["green"])
    side.axvline(6, color=figures.INK, lw=1, ls="--")
    side.set(
        xlabel="distance t − k",
        ylabel="length, relative",
        ylim=(0, 1.05),
        xticks=[0, 3, 6, 9, 12, 15],
    )
    return by_distance


def bias(terms: Any, cosines: Any, KS: Any) -> None:
    """Draw fig-bias."""
    _figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.48), sharey=True)
    for ax, (name, by_seed) in zip(axes, terms.items()):
        for chunks, label, colour in (
            (True, "chunks", "blue"),
            (False, "window", "orange"),
        ):
            values, colour = cosines(by_seed, chunks), figures.PALETTE[colour]
            ax.fill_between(KS, values.min(1), values.max(1), color=colour, alpha=0.25, lw=0)
            ax.plot(KS, values.mean(1), "o-", ms=3.5, color=colour, label=label)
        ax.set(title=name, xlabel="K", xscale="log", xlim=(0.95, 25))
        ax.set_xticks([1, 2, 4, 8, 24], ["1", "2", "4", "8", "24"])
        ax.minorticks_off()
    axes[0].set(ylabel="cosine", ylim=(0, 1.05))
    axes[1].legend(loc="lower right")


def text(text_K: Any, perplexity: Any) -> None:
    """Draw fig-text."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.46))
    colour = figures.PALETTE["blue"]
    ax.fill_between(
        text_K,
        perplexity.min(1),
        perplexity.max(1),
        color=colour,
        alpha=0.25,
        lw=0,
    )
    ax.plot(text_K, perplexity.mean(1), "o-", ms=4, color=colour)
    ax.set(xscale="log", xlabel="steps in a chunk K", ylabel="test perplexity")
    ax.set_xticks(text_K, [str(K) for K in text_K])
    ax.minorticks_off()
