"""The figures of the chapter “Gates and the LSTM”."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from unrolled import figures

#: A sequence of numbers: a list, an array or a tensor.
Numbers = Any
Point = tuple[float, float]

INK = figures.INK
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
BLUE, ORANGE, GREEN, PINK, PURPLE, OLIVE = (
    figures.PALETTE[name] for name in ("blue", "orange", "green", "pink", "purple", "olive")
)


def _line(
    ax: Axes, start: Point, end: Point, colour: str, lw: float = 1.8, arrow: bool = True
) -> None:
    look: dict[str, Any] = {"mutation_scale": 14, "shrinkA": 0, "shrinkB": 0}
    style = "-|>" if arrow else "-"
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle=style, lw=lw, color=colour, **look))


def _node(ax: Axes, x: float, y: float, text: str) -> None:
    ax.add_patch(Circle((x, y), 0.27, fill=False, color=INK, lw=1.5))
    ax.text(x, y, text, fontsize=14, **CENTRED)


def _box(ax: Axes, x: float, text: str, name: str, colour: str) -> None:
    """Draw the function of a gate or of the candidate, its name beside what leaves it."""
    y, style = 0.9, "round,pad=0,rounding_size=0.1"
    ax.add_patch(
        FancyBboxPatch(
            (x - 0.42, y - 0.3), 0.84, 0.6, fill=False, color=colour, boxstyle=style, lw=1.8
        )
    )
    ax.text(x, y, text, fontsize=12, color=colour, **CENTRED)
    ax.text(x + (0.16 if colour == PINK else -0.42), y + 0.45, name, fontsize=12, color=colour)


def _states(ax: Axes) -> None:
    """Draw the cell along the top, hidden state and input along the bottom, and the four boxes."""
    _line(ax, (0.7, 3.3), (1.53, 3.3), BLUE, lw=4, arrow=False)
    _line(ax, (2.07, 3.3), (3.83, 3.3), BLUE, lw=4, arrow=False)
    _line(ax, (4.37, 3.3), (9.1, 3.3), BLUE, lw=4)
    _line(ax, (0.7, 0), (6.5, 0), ORANGE, lw=2.4, arrow=False)
    _line(ax, (1.1, -0.75), (1.1, 0), INK, arrow=False)
    for x in (1.8, 3.4, 4.8, 6.5):
        _line(ax, (x, 0), (x, 0.6), ORANGE, lw=2.0)
    _box(ax, 1.8, "σ", "$f_t$", GREEN)
    _box(ax, 3.4, "σ", "$i_t$", GREEN)
    _box(ax, 4.8, "tanh", "$g_t$", PINK)
    _box(ax, 6.5, "σ", "$o_t$", GREEN)


def _paths(ax: Axes) -> None:
    """Draw how the cell is kept, written and read."""
    _line(ax, (1.8, 1.2), (1.8, 3.03), GREEN)
    _node(ax, 1.8, 3.3, "⊙")
    _line(ax, (3.4, 1.2), (3.92, 2.0), GREEN)
    _line(ax, (4.8, 1.2), (4.28, 2.0), PINK)
    _node(ax, 4.1, 2.2, "⊙")
    _line(ax, (4.1, 2.47), (4.1, 3.03), PINK)
    _node(ax, 4.1, 3.3, "+")
    _line(ax, (8.0, 3.3), (8.0, 2.5), BLUE)
    ax.text(8.0, 2.3, "tanh", fontsize=12, **CENTRED)
    _line(ax, (8.0, 2.1), (8.0, 1.17), BLUE)
    _line(ax, (6.92, 0.9), (7.73, 0.9), GREEN)
    _node(ax, 8.0, 0.9, "⊙")
    _line(ax, (8.27, 0.9), (9.1, 0.9), ORANGE, lw=2.4)


def lstm_cell() -> None:
    """Draw one step of an LSTM, the cell as a straight line on top."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.56))
    _states(ax)
    _paths(ax)
    for x, y, text, colour in (
        (0.1, 3.3, "$c_{t-1}$", BLUE),
        (9.4, 3.3, "$c_t$", BLUE),
        (0.1, 0, "$h_{t-1}$", ORANGE),
        (9.4, 0.9, "$h_t$", ORANGE),
        (1.1, -0.98, "$x_t$", INK),
    ):
        ax.text(x, y, text, fontsize=14, color=colour, **CENTRED)
    for x, y, text in ((1.8, 3.85, "keep"), (4.1, 3.85, "write"), (8.45, 1.75, "read")):
        ax.text(x, y, text, fontsize=12, **CENTRED)
    ax.set(xlim=(-0.3, 9.8), ylim=(-1.2, 4.1), aspect="equal")
    ax.axis("off")


