"""The figures of the chapter “Gates and the LSTM”."""

from __future__ import annotations

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from unrolled import figures


def draw_cell(ax):
    """Draw one step of an LSTM, the cell as a straight line on top."""
    ink = figures.INK
    cell, hidden = figures.PALETTE["blue"], figures.PALETTE["orange"]
    gate, new = figures.PALETTE["green"], figures.PALETTE["pink"]

    def line(start, end, colour, lw=1.8, arrow=True):
        style = "-|>" if arrow else "-"
        ax.add_patch(
            FancyArrowPatch(
                start, end, arrowstyle=style, lw=lw, color=colour,
                mutation_scale=14, shrinkA=0, shrinkB=0,
            )
        )  # fmt: skip

    def node(x, y, text, colour=ink):
        ax.add_patch(plt.Circle((x, y), 0.27, fill=False, color=colour, lw=1.5))
        ax.text(x, y, text, ha="center", va="center", fontsize=14)

    def box(x, y, text, below, colour):
        ax.add_patch(
            FancyBboxPatch(
                (x - 0.42, y - 0.3), 0.84, 0.6, fill=False, color=colour,
                boxstyle="round,pad=0,rounding_size=0.1", lw=1.8,
            )
        )  # fmt: skip
        ax.text(x, y, text, ha="center", va="center", fontsize=12, color=colour)
        side = 0.16 if colour == new else -0.42
        ax.text(x + side, y + 0.45, below, fontsize=12, color=colour)

    for start, end, arrow in (
        ((0.7, 3.3), (1.53, 3.3), False),
        ((2.07, 3.3), (3.83, 3.3), False),
        ((4.37, 3.3), (9.1, 3.3), True),
    ):
        line(start, end, cell, lw=4, arrow=arrow)
    line((0.7, 0), (6.5, 0), hidden, lw=2.4, arrow=False)
    line((1.1, -0.75), (1.1, 0), ink, arrow=False)
    for x in (1.8, 3.4, 4.8, 6.5):
        line((x, 0), (x, 0.6), hidden, lw=2.0)
    box(1.8, 0.9, "σ", "$f_t$", gate)
    box(3.4, 0.9, "σ", "$i_t$", gate)
    box(4.8, 0.9, "tanh", "$g_t$", new)
    box(6.5, 0.9, "σ", "$o_t$", gate)
    line((1.8, 1.2), (1.8, 3.03), gate)
    node(1.8, 3.3, "⊙")
    line((3.4, 1.2), (3.92, 2.0), gate)
    line((4.8, 1.2), (4.28, 2.0), new)
    node(4.1, 2.2, "⊙")
    line((4.1, 2.47), (4.1, 3.03), new)
    node(4.1, 3.3, "+")
    line((8.0, 3.3), (8.0, 2.5), cell)
    ax.text(8.0, 2.3, "tanh", ha="center", va="center", fontsize=12)
    line((8.0, 2.1), (8.0, 1.17), cell)
    line((6.92, 0.9), (7.73, 0.9), gate)
    node(8.0, 0.9, "⊙")
    line((8.27, 0.9), (9.1, 0.9), hidden, lw=2.4)
    for x, y, text, colour in (
        (0.1, 3.3, "$c_{t-1}$", cell),
        (9.4, 3.3, "$c_t$", cell),
        (0.1, 0, "$h_{t-1}$", hidden),
        (9.4, 0.9, "$h_t$", hidden),
        (1.1, -0.98, "$x_t$", ink),
    ):
        ax.text(x, y, text, ha="center", va="center", fontsize=14, color=colour)
    for x, text in ((1.8, "keep"), (4.1, "write"), (8.45, "read")):
        y = 3.85 if text != "read" else 1.75
        ax.text(x, y, text, ha="center", va="center", fontsize=12)
    ax.set(xlim=(-0.3, 9.8), ylim=(-1.2, 4.1), aspect="equal")
    ax.axis("off")


