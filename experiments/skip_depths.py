"""Chapter 8's networks on the digits at depths 2 to 64, with more updates than its page can afford.

    python experiments/skip_depths.py          about 3 minutes on one core

For each network and depth: how large the gradient of the first block's weights is before training,
relative to the last block's, and the accuracy on the test images after training. Then two attempts
to train plain networks after all: with other learning rates, and with Adam. Result:
experiments/skip_depths.json, read by the page.
"""

from __future__ import annotations

import json
import math
import platform
import time
from pathlib import Path

import torch

from chapter import definitions

SETTINGS = {
    "depths": [2, 4, 8, 16, 32, 64],
    "seeds": [0, 1, 2],
    "updates": 250,
    "rate": 0.02,
    "Adam's rate": 0.001,
    "H": 32,
    "N": 50,
}
NETWORKS = [
    "plain",
    "plain scaled",
    "plain relu scaled",
    "residual",
    "highway",
    "highway bias -2",
    "dense",
]
# Where these end depends on the last digits: "unsettled accuracy" may move much.
UNSETTLED = {"plain", "plain scaled", "plain relu scaled", "highway bias -2"}
OTHER_RATES = [("plain scaled", 64, 0.05), ("plain scaled", 64, 0.005)]
WITH_ADAM = [("plain", 16), ("plain", 32), ("residual", 32)]


def main() -> None:
    page = definitions("08-skip-connections")
    measuring = page.measuring
    torch.set_num_threads(1)
    train, test = measuring.load_images()
    x, y = train[0][:200].double(), train[1][:200]
    seeds = SETTINGS["seeds"]
    started = time.process_time()

    def reached(name: str, depth: int, rate: float, adam: bool = False) -> dict[str, list[float]]:
        updates = SETTINGS["updates"]
        nets = [
            measuring.train_net(page.make_net, name, depth, seed, train, updates, rate, adam)
            for seed in seeds
        ]
        found = [round(measuring.accuracy(net, test), 3) for net in nets]
        seconds = time.process_time() - started
        print(f"{name:>17} {depth:3d} {rate:6.3f}", found, f"{seconds:4.0f} s", flush=True)
        return {"unsettled accuracy" if name in UNSETTLED else "accuracy": found}

    def ratios(name: str, depth: int) -> list[float]:
        nets = [page.make_net(name, depth, seed).double() for seed in seeds]
        return [round(math.log10(measuring.first_to_last(net, x, y)), 2) for net in nets]

    stored = {
        "command": "python experiments/skip_depths.py",
        "settings": SETTINGS,
        "spread": {"accuracy": 0.1, "unsettled accuracy": 0.4, "log10 gradient": 0.05},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"one core, {platform.machine()}",
        "results": [
            {
                "network": name,
                "depth": depth,
                "log10 gradient": ratios(name, depth),
                **reached(name, depth, SETTINGS["rate"]),
            }
            for name in NETWORKS
            for depth in SETTINGS["depths"]
        ],
        "other rates": [
            {"network": name, "depth": depth, "rate": rate, **reached(name, depth, rate)}
            for name, depth, rate in OTHER_RATES
        ],
        "Adam": [
            {
                "network": name,
                "depth": depth,
                **reached(name, depth, SETTINGS["Adam's rate"], adam=True),
            }
            for name, depth in WITH_ADAM
        ],
        "seconds": round(time.process_time() - started, 1),
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
