"""The numbers in the text of the chapter “Keeping gradients stable”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from prelude import glue


def reverse() -> None:
    """Keep the numbers that the text tells at reverse."""
    largest = float(np.finfo(np.float32).max)
    glue("float32_max", largest)
    growth = 2.5
    glue("growth", growth)
    glue("overflow_steps", math.ceil(math.log(largest) / math.log(growth)))
    # English to French, test set: Sutskever, Vinyals and Le, 2014.
    published = {"perplexity": (5.8, 4.7), "BLEU": (25.9, 30.6)}
    for measure, (in_order, in_reverse) in published.items():
        glue(f"{measure}_in_order", in_order)
        glue(f"{measure}_in_reverse", in_reverse)


def cliff_walk(walks: Any, RATE: Any, THRESHOLD: Any) -> None:
    """Keep the numbers that the text tells at cliff-walk."""
    places, losses, norms = walks["plain"]
    jump = places.diff(dim=0)[:, 0].norm(dim=-1).argmax().item()
    glue("longest_clipped", RATE * THRESHOLD)
    glue("plain_norm", norms.max().item())
    glue("plain_jump", places.diff(dim=0)[:, 0].norm(dim=-1).max().item())
    glue("plain_jump_at", jump)
    glue("plain_end", losses[-1].item())
    glue("plain_end_norm", norms[-1].item())
    glue("clipped_end", walks["clipped"][1][-20:].mean().item())
    glue("clipped_norm", walks["clipped"][2].max().item())
    typical = walks["clipped"][2].median().item()
    glue("typical_norm", typical)
    assert walks["plain"][1][-1] > 0.05
    assert walks["clipped"][1][-20:].mean() < 0.005


def cliff_walk_2(reached: Any, thrown: Any) -> None:
    """Keep the numbers that the text tells at cliff-walk."""
    for name in reached:
        glue(f"{name}_reached", 100 * float(np.mean(reached[name])))
        glue(f"{name}_reached_low", 100 * min(reached[name]))
        glue(f"{name}_reached_high", 100 * max(reached[name]))
    glue("plain_thrown", 100 * float(np.mean(thrown["plain"])))
    assert min(reached["clipped"]) > max(reached["plain"]) + 0.2
    assert max(thrown["clipped"]) == 0


def clip_bias(tail: Any, settled: Any, thresholds: Any, predicted: Any) -> None:
    """Keep the numbers that the text tells at clip-bias."""
    glue("tail_mean", tail.mean())
    glue("tail_median", np.median(tail))
    glue("one_small", settled[1][:, 0].mean())
    glue("sixteen_small", settled[16][:, 0].mean())
    glue("smallest_threshold", thresholds[0])
    spread = np.abs(settled[1] - predicted).max()
    glue("bias_error", spread)
    assert spread < 0.04
    assert abs(settled[1][:, 0].mean() - np.median(tail)) < 0.03
    assert (
        np.abs(settled[16] - tail.mean()).max() < np.abs(settled[1][:, 0] - tail.mean()).min() / 3
    )


def clip_bias_2(survival: Any) -> None:
    """Keep the numbers that the text tells at clip-bias."""
    glue("guess", 1 / 6)
    kept = [row[2] for row in survival["with checkpoints"]]
    glue("kept_low", min(kept))
    glue("kept_high", max(kept))
    glue("kept_restarts", max(row[1] for row in survival["with checkpoints"]))
    clipped_losses = [row[2] for row in survival["clipped"]]
    glue("tamed_low", min(clipped_losses))
    glue("tamed_high", max(clipped_losses))
    assert all(row[0] is not None for row in survival["plain"])
    assert all(row[0] is None and row[2] < 0.5 for row in survival["clipped"])
    assert max(kept) > 1


def reach(reaches: Any) -> None:
    """Keep the numbers that the text tells at reach."""

    def orders(name):
        return math.log10(reaches[name].log().mean(0)[-1].exp().item())

    flat = (reaches["ReLU, identity"][:, -1] / reaches["ReLU, identity"][:, 0]).mean().item()
    glue("flat", flat)
    glue("half", math.sqrt(0.5))
    glue("tanh_reach", 10 ** orders("tanh, uniform"))
    glue("relu_reach", 10 ** orders("ReLU, uniform"))
    glue(
        "tanh_identity",
        (reaches["tanh, identity"][:, -1] / reaches["tanh, identity"][:, 0]).mean().item(),
    )
    assert 0.5 < flat < 0.85
    assert orders("tanh, uniform") < -12
    assert orders("ReLU, uniform") < -30
    assert (reaches["tanh, identity"][:, -1] < 0.5 * reaches["ReLU, identity"][:, -1]).all()


def adding(errors: Any, adding: Any, every: Any, live: Any) -> None:
    """Keep the numbers that the text tells at adding."""
    for network, name in (
        ("tanh RNN", "tanh"),
        ("identity RNN", "irnn"),
        ("LSTM", "lstm"),
    ):
        glue(f"adding_{name}_low", min(errors[network]))
        glue(f"adding_{name}_high", max(errors[network]))
    glue("adding_rate", adding["settings"]["rate"])
    glue("adding_updates", adding["settings"]["updates"])
    LEVEL = 0.05

    def first_below(network):
        """Return the first update with an error below LEVEL, for each seed."""
        curves = [r["curve"] for r in adding["results"] if r["network"] == network]
        return [every * int(np.argmax(np.array(curve) < LEVEL)) for curve in curves]

    glue("level", LEVEL)
    glue("irnn_first", max(first_below("identity RNN")))
    glue("lstm_first", min(first_below("LSTM")))
    glue("live_tanh", live["tanh RNN"][-1][1])
    glue("live_irnn", live["identity RNN"][-1][1])
    assert min(errors["tanh RNN"]) > 0.12
    assert max(errors["identity RNN"]) < 0.02
    assert max(errors["LSTM"]) < 0.02
    assert live["identity RNN"][-1][1] < 0.8 * live["tanh RNN"][-1][1]


def digits(accuracy: Any, digits: Any) -> None:
    """Keep the numbers that the text tells at digits."""
    for (network, steps), values in accuracy.items():
        name = {"tanh RNN": "tanh", "identity RNN": "irnn", "LSTM": "lstm"}[network]
        glue(f"{name}_{steps}", float(np.mean(values)))
        glue(f"{name}_{steps}_low", min(values))
        glue(f"{name}_{steps}_high", max(values))

    def early(network):
        """Return accuracies over 64 steps when the runs over 256 steps end."""
        results = [r for r in digits["results"] if r["network"] == network]
        end = max(len(r["curve"]) for r in results if r["steps"] == 256)
        looks = (r["curve"][end - 4 : end] for r in results if r["steps"] == 64)
        return [100 * sum(look) / 4 for look in looks]

    glue("short_updates", digits["settings"]["updates"]["256"])
    lost = {}
    for network, name in (("tanh RNN", "tanh"), ("identity RNN", "irnn")):
        values = early(network)
        lost[name] = float(np.mean(values)) - float(np.mean(accuracy[network, 256]))
        glue(f"{name}_early", float(np.mean(values)))
        glue(f"{name}_lost", lost[name])
    assert lost["tanh"] > lost["irnn"] + 10
    for values in zip(accuracy["LSTM", 64], accuracy["tanh RNN", 64], accuracy["identity RNN", 64]):
        assert values[0] > values[1] > values[2] + 10
    for values in zip(
        *(accuracy[network, 256] for network in ("LSTM", "tanh RNN", "identity RNN"))
    ):
        assert values[0] > max(values[1:])


def copy(copying: Any, place_right: Any) -> None:
    """Keep the numbers that the text tells at copy."""
    glue("copy_length", copying["settings"]["length"])
    early, late = place_right["reversed", "500"], place_right["in order", "500"]
    glue("first_reversed", early[:, 0].mean())
    glue("first_in_order", late[:, 0].mean())
    glue("mean_reversed", early.mean())
    glue("mean_in_order", late.mean())
    glue("late_reversed", place_right["reversed", "2000"].mean())
    glue("late_in_order", place_right["in order", "2000"].mean())
    assert early[:, 0].min() > late[:, 0].max() + 20
    assert (early[:, 0] > early[:, 4] + 20).all()
    assert np.ptp(late.mean(axis=0)) < 20
    assert place_right["in order", "2000"].mean() > place_right["reversed", "2000"].mean() + 20


def exercises() -> None:
    """Keep the numbers of the answers to the exercises."""
    h, slopes = 1.0, 1.0
    for _ in range(10_000):
        h = math.tanh(h)
        slopes *= 1 - h * h
    glue("tanh_state", h)
    glue("tanh_law", math.sqrt(3 / (2 * 10_000)))
    glue("fade_steps", math.ceil(math.log(0.01) / math.log(0.9)))
    glue("slow_fade", 0.01 ** (1 / 500))
    glue("adam_root", math.sqrt(0.001 * 1000**2))
    glue("adam_steps", math.ceil(math.log(1000) / -math.log(0.999)))
    hand = np.array([3.0, 4.0, 12.0])
    cut = np.clip(hand, -3.25, 3.25)
    glue(
        "hand_angle",
        math.degrees(math.acos(cut @ hand / np.linalg.norm(cut) / np.linalg.norm(hand))),
    )
    assert np.linalg.norm(hand) == 13
