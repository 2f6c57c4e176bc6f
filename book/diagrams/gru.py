"""The figures of the chapter “The GRU, and what gates can count”."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray
from torch import Tensor

from unrolled import figures

Array = NDArray[np.floating[Any]]
Point = tuple[float, float]

INK = figures.INK
BLUE, GREEN, PINK, ORANGE, PURPLE = (
    figures.PALETTE[name] for name in ("blue", "green", "pink", "orange", "purple")
)
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
BOTH = {"LSTM": BLUE, "GRU": ORANGE}


def _line(
    ax: Axes, points: Sequence[Point], colour: str, lw: float = 1.8, arrow: bool = True
) -> None:
    """Draw straight pieces from point to point, the last of them as an arrow."""
    look: dict[str, Any] = {"mutation_scale": 14, "shrinkA": 0, "shrinkB": 0}
    for place, (start, end) in enumerate(itertools.pairwise(points)):
        style = "-|>" if arrow and place == len(points) - 2 else "-"
        ax.add_patch(FancyArrowPatch(start, end, arrowstyle=style, lw=lw, color=colour, **look))


def _node(ax: Axes, x: float, y: float, text: str) -> None:
    ax.add_patch(Circle((x, y), 0.27, fill=False, color=INK, lw=1.5))
    ax.text(x, y, text, fontsize=14, **CENTRED)


def _box(ax: Axes, x: float, y: float, text: str, name: str, colour: str) -> None:
    corner, shape = (x - 0.45, y - 0.3), "round,pad=0,rounding_size=0.1"
    ax.add_patch(FancyBboxPatch(corner, 0.9, 0.6, fill=False, color=colour, boxstyle=shape, lw=1.8))
    ax.text(x, y, text, fontsize=12, color=colour, **CENTRED)
    ax.text(x - 0.75, y + 0.4, name, fontsize=13, color=colour)


def _state_and_gates(ax: Axes) -> None:
    """Draw the state as a straight line on top, and what the two gates see."""
    _line(ax, [(0.7, 3.6), (4.73, 3.6)], BLUE, 4, arrow=False)
    _line(ax, [(5.27, 3.6), (7.03, 3.6)], BLUE, 4, arrow=False)
    _line(ax, [(7.57, 3.6), (9.1, 3.6)], BLUE, 4)
    _line(ax, [(1.1, 3.6), (1.1, 0), (5.0, 0)], BLUE, 2, arrow=False)
    _line(ax, [(1.7, -0.8), (1.7, 0)], INK, arrow=False)
    _line(ax, [(2.5, 0), (2.5, 0.6)], BLUE, 2)
    _line(ax, [(5.0, 0), (5.0, 0.6)], BLUE, 2)
    _box(ax, 2.5, 0.9, "σ", "$r_t$", GREEN)
    _box(ax, 5.0, 0.9, "σ", "$z_t$", GREEN)


def _candidate(ax: Axes) -> None:
    """Draw the reset state and the candidate that is computed from it."""
    _line(ax, [(2.5, 1.2), (2.5, 2.13)], GREEN)
    _line(ax, [(1.1, 2.4), (2.23, 2.4)], BLUE, 2)
    _node(ax, 2.5, 2.4, "⊙")
    _line(ax, [(2.77, 2.4), (3.6, 2.4), (3.6, 0.14)], BLUE, 2, arrow=False)
    _line(ax, [(3.6, -0.14), (3.6, -0.45), (7.3, -0.45), (7.3, 0.6)], BLUE, 2)
    _line(ax, [(1.7, -0.8), (7.6, -0.8), (7.6, 0.6)], INK)
    _box(ax, 7.3, 0.9, "tanh", "$g_t$", PINK)


def _mix(ax: Axes) -> None:
    """Draw the products with the update gate, and their sum."""
    _line(ax, [(5.0, 1.2), (5.0, 3.33)], GREEN)
    _node(ax, 5.0, 3.6, "⊙")
    ax.text(5.12, 2.75, "$1 - z_t$", fontsize=12, color=GREEN)
    _line(ax, [(5.0, 2.4), (7.03, 2.4)], GREEN)
    _line(ax, [(7.3, 1.2), (7.3, 2.13)], PINK)
    _node(ax, 7.3, 2.4, "⊙")
    _line(ax, [(7.3, 2.67), (7.3, 3.33)], PINK)
    _node(ax, 7.3, 3.6, "+")


def gru_step() -> None:
    """Draw one step of a GRU, as slides have it."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.58))
    _state_and_gates(ax)
    _candidate(ax)
    _mix(ax)
    ax.text(0.1, 3.6, "$h_{t-1}$", fontsize=14, color=BLUE, **CENTRED)
    ax.text(9.4, 3.6, "$h_t$", fontsize=14, color=BLUE, **CENTRED)
    ax.text(1.7, -1.05, "$x_t$", fontsize=14, color=INK, **CENTRED)
    for x, y, text in ((5.0, 4.15, "keep"), (7.3, 4.15, "write"), (2.5, 2.95, "reset")):
        ax.text(x, y, text, fontsize=12, **CENTRED)
    ax.set(xlim=(-0.3, 9.8), ylim=(-1.3, 4.4), aspect="equal")
    ax.axis("off")


