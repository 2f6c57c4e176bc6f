"""Chapter 10's character model by depth at equal parameters, for longer than a page can wait.

    python experiments/stacked_depth.py          about 4 minutes on one core

Stacks of one to four LSTM layers, each as wide as the budget of parameters allows, trained on the
same windows of the manual. Result: experiments/stacked_depth.json, read by the page. Seeds 0, 1, 2.
The script `stacked_skips.py` does the same with skips between the layers.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path
from typing import Any

import torch

from chapter import definitions

SETTINGS = {"budget": 60000, "updates": 1500, "rate": 0.02, "D": 32, "N": 32, "T": 48}
SEEDS = (0, 1, 2)
# The most that a figure may move on another machine: the largest range over seeds, rounded up.
SPREAD = {"perplexity": 1.6, "on training text": 1.6, "curve": 8.5}
SPREAD_WITH_SKIPS = {"perplexity": 0.2, "on training text": 0.2, "curve": 0.5}


def run(depths: tuple[int, ...], skips: bool) -> list[dict[str, Any]]:
    """Train a stack of each depth with each seed; return one row for each depth."""
    page = definitions("10-stacked")
    rows = []
    for layers in depths:
        runs = [page.train_chars(layers, seed, skips=skips, **SETTINGS) for seed in SEEDS]
        row = {"layers": layers, "skips": skips, "H": runs[0]["H"], "weights": runs[0]["weights"]}
        for name in ("perplexity", "on training text"):
            row[name] = [round(found[name], 4) for found in runs]
        row["curve"] = [[round(number, 3) for number in found["curve"]] for found in runs]
        row["seconds"] = [round(found["seconds"], 1) for found in runs]
        rows.append(row)
        print(layers, skips, row["perplexity"], row["seconds"], flush=True)
    return rows


def store(script: str, depths: tuple[int, ...], skips: bool) -> None:
    """Run and write the result beside the script."""
    torch.set_num_threads(1)
    started = time.process_time()
    results = run(depths, skips)
    stored = {
        "command": f"python experiments/{Path(script).name}",
        "settings": SETTINGS,
        "seeds": list(SEEDS),
        "spread": SPREAD_WITH_SKIPS if skips else SPREAD,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}; CPU seconds of each run",
        "seconds": round(time.process_time() - started, 1),
        "results": results,
    }
    target = Path(script).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    store(__file__, (1, 2, 3, 4), skips=False)
