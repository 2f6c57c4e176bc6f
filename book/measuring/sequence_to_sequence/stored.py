"""The stored results of the scripts bottleneck.py and reversed_source.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelude import span

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
NETWORKS = ("32 units", "128 units", "32, attention")

# Results of a script, as it has stored them; measures by seed, and by length or place.
Stored = Mapping[str, Any]
Array = NDArray[np.float64]


def _stored(name: str) -> Stored:
    stored: Stored = json.loads((EXPERIMENTS / f"{name}.json").read_text("utf-8"))
    return stored


def bottleneck() -> Stored:
    """Return the stored trainings on copying, by length."""
    return _stored("bottleneck")


def by_length(stored: Stored, network: str, name: str) -> Array:
    """Return a measure of the networks that copy, by seed and length (or place)."""
    return np.array([row[name] for row in stored["results"] if row["network"] == network])


def numbers_of_forced(stored: Stored) -> dict[str, Any]:
    """Return what the text says of teacher forcing and free running."""
    forced, free = (
        by_length(stored, "32 units", f"{name} by place") for name in ("forced", "free")
    )
    gaps = 100 * (forced - free).mean(axis=1)
    assert free[:, 12].min() > free[:, 9:12].max() + 0.3
    assert (abs(forced[:, 0] - free[:, 0]) < 1e-9).all()
    assert gaps.min() > 10
    return {
        "s2s_updates": f"{stored['settings']['updates']:,}",
        "s2s_trained": stored["settings"]["longest in training"],
        "s2s_forced_mean": 100 * forced.mean(),
        "s2s_free_mean": 100 * free.mean(),
        "s2s_forced_late": 100 * forced[:, 9:12].mean(),
        "s2s_free_late": 100 * free[:, 9:12].mean(),
        "s2s_stop_forced": 100 * forced[:, 12].mean(),
        "s2s_stop_right": 100 * free[:, 12].mean(),
        "s2s_gap_low": gaps.min(),
        "s2s_gap_high": gaps.max(),
    }


def numbers_of_bottleneck(stored: Stored) -> dict[str, Any]:
    """Return what the text says of states of fixed size, and of attention."""
    tested = stored["settings"]["lengths"]
    whole = {network: by_length(stored, network, "whole") for network in NETWORKS}
    # By seed, the largest tested length that is mostly right.
    halves = {
        network: [max(np.array(tested)[row >= 0.5].tolist()) for row in rows]
        for network, rows in whole.items()
    }
    small, large, look = (halves[network] for network in NETWORKS)
    assert max(small) < min(large) < min(look) + 1
    at_12, beyond = tested.index(12), tested.index(16)
    _, without, attention = whole.values()
    assert attention[:, at_12].min() > without[:, at_12].max()
    forced = by_length(stored, "32, attention", "forced")
    return {
        "s2s_half_small": span(min(small), max(small)),
        "s2s_half_large": span(min(large), max(large)),
        "s2s_half_look": span(min(look), max(look)),
        "s2s_look_12": 100 * attention[:, at_12].mean(),
        "s2s_large_12": 100 * without[:, at_12].mean(),
        "s2s_look_16": 100 * attention[:, beyond].max(),
        "s2s_look_16_forced": 100 * forced[:, beyond].mean(),
        "s2s_bits_small": 3 * max(small),
    }


def of_order(orders: Stored, task: str, size: int, is_reversed: bool, name: str) -> Array:
    """Return a measure by seed (and place), with the source in order or reversed."""
    rows = [r for r in orders["results"] if r["task"] == task and r["reversed"] == is_reversed]
    return np.array([row[str(size)][name] for row in rows])


def reversed_sources() -> Stored:
    """Print and return the stored trainings with sources in order and reversed."""
    orders = _stored("reversed_source")
    print("                       perplexity         whole")
    for task, size, text in (
        ("copying", 8, "copy 8 symbols"),
        ("translation", 1, "translate 1 clause"),
        ("translation", 2, "translate 2 clauses"),
    ):
        for is_reversed in (False, True):
            perplexity, whole = (
                of_order(orders, task, size, is_reversed, name) for name in ("perplexity", "whole")
            )
            print(
                f"{text:>19} {'reversed' if is_reversed else 'in order':>8}:",
                *(f"{value:5.2f}" for value in perplexity),
                "  ",
                *(f"{value:4.2f}" for value in whole),
            )
    return orders


def _numbers_of_places(orders: Stored) -> dict[str, float]:
    """Return what the text says of the places at which reversing helps."""
    numbers = {}
    for task, size, place, name in (
        ("copying", 8, 6, "seventh"),
        ("translation", 2, 5, "sixth"),
    ):
        for is_reversed, order in ((False, "order"), (True, "turned")):
            right = 100 * of_order(orders, task, size, is_reversed, "by place")
            numbers[f"s2s_{name}_{order}"] = right[:, place].mean()
            assert right[:, 0].min() > 98
        assert numbers[f"s2s_{name}_turned"] > numbers[f"s2s_{name}_order"] + 5
    return numbers


def numbers_of_reversing(orders: Stored) -> dict[str, Any]:
    """Return what the text says of sources in order and reversed, ours and the published."""

    def whole(task: str, size: int) -> tuple[Array, Array]:
        in_order, turned = (of_order(orders, task, size, r, "whole") for r in (False, True))
        return in_order, turned

    for task, size in (("copying", 8), ("translation", 1)):
        in_order, turned = whole(task, size)
        assert turned.min() > in_order.max() + 0.05
    in_order, turned = whole("translation", 2)
    assert turned.mean() > in_order.mean() + 0.1
    perplexities = [of_order(orders, "translation", 2, r, "perplexity") for r in (False, True)]
    updates = {task: options["updates"] for task, options in orders["settings"]["tasks"].items()}
    return {
        "s2s_two_order_perplexity": perplexities[0].mean(),
        "s2s_two_turned_perplexity": perplexities[1].mean(),
        "s2s_two_order_low": 100 * in_order.min(),
        "s2s_two_order_high": 100 * in_order.max(),
        **_numbers_of_places(orders),
        **{f"s2s_{task}_updates": f"{count:,}" for task, count in updates.items()},
        "s2s_BLEU_before": 25.9,
        "s2s_BLEU_after": 30.6,
        "s2s_perplexity_before": 5.8,
        "s2s_perplexity_after": 4.7,
    }
