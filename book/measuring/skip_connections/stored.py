"""The stored run of `experiments/skip_depths.py`: the digits at depths 2 to 64."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelude import glue

STORED = Path(__file__).resolve().parents[3] / "experiments" / "skip_depths.json"
Table = dict[str, NDArray[np.float64]]  # by network, (depths, seeds)


@dataclass(frozen=True)
class Depths:
    """What the script has stored; ratios are the first block's gradient by the last's."""

    depths: list[int]
    accuracy: Table
    log_ratio: Table
    whole: dict[str, Any]


def accuracies(row: dict[str, Any]) -> list[float]:
    """Return a stored row's accuracies; the key says if they are settled."""
    found: list[float] = row.get("accuracy") or row["unsettled accuracy"]
    return found


def stored_depths() -> Depths:
    """Print the accuracies, and return the stored run."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    depths, seeds = stored["settings"]["depths"], stored["settings"]["seeds"]
    reached: dict[str, list[list[float]]] = {}
    ratios: dict[str, list[list[float]]] = {}
    for row in stored["results"]:
        reached.setdefault(row["network"], []).append(accuracies(row))
        ratios.setdefault(row["network"], []).append(row["log10 gradient"])
    print("accuracy in %, mean of", len(seeds), "seeds")
    print(f"{'depth':>17}", *(f"{depth:5d}" for depth in depths))
    for name, runs in reached.items():
        print(f"{name:>17}", *(f"{100 * np.mean(run):5.1f}" for run in runs))
    accuracy, log_ratio = (
        {name: np.array(runs) for name, runs in table.items()} for table in (reached, ratios)
    )
    return Depths(depths, accuracy, log_ratio, stored)


def _keep_deepest(stored: Depths) -> None:
    """Keep what networks with 64 blocks reach."""
    at_64 = {name: runs[stored.depths.index(64)] for name, runs in stored.accuracy.items()}
    names = {"plain scaled": "scaled", "highway bias -2": "leaky"}
    for name in ("plain scaled", "residual", "highway", "highway bias -2", "dense"):
        glue(f"{names.get(name, name)}_64_low", 100 * min(at_64[name]))
        glue(f"{names.get(name, name)}_64_high", 100 * max(at_64[name]))
    for name in ("residual", "highway", "dense"):
        assert min(at_64[name]) > 0.8, name
    for name in ("plain", "highway bias -2"):
        assert max(at_64[name]) < 0.2, name
    four = stored.accuracy["plain scaled"][stored.depths.index(4)]
    assert np.mean(at_64["plain scaled"]) < 0.7 < min(four)


def keep_stored(stored: Depths) -> None:
    """Keep the numbers of the text beside fig-skip-depth that come from the stored run."""
    glue("stored_updates", stored.whole["settings"]["updates"])
    glue("guess", 10)
    _keep_deepest(stored)
    ratios = stored.log_ratio["plain scaled"][stored.depths.index(64)].tolist()
    glue("scaled_ratio_low", 10 ** min(ratios))
    glue("scaled_ratio_high", 10 ** max(ratios))
    others = [value for row in stored.whole["other rates"] for value in accuracies(row)]
    glue("other_low", 100 * min(others))
    glue("other_high", 100 * max(others))
    with_adam = {(row["network"], row["depth"]): accuracies(row) for row in stored.whole["Adam"]}
    for (name, depth), found in with_adam.items():
        glue(f"adam_{name}_{depth}_low", 100 * min(found))
        glue(f"adam_{name}_{depth}_high", 100 * max(found))
    plain = dict(zip(stored.depths, stored.accuracy["plain"]))
    assert max(plain[16]) < 0.2
    assert min(plain[2]) > 0.9
    assert max(others) < 0.8
    assert max(with_adam["plain", 32]) < 0.6 < min(with_adam["residual", 32])
