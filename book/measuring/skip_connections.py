"""The numbers in the text of the chapter “Skip connections”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from prelude import glue, tenfold


def rate(norms):
    return norms[:, 8].div(norms[:, 56]).log().mean().div(48).exp()


def skip_down(down: Any, DEEP: Any) -> None:
    """Keep the numbers that the text tells at skip-down."""
    for name, key in (("plain", "tanh"), ("plain relu", "relu"), ("plain sigmoid", "sigmoid")):
        glue(f"rate_{key}", rate(down[name]))
    ends = {name: norms[:, 0] for name, norms in down.items()}
    glue("end_tanh", tenfold(ends["plain"].max().item()))
    glue("scaled_low", min(ends[n].min() for n in ("plain scaled", "plain relu scaled")))
    glue("scaled_high", max(ends[n].max() for n in ("plain scaled", "plain relu scaled")))
    glue("residual_low", ends["residual"].min())
    glue("residual_high", ends["residual"].max())
    glue("highway_end", ends["highway"].mean())
    glue("highway_two_end", tenfold(ends["highway bias -2"].mean().item()))
    glue("carry_four", (1 / (1 + math.exp(-4))) ** DEEP)
    glue("carry_two", tenfold((1 / (1 + math.exp(-2))) ** DEEP))
    glue("dense_end", ends["dense"].mean())
    assert ends["plain"].max() < 1e-12
    assert ends["plain relu"].max() < 1e-20
    assert min(ends[n].min() for n in ("plain scaled", "plain relu scaled")) > 0.01
    assert ends["residual"].min() > 5
    assert ends["residual"].max() < 80
    assert ends["highway"].min() > 0.1
    assert ends["dense"].min() > 0.1
    assert 1e-4 < ends["highway bias -2"].min() < ends["highway bias -2"].max() < 2e-3
    assert abs(rate(down["plain"]) - math.sqrt(1 / 3)) < 0.05
    assert abs(rate(down["plain relu"]) - math.sqrt(1 / 6)) < 0.05
    assert abs(rate(down["plain sigmoid"]) - math.sqrt(1 / 3) / 4) < 0.02


def skip_paths(lengths: Any, before: Any, after: Any, LIVE_DEPTH: Any, count: Any) -> None:
    """Keep the numbers that the text tells at skip-paths."""

    def typical(parts):
        return [(lengths * part).sum().item() for part in parts]

    glue("path_before_low", min(typical(before)))
    glue("path_before_high", max(typical(before)))
    glue("path_after_low", min(typical(after)))
    glue("path_after_high", max(typical(after)))
    long_paths = max(part[LIVE_DEPTH // 2 :].sum().item() for part in before + after)
    glue("path_long", 100 * long_paths)
    glue("path_long_count", 100 * count[LIVE_DEPTH // 2 :].sum() / count.sum())
    assert max(typical(before + after)) < 10
    assert long_paths < 0.15


def skip_tied(DEEP: Any, one: Any, many: Any) -> None:
    """Keep the numbers that the text tells at skip-tied."""
    spread = {
        (name, d): norms[:, DEEP - d].log10().std().item()
        for name, norms in (("one", one), ("many", many))
        for d in (16, 64)
    }
    for name, norms in (("one", one), ("many", many)):
        glue(f"{name}_growth", spread[name, 64] / spread[name, 16])
        glue(f"{name}_low", f"−{-norms[:, 0].log10().min().item():.1f}")
        glue(f"{name}_high", f"−{-norms[:, 0].log10().max().item():.1f}")
    assert spread["one", 64] > 3 * spread["many", 64]
    assert spread["one", 64] / spread["one", 16] > 3
    assert 1.3 < spread["many", 64] / spread["many", 16] < 3.5


def skip_tied_2(grown: Any) -> None:
    """Keep the numbers that the text tells at skip-tied."""

    def between(kind, part):
        values = [run[part] for run in grown[kind]]
        return min(values), max(values)

    glue("relu_state", tenfold(between("relu", 0)[1]))
    glue("relu_expected", tenfold(2.0**32))
    glue("normalised_state", between("normalised", 0)[1])
    glue("normalised_expected", math.sqrt(65))
    glue("divided_state", between("divided", 0)[1])
    glue("tanh_state", between("tanh", 0)[1])
    assert between("relu", 0)[0] > 1e7
    assert between("relu", 0)[1] < 1e12
    assert between("normalised", 0)[0] > 6
    assert between("normalised", 0)[1] < 12
    assert between("divided", 0)[0] > 1.2
    assert between("divided", 0)[1] < 2.5
    assert between("tanh", 0)[1] < 12


def skip_depth(
    LIVE_UPDATES: Any, seen: Any, stored: Any, depths: Any, reached: Any, ratios: Any
) -> Any:
    """Keep the numbers that the text tells at skip-depth."""
    glue("live_updates", LIVE_UPDATES)
    glue("seen_low", 100 * min(seen["plain scaled"]))
    glue("seen_high", 100 * max(seen["plain scaled"]))
    assert max(seen["plain scaled"]) < 0.8 < min(seen["residual"])
    glue("stored_updates", stored["settings"]["updates"])
    at = {name: dict(zip(depths, runs)) for name, runs in reached.items()}
    glue("guess", 10)
    for name, key in (
        ("plain scaled", "scaled"),
        ("residual", "residual"),
        ("highway", "highway"),
        ("highway bias -2", "leaky"),
        ("dense", "dense"),
    ):
        glue(f"{key}_64_low", 100 * min(at[name][64]))
        glue(f"{key}_64_high", 100 * max(at[name][64]))
    logs = {name: dict(zip(depths, runs)) for name, runs in ratios.items()}
    glue("scaled_ratio_low", 10 ** min(logs["plain scaled"][64]))
    glue("scaled_ratio_high", 10 ** max(logs["plain scaled"][64]))
    return at


def skip_depth_2(
    moved: Any,
    accuracy: Any,
    train_net: Any,
    train: Any,
    LIVE_UPDATES: Any,
    LIVE_RATE: Any,
    test: Any,
    SEEDS: Any,
    stored: Any,
    accuracies: Any,
    at: Any,
    live: Any,
) -> None:
    """Keep the numbers that the text tells at skip-depth."""
    glue("moved_updates", 100)
    slow, steady = moved["plain sigmoid"], moved["residual sigmoid"]
    slow_ratio, even = slow[:, -1] / slow[:, 0], steady[:, -1] / steady[:, 0]
    glue("slow_low", slow_ratio.min())
    glue("slow_high", slow_ratio.max())
    glue("even_low", even.min())
    glue("even_high", even.max())
    assert slow_ratio.min() > 5
    assert even.max() < 3
    linear = [
        accuracy(train_net("plain", 0, seed, train, LIVE_UPDATES, LIVE_RATE), test)
        for seed in SEEDS
    ]
    glue("linear_low", 100 * min(linear))
    glue("linear_high", 100 * max(linear))
    others = [value for row in stored["other rates"] for value in accuracies(row)]
    glue("other_low", 100 * min(others))
    glue("other_high", 100 * max(others))
    with_adam = {(row["network"], row["depth"]): accuracies(row) for row in stored["Adam"]}
    for (name, depth), found in with_adam.items():
        glue(f"adam_{name}_{depth}_low", 100 * min(found))
        glue(f"adam_{name}_{depth}_high", 100 * max(found))
    assert min(linear) > 0.85
    for name in ("residual", "highway", "dense"):
        assert min(at[name][64]) > 0.8, name
    for name in ("plain", "highway bias -2"):
        assert max(at[name][64]) < 0.2, name
    assert max(at["plain"][16]) < 0.2
    assert min(at["plain"][2]) > 0.9
    assert np.mean(at["plain scaled"][64]) < 0.7 < min(at["plain scaled"][4])
    assert max(others) < 0.8
    assert min(live["residual"]) > 0.85
    assert max(live["plain"]) < 0.2
    assert max(with_adam["plain", 32]) < 0.6 < min(with_adam["residual", 32])


def exercises(DEEP: Any) -> None:
    """Keep the numbers of the answers to the exercises."""
    SAME_SIZE = {  # layers: top-1 error in %, plain and residual; He et al. (2016), table 2
        18: (27.94, 27.88),
        34: (28.54, 25.03),
    }
    glue("hand_y", 0.5 + math.tanh(0.5 * 0.5))
    glue("hand_slope", 1 + 0.5 * (1 - math.tanh(0.25) ** 2))
    glue("hand_plain", 0.5 * (1 - math.tanh(0.25) ** 2))
    glue("hand_50", tenfold((0.5 * (1 - math.tanh(0.25) ** 2)) ** 50))
    for layers, (plain_error, residual_error) in SAME_SIZE.items():
        glue(f"plain_{layers}", f"{plain_error:.2f}")
        glue(f"resnet_{layers}", f"{residual_error:.2f}")
    glue("bias_half", math.log(2 ** (-1 / DEEP) / (1 - 2 ** (-1 / DEEP))))
    paths_10 = np.array([math.comb(10, k) * 0.1**k for k in range(11)])
    glue("paths_all", paths_10.sum())
    glue("paths_two", 100 * paths_10[:3].sum() / paths_10.sum())
    glue("paths_count", 100 * sum(math.comb(10, k) for k in range(3)) / 2**10)
