"""The numbers in the text of the chapter “From sequence to sequence”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from prelude import glue, glue_span


def s2s_forced(stored: Any, small: Any, same: Any, live: Any) -> None:
    """Keep the numbers that the text tells at s2s-forced."""
    glue("s2s_updates", f"{stored['settings']['updates']:,}")
    glue("s2s_trained", stored["settings"]["longest in training"])
    forced_12 = np.array([row["forced by place"] for row in small])
    free_12 = np.array([row["free by place"] for row in small])
    glue("s2s_forced_mean", 100 * forced_12.mean())
    glue("s2s_free_mean", 100 * free_12.mean())
    glue("s2s_forced_late", 100 * forced_12[:, 9:12].mean())
    glue("s2s_free_late", 100 * free_12[:, 9:12].mean())
    glue("s2s_stop_forced", 100 * forced_12[:, 12].mean())
    glue("s2s_stop_right", 100 * free_12[:, 12].mean())
    assert free_12[:, 12].min() > free_12[:, 9:12].max() + 0.3
    gaps_12 = 100 * (forced_12 - free_12).mean(axis=1)
    glue("s2s_gap_low", gaps_12.min())
    glue("s2s_gap_high", gaps_12.max())
    assert same
    assert (abs(forced_12[:, 0] - free_12[:, 0]) < 1e-9).all()
    assert gaps_12.min() > 10
    assert min(m["forced"] - m["free"] for m in live[6]) > 0.05


def s2s_forced_2(shares: Any) -> None:
    """Keep the numbers that the text tells at s2s-forced."""
    in_order = [a for (cell, order), f in shares.items() for a, _ in f if order == "in order"]
    turned = [a for (cell, order), f in shares.items() for a, _ in f if order == "reversed"]
    glue("s2s_first_low", min(in_order))
    glue("s2s_first_high", max(in_order))
    glue("s2s_turned_low", 100 * min(turned))
    glue("s2s_turned_high", 100 * max(turned))
    assert max(in_order) < 1e-3
    assert min(turned) > 0.2


def s2s_reverse(of_order: Any, orders: Any) -> None:
    """Keep the numbers that the text tells at s2s-reverse."""
    for is_reversed, order in ((False, "order"), (True, "turned")):
        perplexity = of_order("translation", 2, is_reversed, "perplexity")
        glue(f"s2s_two_{order}_perplexity", perplexity.mean())
    whole = 100 * of_order("translation", 2, False, "whole")
    glue("s2s_two_order_low", whole.min())
    glue("s2s_two_order_high", whole.max())
    for task, size, place, name in (
        ("copying", 8, 6, "seventh"),
        ("translation", 2, 5, "sixth"),
    ):
        for is_reversed, order in ((False, "order"), (True, "turned")):
            right = 100 * of_order(task, size, is_reversed, "by place")
            glue(f"s2s_{name}_{order}", right[:, place].mean())
            assert right[:, 0].min() > 98
        assert (
            of_order(task, size, True, "by place")[:, place].mean()
            > of_order(task, size, False, "by place")[:, place].mean() + 0.05
        )
    for key, value in orders["settings"]["tasks"].items():
        glue(f"s2s_{key}_updates", f"{value['updates']:,}")
    published = {"BLEU": (25.9, 30.6), "perplexity": (5.8, 4.7)}
    for name, (before, after) in published.items():
        glue(f"s2s_{name}_before", before)
        glue(f"s2s_{name}_after", after)
    for task, size in (("copying", 8), ("translation", 1)):
        in_order, turned = [
            of_order(task, size, is_reversed, "whole") for is_reversed in (False, True)
        ]
        assert turned.min() > in_order.max() + 0.05
    means = [of_order("translation", 2, turned, "whole").mean() for turned in (False, True)]
    assert means[1] > means[0] + 0.1


def s2s_bottleneck(tested: Any, by_length: Any, networks: Any) -> None:
    """Keep the numbers that the text tells at s2s-bottleneck."""

    def half_way(network):
        """Return, by seed, the largest tested length that is mostly right."""
        return [
            max(length for length, share in zip(tested, row) if share >= 0.5)
            for row in by_length(network, "whole")
        ]

    for network, name in zip(networks, ("small", "large", "look")):
        halves = half_way(network)
        glue_span(f"s2s_half_{name}", min(halves), max(halves))
    at_12, beyond = tested.index(12), tested.index(16)
    glue("s2s_look_12", 100 * by_length(networks[2], "whole")[:, at_12].mean())
    glue("s2s_large_12", 100 * by_length(networks[1], "whole")[:, at_12].mean())
    glue("s2s_look_16", 100 * by_length(networks[2], "whole")[:, beyond].max())
    glue("s2s_look_16_forced", 100 * by_length(networks[2], "forced")[:, beyond].mean())
    glue("s2s_bits_small", max(half_way(networks[0])) * 3)
    assert max(half_way(networks[0])) < min(half_way(networks[1])) < min(half_way(networks[2])) + 1
    assert (
        by_length(networks[2], "whole")[:, at_12].min()
        > by_length(networks[1], "whole")[:, at_12].max()
    )


def s2s_attention(looked: Any, found_shares: Any, LIVE_UPDATES: Any, words: Any) -> None:
    """Keep the numbers that the text tells at s2s-attention."""

    glue("s2s_live_updates", LIVE_UPDATES)
    glue_span("s2s_found", 100 * min(found_shares), 100 * max(found_shares))
    two = [100 * m["whole"] for m in looked[2]]
    glue_span("s2s_looked_two", min(two), max(two))
    glue("s2s_looked_three", 100 * max(m["whole"] for m in looked[3]))
    assert min(found_shares) > 0.6
    assert max(m["whole"] for m in looked[3]) < 0.2
    assert words == ["nam", "dlo", "ga", "god", "der", "wo", "sekil", "nai", "stop"]


def exercises(EncoderDecoder: Any) -> None:
    """Keep the numbers of the answers to the exercises."""
    glue("s2s_power_90", 0.9**20)
    glue("s2s_power_99", 0.99**20)
    glue("s2s_need", 0.5 ** (1 / 20))
    glue("s2s_bits", 20 * math.log2(10_000))
    glue("s2s_units", math.ceil(20 * math.log2(10_000) / 2))
    with_bridge = EncoderDecoder((80, 32, 64), (60, 32, 48))
    glue("s2s_count", sum(p.numel() for p in with_bridge.parameters()))
    by_hand = (
        80 * 32 + 64 * (32 + 64 + 1) + 48 * (64 + 1)
        + 60 * 32 + 48 * (32 + 48 + 1) + 60 * (48 + 1)
    )  # fmt: skip
    assert by_hand == sum(p.numel() for p in with_bridge.parameters())
