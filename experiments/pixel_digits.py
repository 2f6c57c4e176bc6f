"""Chapter 5's digits read pixel by pixel: tanh RNN, identity RNN and LSTM, three seeds each.

    python experiments/pixel_digits.py              about 13 minutes on one core

The 8 by 8 digits of scikit-learn are read as 64 steps, and, each pixel drawn as a square of 2 by 2,
as 256 steps. Result: experiments/pixel_digits.json, read by the page, written after every run.
Seeds 0, 1, 2.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import torch
from torch.nn import functional

from chapter import definitions

NETWORKS = ("tanh RNN", "identity RNN", "LSTM")
SEEDS = (0, 1, 2)
SETTINGS = {
    "H": 100,
    "N": 32,
    "updates": {"64": 5000, "256": 2500},
    "rate": 0.001,
    "max_norm": 1.0,
    "every": 250,
}
# The most that a figure may move on another machine: about the range over the seeds. On the way a
# network may lose for a while what it has learned, so a point of a curve may move further.
SPREAD = {"accuracy": 0.15, "curve": 0.4}


def run(page, network: str, seed: int, steps: int, updates: int, settings: dict) -> dict:
    """Train one network on sequences of `steps` pixels and return its test accuracy on the way."""
    started = time.process_time()
    (x, y), (x_test, y_test) = page.measuring.pixel_digits(size=round(steps**0.5))
    torch.manual_seed(seed)
    model = page.Reader(network, D=1, H=settings["H"], V=10)
    curve = []

    def watch(update: int) -> None:
        with torch.no_grad():
            right = model(x_test).argmax(dim=1) == y_test
        curve.append(round(right.double().mean().item(), 4))

    def draw():
        chosen = torch.randint(len(x), (settings["N"],))
        return x[chosen], y[chosen]

    page.measuring.train(
        page.clip_by_norm,
        model,
        draw,
        functional.cross_entropy,
        updates,
        rate=settings["rate"],
        max_norm=settings["max_norm"],
        watch=watch,
        every=settings["every"],
    )
    # The accuracy jumps about from one look to the next: the result is the mean of the last four.
    return {
        "network": network,
        "seed": seed,
        "steps": steps,
        "accuracy": round(sum(curve[-4:]) / 4, 4),
        "curve": curve,
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    page = definitions("05-stable-gradients")
    torch.set_num_threads(1)
    stored: dict = {
        "command": "python experiments/pixel_digits.py",
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
        for steps, updates in SETTINGS["updates"].items():
            for network in NETWORKS:
                stored["results"].append(run(page, network, seed, int(steps), updates, SETTINGS))
                result = stored["results"][-1]
                print(
                    f"seed {seed}, {steps} steps, {network}: {result['accuracy']:.3f}", flush=True
                )
                target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
