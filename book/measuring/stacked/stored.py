"""The stored results of the scripts stacked_depth.py and stacked_skips.py, and their costs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .depth import EXPERIMENTS, CharModel, Kind, Run, encoded_manual


def stored_depths() -> tuple[dict[str, Any], list[Run]]:
    """Print the results; return the settings, and a row for each depth without and with skips."""
    results = [
        json.loads((EXPERIMENTS / f"{name}.json").read_text("utf-8"))
        for name in ("stacked_depth", "stacked_skips")
    ]
    rows = [row for result in results for row in result["results"]]
    print("layers skips   H  parameters  perplexity by seed")
    for row in rows:
        perplexities = "  ".join(f"{p:.2f}" for p in row["perplexity"])
        print(
            f"{row['layers']:4d}   {row['skips']!s:>5} {row['H']:4d}",
            f"{row['weights']:9,}    {perplexities}",
        )
    return results[0]["settings"], rows


def milliseconds_of_update(
    model: CharModel, layers: int, H: int, D: int = 32, N: int = 32, T: int = 48, repeats: int = 9
) -> float:
    """Return the least CPU time of a forward and a backward pass."""
    V = encoded_manual()[2]
    torch.manual_seed(0)
    new, times = model(V, D, H, layers), []
    ids = torch.randint(V, (N, T))
    for _ in range(repeats):
        started = time.process_time()
        new(ids).logsumexp(dim=-1).mean().backward()
        times.append(1000 * (time.process_time() - started))
    return min(times)


def costs_of_update(model: CharModel, rows: Sequence[Run]) -> list[float]:
    """Print and return the milliseconds of an update, by layers, of the stacks without skips."""
    plain = [row for row in rows if not row["skips"]]
    costs = [milliseconds_of_update(model, row["layers"], row["H"]) for row in plain]
    print("ms by layers:", *(f"{cost:.1f}" for cost in costs))
    return costs


def numbers_of_depth(
    settings: Mapping[str, Any], rows: Sequence[Run], costs: Sequence[float]
) -> dict[str, Any]:
    """Return what the text says of depth at equal parameters."""
    by_kind: dict[Kind, Run] = {(row["layers"], row["skips"]): row for row in rows}
    means = {kind: np.mean(row["perplexity"]) for kind, row in by_kind.items()}
    best = min(means[n, True] for n in (2, 3, 4))
    ones = by_kind[1, False]["perplexity"]
    gain, spread = 1 - best / means[1, False], max(ones) / min(ones) - 1
    assert means[1, False] < means[2, False] < means[3, False] < means[4, False]
    assert all(means[n, True] < means[n, False] for n in (2, 3, 4))
    assert best == means[3, True]
    assert gain < spread
    numbers: dict[str, Any] = {
        "stored_updates": f"{settings['updates']:,}",
        "stored_budget": f"{settings['budget']:,}",
        "first_at": settings["updates"] // 5,
        "cost_ratio": costs[-1] / costs[0],
        "train_length": f"{len(encoded_manual()[0]):,}",
        "skip_gain": 100 * gain,
        "one_range": 100 * spread,
    }
    for (layers, skips), row in by_kind.items():
        name = f"{'skip' if skips else 'plain'}_{layers}"
        numbers[f"{name}_low"] = min(row["perplexity"])
        numbers[f"{name}_high"] = max(row["perplexity"])
    for layers in (1, 4):
        row = by_kind[layers, False]
        numbers[f"plain_{layers}_first"] = np.min(row["curve"], axis=0)[0]
        numbers[f"plain_{layers}_first_high"] = np.max(row["curve"], axis=0)[0]
        numbers[f"plain_{layers}_train"] = np.mean(row["on training text"])
    return numbers
