"""Chapter 7's counting task with longer words and more updates and seeds than a page can wait.

    python experiments/counting.py          about 4 minutes on one core

An LSTM and a GRU with 10 units learn the words a^k b^k, k up to 100. Stored are, by seed, the
largest k up to which all words are judged right, how many are for k up to 1000, and how far the
state after k letters a is from the nearest state after any other number of them up to 2000, as a
logarithm to base 10. Result: experiments/counting.json, read by the page. What a network learns
depends on the seed and, through rounding, on the machine; the stated spreads are those over the
seeds.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "top": 100,
    "seeds": [0, 1, 2, 3, 4],
    "updates": 1500,
    "H": 10,
    "N": 16,
    "rate": 0.02,
    "asked up to": 1000,
}
COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]


def main() -> None:
    page = definitions("07-gru")
    measuring = page.measuring
    torch.set_num_threads(1)
    options = {name: SETTINGS[name] for name in ("updates", "H", "N", "rate")}
    results = []
    started = time.process_time()
    for kind in ("LSTM", "GRU"):
        largest, right, apart = [], [], []
        for seed in SETTINGS["seeds"]:
            model = page.train_acceptor(kind, SETTINGS["top"], seed, **options)
            judged = measuring.judged_right(model, SETTINGS["asked up to"])
            largest.append(measuring.first_run(judged))
            right.append(int(judged.sum()))
            nearest = measuring.nearest_count(measuring.states_by_count(model, 2 * COUNTS[-1]))
            apart.append([round(nearest[k].log10().clamp(min=-20).item(), 2) for k in COUNTS])
            print(f"{kind:>5} seed {seed}: {largest[-1]}, {right[-1]}, {apart[-1]}", flush=True)
        found = {"largest": largest, "right": right, "log10 apart": apart}
        results.append({"network": kind, **found})
    stored = {
        "command": "python experiments/counting.py",
        "settings": SETTINGS,
        "counts": COUNTS,
        "spread": {key: spread_of(results, key) for key in ("largest", "right", "log10 apart")},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def spread_of(results: list[dict], key: str) -> float:
    """Return the widest range over the seeds of a number under a key."""
    tables = [torch.tensor(row[key], dtype=torch.float64) for row in results]
    return round(max((table.amax(0) - table.amin(0)).max().item() for table in tables), 2)


if __name__ == "__main__":
    main()
