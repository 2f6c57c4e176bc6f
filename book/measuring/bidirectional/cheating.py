"""The honest and the cheating language model: short runs, texts, stored result, influence."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from unrolled import data

from .cues import Tagger, Train
from .words import EXPERIMENTS, SEEDS

MODELS = {"honest": ("forward", 64), "cheating": ("both", 32)}
PLACES = ("training text", "new text", "input cut")

Models = dict[str, list[nn.Module]]
# By model and seed: perplexity on the training text, on new text, and with the input cut.
Perplexities = dict[str, list[tuple[float, float, float]]]


@functools.cache
def manual_texts() -> tuple[Tensor, Tensor, data.Vocabulary]:
    """Return training and test text as ids, and their vocabulary."""
    train_text, _, test_text = data.manual_splits()
    letters = data.Vocabulary([train_text, test_text])
    ids = [torch.from_numpy(letters.encode(text)) for text in (train_text, test_text)]
    return ids[0], ids[1], letters


@torch.no_grad()
def generate(model: nn.Module, start: Tensor, steps: int, seed: int = 0) -> Tensor:
    """Return `start` continued, each symbol drawn from the model."""
    generator = torch.Generator().manual_seed(seed)
    ids = start[None]
    for _ in range(steps):
        p = torch.softmax(model(ids)[:, -1], dim=-1)
        drawn = torch.multinomial(p, 1, generator=generator)
        ids = torch.cat([ids, drawn], dim=1)
    return ids[0]


def train_language_models(
    tagger: Tagger,
    train: Train,
    draw_text: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]],
    perplexities: Callable[[nn.Module, Tensor], tuple[float, float]],
    updates: int = 120,
) -> tuple[Models, Perplexities]:
    """Train both models for a short time, print perplexities and a text, and return both."""
    train_ids, test_ids, letters = manual_texts()
    V, models, measured = len(letters), Models(), Perplexities()
    for name, (reads, H) in MODELS.items():
        models[name], measured[name] = [], []
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = tagger(reads, V, H, C=V, D=24)
            train(model, lambda: draw_text(train_ids), updates, rate=0.01)
            models[name].append(model)
            inside, cut = perplexities(model, test_ids)
            on_training, _ = perplexities(model, train_ids)
            measured[name].append((on_training, inside, cut))
            print(
                f"{name:>8}, seed {seed}: training text {on_training:5.2f},",
                f"new text {inside:5.2f}, input cut {cut:5.2f}",
            )
    for name, trained in models.items():
        start = torch.from_numpy(letters.encode("The value of "))
        text = letters.decode(generate(trained[0], start, 70).tolist())
        print(f"\n{name}: {text!r}")
    return models, measured


def stored_models() -> dict[str, Any]:
    """Print and return the result of the script cheating_model.py."""
    found: dict[str, Any] = json.loads((EXPERIMENTS / "cheating_model.json").read_text("utf-8"))
    rows = {row["model"]: row for row in found["results"]}
    for name, row in rows.items():
        for place in PLACES:
            if place in row:
                values = " ".join(f"{value:6.2f}" for value in row[place])
                print(f"{name:>23}, {place:>13}: {values}")
    return found | {"rows": rows, "characters": len(manual_texts()[2])}


def numbers_of_cheating(
    stored: Mapping[str, Any], measured: Mapping[str, Sequence[tuple[float, float, float]]]
) -> dict[str, Any]:
    """Return what the text says of the two models."""
    cheat, honest = (np.array(measured[name]) for name in ("cheating", "honest"))
    rows, settings = stored["rows"], stored["settings"]
    one, two = rows["next, forward"], rows["next, both"]
    masked_one, masked_two = (rows[f"masked, {name}"]["new text"] for name in ("forward", "both"))
    assert max(two["new text"]) < 1.1
    assert min(two["input cut"]) > 3 * max(one["input cut"])
    assert max(masked_two) < min(masked_one)
    assert cheat[:, 1].max() < 2
    assert honest[:, 1].min() > 5
    assert cheat[:, 2].min() > 1.3 * honest[:, 2].max()
    return {
        "V_manual": stored["characters"],
        "cheat_new": max(two["new text"]),
        "cheat_cut_low": min(two["input cut"]),
        "cheat_cut_high": max(two["input cut"]),
        "honest_new": np.mean(one["new text"]),
        "honest_cut": np.mean(one["input cut"]),
        "cheat_H": settings["H"],
        "cheat_half": settings["H"] // 2,
        "masked_share": 100 * settings["share masked"],
        "masked_one": np.mean(masked_one),
        "masked_two": np.mean(masked_two),
    }


def influence_maps(
    influence: Callable[[Any, Tensor], Tensor], models: Mapping[str, Sequence[nn.Module]]
) -> dict[str, Tensor]:
    """Print the largest influence from ahead; return the maps (seeds, 16, 16) by model."""
    _, test_ids, _ = manual_texts()
    window = test_ids.unfold(0, 17, 311)[:64]
    maps = {
        name: torch.stack([influence(model, window) for model in trained])
        for name, trained in models.items()
    }
    for name, per_seed in maps.items():
        ahead = " ".join(f"{table.triu(1).max():.2f}" for table in per_seed)
        print(f"{name:>8}: largest influence from ahead {ahead}")
    assert all(table.triu(1).max() == 0 for table in maps["honest"])
    for table in maps["cheating"]:
        next_step = table.diagonal(1)[:-1].mean()
        assert next_step > table.diagonal(0).mean()
        assert next_step > table.diagonal(-1).mean()
    return maps
