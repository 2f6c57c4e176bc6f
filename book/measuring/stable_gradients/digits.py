"""Handwritten digits read pixel by pixel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from prelude import glue

from .adding import EXPERIMENTS, MakeReader
from .cliff import SEEDS

NAMES = {"tanh RNN": "tanh", "identity RNN": "irnn", "LSTM": "lstm"}
#: Sequences (N, T, 1) and the digits (N,) they show.
Digits = tuple[Tensor, Tensor]
#: Percentages of images read right, a seed each, by network and steps.
Accuracy = Mapping[tuple[str, int], Sequence[float]]


def pixel_digits(size: int = 8) -> tuple[Digits, Digits]:
    """Return a training and a test set."""
    if size < 8 or size % 8:
        raise ValueError(f"size: expected a multiple of 8, got {size}")
    images, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    x = torch.tensor(images[order] / 16, dtype=torch.float32).view(-1, 8, 8)
    for axis in (1, 2):
        x = x.repeat_interleave(size // 8, dim=axis)
    x, y = x.reshape(len(x), -1, 1), torch.tensor(digits[order])
    return (x[360:], y[360:]), (x[:360], y[:360])


def stored_digits() -> dict[str, Any]:
    """Return the stored result; print and keep its accuracies."""
    stored: dict[str, Any] = json.loads((EXPERIMENTS / "pixel_digits.json").read_text())
    accuracy: dict[tuple[str, int], list[float]] = {}
    for result in stored["results"]:
        key = (result["network"], result["steps"])
        accuracy.setdefault(key, []).append(100 * result["accuracy"])
    for (network, steps), values in sorted(accuracy.items(), key=lambda item: item[0][1]):
        print(f"{steps:3} steps, {network:>12}:", *(f"{value:.1f}%" for value in values))
    _keep_accuracy(accuracy)
    _keep_losses(stored, accuracy)
    return stored


def _keep_accuracy(accuracy: Accuracy) -> None:
    for (network, steps), values in accuracy.items():
        name = f"{NAMES[network]}_{steps}"
        glue(name, float(np.mean(values)))
        glue(f"{name}_low", min(values))
        glue(f"{name}_high", max(values))
    by_steps = {steps: [accuracy[network, steps] for network in NAMES] for steps in (64, 256)}
    for tanh, identity, lstm in zip(*by_steps[64]):
        assert lstm > tanh > identity + 10
    for tanh, identity, lstm in zip(*by_steps[256]):
        assert lstm > max(tanh, identity)


def _keep_losses(stored: Mapping[str, Any], accuracy: Accuracy) -> None:
    """Keep what four times the distances cost, after equally many updates."""
    lost = {}
    for network in ("tanh RNN", "identity RNN"):
        name = NAMES[network]
        results = [r for r in stored["results"] if r["network"] == network]
        end = max(len(r["curve"]) for r in results if r["steps"] == 256)
        looks = [r["curve"][end - 4 : end] for r in results if r["steps"] == 64]
        early = float(np.mean([100 * sum(look) / 4 for look in looks]))
        lost[name] = early - float(np.mean(accuracy[network, 256]))
        glue(f"{name}_early", early)
        glue(f"{name}_lost", lost[name])
    glue("short_updates", stored["settings"]["updates"]["256"])
    assert lost["tanh"] > lost["irnn"] + 10


def shuffle_pixels(Reader: MakeReader) -> None:
    """Print and keep how a shuffle of the pixels changes the last states before training."""
    _, (x, _) = pixel_digits()
    shuffled = x[:, torch.randperm(64, generator=torch.Generator().manual_seed(0))]
    changes: dict[str, list[float]] = {}
    for network in NAMES:
        changes[network] = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            core: Any = Reader(network, D=1, H=100, V=10).core
            with torch.no_grad():
                h, changed = (core(images)[0][:, -1] for images in (x, shuffled))
            spread = (h - h.mean(dim=0)).norm()
            changes[network].append(((h - changed).norm() / spread).item())
        print(
            f"{network:>12}: change of the last state, relative to its spread over images:",
            *(f"{change:.1e}" for change in changes[network]),
        )
    glue("blind", max(changes["identity RNN"]))
    assert max(changes["identity RNN"]) < 1e-4 < 0.5 < min(changes["tanh RNN"])
