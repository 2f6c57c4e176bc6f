"""The figures of the chapter “Why gradients vanish or explode”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

if TYPE_CHECKING:
    from measuring.vanishing_and_exploding.agreement import Agreement
    from measuring.vanishing_and_exploding.cliff import Cliffs
    from measuring.vanishing_and_exploding.jacobians import Compared
    from measuring.vanishing_and_exploding.maps import Basins, Iterated
    from measuring.vanishing_and_exploding.tickets import Tickets

BLUE, ORANGE, GREEN = (figures.PALETTE[name] for name in ("blue", "orange", "green"))
INK = figures.INK


def _clear(colour: str) -> Any:
    """Return a colour without any opacity, to fade from."""
    return to_rgba(colour, 0.0)


def _band(ax: Axes, norms: Tensor, colour: str, name: str) -> None:
    """Draw the range of curves (n, T + 1) over steps, and their median with its name."""
    steps = np.arange(norms.shape[1])
    low, high = norms.min(0).values, norms.max(0).values
    ax.fill_between(steps, low, high, color=colour, alpha=0.25, lw=0)
    (line,) = ax.plot(steps, norms.median(0).values, color=colour)
    figures.label_line(ax, line, name)


def idea(by_radius: Mapping[float, Tensor]) -> None:
    """Draw the gradient by distance for three scales of the same random weights."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    names = ("small", "middle", "large")
    for norms, colour, name in zip(by_radius.values(), (BLUE, GREEN, ORANGE), names):
        _band(ax, norms, colour, name)
    ax.set(xlabel="distance in steps", ylabel="norm of the gradient", yscale="log", xlim=(0, 60))


def jacobian_bound(curves: Sequence[Compared]) -> None:
    """Draw norms of products of Jacobians and their bounds."""
    _, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5))
    steps = np.arange(curves[0].tight.shape[1])
    left.plot(steps, 0.95**steps, color=INK, ls="--", lw=4, alpha=0.5)
    left.plot(steps, curves[0].tight[0], color=GREEN)
    left.plot(steps, curves[0].driven.T, color=BLUE, lw=1.2)
    left.text(58, 2, "bound, no input", color=GREEN, ha="right")
    left.text(3, 1e-7, "with inputs", color=BLUE)
    left.set(title="orthogonal · 0.95", ylabel="norm", ylim=(1e-9, 100))
    for curve in curves:
        right.plot(steps, curve.random.T, color=BLUE, lw=1)
        right.plot(steps, curve.alpha.item() ** steps, color=INK, ls="--", lw=1.2)
    right.text(30, 1e9, "bound", color=INK, ha="right")
    right.text(8, 1e-9, "measured", color=BLUE)
    right.set(title="random, radius 0.9", ylim=(1e-13, 1e17))
    for ax in (left, right):
        ax.set(xlabel="steps", yscale="log", xlim=(0, steps[-1]))


