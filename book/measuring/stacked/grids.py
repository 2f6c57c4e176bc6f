"""What a new stack's gradient and a value under dropout come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from .checks import RunInOrder, make_cells

SEEDS = (0, 1, 2)
P_DROP, DRAWS = 0.2, 100_000


def gradient_grid(
    run_in_order: RunInOrder,
    skips: bool,
    seed: int,
    layers: int = 6,
    T: int = 20,
    H: int = 32,
    N: int = 16,
) -> Tensor:
    """Return the gradient's norm at each state, (layers, T), that at the loss set to 1."""
    torch.manual_seed(seed)
    cells = make_cells(nn.RNNCell, H, H, layers)
    x = torch.randn(N, T, H).double()
    places = [(k, t) for k in range(layers) for t in range(T)]
    states, handed_up = run_in_order(cells, x, places, skips)
    loss = handed_up[layers - 1, T - 1] @ torch.randn(H).double()
    wanted = [states[place] for place in places]
    found = torch.autograd.grad(loss.sum(), wanted)
    norms = torch.stack([g.norm(dim=-1).mean() for g in found]).reshape(layers, T)
    return norms / norms[-1, -1]


def gradient_grids(run_in_order: RunInOrder) -> dict[bool, Tensor]:
    """Print and return, without and with skips, the gradient's norms (seeds, layers, T)."""
    grids = {
        skips: torch.stack([gradient_grid(run_in_order, skips, seed) for seed in SEEDS])
        for skips in (False, True)
    }
    for skips, grid in grids.items():
        lowest = " ".join(f"{norm:.4f}" for norm in grid[:, 0, -1])
        print(f"skips {skips!s:>5}: lowest layer, last step {lowest}")
    return grids


def _per_step(grid: Tensor, row: int, near: int = 4, far: int = 14) -> Tensor:
    """Return the factor by which the gradient shrinks with each step back."""
    T = grid.shape[-1]
    ratio = grid[:, row, T - 1 - far] / grid[:, row, T - 1 - near]
    return ratio.log().mean().div(far - near).exp()


def numbers_of_grids(grids: Mapping[bool, Tensor]) -> dict[str, Tensor]:
    """Return what the text says of the gradient at each state."""
    plain, skipped = grids[False], grids[True]
    numbers = {
        "grid_plain_low": plain[:, 0, -1].min(),
        "grid_plain_high": plain[:, 0, -1].max(),
        "grid_skip_low": skipped[:, 0, -1].min(),
        "grid_skip_high": skipped[:, 0, -1].max(),
        "grid_time_plain": _per_step(plain, -1),
        "grid_time_skip": _per_step(skipped, -1),
        "grid_time_plain_lowest": _per_step(plain, 0),
    }
    assert numbers["grid_plain_high"] < 0.1
    assert numbers["grid_skip_low"] > 0.5
    assert abs(numbers["grid_time_plain"] - numbers["grid_time_skip"]) < 0.1
    return numbers


def held_values(hold_under_dropout: Callable[[float, int, int, int], Tensor]) -> Tensor:
    """Print what is left of a value after some masks; return the values (seeds, steps, draws)."""
    held = torch.stack([hold_under_dropout(P_DROP, 20, DRAWS, seed) for seed in SEEDS])
    spread, alive = held.std(dim=-1), (held > 0).double().mean(dim=-1)
    for k in (1, 3, 10, 20):
        print(
            f"{k:2d} masks: not dropped {alive[0, k]:.3f} ({(1 - P_DROP) ** k:.3f}),",
            "spread",
            " ".join(f"{s:.2f}" for s in spread[:, k]),
            f"({math.sqrt((1 - P_DROP) ** -k - 1):.2f})",
        )
    return held


def numbers_of_dropout(held: Tensor) -> dict[str, float | Tensor]:
    """Return what the text says of a value under dropout."""
    spread, alive = held.std(dim=-1), (held > 0).double().mean(dim=-1)
    between = math.sqrt((1 - P_DROP) ** -3 - 1)
    assert (spread[:, 3] - between).abs().max() < 0.05
    assert (alive[:, 20] - (1 - P_DROP) ** 20).abs().max() < 0.005
    return {
        "drop_alive": 100 * (1 - P_DROP) ** 20,
        "drop_spread": spread[:, 20].mean(),
        "drop_between": between,
    }
