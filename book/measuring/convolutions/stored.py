"""The stored results of the script text_classifiers.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .tasks import most_frequent_language
from .training import NewModel

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"
NETWORKS = ("window", "RNN", "LSTM", "CNN")
AWAY = "far from the ends"

# Rows of results by task, network and number of examples; accuracies by seed, in the same way.
Key = tuple[str, str, int]
Rows = Mapping[Key, Mapping[str, Any]]
Shares = Mapping[Key, Sequence[float]]


def rows_of(stored: Mapping[str, Any]) -> Rows:
    """Return the rows by task, network and number of examples."""
    return {(row["task"], row["network"], row["count"]): row for row in stored["results"]}


def accuracies_of(stored: Mapping[str, Any]) -> Shares:
    """Return the accuracies by seed; in some places they are unsteady."""
    rows = rows_of(stored).items()
    return {key: row.get("accuracy") or row["accuracy, unsteady"] for key, row in rows}


def stored_results() -> dict[str, Any]:
    """Print accuracies, weights and seconds; return all that the script has stored."""
    stored: dict[str, Any] = json.loads((EXPERIMENTS / "text_classifiers.json").read_text("utf-8"))
    accuracies = accuracies_of(stored)
    for key, row in rows_of(stored).items():
        shares = " ".join(f"{share:.2f}" for share in accuracies[key])
        print(
            f"{row['task']:>8} {row['network']:>12}, {row['count']:5d} examples:",
            f"{shares}  {row['weights']:6,} weights, {row['seconds']:4.1f} s",
        )
    return stored


def by_distance(stored: Mapping[str, Any]) -> dict[tuple[str, str], list[float]]:
    """Return the accuracies of the task "first" by place and network, at each distance."""
    return {(row["place"], row["network"]): row["accuracy"] for row in stored["by distance"]}


def away_from_the_ends(stored: Mapping[str, Any]) -> tuple[list[int], dict[str, list[float]]]:
    """Return the distances between the two words, and the accuracies there by network."""
    far = by_distance(stored)
    accuracies = {network: shares for (place, network), shares in far.items() if place == AWAY}
    return stored["settings"][AWAY]["distances"], accuracies


def _numbers_of_accuracies(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the text says of the two tasks on sentences."""
    accuracies, numbers = accuracies_of(stored), {}
    for task, count in (("negated", 100), ("negated", 1000), ("first", 1000)):
        for kind in NETWORKS:
            shares = accuracies[task, kind, count]
            numbers[f"{task}_{count}_{kind.lower()}_low"] = min(shares)
            numbers[f"{task}_{count}_{kind.lower()}_high"] = max(shares)
    assert np.mean(accuracies["negated", "LSTM", 100]) < 0.9
    assert numbers["negated_100_cnn_low"] > 0.97
    assert max(numbers["first_1000_cnn_high"], numbers["first_1000_window_high"]) < 0.62
    assert min(numbers["first_1000_lstm_low"], numbers["first_1000_rnn_low"]) > 0.95
    return numbers


def _numbers_of_names(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the text says of the names."""
    accuracies = accuracies_of(stored)
    count = max(row["count"] for row in stored["results"])
    shares = np.array([accuracies["names", kind, count] for kind in NETWORKS])
    means = shares.mean(axis=1)
    spread, between = np.ptp(shares, axis=1).max(), np.ptp(means)
    assert between < 2 * spread
    assert min(means[0], means[3]) > max(means[1], means[2]) - 0.03
    window, rnn, lstm, cnn = shares
    return {
        "names_low": shares.min(),
        "names_high": shares.max(),
        "names_ahead": int((np.minimum(window, cnn) > np.maximum(rnn, lstm)).sum()),
        "names_spread": spread,
        "names_between": between,
        "names_frequent": most_frequent_language(),
        "stored_updates": stored["settings"]["updates"],
        "names_updates": f"{stored['settings']['updates for names']:,}",
    }


def _numbers_of_costs(stored: Mapping[str, Any], new_model: NewModel) -> dict[str, Any]:
    """Return what the text says of weights, seconds, and products for each step."""
    of_first = {kind: rows_of(stored)["first", kind, 1000] for kind in NETWORKS}
    weights = [row["weights"] for row in of_first.values()]
    cnn: Any = new_model("CNN", 9, 2, 0)
    products = {"cnn": sum(filters.W_c.numel() for filters in cnn.filters)}
    for kind in ("RNN", "LSTM"):
        model: Any = new_model(kind, 9, 2, 0)
        products[kind.lower()] = sum(W.numel() for W in model.net.all_weights[0][:2])
    assert products["cnn"] < products["rnn"] < products["lstm"]
    return {
        "weights_low": f"{min(weights):,}",
        "weights_high": f"{max(weights):,}",
        **{f"seconds_{kind.lower()}": row["seconds"] for kind, row in of_first.items()},
        **{f"products_{kind}": f"{count:,}" for kind, count in products.items()},
    }


def _numbers_of_distances(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the text says of networks that see further."""
    far = by_distance(stored)
    near_the_ends = far["near the ends", "stack"]
    assert near_the_ends[-1] > near_the_ends[0]
    assert min(far[AWAY, "dilated"] + far[AWAY, "conv + LSTM"]) > 0.9
    assert max(far[AWAY, "CNN"] + far[AWAY, "stack"]) < 0.6
    return {
        "stack_field": 1 + 2 * 5,
        "dilated_field": 1 + 2 * (2**5 - 1),
        "ends_near": near_the_ends[0],
        "ends_far": near_the_ends[-1],
        "stack_away_high": max(far[AWAY, "stack"]),
        "dilated_low": min(far[AWAY, "dilated"]),
        "two_max_low": min(far[AWAY, "CNN 2-max"]),
        "two_max_high": max(far[AWAY, "CNN 2-max"]),
        "combined_low": min(far[AWAY, "conv + LSTM"]),
    }


def numbers_of_stored(stored: Mapping[str, Any], new_model: NewModel) -> dict[str, Any]:
    """Return what the text says of the stored results, and of the cost of the networks."""
    return {
        **_numbers_of_accuracies(stored),
        **_numbers_of_names(stored),
        **_numbers_of_costs(stored, new_model),
        **_numbers_of_distances(stored),
    }