def powers(by_radius: Mapping[float, Tensor]) -> None:
    """Draw norms of the powers of random matrices by spectral radius, and the bound for one."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for (radius, norms), colour in zip(by_radius.items(), (BLUE, GREEN, ORANGE)):
        _band(ax, norms, colour, f"radius {radius}")
    steps = np.arange(by_radius[0.9].shape[1])
    ax.plot(steps, by_radius[0.9][0, 1].item() ** steps, color=INK, ls="--", lw=1.2)
    ax.text(30, 2e5, "bound for radius 0.9", color=INK)
    ax.set(
        xlabel="power d",
        ylabel=r"norm of $\mathbf{W}^d$",
        yscale="log",
        xlim=(0, steps[-1]),
        ylim=(1e-5, 1e6),
    )


def iterated(found: Iterated) -> None:
    """Draw results and slopes of a parabola that is put into itself."""
    _, axes = plt.subplots(2, 3, figsize=figures.figure_size(0.66), sharex=True, sharey="row")
    for column, (steps, (h, slope)) in zip(axes.T, found.after.items()):
        top, bottom = column
        top.plot(found.starts, h, color=BLUE, lw=1, rasterized=True)
        top.set(title=f"{steps} step" + "s" * (steps > 1), ylim=(0, 1))
        bottom.plot(found.starts, np.abs(slope), color=ORANGE, lw=0.7, rasterized=True)
        bottom.axhline(1, color=INK, lw=1, ls="--")
        bottom.set(xlabel="start", yscale="log", ylim=(1e-9, 1e6), xlim=(0, 1))
        bottom.set_xticks([0, 0.5, 1])
    axes[0, 0].set_ylabel("result")
    axes[1, 0].set_ylabel("absolute slope")


def fold(interval: tuple[float, float]) -> None:
    """Draw fixed points of one unit against its bias, and where two of them attract."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    h = np.linspace(0.004, 0.996, 2000)
    for w, colour in ((3.0, GREEN), (5.0, BLUE)):
        bias, slope = np.log(h / (1 - h)) - w * h, w * h * (1 - h)
        for stable, style in ((slope < 1, "-"), (slope >= 1, ":")):
            ax.plot(np.where(stable, bias, np.nan), h, style, color=colour)
    ax.axvspan(*interval, color=ORANGE, alpha=0.2, lw=0)
    ax.text(-1.35, 0.5, "w = 3", color=GREEN)
    ax.text(-2.75, 0.8, "w = 5", color=BLUE, ha="right")
    ax.text(-2.75, 0.5, "two attractors", color=ORANGE, ha="right")
    ax.set(xlabel="bias b", ylabel="fixed point", xlim=(-4, 0), ylim=(0, 1))


def _orbits(found: Basins) -> list[NDArray[np.float64]]:
    """Return two orbits (41, 2) that start side by side at a border."""
    row = found.plane[:, 1] == found.line[np.abs(found.line - 0.55).argmin()]
    edge = np.flatnonzero(np.diff(found.basin[row]))[-1]
    orbits = []
    for start in found.plane[row][edge : edge + 2]:
        orbit = [start]
        for _ in range(40):
            orbit.append(np.tanh(orbit[-1][None] @ found.W_h.T)[0])
        orbits.append(np.array(orbit))
    return orbits


def _show_stretch(figure: Figure, ax: Axes, picture: AxesImage) -> None:
    """Set a bar with powers of ten beside a picture of logarithms."""
    powers_of_ten = (-2, -1, 0, 1, 2)
    bar = figure.colorbar(picture, ax=ax, ticks=powers_of_ten, shrink=0.8)
    bar.ax.set_yticklabels([f"$10^{{{n}}}$" for n in powers_of_ten])
    bar.outline.set_visible(False)


