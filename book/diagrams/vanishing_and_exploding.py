"""The figures of the chapter “Why gradients vanish or explode”."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgba

from unrolled import figures


def idea(idea: Any) -> None:
    """Draw fig-idea."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for (_radius, norms), colour, name in zip(
        idea.items(),
        ("blue", "green", "orange"),
        ("small", "middle", "large"),
    ):
        colour, seen = figures.PALETTE[colour], range(norms.shape[1])
        ax.fill_between(
            seen,
            norms.min(0).values,
            norms.max(0).values,
            color=colour,
            alpha=0.25,
            lw=0,
        )
        (line,) = ax.plot(seen, norms.median(0).values, color=colour)
        figures.label_line(ax, line, name)
    ax.set(
        xlabel="distance in steps",
        ylabel="norm of the gradient",
        yscale="log",
        xlim=(0, 60),
    )


def jacobian_bound(T: Any, curves: Any) -> tuple[Any, ...]:
    """Draw fig-jacobian-bound."""
    _figure, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5))
    steps = np.arange(T + 1)
    blue, orange, green = (figures.PALETTE[c] for c in ("blue", "orange", "green"))
    left.plot(steps, 0.95**steps, color=figures.INK, ls="--", lw=4, alpha=0.5)
    left.plot(steps, curves[0][0][0], color=green)
    left.plot(steps, curves[0][1].T, color=blue, lw=1.2)
    left.text(58, 2, "bound, no input", color=green, ha="right")
    left.text(3, 1e-7, "with inputs", color=blue)
    left.set(title="orthogonal · 0.95", ylabel="norm", ylim=(1e-9, 100))
    for _, _, random, alpha in curves:
        right.plot(steps, random.T, color=blue, lw=1)
        right.plot(steps, alpha.item() ** steps, color=figures.INK, ls="--", lw=1.2)
    right.text(30, 1e9, "bound", color=figures.INK, ha="right")
    right.text(8, 1e-9, "measured", color=blue)
    right.set(title="random, radius 0.9", ylim=(1e-13, 1e17))
    for ax in (left, right):
        ax.set(xlabel="steps", yscale="log", xlim=(0, T))
    return blue, orange, green


def powers(POWERS: Any, powers: Any, blue: Any, green: Any, orange: Any) -> None:
    """Draw fig-powers."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    steps = np.arange(POWERS + 1)
    for (radius, norms), colour in zip(powers.items(), (blue, green, orange)):
        ax.fill_between(
            steps,
            norms.min(0).values,
            norms.max(0).values,
            color=colour,
            alpha=0.25,
            lw=0,
        )
        (line,) = ax.plot(steps, norms.median(0).values, color=colour)
        figures.label_line(ax, line, f"radius {radius}")
    ax.plot(
        steps,
        powers[0.9][0, 1].item() ** steps,
        color=figures.INK,
        ls="--",
        lw=1.2,
    )
    ax.text(30, 2e5, "bound for radius 0.9", color=figures.INK)
    ax.set(
        xlabel="power d",
        ylabel=r"norm of $\mathbf{W}^d$",
        yscale="log",
        xlim=(0, POWERS),
        ylim=(1e-5, 1e6),
    )


def iterated(once: Any, few: Any, many: Any, starts: Any, blue: Any, orange: Any) -> None:
    """Draw fig-iterated."""
    _figure, axes = plt.subplots(2, 3, figsize=figures.figure_size(0.66), sharex=True, sharey="row")
    for column, (h, slope), name in zip(
        axes.T, (once, few, many), ("1 step", "4 steps", "24 steps")
    ):
        column[0].plot(starts, h, color=blue, lw=1, rasterized=True)
        column[0].set(title=name, ylim=(0, 1))
        column[1].plot(starts, np.abs(slope), color=orange, lw=0.7, rasterized=True)
        column[1].axhline(1, color=figures.INK, lw=1, ls="--")
        column[1].set(
            xlabel="start",
            yscale="log",
            ylim=(1e-9, 1e6),
            xlim=(0, 1),
            xticks=[0, 0.5, 1],
        )
    axes[0, 0].set_ylabel("result")
    axes[1, 0].set_ylabel("absolute slope")


def fold(green: Any, blue: Any, fold: Any, orange: Any) -> None:
    """Draw fig-fold."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    h = np.linspace(0.004, 0.996, 2000)
    for w, colour in ((3.0, green), (5.0, blue)):
        bias, slope = np.log(h / (1 - h)) - w * h, w * h * (1 - h)
        for stable, style in ((slope < 1, "-"), (slope >= 1, ":")):
            ax.plot(np.where(stable, bias, np.nan), h, style, color=colour)
    ax.axvspan(*fold(5.0), color=orange, alpha=0.2, lw=0)
    ax.text(-1.35, 0.5, "w = 3", color=green)
    ax.text(-2.75, 0.8, "w = 5", color=blue, ha="right")
    ax.text(-2.75, 0.5, "two attractors", color=orange, ha="right")
    ax.set(xlabel="bias b", ylabel="fixed point", xlim=(-4, 0), ylim=(0, 1))


