"""The numbers in the text of the chapter “Convolutions over text”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from prelude import glue


def conv_kim(gains: Any) -> None:
    """Keep the numbers that the text tells at conv-kim."""
    variants = np.array([gains[n] for n in ("static", "non-static", "multichannel")])
    glue("kim_gain_low", variants.min())
    glue("kim_gain_high", variants.max())
    glue("kim_static_mean", variants[0].mean())
    glue("kim_tuned_mean", variants[1].mean())
    glue("kim_multi_mean", variants[2].mean())
    assert (variants > 0).all()
    assert variants[0].mean() > 2 * abs(variants[1].mean() - variants[0].mean())


def convolutional_encoder(LIVE_COUNT: Any, LIVE_UPDATES: Any, live: Any) -> None:
    """Keep the numbers that the text tells at convolutional-encoder."""
    glue("live_count", LIVE_COUNT)
    glue("live_updates", LIVE_UPDATES)
    for task, kind in live:
        name = f"{task}_{kind.lower()}"
        glue(f"{name}_low", min(live[task, kind]))
        glue(f"{name}_high", max(live[task, kind]))
    assert min(live["negated", "CNN"]) > 0.95
    assert np.mean(live["negated", "LSTM"]) < np.mean(live["negated", "CNN"]) - 0.05
    assert max(live["first", "CNN"]) < 0.62
    assert np.mean(live["first", "LSTM"]) > np.mean(live["first", "CNN"]) + 0.15


def conv_accuracy(
    NETWORKS: Any,
    accuracies: Any,
    names_count: Any,
    most_frequent: Any,
    stored: Any,
    by_task: Any,
    live_models: Any,
    new_model: Any,
) -> None:
    """Keep the numbers that the text tells at conv-accuracy."""
    for task, count in (("negated", 100), ("negated", 1000), ("first", 1000)):
        for kind in NETWORKS:
            name = f"{task}_{count}_{kind.lower()}"
            glue(f"{name}_low", min(accuracies(task, kind, count)))
            glue(f"{name}_high", max(accuracies(task, kind, count)))
    names_of = {kind: accuracies("names", kind, names_count) for kind in NETWORKS}
    glue("names_low", min(map(min, names_of.values())))
    glue("names_high", max(map(max, names_of.values())))
    spreads = [max(shares) - min(shares) for shares in names_of.values()]
    means = [sum(shares) / len(shares) for shares in names_of.values()]
    assert max(means) - min(means) < 2 * max(spreads)
    assert min(means[0], means[3]) > max(means[1], means[2]) - 0.03
    ahead = [min(w, c) > max(r, s) for w, r, s, c in zip(*names_of.values())]
    glue("names_ahead", sum(ahead))
    glue("names_spread", max(spreads))
    glue("names_between", max(means) - min(means))
    glue("names_frequent", most_frequent)
    glue("stored_updates", stored["settings"]["updates"])
    glue("names_updates", f"{stored['settings']['updates for names']:,}")
    for kind in NETWORKS:
        glue(f"seconds_{kind.lower()}", by_task["first", kind, 1000]["seconds"])
    products = {
        "cnn": [filters.W_c for filters in live_models["first", "CNN"][0].filters],
        "rnn": new_model("RNN", 9, 2, 0).net.all_weights[0][:2],
        "lstm": new_model("LSTM", 9, 2, 0).net.all_weights[0][:2],
    }
    for kind, used in products.items():
        products[kind] = sum(W.numel() for W in used)
        glue(f"products_{kind}", f"{products[kind]:,}")
    assert products["cnn"] < products["rnn"] < products["lstm"]
    weights = [by_task["first", kind, 1000]["weights"] for kind in NETWORKS]
    glue("weights_low", f"{min(weights):,}")
    glue("weights_high", f"{max(weights):,}")
    assert np.mean(accuracies("negated", "LSTM", 100)) < 0.9
    assert min(accuracies("negated", "CNN", 100)) > 0.97
    assert max(accuracies("first", "CNN", 1000) + accuracies("first", "window", 1000)) < 0.62
    assert min(accuracies("first", "LSTM", 1000) + accuracies("first", "RNN", 1000)) > 0.95


def conv_distance(far: Any, AWAY: Any) -> None:
    """Keep the numbers that the text tells at conv-distance."""
    glue("stack_field", 1 + 2 * 5)
    glue("dilated_field", 1 + 2 * (2**5 - 1))
    glue("ends_near", far["near the ends", "stack"][0])
    glue("ends_far", far["near the ends", "stack"][-1])
    glue("stack_away_high", max(far[AWAY, "stack"]))
    glue("dilated_low", min(far[AWAY, "dilated"]))
    glue("two_max_low", min(far[AWAY, "CNN 2-max"]))
    glue("two_max_high", max(far[AWAY, "CNN 2-max"]))
    glue("combined_low", min(far[AWAY, "conv + LSTM"]))
    assert far["near the ends", "stack"][-1] > far["near the ends", "stack"][0]
    assert min(far[AWAY, "dilated"] + far[AWAY, "conv + LSTM"]) > 0.9
    assert max(far[AWAY, "CNN"] + far[AWAY, "stack"]) < 0.6


def conv_picked(
    PICKED_UPDATES: Any,
    picked_accuracy: Any,
    shares: Any,
    ids: Any,
    first: Any,
    widths: Any,
    lengths: Any,
    right: Any,
) -> None:
    """Keep the numbers that the text tells at conv-picked."""
    glue("picked_updates", PICKED_UPDATES)
    glue("picked_accuracy", picked_accuracy)
    strongest = shares.argmax(dim=1)
    rows = torch.arange(len(ids))
    ends_at = first[rows, strongest] + widths[strongest]
    at_end = (ends_at >= lengths)[right].float().mean().item()
    starts = (first[rows, strongest] <= 0)[right].float().mean().item()
    glue("picked_end", 100 * at_end)
    glue("picked_start", 100 * starts)
    assert picked_accuracy > 0.55
    assert at_end > 0.4


def exercises(conv_lengths: Any, KimCNN: Any) -> None:
    """Keep the numbers of the answers to the exercises."""

    def windows_of(length, width, stride, zeros):
        return conv_lengths(torch.tensor([length]), width, stride, zeros).item()

    glue("ex_narrow", windows_of(20, 4, 1, 0))
    glue("ex_wide", windows_of(20, 4, 1, 3))
    glue("ex_stride", windows_of(20, 4, 3, 0))
    glue("ex_short", windows_of(2, 4, 1, 0))
    glue("ex_short_wide", windows_of(2, 4, 1, 3))
    kim = KimCNN(1, 2, D=300, H=100, widths=(3, 4, 5))
    assert sum(p.numel() for p in kim.filters.parameters()) == 360_300
    glue("ex_weights", f"{sum(p.numel() for p in kim.filters.parameters()):,}")
    glue("ex_plain", math.ceil((500 - 1) / 2))
    glue("ex_doubled", next(i for i in range(20) if 1 + 2 * (2**i - 1) >= 500))
    same = [{a + b for a, b in zip("·" + word, word + "·")} for word in ("abaca", "acaba")]
    assert same[0] == same[1]
