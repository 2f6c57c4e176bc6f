"""Chapter 11's classifiers on its three tasks, with more updates and seeds than a page can wait.

    python experiments/text_classifiers.py          about 4 minutes on one core

Share of right answers on new examples, by task, network and number of training sentences, one for
each seed; weights and CPU seconds of a run. For the task "first" also the share by distance, over
all seeds together. Result: experiments/text_classifiers.json, read by the page.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "seeds": [0, 1, 2],
    "counts": [100, 1000],
    "updates": 400,
    "updates for names": 1000,
    "near the ends": {"T": 30, "margin": 3, "distances": [6, 10, 14, 20]},
    "far from the ends": {"T": 50, "margin": 10, "distances": [6, 8, 10, 12, 14, 18, 22, 26]},
}
NETWORKS = ["window", "RNN", "LSTM", "CNN"]
BY_DISTANCE = {
    "near the ends": ["stack"],
    "far from the ends": ["LSTM", "CNN", "CNN 2-max", "stack", "dilated", "conv + LSTM"],
}
# Some seeds learn it and others do not, and which ones depends on the last digits.
UNSTEADY = [("negated", "LSTM", 100), ("negated", "RNN", 1000)]


def main() -> None:
    page = definitions("11-convolutions")
    measuring, new_model = page.measuring, page.new_model
    torch.set_num_threads(1)
    started = time.process_time()
    results, by_distance = [], []

    def keep(task: str, network: str, count: int, runs: list[tuple]) -> None:
        shares = [round(share, 4) for _, share, _ in runs]
        weights = sum(p.numel() for p in runs[0][0].parameters())
        seconds = round(sum(run[2] for run in runs) / len(runs), 2)
        row = {"task": task, "network": network, "count": count, "weights": weights}
        key = "accuracy, unsteady" if (task, network, count) in UNSTEADY else "accuracy"
        results.append({**row, key: shares, "seconds": seconds})
        print(f"{task:>8} {network:>12} {count:5d}", *shares, f"{seconds} s", flush=True)

    def learn(task: str, network: str, count: int, **sizes: int) -> list[tuple]:
        return [
            measuring.learn_sentences(
                new_model, task, network, count, seed, SETTINGS["updates"], **sizes
            )
            for seed in SETTINGS["seeds"]
        ]

    for task in ("negated", "first"):
        for network in NETWORKS:
            for count in SETTINGS["counts"]:
                keep(task, network, count, learn(task, network, count))
    for place, networks in BY_DISTANCE.items():
        *sizes, distances = SETTINGS[place].values()
        for network in networks:
            runs = learn("first", network, 1000, **dict(zip(("T", "margin"), sizes, strict=True)))
            shares = [
                round(sum(measuring.right_at(run[0], d, *sizes) for run in runs) / len(runs), 3)
                for d in distances
            ]
            by_distance.append({"place": place, "network": network, "accuracy": shares})
            print(f"{place} {network:>12}", *shares, flush=True)
    for network in NETWORKS:
        runs = [
            measuring.learn_names(new_model, network, seed, SETTINGS["updates for names"])
            for seed in SETTINGS["seeds"]
        ]
        keep("names", network, len(measuring.split_names(0)[0][0]), runs)
    stored = {
        "command": "python experiments/text_classifiers.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "spread": {"accuracy": 0.1, "accuracy, unsteady": 0.55},
        "results": results,
        "by distance": by_distance,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
