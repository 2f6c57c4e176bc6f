"""The numbers in the text of the chapter “Gates and the LSTM”."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from prelude import glue


def held(held: Any) -> None:
    """Keep the numbers that the text tells at held."""
    glue("held_left", 100 * (held[-1][-1] / held[-1][0]).item())
    glue("held_eight", 100 * (held[3][-1] / held[3][0]).item())
    glue("held_gate_eight", 1 / (1 + math.exp(-8)))
    glue("held_gate_four", 1 / (1 + math.exp(-4)))
    glue("held_half_four", math.log(0.5) / math.log(1 / (1 + math.exp(-4))))
    gap = abs(held[-1][-1] / held[-1][0] - 1).item()
    assert gap < 1e-4
    assert held[1][-1].abs() < 0.1


def rate(norms, near=20, far=50):
    return (norms[:, far] / norms[:, near]).log().mean().div(far - near).exp()


def cell_reach(reach: Any) -> None:
    """Keep the numbers that the text tells at cell-reach."""
    for kind, name in (("RNN", "rnn"), ("LSTM bias 0", "zero"), ("LSTM bias 1", "one")):
        glue(f"rate_{name}", rate(reach[kind]))
    three = reach["LSTM bias 3"]
    low, high = three[:, 20:151].min(), three[:, 20:151].max()
    glue("three_low", low)
    glue("three_high", high)
    glue("three_end_low", three[:, -1].min())
    glue("three_end_high", three[:, -1].max())
    assert low > 0.1
    assert high < 10
    assert three[:, -1].min() > three[:, 50].max()
    assert rate(reach["RNN"]) < rate(reach["LSTM bias 0"]) < rate(reach["LSTM bias 1"])


def hold(LIVE_UPDATES: Any, stored: Any, table: Any, live_errors: Any) -> None:
    """Keep the numbers that the text tells at hold."""
    glue("live_updates", LIVE_UPDATES)
    glue("stored_updates", f"{stored['settings']['updates']:,}")
    for kind, name in zip(table, ("rnn", "zero", "one", "five")):
        solved_at = [T for T, solved in zip(stored["settings"]["T"], table[kind]) if solved]
        glue(f"longest_{name}", max(solved_at, default=0))
    order = [sum(solved) for solved in table.values()]
    assert order == sorted(order)
    assert order[0] < order[-1]
    assert max(live_errors["LSTM bias 5"]) < 0.05
    assert min(live_errors["RNN"] + live_errors["LSTM bias 0"]) > 0.5


def inside(
    means: Any, clearest: Any, SMALL_T: Any, is_clear: Any, inside: Any, small: Any, slopes: Any
) -> None:
    """Keep the numbers that the text tells at inside."""
    i_mark, i_else, f_mark, f_else = means[clearest]
    glue("small_T", SMALL_T)
    glue("i_mark", i_mark)
    glue("i_else", i_else)
    glue("f_mark", f_mark)
    glue("f_else", f_else)
    glue("f_half", math.log(0.5) / math.log(f_else))
    assert SMALL_T < math.log(0.5) / math.log(f_else) < 200
    clear = [is_clear(gates) for gates in means]
    glue("clear", sum(clear))
    glue("inside_count", len(inside["settings"]["seeds"]))
    glue("inside_learned", len(small))
    assert len(small) == inside["results"]["solved"]
    assert sum(clear) == inside["results"]["clear"]
    glue("asked_low", min(asked for asked, _ in slopes))
    glue("asked_high", max(asked for asked, _ in slopes))
    glue("others_high", max(others for _, others in slopes))
    assert any(clear)
    assert min(a for a, _ in slopes) > 0.8
    assert max(o for _, o in slopes) < 0.1


def exercises(through_gate: Any, new: Any, old: Any, LSTM: Any) -> None:
    """Keep the numbers of the answers to the exercises."""
    soft = through_gate(new, old, torch.tensor([0.9, 0.5, 0.1]))
    glue("soft_1", soft[0])
    glue("soft_2", soft[1])
    glue("soft_3", soft[2])
    D_count, H_count = 64, 128
    glue("count_lstm", 4 * (H_count * D_count + H_count**2 + H_count))
    count_own = sum(p.numel() for p in LSTM(D_count, H_count).parameters())
    count_torch = sum(p.numel() for p in nn.LSTM(D_count, H_count).parameters())
    assert count_own == 4 * (H_count * D_count + H_count**2 + H_count)
    glue("count_torch", count_torch)
    glue("count_more", count_torch - count_own)
    full = torch.tanh(torch.arange(1, 100) * torch.tanh(torch.tensor(1.0)))
    glue("full_at", 1 + int((full == 1).int().argmax()))
    glue("bias_half", math.log(0.5) / math.log(1 / (1 + math.exp(-1))))
    glue("bias_100", math.log(1 / (2 ** (1 / 100)) / (1 - 2 ** (-1 / 100))))
