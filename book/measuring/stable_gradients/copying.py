"""Copying a sequence that is read in order or reversed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prelude import glue

from .adding import EXPERIMENTS

#: Percentages of symbols written right, (seeds, places), by order and number of updates.
Copied = Mapping[tuple[str, str], NDArray[np.floating[Any]]]


class Copier(nn.Module):
    """Read a sequence of symbols, then write it."""

    def __init__(self, V: int, H: int) -> None:
        super().__init__()
        self.core = nn.RNN(V + 1, H, batch_first=True)
        self.readout = nn.Linear(H, V)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, length, V) for x (N, 2 * length, V + 1)."""
        h, _ = self.core(x)
        logits: Tensor = self.readout(h[:, x.shape[1] // 2 :])
        return logits


def copy_batch(N: int, length: int, V: int, is_reversed: bool) -> tuple[Tensor, Tensor]:
    """Return inputs (N, 2 * length, V + 1) and symbols (N, length)."""
    if length < 1:
        raise ValueError(f"length: expected at least 1, got {length}")
    ids = torch.randint(V, (N, length))
    source = ids.flip(1) if is_reversed else ids
    x = torch.zeros(N, 2 * length, V + 1)
    x[:, :length].scatter_(2, source[..., None], 1)
    x[:, length:, V] = 1  # nothing to read: write
    return x, ids


def copy_loss(logits: Tensor, ids: Tensor) -> Tensor:
    """Return the mean cross-entropy of logits (N, length, V)."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), ids.flatten())


def stored_copying() -> tuple[int, Copied]:
    """Return the number of symbols and the stored shares; print and keep what the text tells."""
    stored = json.loads((EXPERIMENTS / "reversed_copy.json").read_text())
    copied = {}
    for order in ("in order", "reversed"):
        results = [r for r in stored["results"] if r["reversed"] == (order == "reversed")]
        for update in ("500", "2000"):
            rows = 100 * np.array([r["accuracy by place"][update] for r in results])
            copied[order, update] = rows
            shown = " ".join(f"{value:3.0f}" for value in rows.mean(axis=0)[::3])
            print(f"{order:>8}, {update:>4} updates: {shown}  mean {rows.mean():.0f}%")
    glue("copy_length", stored["settings"]["length"])
    _keep(copied)
    return stored["settings"]["V"], copied


def _keep(copied: Copied) -> None:
    turned, in_order = copied["reversed", "500"], copied["in order", "500"]
    glue("first_reversed", turned[:, 0].mean())
    glue("first_in_order", in_order[:, 0].mean())
    glue("mean_reversed", turned.mean())
    glue("mean_in_order", in_order.mean())
    late = {order: copied[order, "2000"].mean() for order in ("in order", "reversed")}
    glue("late_reversed", late["reversed"])
    glue("late_in_order", late["in order"])
    assert turned[:, 0].min() > in_order[:, 0].max() + 20
    assert (turned[:, 0] > turned[:, 4] + 20).all()
    assert np.ptp(in_order.mean(axis=0)) < 20
    assert late["in order"] > late["reversed"] + 20