def held(firmness: Sequence[float], held: Sequence[Numbers]) -> None:
    """Draw the states of a cell whose gates are set by hand, for each firmness of its gates."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for alpha, c in zip(firmness, held):
        (line,) = ax.plot(c, lw=1.5)
        gate = 1 / (1 + math.exp(-alpha))
        text = f"{gate:.4f}" if alpha < 10 else "1 − 10⁻⁷"
        figures.label_line(ax, line, text, dy={2.0: -10, 4.0: 6}.get(alpha, 0))
    ax.axhline(0, color=INK, lw=1)
    ax.set(
        xlabel="steps since the value was written",
        ylabel="cell state",
        xlim=(0, len(held[0]) - 1),
    )
    ax.set_title("by forget gate")


def cell_reach(reach: Mapping[str, Numbers]) -> None:
    """Draw the gradient against the distance, (seeds, T), by kind of network."""
    looks = {
        "RNN": (OLIVE, (20, 3e-13, "right")),
        "RNN radius 1": (ORANGE, (150, 1e-4, "left")),
        "LSTM bias 0": (PINK, (76, 1e-14, "left")),
        "LSTM bias 1": (PURPLE, (118, 1e-11, "right")),
        "LSTM bias 3": (BLUE, (100, 8, "center")),
    }
    _, ax = plt.subplots(figsize=figures.figure_size(0.62))
    for kind, norms in reach.items():
        colour, (x, y, side) = looks[kind]
        for norm in norms:
            ax.plot(norm, color=colour, lw=1.4)
        ax.text(x, y, kind, color=colour, ha=side, va="center")
    ax.set(
        xlabel="distance in steps",
        ylabel="gradient relative to distance 0",
        yscale="log",
        xlim=(0, 200),
        ylim=(1e-15, 100),
    )


def explode(paths: Mapping[float, Sequence[Sequence[Numbers]]]) -> None:
    """Draw the gradients of all paths and of the cell alone, by the scale of the weights."""
    _, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    for ax, scale, title in zip(axes, (1.0, 12.0), ("as initialised", "$W_h$ times 12")):
        for whole, alone in paths[scale]:
            ax.plot(whole, color=ORANGE, lw=1.4)
            ax.plot(alone, color=BLUE, lw=1.4)
        ax.set(xlabel="distance in steps", yscale="log", title=title)
    axes[0].set_ylabel("gradient relative to distance 0")
    axes[1].text(45, 1e6, "all paths", color=ORANGE, ha="right")
    axes[1].text(98, 1e-10, "cell alone", color=BLUE, ha="right")


def hold(stored: Mapping[str, Any]) -> None:
    """Draw how many seeds solved the task, by network and length."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.48))
    lengths, count = stored["settings"]["T"], len(stored["settings"]["seeds"])
    bars = zip(stored["solved"].items(), (OLIVE, PINK, PURPLE, BLUE))
    for shift, ((kind, solved), colour) in enumerate(bars):
        places = np.arange(len(solved)) + 0.2 * (shift - 1.5)
        ax.bar(places, solved, width=0.18, color=colour, label=kind)
    ax.set_xticks(range(len(lengths)), lengths)
    ax.set(
        xlabel="length of the sequence, T, in steps",
        ylabel="seeds that solved it",
        ylim=(0, count + 0.2),
        yticks=range(count + 1),
    )
    ax.grid(False, axis="x")
    ax.legend(
        ncols=4,
        loc="lower center",
        bbox_to_anchor=(0.46, 1.0),
        fontsize=10,
        handlelength=1.0,
        columnspacing=1.0,
    )


def inside(marks: Sequence[int], values: Numbers, gates: Numbers, c: Numbers) -> None:
    """Draw one unit of a trained LSTM over one sequence: values, gates (T, 4) and cell (T,)."""
    _, axes = plt.subplots(3, 1, figsize=figures.figure_size(0.85), sharex=True)
    steps = np.arange(1, len(values) + 1)
    for ax in axes:
        for mark in marks:
            ax.axvspan(mark + 0.5, mark + 1.5, color=INK, alpha=0.3, lw=0)
        ax.grid(False, axis="x")
    axes[0].bar(steps, values, color=INK, width=0.7)
    axes[0].set(ylabel="value", ylim=(-1.1, 1.1))
    looks = ((0, "input gate", GREEN, 6), (1, "forget gate", BLUE, -6))
    for place, name, colour, dy in looks:
        (line,) = axes[1].plot(steps, gates[:, place], "o-", ms=3, color=colour)
        figures.label_line(axes[1], line, name, dy)
    axes[1].set(ylabel="gate", ylim=(-0.05, 1.05))
    axes[2].plot(steps, c, "o-", ms=3, color=ORANGE)
    axes[2].axhline(0, color=INK, lw=1)
    axes[2].set(ylabel="cell state", xlabel="step", xlim=(0.3, len(values) + 0.7))
