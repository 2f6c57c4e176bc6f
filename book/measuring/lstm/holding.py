"""The task of holding a value: its data, its error, and what training made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from prelude import glue

from .reach import SEEDS

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
LIVE_T, LIVE_UPDATES = 20, 600


def draw_hold(N: int, T: int, within: int | None = None) -> tuple[Tensor, Tensor]:
    """Return inputs (N, T, 2), value and mark, and the targets (N,).

    Two of the first `within` steps are marked, half of all if not given.
    """
    x = torch.zeros(N, T, 2)
    x[..., 0] = 2 * torch.rand(N, T) - 1
    order = torch.rand(N, within or T // 2).argsort(dim=1)
    marked = order[:, :2].sort(dim=1).values
    rows = torch.arange(N)
    x[rows[:, None], marked, 1] = 1
    return x, x[rows, marked[:, 1], 0]


@torch.no_grad()
def error_of(model: nn.Module, T: int, within: int | None = None, N: int = 1000) -> float:
    """Return the mean squared error, relative to guessing 0."""
    torch.manual_seed(1000 + T)
    x, target = draw_hold(N, T, within)
    return float((model(x) - target).pow(2).mean() / target.pow(2).mean())


def try_to_hold(train_holder: Callable[..., nn.Module]) -> None:
    """Train three kinds of networks for a short time; print their errors."""
    errors = {}
    for kind in ("RNN", "LSTM bias 0", "LSTM bias 5"):
        models = [train_holder(kind, LIVE_T, seed, LIVE_UPDATES) for seed in SEEDS]
        errors[kind] = [error_of(model, LIVE_T) for model in models]
        shown = " ".join(f"{error:.3f}" for error in errors[kind])
        print(f"{kind:>12}, T = {LIVE_T}: error {shown}")
    glue("live_updates", LIVE_UPDATES)
    assert max(errors["LSTM bias 5"]) < 0.05
    assert min(errors["RNN"] + errors["LSTM bias 0"]) > 0.5


def stored_hold() -> dict[str, Any]:
    """Return the stored result: its settings, and how many seeds solved the task, by network."""
    stored: dict[str, Any] = json.loads((EXPERIMENTS / "hold_task.json").read_text())
    settings = stored["settings"]
    table = {row["network"]: row["solved"] for row in stored["results"]}
    print("solved, of", len(settings["seeds"]), "seeds")
    print(f"{'T':>12}", *(f"{T:4d}" for T in settings["T"]))
    for kind, solved in table.items():
        print(f"{kind:>12}", *(f"{count:4d}" for count in solved))
    glue("stored_updates", f"{settings['updates']:,}")
    for kind, name in zip(table, ("rnn", "zero", "one", "five")):
        solved_at = [T for T, solved in zip(settings["T"], table[kind]) if solved]
        glue(f"longest_{name}", max(solved_at, default=0))
    order = [sum(solved) for solved in table.values()]
    assert order == sorted(order)
    assert order[0] < order[-1]
    return {"settings": settings, "solved": table}
