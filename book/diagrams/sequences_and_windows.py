"""The figures of the chapter “Sequences and windows”."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from unrolled import figures


def draw_task(
    ax: Axes, x: float, y: float, inputs: Sequence[str], outputs: Sequence[str], title: str
) -> None:
    """Draw a row of inputs, a network above it, and a row of outputs."""
    span = max(len(inputs), len(outputs))
    network = (x, y + 0.53), span, 0.14
    ax.add_patch(Rectangle(*network, color=figures.INK, alpha=0.3, lw=0))
    ax.text(x, y + 1.38, title, va="center", fontsize=11)
    for words, bottom, arrow, name in (
        (inputs, 0, 0.3, "blue"),
        (outputs, 0.9, 0.67, "orange"),
    ):
        for i, word in enumerate(words):
            middle = x + (span - len(words)) / 2 + i + 0.5
            box = (middle - 0.46, y + bottom), 0.92, 0.3
            edge = figures.PALETTE[name]
            ax.add_patch(Rectangle(*box, fill=False, ec=edge, lw=1.5))
            centre = {"ha": "center", "va": "center", "fontsize": 11}
            ax.text(middle, y + bottom + 0.14, word, **centre)
            ends = (middle, y + arrow), (middle, y + arrow + 0.23)
            style = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 0}
            ax.add_patch(FancyArrowPatch(*ends, color=figures.INK, shrinkB=0, **style))


def tasks(review: Sequence[str]) -> None:
    """Draw fig-tasks: tasks by the lengths of their input and output."""
    german = ["der", "Film", "passt", "schon"]
    caption = ["old", "man", "with", "woolen", "mittens"]
    classes = ["det.", "noun", "verb", "adv.", "adj."]
    _figure, ax = plt.subplots(figsize=figures.figure_size(1.1))
    draw_task(ax, 0, 5.4, ["picture"], ["man"], "one to one")
    draw_task(ax, 1.5, 5.4, ["picture"], caption, "one to many")
    draw_task(ax, 0, 3.6, review, ["neutral"], "many to one")
    draw_task(ax, 0, 1.8, review, classes, "many to many, aligned")
    draw_task(ax, 0, 0, review, german, "many to many, not aligned")
    for height, label in ((0.14, "input"), (0.6, "network"), (1.04, "answers")):
        for y in (0, 1.8, 3.6):
            ax.text(5.15, y + height, label, va="center", fontsize=11)
    ax.set(xlim=(-0.05, 6.55), ylim=(-0.1, 7), aspect="equal")
    ax.axis("off")


def window(review: Any) -> None:
    """Draw fig-window: the windows of a sentence."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.46))
    left, right = 2, 1
    for t in range(len(review)):
        for place in range(left + 1 + right):
            at = t - left + place
            exists = 0 <= at < len(review)
            own = figures.PALETTE["blue"] if place == left else figures.INK
            cell = (place - 0.45, t - 0.4), 0.9, 0.8
            ax.add_patch(
                Rectangle(
                    *cell,
                    fill=False,
                    ec=own,
                    lw=2 if place == left else 1,
                    hatch="" if exists else "////",
                    alpha=1 if exists else 0.6,
                )
            )
            if exists:
                ax.text(place, t, review[at], ha="center", va="center")
    ax.set(xlim=(-0.6, 3.6), ylim=(4.6, -0.6), xlabel="place in the window")
    ax.set_xticks(range(4), ["two back", "one back", "the step", "one ahead"])
    ax.set_yticks(range(5), [f"step {t + 1}" for t in range(5)])
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)


