"""The figures of the chapter “The GRU, and what gates can count”."""

from __future__ import annotations

import itertools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from unrolled import figures


def draw_step(ax):
    """Draw one step of a GRU, the state as a straight line on top."""
    ink = figures.INK
    state, gate = figures.PALETTE["blue"], figures.PALETTE["green"]
    new = figures.PALETTE["pink"]

    def line(points, colour, lw=1.8, arrow=True):
        for place, (start, end) in enumerate(itertools.pairwise(points)):
            last = arrow and place == len(points) - 2
            ax.add_patch(
                FancyArrowPatch(
                    start, end, arrowstyle="-|>" if last else "-", lw=lw,
                    color=colour, mutation_scale=14, shrinkA=0, shrinkB=0,
                )
            )  # fmt: skip

    def node(x, y, text):
        ax.add_patch(plt.Circle((x, y), 0.27, fill=False, color=ink, lw=1.5))
        ax.text(x, y, text, ha="center", va="center", fontsize=14)

    def box(x, y, text, name, colour):
        ax.add_patch(
            FancyBboxPatch(
                (x - 0.45, y - 0.3), 0.9, 0.6, fill=False, color=colour,
                boxstyle="round,pad=0,rounding_size=0.1", lw=1.8,
            )
        )  # fmt: skip
        ax.text(x, y, text, ha="center", va="center", fontsize=12, color=colour)
        ax.text(x - 0.75, y + 0.4, name, fontsize=13, color=colour)

    line([(0.7, 3.6), (4.73, 3.6)], state, lw=4, arrow=False)
    line([(5.27, 3.6), (7.03, 3.6)], state, lw=4, arrow=False)
    line([(7.57, 3.6), (9.1, 3.6)], state, lw=4)
    line([(1.1, 3.6), (1.1, 0), (5.0, 0)], state, lw=2, arrow=False)
    line([(1.7, -0.8), (1.7, 0)], ink, arrow=False)
    line([(2.5, 0), (2.5, 0.6)], state, lw=2)
    line([(5.0, 0), (5.0, 0.6)], state, lw=2)
    box(2.5, 0.9, "σ", "$r_t$", gate)
    box(5.0, 0.9, "σ", "$z_t$", gate)
    line([(2.5, 1.2), (2.5, 2.13)], gate)
    line([(1.1, 2.4), (2.23, 2.4)], state, lw=2)
    node(2.5, 2.4, "⊙")
    line([(2.77, 2.4), (3.6, 2.4), (3.6, 0.14)], state, 2, arrow=False)
    line([(3.6, -0.14), (3.6, -0.45), (7.3, -0.45), (7.3, 0.6)], state, 2)
    line([(1.7, -0.8), (7.6, -0.8), (7.6, 0.6)], ink)
    box(7.3, 0.9, "tanh", "$g_t$", new)
    line([(5.0, 1.2), (5.0, 3.33)], gate)
    node(5.0, 3.6, "⊙")
    ax.text(5.12, 2.75, "$1 - z_t$", fontsize=12, color=gate)
    line([(5.0, 2.4), (7.03, 2.4)], gate)
    line([(7.3, 1.2), (7.3, 2.13)], new)
    node(7.3, 2.4, "⊙")
    line([(7.3, 2.67), (7.3, 3.33)], new)
    node(7.3, 3.6, "+")
    for x, y, text, colour in (
        (0.1, 3.6, "$h_{t-1}$", state),
        (9.4, 3.6, "$h_t$", state),
        (1.7, -1.05, "$x_t$", ink),
    ):
        ax.text(x, y, text, ha="center", va="center", fontsize=14, color=colour)
    for x, y, text in ((5.0, 4.15, "keep"), (7.3, 4.15, "write"), (2.5, 2.95, "reset")):
        ax.text(x, y, text, ha="center", va="center", fontsize=12)
    ax.set(xlim=(-0.3, 9.8), ylim=(-1.3, 4.4), aspect="equal")
    ax.axis("off")


