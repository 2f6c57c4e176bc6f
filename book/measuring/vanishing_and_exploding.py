"""The numbers in the text of the chapter “Why gradients vanish or explode”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from prelude import glue, tenfold


def jacobian_bound(curves: Any) -> None:
    """Keep the numbers that the text tells at jacobian-bound."""
    random_norms = [alpha.item() for *_, alpha in curves]
    last = torch.stack([random[:, 50] for _, _, random, _ in curves])
    glue("bound_norm_low", min(random_norms))
    glue("bound_norm_high", max(random_norms))
    glue("bound_fifty_low", tenfold(min(random_norms) ** 50))
    glue("measured_fifty_high", tenfold(last.max().item()))
    glue(
        "driven_sixty",
        tenfold(torch.stack([c[1][:, 60] for c in curves]).median().item()),
    )
    glue("tight_sixty", 0.95**60)
    assert min(random_norms) > 1
    assert last.max() < 1e-3


def powers(powers: Any, POWERS: Any) -> None:
    """Keep the numbers that the text tells at powers."""
    ends = [powers[radius][:, -1].median().item() for radius in (0.9, 1.0, 1.1)]
    glue("power_low", tenfold(ends[0]))
    glue("power_one", ends[1])
    glue("power_high", tenfold(ends[2]))
    glue("power_norm_low", powers[0.9][:, 1].min().item())
    glue("power_norm_high", powers[1.1][:, 1].max().item())
    glue("power_bound", tenfold(powers[0.9][:, 1].min().item() ** POWERS))
    glue("power_peak", powers[0.9].max(dim=1).values.median().item())
    assert powers[0.9][:, 1].min() > 1
    assert powers[0.9][:, -1].max() < 1e-3 < 0.5 < powers[1.0][:, -1].min()
    assert powers[1.0][:, -1].max() < 10 < 1e3 < powers[1.1][:, -1].min()


def iterated(many: Any, cycle: Any, fixed: Any, run_map: Any, parabola: Any, starts: Any) -> None:
    """Keep the numbers that the text tells at iterated."""
    size = np.abs(many[1])
    glue(
        "map_ends",
        ", ".join(f"{h:.3f}" for h in cycle if 0 < h < 1 and abs(h - fixed) > 0.01),
    )
    glue("map_small", 100 * np.mean(size < 0.01))
    glue("map_large", 100 * np.mean(size > 1))
    later = np.abs(run_map(parabola, starts, 60)[1])
    glue("map_later", 100 * np.mean(later > 1))
    glue("map_largest", tenfold(size.max()))
    glue("map_median", tenfold(np.median(size)))
    glue("map_fixed", fixed)
    glue("map_fixed_slope", parabola(fixed)[1])
    assert np.median(size) < 1e-3
    assert size.max() > 1e3


def basins(stretch: Any, basin: Any, side: Any, spread: Any) -> None:
    """Keep the numbers that the text tells at basins."""
    inside = stretch < 1
    glue("basin_inside", 100 * inside.mean())
    glue("basin_median", tenfold(np.median(stretch)))
    glue("basin_largest", stretch.max())
    grid = basin.reshape(side, side)
    at_border = np.zeros((side, side), bool)
    at_border[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    at_border[1:] |= grid[1:] != grid[:-1]
    glue("basin_border", np.median(stretch[at_border.ravel()]))
    assert spread < 1e-6
    assert np.median(stretch) < 0.1
    assert np.median(stretch[at_border.ravel()]) > 4


def cliff_map(
    steepness: Any, on_edge: Any, cliff: Any, examples: Any, bias_line: Any, slopes_b: Any
) -> None:
    """Keep the numbers that the text tells at cliff-map."""
    glue("cliff_median", np.median(steepness))
    glue("cliff_grid", steepness.max())
    glue("cliff_five", tenfold(on_edge[0]))
    glue("cliff_seven", tenfold(on_edge[2]))
    by_hand = 0.4 * 0.25 * ((7 / 4) ** 50 - 1) / (7 / 4 - 1)
    assert np.isclose(abs(cliff(7.0, -3.5)[2]), by_hand, rtol=1e-6)
    jumps = np.abs(np.diff(examples, axis=1)).max(axis=1)
    glue("cliff_single", jumps.min())
    glue("cliff_mean", np.abs(np.diff(examples.mean(0))).max())
    glue("cliff_count", len(bias_line))
    glue("cliff_flat", 100 * np.mean(np.abs(slopes_b) < 0.2))
    assert np.median(steepness) < 0.1
    assert on_edge.min() > 1e3


def tickets(sentence: Any, place: Any, by_word: Any, far: Any) -> None:
    """Keep the numbers that the text tells at tickets."""
    glue("printer_gap", len(sentence) - 2 - place)
    glue("printer_place", place + 1)
    glue("printer_last", len(sentence))
    ratio = by_word[:, place] / by_word[:, -1]
    glue("printer_ratio", tenfold(ratio.median().item()))
    glue("printer_far", tenfold(far.median().item()))
    glue("printer_far_high", tenfold(far.max().item()))
    glue("printer_eps", tenfold(float(np.finfo(np.float32).eps)))
    assert place == 6
    assert len(sentence) == 45
    assert ratio.max() < 1e-6
    assert far.max() < np.finfo(np.float32).eps


def agreement(
    history: Any, signals: Any, seen: Any, same_number: Any, agreement_seconds: Any, stored: Any
) -> None:
    """Keep the numbers that the text tells at agreement."""
    late = history[:, -1].mean(0)
    for count in (0, 1, 2, 5):
        glue(f"late_{count}", 100 * late[count])
    turn = history[:, :, 1].mean(0)
    glue("signal_update", 200)
    glue("signal_one", 100 * np.median(signals[:, 0]))
    glue("signal_two", 100 * np.median(signals[:, 1]))
    glue("signal_five", tenfold(np.median(signals[:, 4])))
    assert (np.diff(signals, axis=1) < 0).all()
    assert signals[:, 0].max() < 0.2
    glue("worst", 100 * turn.max())
    glue("worst_update", int(seen[turn.argmax()]))
    glue("same_five", 100 * same_number.mean(0)[5])
    glue("agreement_seconds", agreement_seconds)
    whole = history.mean(axis=(0, 1))
    glue("whole", ", ".join(f"{100 * e:.0f}" for e in whole))
    assert late[0] < 0.02
    assert turn.max() > 0.9
    assert whole[0] < whole[1] < whole[2] < whole[5]

    def stored_errors(run, update, count):
        """Return the percentage wrong after an update, one per seed."""
        row = stored["errors after updates"].index(update)
        return 100 * np.array([r["errors"][row][count] for r in stored["results"][run]])

    glue("stored_seeds", len(stored["results"]["seldom"]))
    glue("stored_updates", stored["settings"]["updates"])
    for update in (1000, 2000):
        for run in stored["results"]:
            for count in (0, 1, 3, 6):
                errors = stored_errors(run, update, count)
                glue(f"{run}_{update}_{count}", errors.mean())
                glue(f"{run}_{update}_{count}_low", errors.min())
                glue(f"{run}_{update}_{count}_high", errors.max())
    glue("stored_early", 1000)
    glue("stored_late", 2000)
    every = [result for run in stored["results"].values() for result in run]
    glue("stored_networks", len(every))
    glue("stored_learned", sum(min(map(max, r["errors"])) < 0.05 for r in every))


def log_norm_of_products(seed, same, H=50, depth=100):
    """Return log10 of the norm of a product of random matrices."""
    rng = np.random.default_rng(seed)
    W, product, scale = rng.normal(size=(H, H)) / np.sqrt(H), np.eye(H), 0.0
    for _ in range(depth):
        if not same:
            W = rng.normal(size=(H, H)) / np.sqrt(H)
        product = W @ product
        size = np.abs(product).max()
        product, scale = product / size, scale + math.log10(size)
    return scale + math.log10(np.linalg.norm(product, 2))


def exercises() -> None:
    """Keep the numbers of the answers to the exercises."""
    state, derivative = 0.0, 1.0
    for value in (1.0, 0.0, 0.0):
        state = math.tanh(value + 1.5 * state)
        derivative *= 1.5 * (1 - state**2)
    glue("hand_slope", derivative)
    states = [math.tanh(1.0)]
    for _ in range(2):
        states.append(math.tanh(1.5 * states[-1]))
    for i, state in enumerate(states, start=1):
        glue(f"hand_{i}", state)
        glue(f"hand_factor_{i}", 1.5 * (1 - state**2))
    glue("hand_bound", 1.5**3)
    shear = np.array([[0.9, 1.0], [0.0, 0.9]])
    shear_norms = [np.linalg.norm(np.linalg.matrix_power(shear, d), 2) for d in range(101)]
    glue("shear_norm", shear_norms[1])
    glue("shear_peak", max(shear_norms))
    glue("shear_peak_at", int(np.argmax(shear_norms)))
    glue("shear_hundred", shear_norms[100])
    balance = np.array([[1.2, 1.2], [-1.2, -1.0]])
    glue("balance_radius", np.abs(np.linalg.eigvals(balance)).max())
    squeezed = np.diag([1.0, 0.05]) @ balance
    glue("balance_squeezed", np.abs(np.linalg.eigvals(squeezed)).max())
    glue("balance_fifty", np.linalg.norm(np.linalg.matrix_power(squeezed, 50), 2))
    for same, name in ((True, "tied"), (False, "free")):
        logs = [log_norm_of_products(seed, same) for seed in range(30)]
        glue(f"{name}_low", min(logs))
        glue(f"{name}_high", max(logs))
        glue(f"{name}_spread", float(np.std(logs)))
