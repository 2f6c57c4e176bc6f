"""The numbers in the text of the chapter “Backpropagation through time”."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from prelude import glue


def three_steps() -> None:
    """Keep the numbers that the text tells at three-steps."""
    w_x, w_h, states = 1.0, 0.8, [0.5]
    inputs = [1.0, -1.0, 0.5]
    for value in inputs:
        states.append(math.tanh(w_x * value + w_h * states[-1]))
    slope = [1 - value**2 for value in states]
    uses = [
        w_h * slope[2] * w_h * slope[1] * states[0],
        w_h * slope[2] * states[1],
        states[2],
    ]
    for k, use in enumerate(uses, start=1):
        glue(f"state_{k}", states[k])
        glue(f"slope_{k}", slope[k])
        glue(f"use_{k}", use)
    glue("use_sum", sum(uses))

    def last_preactivation(w):
        state = states[0]
        for value in inputs:
            a = w_x * value + w * state
            state = math.tanh(a)
        return a

    quotient = last_preactivation(w_h + 1e-6) - last_preactivation(w_h - 1e-6)
    glue("use_check", quotient / 2e-6)
    assert math.isclose(sum(uses), quotient / 2e-6, rel_tol=1e-8)


def gradient_check() -> Any:
    """Keep the numbers that the text tells at gradient-check."""
    mu = np.finfo(np.float64).eps / 2
    mu_single = float(np.finfo(np.float32).eps / 2)
    glue("mu", mu)
    for name, rounding in (("double", mu), ("single", mu_single)):
        best = (3 * rounding) ** (1 / 3)
        glue(f"eps_{name}", best)
        glue(f"err_{name}", best**2 / 6 + rounding / best)
    return mu


def bound(eps: Any, error: Any, bound: Any, seen: Any, mu: Any) -> None:
    """Keep the numbers that the text tells at bound."""
    large, small = eps > 1e-4, eps < 1e-6
    glue("taylor_share", float((error / bound)[large].min()))
    glue("rounding_share", float(np.median((error / bound)[small])))
    glue("best_seen", float(eps[np.argmin(np.where(seen, error, 1))]))
    glue("best_told", float((6 * mu) ** (1 / 3)))
    assert (error / bound)[large].min() > 0.5 > np.median((error / bound)[small])


def v(found: Any, step_sizes: Any) -> None:
    """Keep the numbers that the text tells at v."""
    means = {name: np.exp(np.log(v).mean(0)) for name, v in found.items()}
    for key, name in (
        ("central", "central, double"),
        ("one", "one-sided, double"),
        ("single", "central, single"),
    ):
        at = int(np.argmin(means[name]))
        glue(f"{key}_eps", float(step_sizes[at]))
        glue(f"{key}_err", float(means[name][at]))
    tiny = int(np.argmin(np.abs(step_sizes - 1e-10)))
    glue("tiny_eps", float(step_sizes[tiny]))
    glue("tiny_err", float(means["central, double"][tiny]))
    usual = int(np.argmin(np.abs(step_sizes - 1e-5)))
    glue("single_usual", float(means["central, single"][usual]))
    assert (
        means["central, double"].min()
        < means["one-sided, double"].min()
        < means["central, single"].min()
    )


def cost(trained: Any, KS: Any) -> None:
    """Keep the numbers that the text tells at cost."""
    for delay, (_, shares) in trained.items():
        short = shares[[delay >= K for K in KS]]
        enough = shares[KS.index(delay + 1)]
        glue(f"short_{delay}", 100 * float(short.min()))
        glue(f"enough_{delay}_low", 100 * float(enough.min()))
        glue(f"enough_{delay}_high", 100 * float(enough.max()))
        assert short.min() > 0.8 > 0.6 > enough.max() > shares[-1].max()


def cost_2(at_start: Any, named_after: Any, trained: Any, random_states: Any, KS: Any) -> None:
    """Keep the numbers that the text tells at cost."""
    glue("named_start", 100 * min(at_start))
    glue("named_short", 100 * max(named_after(3, 3)))
    for delay, (_, shares) in trained.items():
        level = random_states[delay]
        glue(f"random_{delay}_low", 100 * float(level.min()))
        glue(f"random_{delay}_high", 100 * float(level.max()))
        assert level.max() < shares[[delay >= K for K in KS]].min()
    assert min(at_start) > 2 * max(named_after(3, 3))


def triangle(by_distance: Any, terms: Any) -> None:
    """Keep the numbers that the text tells at triangle."""
    relative = {name: values / values.max(1, keepdims=True) for name, values in by_distance.items()}
    before, after = (relative[name] for name in terms)
    glue("before_six", float(before[:, 6].mean()))
    glue("after_six", float(after[:, 6].mean()))
    glue("after_seven", float(after[:, 7].mean()))
    glue("after_zero", float(after[:, 0].mean()))
    assert (before.argmax(1) == 0).all()
    assert (after.argmax(1) >= 2).all()
    assert after[:, 6].min() > 1.5 * after[:, 7].max()


def bias(cosines: Any, terms: Any, KS: Any) -> None:
    """Keep the numbers that the text tells at bias."""
    angles = {name: cosines(by_seed, True) for name, by_seed in terms.items()}
    windows = {name: cosines(by_seed, False) for name, by_seed in terms.items()}
    glue("cos_after", float(angles["after training"][KS.index(8)].mean()))
    glue("cos_short_before", float(angles["before training"][KS.index(4)].mean()))
    glue("cos_short_after", float(angles["after training"][KS.index(4)].mean()))
    glue("cos_window", float(windows["after training"][KS.index(8)].mean()))
    at = KS.index(8)
    assert (windows["after training"][at] > angles["after training"][at]).all()
    assert np.allclose(angles["after training"][-1], 1)


def text(perplexity: Any, text_K: Any, stored: Any) -> None:
    """Keep the numbers that the text tells at text."""
    mean_text = perplexity.mean(1)
    glue("text_one", mean_text[0])
    glue("text_eight", mean_text[text_K.index(8)])
    glue("text_whole", mean_text[-1])
    glue("text_updates", stored["settings"]["updates"])
    spread = (perplexity.max(1) - perplexity.min(1)).max()
    glue("text_spread", spread)
    assert perplexity[0].min() > perplexity[text_K.index(8)].max()


def exercises() -> None:
    """Keep the numbers of the answers to the exercises."""
    glue("check_passes", 2 * (128 * 64 + 128**2 + 128))
    glue("exercise_weights", 128 * 64 + 128**2 + 128)
    h1 = math.tanh(1.0)
    h2 = math.tanh(0.5 * h1)
    glue("ex_h1", h1)
    glue("ex_h2", h2)
    glue("ex_dh", 1.0 * (1 - h2**2))
    glue("ex_use_2", (1 - h2**2) * h1)
    glue("ex_dx", (1 - h2**2) * 0.5 * (1 - h1**2))
    T_exercise, K_exercise = 24, 4
    glue("pairs_all", T_exercise * (T_exercise + 1) // 2)
    glue("pairs_chunks", T_exercise // K_exercise * K_exercise * (K_exercise + 1) // 2)
    glue(
        "pairs_window",
        sum(min(t, K_exercise) for t in range(1, T_exercise + 1)),
    )