def lstm_cell() -> None:
    """Draw fig-lstm-cell: one step of an LSTM."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.56))
    draw_cell(ax)


def held(firmness: Any, held: Any, HELD: Any) -> None:
    """Draw fig-held: a cell whose gates are set by hand, by the value of its forget gate."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.5))
    for alpha, c in zip(firmness, held):
        (line,) = ax.plot(c, lw=1.5)
        gate = 1 / (1 + math.exp(-alpha))
        text = f"{gate:.4f}" if alpha < 10 else "1 − 10⁻⁷"
        figures.label_line(ax, line, text, dy={2: -10, 4: 6}.get(alpha, 0))
    ax.axhline(0, color=figures.INK, lw=1)
    ax.set(
        xlabel="steps since the value was written",
        ylabel="cell state",
        xlim=(0, HELD),
    )
    ax.set_title("by forget gate")


def cell_reach(KINDS: Any, reach: Any) -> None:
    """Draw fig-cell-reach."""
    colours = dict(zip(KINDS, ("olive", "orange", "pink", "purple", "blue")))
    places = {
        "RNN": (20, 3e-13, "right"),
        "RNN radius 1": (150, 1e-4, "left"),
        "LSTM bias 0": (76, 1e-14, "left"),
        "LSTM bias 1": (118, 1e-11, "right"),
        "LSTM bias 3": (100, 8, "center"),
    }
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.62))
    for kind, norms in reach.items():
        colour = figures.PALETTE[colours[kind]]
        for norm in norms:
            ax.plot(norm, color=colour, lw=1.4)
        x, y, side = places[kind]
        ax.text(x, y, kind, color=colour, ha=side, va="center")
    ax.set(
        xlabel="distance in steps",
        ylabel="gradient relative to distance 0",
        yscale="log",
        xlim=(0, 200),
        ylim=(1e-15, 100),
    )


def explode(tame: Any, exploding: Any) -> None:
    """Draw fig-explode."""
    _figure, axes = plt.subplots(1, 2, figsize=figures.figure_size(0.5), sharey=True)
    for ax, runs, title in zip(axes, (tame, exploding), ("as initialised", "$W_h$ times 12")):
        for whole, alone in runs:
            ax.plot(whole, color=figures.PALETTE["orange"], lw=1.4)
            ax.plot(alone, color=figures.PALETTE["blue"], lw=1.4)
        ax.set(xlabel="distance in steps", yscale="log", title=title)
    axes[0].set_ylabel("gradient relative to distance 0")
    axes[1].text(45, 1e6, "all paths", color=figures.PALETTE["orange"], ha="right")
    axes[1].text(98, 1e-10, "cell alone", color=figures.PALETTE["blue"], ha="right")


def hold(stored: Any, table: Any) -> None:
    """Draw fig-hold."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.48))
    count = len(stored["settings"]["seeds"])
    styles = dict(zip(table, ("olive", "pink", "purple", "blue")))
    for shift, (kind, solved) in enumerate(table.items()):
        places = np.arange(len(solved)) + 0.2 * (shift - 1.5)
        colour = figures.PALETTE[styles[kind]]
        ax.bar(places, solved, width=0.18, color=colour, label=kind)
    ax.set_xticks(range(len(stored["settings"]["T"])), stored["settings"]["T"])
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


def inside(SMALL_T: Any, places: Any, row: Any, x: Any, gates: Any, c: Any) -> None:
    """Draw fig-inside: one unit of a trained LSTM over one sequence."""
    _figure, axes = plt.subplots(3, 1, figsize=figures.figure_size(0.85), sharex=True)
    steps = np.arange(1, SMALL_T + 1)
    for ax in axes:
        for mark in places[row].tolist():
            ax.axvspan(mark + 0.5, mark + 1.5, color=figures.INK, alpha=0.3, lw=0)
        ax.grid(False, axis="x")
    axes[0].bar(steps, x[row, :, 0], color=figures.INK, width=0.7)
    axes[0].set(ylabel="value", ylim=(-1.1, 1.1))
    for place, name, colour, dy in (
        (0, "input gate", "green", 6),
        (1, "forget gate", "blue", -6),
    ):
        (line,) = axes[1].plot(
            steps, gates[row, :, place], "o-", ms=3, color=figures.PALETTE[colour]
        )
        figures.label_line(axes[1], line, name, dy)
    axes[1].set(ylabel="gate", ylim=(-0.05, 1.05))
    axes[2].plot(steps, c[row], "o-", ms=3, color=figures.PALETTE["orange"])
    axes[2].axhline(0, color=figures.INK, lw=1)
    axes[2].set(ylabel="cell state", xlabel="step", xlim=(0.3, SMALL_T + 0.7))