def basins(
    blue: Any,
    basin: Any,
    side: Any,
    attractors: Any,
    plane: Any,
    line: Any,
    run_pair: Any,
    orange: Any,
    stretch: Any,
) -> None:
    """Draw fig-basins: a network of two units without input."""
    figure, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    colours = [figures.PALETTE[c] for c in ("blue", "green", "purple", "olive")]
    pixels = np.array([to_rgba(c, 0.45) for c in colours])[basin]
    frame = {
        "origin": "lower",
        "extent": (-1, 1, -1, 1),
        "aspect": "equal",
        "interpolation": "nearest",
    }
    left.imshow(pixels.reshape(side, side, 4), **frame)
    for point, colour in zip(attractors, colours):
        left.plot(*point, "o", color=colour, ms=9, clip_on=False)
    row = plane[:, 1] == line[np.abs(line - 0.55).argmin()]
    edge = np.flatnonzero(np.diff(basin[row]))[-1]
    for start in plane[row][edge : edge + 2]:
        orbit = [start]
        for _ in range(40):
            orbit.append(run_pair(orbit[-1][None], 1)[0][0])
        left.plot(*np.transpose(orbit), ".-", color=figures.INK, lw=1, ms=4)
    clear = [(*to_rgba(colour)[:3], 0.0) for colour in (blue, orange)]
    shades = LinearSegmentedColormap.from_list(
        "shades", list(zip((0, 0.5, 0.5, 1), (blue, *clear, orange)))
    )
    picture = right.imshow(
        np.log10(stretch).reshape(side, side), cmap=shades, vmin=-2, vmax=2, **frame
    )
    powers_of_ten = (-2, -1, 0, 1, 2)
    bar = figure.colorbar(picture, ax=right, ticks=powers_of_ten, shrink=0.8)
    bar.ax.set_yticklabels([f"$10^{{{n}}}$" for n in powers_of_ten])
    bar.outline.set_visible(False)
    left.set(xlabel="unit 1", ylabel="unit 2", title="where it ends")
    right.set(xlabel="unit 1", title="norm after 10 steps")
    for ax in (left, right):
        ax.grid(False)
        ax.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def cliff_map(
    blue: Any, surface: Any, orange: Any, cliff: Any, bias_line: Any, examples: Any
) -> None:
    """Draw fig-cliff-map: left."""
    figure, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5))
    heat = LinearSegmentedColormap.from_list("heat", [(*to_rgba(blue)[:3], 0.0), blue])
    picture = left.imshow(
        surface,
        origin="lower",
        extent=(4, 7, -4, -1),
        aspect="auto",
        cmap=heat,
    )
    left.plot([4, 7], [-2, -3.5], ":", color=orange)
    bar = figure.colorbar(picture, ax=left, location="top", shrink=0.9)
    bar.set_label("loss")
    bar.outline.set_visible(False)
    left.grid(False)
    left.set(xlabel="weight w", ylabel="bias b")
    for h, colour in ((0.3, "green"), (0.5, "purple"), (0.7, "pink")):
        colour, loss = figures.PALETTE[colour], cliff(6.0, bias_line, h_0=h)[0]
        right.plot(bias_line, loss, color=colour, lw=1.3)
        drop = bias_line[np.abs(np.diff(loss)).argmax()]
        right.text(drop, 0.48, f"{h}", color=colour, ha="center")
    (_line,) = right.plot(bias_line, examples.mean(0), color=orange, lw=2.5)
    right.text(-2.85, 0.2, "mean", color=orange)
    right.set(xlabel="bias b", ylabel="loss", ylim=(0, 0.55), xlim=(-3.4, -2.6))


def tickets(by_word: Any, orange: Any, place: Any, blue: Any, sentence: Any) -> None:
    """Draw fig-tickets."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.56))
    middle = by_word.median(dim=0).values
    shown = [orange if i == place else blue for i in range(len(middle))]
    ax.bar(range(len(middle)), middle, color=shown)
    ax.vlines(
        range(len(middle)),
        by_word.min(dim=0).values,
        by_word.max(dim=0).values,
        color=figures.INK,
        lw=1,
    )
    ax.set(
        yscale="log",
        ylabel="norm of the gradient",
        xlabel="word read",
        xlim=(-0.7, len(middle) - 0.3),
        ylim=(1e-13, 1),
    )
    ax.set_xticks(range(len(middle)), sentence[:-1], rotation=90, fontsize=8)
    ax.get_xticklabels()[place].set_color(orange)
    ax.grid(False, axis="x")


def agreement(
    history: Any, green: Any, orange: Any, UPDATES: Any, same_number: Any, COUNTS: Any
) -> Any:
    """Draw fig-agreement: verbs with the wrong number."""
    _figure, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    seen = 50 * np.arange(history.shape[1])
    for count, colour in ((0, "green"), (1, "blue"), (2, "purple"), (5, "orange")):
        left.plot(seen, 100 * history[:, :, count].mean(0), color=figures.PALETTE[colour])
        left.text(
            0.97 * UPDATES,
            {0: 7, 1: 15, 2: 23, 5: 31}[count],
            f"{count} distractors",
            color=figures.PALETTE[colour],
            ha="right",
            va="center",
            fontsize=10,
        )
    for values, name, colour, height in (
        (history[:, -1], "distractors", orange, 12),
        (same_number, "same number", green, 8),
    ):
        values = 100 * values
        right.fill_between(COUNTS, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        right.plot(COUNTS, values.mean(0), "o-", color=colour)
        right.text(
            2.5,
            values.mean(0)[2:4].mean() + height,
            name,
            color=colour,
            ha="center",
        )
    left.set(xlabel="updates", ylabel="% wrong", ylim=(0, 105), xlim=(0, UPDATES))
    left.set_xticks([0, UPDATES // 2, UPDATES])
    right.set(xlabel="further nouns")
    return seen
