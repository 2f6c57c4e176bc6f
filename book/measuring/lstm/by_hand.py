"""Numbers of the text that need no network: gates, half-lives, exercises, a cell set by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from prelude import glue

#: How far the gates of the cell set by hand are saturated, and for how many steps it holds.
FIRMNESS = (2.0, 4.0, 6.0, 8.0, 16.0)
HELD = 500


def keep_by_hand() -> None:
    """Keep the numbers of the text that follow from formulas alone."""
    gap_at_5 = 1 - torch.sigmoid(torch.tensor(5.0)).item()
    glue("gate_gap", math.ceil(1000 * gap_at_5) / 1000)  # rounded up
    whole = torch.arange(1.0, 40.0)
    glue("rounded_to_one", int(whole[torch.sigmoid(whole) == 1][0]))
    glue("sigma_one", sigmoid(1))
    for place, gate in enumerate((0.5, sigmoid(1), 0.9, 0.99, 0.999)):
        glue(f"half_{place}", half_life(gate))


def sigmoid(a: float) -> float:
    """Return the logistic function of a number."""
    return 1 / (1 + math.exp(-a))


def half_life(gate: float) -> float:
    """Return after how many steps a forget gate has left half."""
    return math.log(0.5) / math.log(gate)


def hold(alpha: float, candidates: Tensor) -> Tensor:
    """Return a cell's states: the first candidate written, then held."""
    kept = torch.sigmoid(torch.tensor(alpha, dtype=candidates.dtype))
    leak = torch.sigmoid(torch.tensor(-alpha, dtype=candidates.dtype))
    c = [candidates[0]]
    for g_t in candidates[1:]:
        c.append(kept * c[-1] + leak * g_t)
    return torch.stack(c)


def hold_by_hand() -> list[Tensor]:
    """Hold a value with each firmness; print and keep what is left, and return the states."""
    generator = torch.Generator().manual_seed(0)
    candidates = (2 * torch.rand(HELD + 1, generator=generator) - 1).double()
    candidates[0] = 0.8
    held = [hold(alpha, candidates) for alpha in FIRMNESS]
    for alpha, c in zip(FIRMNESS, held):
        print(f"forget gate {sigmoid(alpha):.7f}: {c[-1]:6.3f} of {c[0]:.3f} is left")
    left = {alpha: (c[-1] / c[0]).item() for alpha, c in zip(FIRMNESS, held)}
    glue("held_left", 100 * left[16.0])
    glue("held_eight", 100 * left[8.0])
    glue("held_gate_eight", sigmoid(8))
    glue("held_gate_four", sigmoid(4))
    glue("held_half_four", half_life(sigmoid(4)))
    assert abs(left[16.0] - 1) < 1e-4
    assert held[1][-1].abs() < 0.1
    return held


def keep_exercises(through_gate: Callable[..., Tensor], LSTM: Callable[..., Any]) -> None:
    """Keep the numbers of the answers to the exercises."""
    new, old = torch.tensor([3.0, 4, 6]), torch.tensor([8.0, 9, 2])
    for place, value in enumerate(through_gate(new, old, torch.tensor([0.9, 0.5, 0.1])), start=1):
        glue(f"soft_{place}", value)
    D, H = 64, 128
    count = 4 * (H * D + H**2 + H)
    of_torch = sum(p.numel() for p in nn.LSTM(D, H).parameters())
    assert sum(p.numel() for p in LSTM(D, H).parameters()) == count
    glue("count_lstm", count)
    glue("count_torch", of_torch)
    glue("count_more", of_torch - count)
    full = torch.tanh(torch.arange(1, 100) * torch.tanh(torch.tensor(1.0)))
    glue("full_at", 1 + int((full == 1).int().argmax()))
    glue("bias_half", half_life(sigmoid(1)))
    glue("bias_100", math.log(1 / (2 ** (1 / 100)) / (1 - 2 ** (-1 / 100))))
