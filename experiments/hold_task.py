"""Chapter 6's memory task over longer sequences, with more updates and seeds than a page can wait.

    python experiments/hold_task.py          about 6 minutes on one core

For each network and length, how many of the seeds learned to hold a value to the end: error on new
sequences below a tenth of that of guessing. Result: experiments/hold_task.json, read by the
page. The single errors depend on the machine in their last digits, so the counts are stored.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "T": [10, 20, 40, 80, 160],
    "seeds": [0, 1, 2, 3, 4],
    "updates": 2000,
    "H": 16,
    "N": 32,
    "rate": 0.01,
    "solved below": 0.1,
}
# On another machine one of the five seeds may come out otherwise.
SPREAD = {"solved": 1}
NETWORKS = ["RNN", "LSTM bias 0", "LSTM bias 1", "LSTM bias 5"]


def main() -> None:
    page = definitions("06-lstm")
    torch.set_num_threads(1)
    options = {name: SETTINGS[name] for name in ("updates", "H", "N", "rate")}
    results = []
    started = time.process_time()
    for network in NETWORKS:
        solved = []
        for T in SETTINGS["T"]:
            models = [page.train_holder(network, T, seed, **options) for seed in SETTINGS["seeds"]]
            errors = [page.measuring.error_of(model, T) for model in models]
            solved.append(sum(error < SETTINGS["solved below"] for error in errors))
            print(f"{network:>12}  T = {T:3d}", *(f"{error:.4f}" for error in errors), flush=True)
        results.append({"network": network, "solved": solved})
    stored = {
        "command": "python experiments/hold_task.py",
        "settings": SETTINGS,
        "spread": SPREAD,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "results": results,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
