"""The figures of the chapter “Sequences and windows”."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from numpy.typing import NDArray

from unrolled import figures

Array = NDArray[np.float64]

CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
BLUE, ORANGE = figures.PALETTE["blue"], figures.PALETTE["orange"]
COLOURS = list(figures.PALETTE.values())
REVIEW = ["this", "movie", "is", "not", "bad"]


def _without_frame(ax: Axes) -> None:
    ax.grid(False)
    ax.spines[:].set_visible(False)


def _task(
    ax: Axes, x: float, y: float, inputs: Sequence[str], outputs: Sequence[str], title: str
) -> None:
    """Draw a row of inputs, a network above it, and a row of outputs."""
    span = max(len(inputs), len(outputs))
    ax.add_patch(Rectangle((x, y + 0.53), span, 0.14, color=figures.INK, alpha=0.3, lw=0))
    ax.text(x, y + 1.38, title, va="center", fontsize=11)
    look: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 0, "shrinkB": 0}
    for words, bottom, foot, colour in ((inputs, 0, 0.3, BLUE), (outputs, 0.9, 0.67, ORANGE)):
        for i, word in enumerate(words):
            middle = x + (span - len(words)) / 2 + i + 0.5
            corner = middle - 0.46, y + bottom
            ax.add_patch(Rectangle(corner, 0.92, 0.3, fill=False, ec=colour, lw=1.5))
            ax.text(middle, y + bottom + 0.14, word, fontsize=11, **CENTRED)
            ends = (middle, y + foot), (middle, y + foot + 0.23)
            ax.add_patch(FancyArrowPatch(*ends, color=figures.INK, **look))


def tasks() -> None:
    """Draw tasks by the lengths of their input and output."""
    german = ["der", "Film", "passt", "schon"]
    caption = ["old", "man", "with", "woolen", "mittens"]
    classes = ["det.", "noun", "verb", "adv.", "adj."]
    _, ax = plt.subplots(figsize=figures.figure_size(1.1))
    _task(ax, 0, 5.4, ["picture"], ["man"], "one to one")
    _task(ax, 1.5, 5.4, ["picture"], caption, "one to many")
    _task(ax, 0, 3.6, REVIEW, ["neutral"], "many to one")
    _task(ax, 0, 1.8, REVIEW, classes, "many to many, aligned")
    _task(ax, 0, 0, REVIEW, german, "many to many, not aligned")
    for height, label in ((0.14, "input"), (0.6, "network"), (1.04, "answers")):
        for y in (0, 1.8, 3.6):
            ax.text(5.15, y + height, label, va="center", fontsize=11)
    ax.set(xlim=(-0.05, 6.55), ylim=(-0.1, 7), aspect="equal")
    ax.axis("off")


def window() -> None:
    """Draw the windows of a sentence."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.46))
    left, right = 2, 1
    for t in range(len(REVIEW)):
        for place in range(left + 1 + right):
            at = t - left + place
            exists = 0 <= at < len(REVIEW)
            look: dict[str, Any] = {"lw": 1, "ec": figures.INK}
            if place == left:
                look = {"lw": 2, "ec": BLUE}
            if not exists:
                look |= {"hatch": "////"}
            alpha = 1 if exists else 0.6
            box = Rectangle((place - 0.45, t - 0.4), 0.9, 0.8, fill=False, alpha=alpha, **look)
            ax.add_patch(box)
            if exists:
                ax.text(place, t, REVIEW[at], **CENTRED)
    ax.set(xlim=(-0.6, 3.6), ylim=(4.6, -0.6), xlabel="place in the window")
    ax.set_xticks(range(4), ["two back", "one back", "the step", "one ahead"])
    ax.set_yticks(range(5), [f"step {t + 1}" for t in range(5)])
    ax.tick_params(length=0)
    _without_frame(ax)


def _place_of_batch(ax: Axes, t: int, n: int, *, real: bool, counts: bool) -> None:
    """Draw a place of a batch: filled if it counts, hatched if it is padding."""
    look: dict[str, Any] = {"fill": False, "ec": figures.INK, "alpha": 0.9}
    if counts:
        look = {"color": BLUE, "lw": 0}
    elif not real:
        look |= {"hatch": "/////", "alpha": 0.5}
    ax.add_patch(Rectangle((t + 0.56, n - 0.44), 0.88, 0.88, **look))


