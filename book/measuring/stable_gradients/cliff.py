"""Gradient descent on the cliff of chapter 4, with clipping and without."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from prelude import glue

SEEDS = (0, 1, 2)
RATE, THRESHOLD, UPDATES = 0.5, 0.1, 300
WAYS = {"plain": math.inf, "clipped": THRESHOLD}


class Walk(NamedTuple):
    """Places (updates, S, 2), losses and gradient norms (updates, S) of S walks."""

    places: Tensor
    losses: Tensor
    norms: Tensor

    @property
    def steps(self) -> Tensor:
        """The lengths of all steps, (updates - 1, S)."""
        lengths: Tensor = self.places.diff(dim=0).norm(dim=-1)
        return lengths


def cliff(w: Tensor, b: Tensor, steps: int = 50) -> Tensor:
    """Return the loss of a one-unit RNN without input."""
    h = torch.full_like(w, 0.5)
    for _ in range(steps):
        h = torch.sigmoid(w * h + b)
    return (h - 0.7) ** 2


def walk(starts: Tensor, rate: float, max_norm: float, updates: int) -> Walk:
    """Descend from starts (S, 2)."""
    place = starts.clone()
    places, losses, norms = [], [], []
    for _ in range(updates):
        place.requires_grad_()
        loss = cliff(place[:, 0], place[:, 1])
        (gradient,) = torch.autograd.grad(loss.sum(), place)
        norm = gradient.norm(dim=1)
        places.append(place.detach())
        losses.append(loss.detach())
        norms.append(norm)
        factor = (max_norm / norm).clamp(max=1)  # each start on its own
        place = place.detach() - rate * factor[:, None] * gradient
    return Walk(torch.stack(places), torch.stack(losses), torch.stack(norms))


def walk_once() -> dict[str, Walk]:
    """Walk from one start, plain and clipped; print and keep how it went."""
    start = torch.tensor([[6.0, -2.0]], dtype=torch.float64)
    walks = {name: walk(start, RATE, max_norm, UPDATES) for name, max_norm in WAYS.items()}
    for name, one in walks.items():
        w, b = one.places[-1, 0].tolist()
        print(
            f"{name:>7}: largest gradient {one.norms.max():8.2f}, longest step "
            f"{one.steps.max():.2f}, end at w = {w:.2f}, b = {b:.2f}, "
            f"loss {one.losses[-1].item():.4f}"
        )
    _keep_walks(walks["plain"], walks["clipped"])
    return walks


def _keep_walks(plain: Walk, clipped: Walk) -> None:
    glue("longest_clipped", RATE * THRESHOLD)
    glue("plain_norm", plain.norms.max())
    glue("plain_jump", plain.steps.max())
    glue("plain_jump_at", plain.steps[:, 0].argmax())
    glue("plain_end", plain.losses[-1])
    glue("plain_end_norm", plain.norms[-1])
    clipped_end = clipped.losses[-20:].mean()
    glue("clipped_end", clipped_end)
    glue("clipped_norm", clipped.norms.max())
    glue("typical_norm", clipped.norms.median())
    assert plain.losses[-1] > 0.05
    assert clipped_end < 0.005


def walk_often() -> None:
    """Walk from 200 random starts with each seed; print and keep how many arrive."""
    reached: dict[str, list[float]] = {name: [] for name in WAYS}
    thrown: dict[str, list[float]] = {name: [] for name in WAYS}
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        random = torch.rand(200, 2, generator=generator, dtype=torch.float64)
        w = 5 + 2 * random[:, 0]
        starts = torch.stack([w, -w / 2 + 0.3 + random[:, 1]], dim=1)
        for name, max_norm in WAYS.items():
            walks = walk(starts, RATE, max_norm, UPDATES)
            arrived = walks.losses[-20:].mean(dim=0) < 0.01
            reached[name].append(arrived.double().mean().item())
            thrown[name].append((walks.steps.amax(dim=0) > 1).double().mean().item())
    for name in WAYS:
        print(
            f"{name:>7}: reached a loss below 0.01:",
            *(f"{share:4.0%}" for share in reached[name]),
            "  jumped by more than 1:",
            *(f"{share:4.0%}" for share in thrown[name]),
        )
    _keep_shares(reached, thrown)


def _keep_shares(reached: Mapping[str, list[float]], thrown: Mapping[str, list[float]]) -> None:
    for name, shares in reached.items():
        glue(f"{name}_reached", 100 * float(np.mean(shares)))
        glue(f"{name}_reached_low", 100 * min(shares))
        glue(f"{name}_reached_high", 100 * max(shares))
    glue("plain_thrown", 100 * float(np.mean(thrown["plain"])))
    assert min(reached["clipped"]) > max(reached["plain"]) + 0.2
    assert max(thrown["clipped"]) == 0
