"""Chapter 11's classifiers on its three tasks, with more updates and seeds than a page can wait.

    python experiments/text_classifiers.py          about 4 minutes on one core

Share of right answers on new examples, by task, network and number of training sentences, one for
each seed; weights and CPU seconds of a run. For the task "first" also the share by distance, over
all seeds together. The RNN learns the task "negated" or it does not; which seeds do depends on the
last digits, so its shares have a key and a spread of their own. Result:
experiments/text_classifiers.json, read by the page.
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
    "distances": [6, 8, 10, 12, 14, 16, 18, 20],
}
NETWORKS = ["window", "RNN", "LSTM", "CNN"]
FURTHER = ["CNN 2-max", "stack", "dilated", "conv + LSTM"]


def main() -> None:
    page = definitions("11-convolutions")
    torch.set_num_threads(1)
    started = time.process_time()
    results, by_distance = [], []

    def keep(task: str, network: str, count: int, runs: list[tuple]) -> None:
        shares = [round(share, 4) for _, share, _ in runs]
        weights = sum(p.numel() for p in runs[0][0].parameters())
        seconds = round(sum(run[2] for run in runs) / len(runs), 2)
        row = {"task": task, "network": network, "count": count, "weights": weights}
        unsteady = (task, network) == ("negated", "RNN")
        key = "accuracy, all or nothing" if unsteady else "accuracy"
        results.append({**row, key: shares, "seconds": seconds})
        print(f"{task:>8} {network:>12} {count:5d}", *shares, f"{seconds} s", flush=True)

    for task in ("negated", "first"):
        for network in NETWORKS + (FURTHER if task == "first" else []):
            for count in SETTINGS["counts"] if network in NETWORKS else [1000]:
                runs = [
                    page.learn_sentences(task, network, count, seed, SETTINGS["updates"])
                    for seed in SETTINGS["seeds"]
                ]
                keep(task, network, count, runs)
                if task == "first" and count == 1000:
                    shares = [
                        sum(page.right_at(run[0], d) for run in runs) / len(runs)
                        for d in SETTINGS["distances"]
                    ]
                    rounded = [round(share, 3) for share in shares]
                    by_distance.append({"network": network, "accuracy": rounded})
    for network in NETWORKS:
        runs = [
            page.learn_names(network, seed, SETTINGS["updates for names"])
            for seed in SETTINGS["seeds"]
        ]
        keep("names", network, len(page.split_names(0)[0][0]), runs)
    stored = {
        "command": "python experiments/text_classifiers.py",
        "settings": SETTINGS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "seconds": round(time.process_time() - started, 1),
        "spread": {"accuracy": 0.1, "accuracy, all or nothing": 0.55},
        "results": results,
        "by distance": by_distance,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
