"""How long PyTorch's GRU and LSTM take."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from prelude import glue

SIZES = (32, 128, 256)
Ratios = dict[tuple[bool, bool], list[float]]  # by (same code, with backward), for each size


def _seconds_for(net: nn.Module, x: Tensor, backward: bool) -> float:
    """Return the CPU time of one run."""
    started = time.process_time()
    with torch.set_grad_enabled(backward):
        h = net(x)[0]
    if backward:
        h.sum().backward()
    return time.process_time() - started


def speed_ratio(H: int, backward: bool, same_code: bool, repeats: int = 9) -> float:
    """Return the time of nn.GRU over that of nn.LSTM, fastest of each."""
    x = torch.randn(16, 50, H)
    nets: list[Any] = [kind(H, H, batch_first=True) for kind in (nn.GRU, nn.LSTM)]
    with torch.backends.mkldnn.flags(enabled=not same_code, allow_tf32=None):
        taken = [[_seconds_for(net, x, backward) for net in nets] for _ in range(repeats)]
    gru, lstm = np.min(taken, axis=0)
    return float(gru / lstm)


def print_speed() -> Ratios:
    """Print and return the time of the GRU over that of the LSTM, four ways and by size."""
    ratios = {
        (same_code, backward): [speed_ratio(H, backward, same_code) for H in SIZES]
        for same_code in (False, True)
        for backward in (False, True)
    }
    print("time of the GRU / time of the LSTM for H =", *SIZES)
    for (same_code, backward), found in ratios.items():
        print(
            "same code " if same_code else "as it comes",
            "with backward" if backward else "forward      ",
            *(f"{ratio:5.2f}" for ratio in found),
        )
    return ratios


def keep_speed(ratios: Ratios) -> None:
    """Keep the numbers of the text on speed."""
    glue("size_small", SIZES[0])
    glue("size_large", SIZES[-1])
    glue("as_it_comes_32", ratios[False, True][0])
    glue("as_it_comes_256", ratios[False, True][-1])
    glue("same_code_256", ratios[True, True][-1])
    glue("forward_256", ratios[True, False][-1])
    wins = sum(ratio < 1 for ratio in ratios[False, True])
    glue("verdict", {0: "at none", len(SIZES): "at each"}.get(wins, f"at {wins}"))
    assert ratios[True, False][-1] < 1.1