def batch() -> None:
    """Draw five names as a padded batch, and the places that count."""
    names = ["rossi", "bo", "fontana", "ricci", "villa"]
    longest = max(map(len, names))
    _, axes = plt.subplots(1, 3, figsize=figures.figure_size(0.36), sharey=True)
    titles = "the batch", "each step counts", "the last step counts"
    for panel, (ax, title) in enumerate(zip(axes, titles)):
        for n, name in enumerate(names):
            for t in range(longest):
                real, last = t < len(name), t == len(name) - 1
                _place_of_batch(ax, t, n, real=real, counts=(False, real, last)[panel])
                if real and panel == 0:
                    ax.text(t + 1, n, name[t], fontsize=9, **CENTRED)
        ax.set(xlim=(0.4, longest + 0.6), ylim=(4.6, -0.6), aspect="equal")
        ax.set(xticks=[1, longest], yticks=[], xlabel="step")
        ax.set_title(title, fontsize=10.5)
        _without_frame(ax)
    axes[0].set_ylabel("sequence")


def _mean_and_range(ax: Axes, x: Sequence[int], values: Array, colour: str, **look: Any) -> Any:
    """Draw the mean over the first axis, and the range as a band; return the line."""
    ax.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
    (line,) = ax.plot(x, values.mean(0), color=colour, **look)
    return line


def _accuracy_by_width(ax: Axes, widths: Sequence[int], chance: float) -> None:
    """Set the axes of accuracies by the width of the window, with a line at guessing."""
    ax.axhline(chance, color=figures.INK, lw=1, ls="--")
    ax.set(xlabel="width of the window, in steps", ylabel="accuracy")
    ax.set(ylim=(0, 1.05), xticks=widths)


def cliff(distances: Sequence[int], widths: Sequence[int], cliff: Array, chance: float) -> None:
    """Draw accuracies, by distance of the cue, seed and width of the window."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for d, values, marker, colour in zip(distances, cliff, "o^s", COLOURS):
        _mean_and_range(ax, widths, values, colour, marker=marker)
        ax.text(d + 0.4, 0.62, f"{d} back", color=colour, ha="right", va="center")
    _accuracy_by_width(ax, widths, chance)


def quotes(widths: Sequence[int], found: Array) -> None:
    """Draw shares of quoted characters, by width, seed and distance to the opening mark."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.52))
    steps = range(found.shape[2])
    for width, shares, marker, colour in zip(widths, 100 * found, "o^s", COLOURS):
        _mean_and_range(ax, steps, shares, colour, marker=marker, ms=5)
        ax.axvline(width - 0.5, color=colour, lw=1, ls="--")
        ax.text(width - 0.3, 103, f"width {width}", color=colour, va="bottom")
    ax.set(xlabel="characters back to the opening mark", ylabel="% recognised as quoted")
    ax.set(ylim=(0, 103), xticks=steps[::2])


def places(at_some: Array, at_all: Array) -> None:
    """Draw shares of marks found, by seed and place, after training at four places or at all."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.42))
    places = np.arange(9)
    ax.axvspan(-0.5, 3.5, color=figures.INK, alpha=0.15, lw=0)
    for shift, shares, name, colour in (
        (-0.2, at_some, "trained on four places", ORANGE),
        (0.2, at_all, "trained on all places", BLUE),
    ):
        ax.bar(places + shift, 100 * shares.mean(0), 0.36, color=colour, label=name)
    ax.set(xlabel="place of the mark, in steps back", ylabel="% of marks found")
    ax.set(xticks=places, xlim=(-0.5, 8.5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.grid(False, axis="x")


def wide(counts: Sequence[int], widths: Sequence[int], from_few: Array, chance: float) -> None:
    """Draw accuracies, by number of sequences to train on, seed and width of the window."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for count, values, colour in zip(counts, from_few, COLOURS):
        line = _mean_and_range(ax, widths, values, colour, marker="o", ms=5)
        figures.label_line(ax, line, f"{count} sequences")
    _accuracy_by_width(ax, widths, chance)