def basins(found: Basins) -> None:
    """Draw where each start of two units ends, and how far a push of it gets."""
    figure, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    colours = [figures.PALETTE[name] for name in ("blue", "green", "purple", "olive")]
    side = len(found.line)
    pixels = np.array([to_rgba(colour, 0.45) for colour in colours])[found.basin]
    frame: dict[str, Any] = {"origin": "lower", "extent": (-1, 1, -1, 1), "aspect": "equal"}
    frame["interpolation"] = "nearest"
    left.imshow(pixels.reshape(side, side, 4), **frame)
    for point, colour in zip(found.attractors, colours):
        left.plot(*point, "o", color=colour, ms=9, clip_on=False)
    for orbit in _orbits(found):
        left.plot(*orbit.T, ".-", color=INK, lw=1, ms=4)
    parts = [(0, BLUE), (0.5, _clear(BLUE)), (0.5, _clear(ORANGE)), (1, ORANGE)]
    frame |= {"cmap": LinearSegmentedColormap.from_list("shades", parts), "vmin": -2, "vmax": 2}
    picture = right.imshow(np.log10(found.stretch).reshape(side, side), **frame)
    _show_stretch(figure, right, picture)
    left.set(xlabel="unit 1", ylabel="unit 2", title="where it ends")
    right.set(xlabel="unit 1", title="norm after 10 steps")
    for ax in (left, right):
        ax.grid(False)
        ax.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def cliff_map(found: Cliffs) -> None:
    """Draw the loss over weight and bias, and over the bias for single examples and their mean."""
    figure, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5))
    heat = LinearSegmentedColormap.from_list("heat", [_clear(BLUE), BLUE])
    frame: dict[str, Any] = {"origin": "lower", "extent": (4, 7, -4, -1), "aspect": "auto"}
    picture = left.imshow(found.surface, cmap=heat, **frame)
    left.plot([4, 7], [-2, -3.5], ":", color=ORANGE)
    bar = figure.colorbar(picture, ax=left, location="top", shrink=0.9)
    bar.set_label("loss")
    bar.outline.set_visible(False)
    left.grid(False)
    left.set(xlabel="weight w", ylabel="bias b")
    for (h, loss), name in zip(found.single.items(), ("green", "purple", "pink")):
        colour = figures.PALETTE[name]
        right.plot(found.biases, loss, color=colour, lw=1.3)
        drop = found.biases[np.abs(np.diff(loss)).argmax()]
        right.text(drop, 0.48, f"{h}", color=colour, ha="center")
    right.plot(found.biases, found.mean, color=ORANGE, lw=2.5)
    right.text(-2.85, 0.2, "mean", color=ORANGE)
    right.set(xlabel="bias b", ylabel="loss", ylim=(0, 0.55), xlim=(-3.4, -2.6))


def tickets(found: Tickets) -> None:
    """Draw the gradient of the loss at the last word with respect to each word before."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.56))
    middle = found.by_word.median(dim=0).values
    places = range(len(middle))
    ax.bar(places, middle, color=[ORANGE if i == found.place else BLUE for i in places])
    low, high = found.by_word.min(dim=0).values, found.by_word.max(dim=0).values
    ax.vlines(places, low, high, color=INK, lw=1)
    ax.set(yscale="log", ylabel="norm of the gradient", xlabel="word read", ylim=(1e-13, 1))
    ax.set(xlim=(-0.7, len(middle) - 0.3))
    ax.set_xticks(places, found.sentence[:-1], rotation=90, fontsize=8)
    ax.get_xticklabels()[found.place].set_color(ORANGE)
    ax.grid(False, axis="x")


def _during_training(ax: Axes, found: Agreement) -> None:
    """Draw errors against updates, for some numbers of distractors."""
    last = found.updates[-1]
    style: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 10}
    for count, name, height in (
        (0, "green", 7),
        (1, "blue", 15),
        (2, "purple", 23),
        (5, "orange", 31),
    ):
        colour = figures.PALETTE[name]
        ax.plot(found.updates, 100 * found.wrong[:, :, count].mean(0), color=colour)
        ax.text(0.97 * last, height, f"{count} distractors", color=colour, **style)
    ax.set(xlabel="updates", ylabel="% wrong", ylim=(0, 105), xlim=(0, last))
    ax.set_xticks([0, last // 2, last])


def agreement(found: Agreement) -> None:
    """Draw the share of verbs with the wrong number, during training and in the end."""
    _, (left, right) = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    _during_training(left, found)
    counts = range(found.wrong.shape[2])
    for shares, name, colour, height in (
        (found.wrong[:, -1], "distractors", ORANGE, 12),
        (found.same_number, "same number", GREEN, 8),
    ):
        values = 100 * shares
        right.fill_between(counts, values.min(0), values.max(0), color=colour, alpha=0.25, lw=0)
        right.plot(counts, values.mean(0), "o-", color=colour)
        middle = values.mean(0)[2:4].mean()
        right.text(2.5, middle + height, name, color=colour, ha="center")
    right.set(xlabel="further nouns")
