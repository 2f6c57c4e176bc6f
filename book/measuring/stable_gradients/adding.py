"""The adding problem: its data, three ways to survive it, and what is learned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from prelude import glue

from .checks import Clip
from .cliff import SEEDS

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
LEVEL = 0.05  # an error that says that the task is being learned
#: The page's network that answers from its last state: by name, D, H and V.
MakeReader = Callable[..., nn.Module]
#: The first update that failed, the number of restarts, and the median of the last losses.
Outcome = tuple[int | None, int, float]


def adding_batch(N: int, T: int) -> tuple[Tensor, Tensor]:
    """Return N sequences (N, T, 2) of numbers and marks, and sums (N, 1)."""
    if T < 2:
        raise ValueError(f"T: expected at least 2 steps to mark, got {T}")
    x = torch.zeros(N, T, 2)
    x[..., 0] = torch.rand(N, T)
    rows = torch.arange(N)
    early = torch.randint(T // 2, (N,))
    late = torch.randint(T // 2, T, (N,))
    x[rows, early, 1] = x[rows, late, 1] = 1
    return x, (x[..., 0] * x[..., 1]).sum(dim=1, keepdim=True)


def squared_error(answers: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error."""
    return (answers - targets).pow(2).mean()


def show_sequences() -> None:
    """Print two sequences of the adding problem, marks as stars."""
    for T in (6, 8):
        x, y = adding_batch(1, T)
        print(*(f"{v:.2f}{'*' if m else ' '}" for v, m in x[0].tolist()), f" sum {y.item():.2f}")


def train(
    clip_by_norm: Clip,
    model: nn.Module,
    draw_batch: Callable[[], tuple[Tensor, Tensor]],
    loss_of: Callable[[Tensor, Tensor], Tensor],
    updates: int,
    rate: float = 0.001,
    max_norm: float = 1.0,
    watch: Callable[[int], None] | None = None,
    every: int = 250,
) -> None:
    """Lower the loss over batches with Adam, clipped; call `watch` now and then."""
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    for update in range(updates):
        if watch is not None and update % every == 0:
            watch(update)
        x, y = draw_batch()
        loss = loss_of(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        clip_by_norm([p.grad for p in model.parameters()], max_norm)
        optimiser.step()
    if watch is not None:
        watch(updates)


def survive(Reader: MakeReader, descend: Callable[..., Any]) -> None:
    """Descend on the adding problem in three ways; print and keep how it went."""
    ways: dict[str, dict[str, Any]] = {
        "plain": {},
        "with checkpoints": {"every": 20},
        "clipped": {"max_norm": 1.0},
    }
    survival: dict[str, list[Outcome]] = {way: [] for way in ways}
    for seed in SEEDS:
        for way, settings in ways.items():
            torch.manual_seed(seed)
            model = Reader("identity RNN", D=2, H=32, V=1)
            draw = lambda: adding_batch(16, 60)  # noqa: E731
            losses, failed = descend(model, draw, squared_error, 150, rate=0.01, **settings)
            restarts = len(failed) if "every" in settings else 0
            last = float(np.median(losses[-20:]))
            survival[way].append((failed[0] if failed else None, restarts, last))
    for way, rows in survival.items():
        print(f"{way}:")
        for seed, (failure, restarts, loss) in zip(SEEDS, rows):
            end = "never failed" if failure is None else f"failed at update {failure}"
            print(f"  seed {seed}: {end}, {restarts} restarts, last losses {loss:.3g}")
    _keep_survival(**{way.split()[-1]: rows for way, rows in survival.items()})


def _keep_survival(
    plain: Sequence[Outcome], checkpoints: Sequence[Outcome], clipped: Sequence[Outcome]
) -> None:
    kept, tamed = ([row[2] for row in rows] for rows in (checkpoints, clipped))
    glue("kept_low", min(kept))
    glue("kept_high", max(kept))
    glue("kept_restarts", max(row[1] for row in checkpoints))
    glue("tamed_low", min(tamed))
    glue("tamed_high", max(tamed))
    assert all(row[0] is not None for row in plain)
    assert all(row[0] is None for row in clipped)
    assert max(tamed) < 0.5
    assert max(kept) > 1


def learn_to_add(Reader: MakeReader, clip_by_norm: Clip) -> dict[str, Any]:
    """Train two networks for a short time, and return the stored result; print and keep errors."""
    torch.manual_seed(10_000)
    x, y = adding_batch(500, 50)
    live = {}
    for network in ("tanh RNN", "identity RNN"):
        torch.manual_seed(0)
        model = Reader(network, D=2, H=64, V=1)
        train(clip_by_norm, model, lambda: adding_batch(32, 50), squared_error, 500)
        with torch.no_grad():
            live[network] = squared_error(model(x), y).item()
        print(f"live, 50 steps, {network:>12}: error {live[network]:.3f}")
    stored: dict[str, Any] = json.loads((EXPERIMENTS / "adding_problem.json").read_text())
    errors: dict[str, list[float]] = {}
    for result in stored["results"]:
        errors.setdefault(result["network"], []).append(result["error"])
    for network, values in errors.items():
        print(f"stored, 100 steps, {network:>12}:", *(f"{value:.4f}" for value in values))
    glue("live_tanh", live["tanh RNN"])
    glue("live_irnn", live["identity RNN"])
    assert live["identity RNN"] < 0.8 * live["tanh RNN"]
    _keep_errors(errors)
    _keep_beginnings(stored)
    return stored


def _keep_errors(errors: Mapping[str, Sequence[float]]) -> None:
    for network, name in (("tanh RNN", "tanh"), ("identity RNN", "irnn"), ("LSTM", "lstm")):
        glue(f"adding_{name}_low", min(errors[network]))
        glue(f"adding_{name}_high", max(errors[network]))
    assert min(errors["tanh RNN"]) > 0.12
    assert max(errors["identity RNN"]) < 0.02
    assert max(errors["LSTM"]) < 0.02


def _keep_beginnings(stored: Mapping[str, Any]) -> None:
    """Keep from which update on the networks have an error below the level."""
    settings = stored["settings"]
    first: dict[str, list[int]] = {}
    for result in stored["results"]:
        update = settings["every"] * int(np.argmax(np.array(result["curve"]) < LEVEL))
        first.setdefault(result["network"], []).append(update)
    glue("adding_rate", settings["rate"])
    glue("adding_updates", settings["updates"])
    glue("level", LEVEL)
    glue("irnn_first", max(first["identity RNN"]))
    glue("lstm_first", min(first["LSTM"]))