def gru_mix(cell: Tensor, units: Mapping[float, Tensor], turn: int) -> None:
    """Draw an LSTM's cell and units of a GRU, by update gate, while they read a word.

    Args:
        cell: the cell after each letter.
        units: the state of a unit after each letter, by its update gate.
        turn: the number of letters a.
    """
    _, axes = plt.subplots(2, 1, figsize=figures.figure_size(0.8), sharex=True)
    axes[0].plot(cell, color=BLUE)
    axes[0].set(ylabel="LSTM's cell", yticks=[0, 20, 40])
    for (z, trace), colour in zip(units.items(), (ORANGE, PINK, PURPLE)):
        (line,) = axes[1].plot(trace, color=colour)
        figures.label_line(axes[1], line, f"z = {z}", dy={0.3: -4, 0.1: 9}.get(z, 0))
    for ax in axes:
        ax.axhline(0, color=INK, lw=1)
        ax.axvline(turn, color=INK, lw=1, ls=":")
    axes[1].set(ylabel="GRU's state", xlabel="letters read", ylim=(-1.05, 1.05))
    axes[0].text(turn - 1.5, 3, "reads a", ha="right")
    axes[0].text(turn + 1.5, 3, "reads b")


def gru_trace(traces: Mapping[str, Mapping[int, Tensor]]) -> None:
    """Draw the busiest unit, by network and by the word's k, after each letter."""
    _, axes = plt.subplots(2, 1, figsize=figures.figure_size(0.85), sharex=True)
    for ax, curves in zip(axes, traces.values()):
        shortest = min(curves)
        for (k, trace), colour in zip(curves.items(), (GREEN, ORANGE, BLUE)):
            side = 1 if trace[shortest] > 0 else -1
            ax.plot(side * trace, color=colour, lw=1.8, label=f"k = {k}")
            ax.plot(k, side * trace[k], "o", color=colour, ms=6)
        ax.axhline(0, color=INK, lw=1)
    axes[0].set(ylabel="LSTM's cell")
    axes[1].set(ylabel="GRU's state", xlabel="letters read", ylim=(-1.05, 1.05))
    axes[0].legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), handlelength=1.2)


def gru_largest(
    largest: Mapping[str, Sequence[int]], published: Mapping[str, int], top: int
) -> None:
    """Draw up to which k networks are right: ours by seed, published ones, and the training."""
    _, ax = plt.subplots(figsize=figures.figure_size(0.36))
    for row, (kind, found) in enumerate(largest.items()):
        shift = np.linspace(-0.16, 0.16, len(found))
        ax.plot(sorted(found), row + shift, "o", color=BOTH[kind], ms=7)
        ax.plot(published[kind], row, "D", color=BOTH[kind], ms=8, mfc="none", mew=2)
    ax.axvline(top, color=INK, ls=":")
    ax.set(xlabel="right up to k", ylim=(1.5, -0.5), xlim=(-8, 280))
    ax.set_yticks([0, 1], list(largest))
    ax.grid(False, axis="y")


def _fading_units(ax: Axes, fades: Mapping[float, Tensor]) -> None:
    """Draw how neighbouring counts come closer in units set by hand, and as derived."""
    for z, fade in fades.items():
        alike = int((fade == 0).int().argmax())
        k = np.arange(1, alike)
        ax.plot(k, fade[1:alike], "--", color=PURPLE, lw=1.4)
        ax.plot(k, z * (1 - z) ** k, ":", color=INK, lw=1.2)


def gru_apart(
    counts: Sequence[int],
    apart: Mapping[str, Array],
    fades: Mapping[float, Tensor],
    by_hand: Tensor,
    spacing: float,
) -> None:
    """Draw how far apart neighbouring counts are in memories.

    Args:
        counts: the numbers of letters read.
        apart: by network, powers of ten (seeds, counts).
        fades: by update gate, the distances of a GRU unit set by hand.
        by_hand: the distances of the LSTM set by hand.
        spacing: the finest step of single precision.
    """
    _, ax = plt.subplots(figsize=figures.figure_size(0.68))
    for kind, table in apart.items():
        for row in table:
            ax.plot(counts, 10.0**row, "o-", ms=3, lw=1.2, color=BOTH[kind])
    _fading_units(ax, fades)
    ax.plot(np.arange(1, len(by_hand)), by_hand[1:], "--", color=BLUE, lw=1.4)
    ax.axhline(spacing, color=INK, lw=1)
    ax.text(1.1, spacing * 0.55, "single precision", color=INK, va="top")
    ax.text(1.1, 6, "LSTM", color=BLUE)
    ax.text(130, 4e-2, "GRU, trained", color=ORANGE)
    ax.text(1.1, 2e-4, "GRU, set by hand", color=PURPLE)
    ax.set(xscale="log", yscale="log", ylim=(1e-9, 30))
    ax.set(xlabel="letters a read, k", ylabel="distance to nearest count")