def batch() -> None:
    """Draw fig-batch: five names as a padded batch, and the places that count."""
    names = ["rossi", "bo", "fontana", "ricci", "villa"]
    longest = max(map(len, names))
    _figure, axes = plt.subplots(1, 3, figsize=figures.figure_size(0.36), sharey=True)
    titles = "the batch", "each step counts", "the last step counts"
    for ax, title in zip(axes, titles):
        for n, name in enumerate(names):
            for t in range(longest):
                real, last = t < len(name), t == len(name) - 1
                counts = (real and ax is axes[1]) or (last and ax is axes[2])
                cell = (t + 0.56, n - 0.44), 0.88, 0.88
                if counts:
                    fill = Rectangle(*cell, color=figures.PALETTE["blue"], lw=0)
                else:
                    hatch = "" if real else "/////"
                    fill = Rectangle(
                        *cell,
                        fill=False,
                        ec=figures.INK,
                        hatch=hatch,
                        alpha=0.9 if real else 0.5,
                    )
                ax.add_patch(fill)
                if real and ax is axes[0]:
                    ax.text(t + 1, n, name[t], ha="center", va="center", fontsize=9)
        ax.set(
            xlim=(0.4, longest + 0.6),
            ylim=(4.6, -0.6),
            xticks=[1, longest],
            yticks=[],
            xlabel="step",
            aspect="equal",
        )
        ax.set_title(title, fontsize=10.5)
        ax.grid(False)
        ax.spines[:].set_visible(False)
    axes[0].set_ylabel("sequence")


def cliff(distances: Any, cliff: Any, widths: Any, SYMBOLS: Any) -> None:
    """Draw fig-cliff."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for d, values, marker, colour in zip(distances, cliff, "o^s", figures.PALETTE.values()):
        ax.fill_between(widths, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        ax.plot(widths, values.mean(0), f"{marker}-", color=colour)
        ax.text(d + 0.4, 0.62, f"{d} back", color=colour, ha="right", va="center")
    ax.axhline(1 / SYMBOLS, color=figures.INK, lw=1, ls="--")
    ax.set(
        xlabel="width of the window, in steps",
        ylabel="accuracy",
        ylim=(0, 1.05),
        xticks=widths,
    )


def quotes(text_widths: Any, found: Any, farthest: Any) -> None:
    """Draw fig-quotes."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.52))
    for width, shares, marker, colour in zip(text_widths, found, "o^s", figures.PALETTE.values()):
        steps = np.arange(farthest)
        shares = 100 * shares
        ax.fill_between(steps, shares.min(0), shares.max(0), color=colour, alpha=0.25, lw=0)
        ax.plot(steps, shares.mean(0), f"{marker}-", color=colour, ms=5)
        ax.axvline(width - 0.5, color=colour, lw=1, ls="--")
        ax.text(width - 0.3, 103, f"width {width}", color=colour, va="bottom")
    ax.set(
        xlabel="characters back to the opening mark",
        ylabel="% recognised as quoted",
        ylim=(0, 103),
        xticks=range(0, farthest, 2),
    )


def places(at_some: Any, at_all: Any) -> None:
    """Draw fig-places: marks found by their place in the window."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.42))
    places = np.arange(9)
    ax.axvspan(-0.5, 3.5, color=figures.INK, alpha=0.15, lw=0)
    for shift, shares, name, colour in (
        (-0.2, at_some, "trained on four places", "orange"),
        (0.2, at_all, "trained on all places", "blue"),
    ):
        ax.bar(
            places + shift,
            100 * shares.mean(0),
            0.36,
            color=figures.PALETTE[colour],
            label=name,
        )
    ax.set(
        xlabel="place of the mark, in steps back",
        ylabel="% of marks found",
        xticks=places,
        xlim=(-0.5, 8.5),
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.grid(False, axis="x")


def wide(counts: Any, from_few: Any, wide: Any, SYMBOLS: Any) -> None:
    """Draw fig-wide."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for count, values, colour in zip(counts, from_few, figures.PALETTE.values()):
        ax.fill_between(wide, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        (line,) = ax.plot(wide, values.mean(0), "o-", color=colour, ms=5)
        figures.label_line(ax, line, f"{count} sequences")
    ax.axhline(1 / SYMBOLS, color=figures.INK, lw=1, ls="--")
    ax.set(
        xlabel="width of the window, in steps",
        ylabel="accuracy",
        ylim=(0, 1.05),
        xticks=wide,
    )