def gru_step() -> None:
    """Draw fig-gru-step: one step of a GRU, as slides have it."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.58))
    draw_step(ax)


def gru_mix(lstm_trace: Any, gru_traces: Any, SHOWN_K: Any) -> None:
    """Draw fig-gru-mix."""
    _figure, axes = plt.subplots(2, 1, figsize=figures.figure_size(0.8), sharex=True)
    axes[0].plot(lstm_trace, color=figures.PALETTE["blue"])
    axes[0].set(ylabel="LSTM's cell", yticks=[0, 20, 40])
    for (z, trace), name in zip(gru_traces.items(), ("orange", "pink", "purple")):
        (line,) = axes[1].plot(trace, color=figures.PALETTE[name])
        figures.label_line(axes[1], line, f"z = {z}", dy={0.3: -4, 0.1: 9}.get(z, 0))
    for ax in axes:
        ax.axhline(0, color=figures.INK, lw=1)
        ax.axvline(SHOWN_K, color=figures.INK, lw=1, ls=":")
    axes[1].set(ylabel="GRU's state", xlabel="letters read", ylim=(-1.05, 1.05))
    axes[0].text(SHOWN_K - 1.5, 3, "reads a", ha="right")
    axes[0].text(SHOWN_K + 1.5, 3, "reads b")


def gru_trace(traces: Any, TRACED: Any) -> None:
    """Draw fig-gru-trace."""
    _figure, axes = plt.subplots(2, 1, figsize=figures.figure_size(0.85), sharex=True)
    for ax, (_kind, curves) in zip(axes, traces.items()):
        for k, trace, colour in zip(TRACED, curves, ("green", "orange", "blue")):
            side = 1 if trace[TRACED[0]] > 0 else -1
            ax.plot(side * trace, color=figures.PALETTE[colour], lw=1.8, label=f"k = {k}")
            ax.plot(k, side * trace[k], "o", color=figures.PALETTE[colour], ms=6)
        ax.axhline(0, color=figures.INK, lw=1)
    axes[0].set(ylabel="LSTM's cell")
    axes[1].set(ylabel="GRU's state", xlabel="letters read", ylim=(-1.05, 1.05))
    axes[0].legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), handlelength=1.2)


def gru_largest(largest: Any, PUBLISHED: Any, stored: Any) -> None:
    """Draw fig-gru-largest."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.36))
    for row, (kind, found) in enumerate(largest.items()):
        colour = figures.PALETTE["blue" if kind == "LSTM" else "orange"]
        shift = np.linspace(-0.16, 0.16, len(found))
        ax.plot(sorted(found), row + shift, "o", color=colour, ms=7)
        ax.plot(PUBLISHED[kind], row, "D", color=colour, ms=8, mfc="none", mew=2)
    ax.axvline(stored["settings"]["top"], color=figures.INK, ls=":")
    ax.set(xlabel="right up to k", ylim=(1.5, -0.5), xlim=(-8, 280))
    ax.set_yticks([0, 1], list(largest))
    ax.grid(False, axis="y")


def gru_apart(
    apart: Any, counts: Any, gru_unit: Any, RATES: Any, count_by_hand: Any, spacing: Any
) -> tuple[Any, ...]:
    """Draw fig-gru-apart."""
    _figure, ax = plt.subplots(figsize=figures.figure_size(0.68))
    colours = {"LSTM": figures.PALETTE["blue"], "GRU": figures.PALETTE["orange"]}
    for kind, table in apart.items():
        for row in table:
            ax.plot(counts, 10.0**row, "o-", ms=3, lw=1.2, color=colours[kind])
    many = "a" * 600
    fades = {z: gru_unit(many, z, torch.float32).diff() for z in RATES}
    for z, fade in fades.items():
        alike = int((fade == 0).int().argmax())
        k = np.arange(1, alike)
        ax.plot(k, fade[1:alike], "--", color=figures.PALETTE["purple"], lw=1.4)
        ax.plot(k, z * (1 - z) ** k, ":", color=figures.INK, lw=1.2)
    by_hand = count_by_hand("a" * 1000)[0][:, 0].diff()
    ax.plot(np.arange(1, 1000), by_hand[1:], "--", color=colours["LSTM"], lw=1.4)
    ax.axhline(spacing, color=figures.INK, lw=1)
    ax.text(1.1, spacing * 0.55, "single precision", color=figures.INK, va="top")
    ax.text(1.1, 6, "LSTM", color=colours["LSTM"])
    ax.text(130, 4e-2, "GRU, trained", color=colours["GRU"])
    ax.text(1.1, 2e-4, "GRU, set by hand", color=figures.PALETTE["purple"])
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="letters a read, k",
        ylabel="distance to nearest count",
        ylim=(1e-9, 30),
    )
    return fades, by_hand
