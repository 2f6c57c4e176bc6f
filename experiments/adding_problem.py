"""Chapter 5's adding problem: tanh RNN, identity RNN and LSTM over 100 steps, three seeds each.

    python experiments/adding_problem.py            about 10 minutes on one core

Result: experiments/adding_problem.json, read by the page, written after every run. Seeds 0, 1, 2.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from pathlib import Path

import torch

from chapter import definitions

NETWORKS = ("tanh RNN", "identity RNN", "LSTM")
SEEDS = (0, 1, 2)
SETTINGS = {
    "T": 100,
    "H": 100,
    "N": 32,
    "updates": 8000,
    "rate": 0.001,
    "max_norm": 1.0,
    "test sequences": 2000,
    "every": 250,
}
# The most that a figure may move on another machine: about the range over the seeds.
SPREAD = {"error": 0.005, "curve": 0.2}


def run(page, network: str, seed: int, settings: dict) -> dict:
    """Train one network and return its test error during training."""
    started = time.process_time()
    torch.manual_seed(10_000)
    x, y = page.measuring.adding_batch(settings["test sequences"], settings["T"])
    torch.manual_seed(seed)
    model = page.Reader(network, D=2, H=settings["H"], V=1)
    curve = []

    def watch(update: int) -> None:
        with torch.no_grad():
            curve.append(round(page.measuring.squared_error(model(x), y).item(), 6))

    page.measuring.train(
        page.clip_by_norm,
        model,
        lambda: page.measuring.adding_batch(settings["N"], settings["T"]),
        page.measuring.squared_error,
        settings["updates"],
        rate=settings["rate"],
        max_norm=settings["max_norm"],
        watch=watch,
        every=settings["every"],
    )
    # The error jumps about from one look to the next, so the result is the median of the last five.
    return {
        "network": network,
        "seed": seed,
        "error": statistics.median(curve[-5:]),
        "curve": curve,
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    page = definitions("05-stable-gradients")
    torch.set_num_threads(1)
    stored: dict = {
        "command": "python experiments/adding_problem.py",
        "settings": SETTINGS,
        "spread": SPREAD,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "machine": f"one core, {platform.machine()}",
        },
        "results": [],
    }
    target = Path(__file__).with_suffix(".json")
    for seed in SEEDS:
        for network in NETWORKS:
            stored["results"].append(run(page, network, seed, SETTINGS))
            result = stored["results"][-1]
            print(f"seed {seed}, {network}: {result['error']:.4f}", flush=True)
            target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
