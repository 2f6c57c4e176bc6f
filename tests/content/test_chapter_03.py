"""What chapter 3 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="index, operator, union-attr"

import json
import math
import re
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (0, 1, 2)
N, T, D, H, V = 4, 9, 3, 5, 7
LENGTHS = torch.tensor([9, 1, 6, 0])
page = definitions("03-bptt")
# What the page measures with its own functions.
measuring = page.measuring
jacobian = partial(measuring.jacobian, page.step)
named = partial(measuring.named, page.forward)
echo_contributions = partial(measuring.echo_contributions, page.contributions)
check_errors = partial(measuring.check_errors, page.forward, page.along)


def network(seed: int) -> Any:
    """Return inputs, initial states, W_x, W_h, b: leaves that ask for gradients."""
    weights = measuring.make_network(D, H, V, seed)[:3]
    leaves = [torch.randn(N, T, D).double(), torch.randn(N, H).double(), *weights]
    return [leaf.requires_grad_() for leaf in leaves]


# the backward pass


def test_the_recursion_agrees_with_autograd_in_a_padded_batch(seed: int) -> None:
    x, h_0, *weights = leaves = network(seed)
    h, dh = page.forward(x, h_0, weights, LENGTHS), torch.randn(N, T, H).double()
    h.backward(dh)
    mine = page.backward(dh, x, h.detach(), h_0, weights, LENGTHS)
    for one, leaf in zip(mine, leaves, strict=True):
        assert (one - leaf.grad).abs().max() < 1e-10


def test_the_forward_pass_is_pytorchs(seed: int) -> None:
    x, h_0, *weights = (leaf.detach() for leaf in network(seed))
    theirs = nn.RNN(D, H, batch_first=True).double()
    with torch.no_grad():
        stored = [*weights, torch.zeros(H)]
        for parameter, weight in zip(theirs.parameters(), stored, strict=True):
            parameter.copy_(weight)
        assert torch.allclose(page.forward(x, h_0, weights), theirs(x, h_0[None])[0], atol=1e-12)


def test_nothing_in_the_padding_gets_a_gradient(seed: int) -> None:
    x, h_0, *weights = (leaf.detach() for leaf in network(seed))
    h, dh = page.forward(x, h_0, weights, LENGTHS), torch.randn(N, T, H).double()
    dx, dh_0, *sums = page.backward(dh, x, h, h_0, weights, LENGTHS)
    padding = torch.arange(T) >= LENGTHS[:, None]
    assert dx[padding].abs().max() == 0
    assert torch.allclose(dh_0[3], dh[3].sum(0))  # a row of length 0 is all copies of h_0
    noisy = torch.where(padding[..., None], 50.0, x)
    for one, other in zip(
        sums, page.backward(dh, noisy, h, h_0, weights, LENGTHS)[2:], strict=True
    ):
        assert torch.equal(one, other)


def test_each_row_of_a_batch_contributes_as_if_alone(seed: int) -> None:
    x, h_0, *weights = (leaf.detach() for leaf in network(seed))
    h, dh = page.forward(x, h_0, weights, LENGTHS), torch.randn(N, T, H).double()
    together = page.backward(dh, x, h, h_0, weights, LENGTHS)[2:]
    alone = [
        page.backward(*(a[[n]] for a in (dh, x, h, h_0)), weights, LENGTHS[[n]])[2:]
        for n in range(N)
    ]
    for whole, parts in zip(together, zip(*alone, strict=True), strict=True):
        assert torch.allclose(whole, sum(parts), atol=1e-12)


def test_differences_agree_with_the_recursion(seed: int) -> None:
    x, h_0, *weights = (leaf.detach() for leaf in network(seed))
    dh = torch.randn(N, T, H).double()

    def loss_of(some: Any) -> Any:
        return (dh * page.forward(x, h_0, some, LENGTHS)).sum()

    h = page.forward(x, h_0, weights, LENGTHS)
    grads = page.backward(dh, x, h, h_0, weights, LENGTHS)[2:]
    way = [torch.randn_like(weight) for weight in weights]
    exact = sum((g * d).sum() for g, d in zip(grads, way, strict=True))
    assert torch.allclose(page.along(loss_of, weights, way, 1e-5), exact, rtol=1e-7)


# the formulas


def test_the_jacobian_is_that_of_the_page_not_that_of_the_slides(seed: int) -> None:
    x, h_0, *weights = (leaf.detach() for leaf in network(seed))
    h = page.step(x[:, 0], h_0, *weights)[0]
    found = jacobian(x[0, 0], h_0[0], weights)
    assert torch.allclose(found, torch.diag(1 - h**2) @ weights[1], atol=1e-12)
    slides = weights[1].T @ torch.diag(1 - torch.tanh(h_0[0]) ** 2)
    assert not torch.allclose(found, slides, atol=1e-2)


def test_products_of_jacobians_summed_over_uses_are_the_gradient(seed: int) -> None:
    x, h_0, *weights = network(seed)
    h = page.forward(x[:1], h_0[:1], weights)
    G = torch.randn(T, H).double()
    (G * h[0]).sum().backward()
    with torch.no_grad():
        states, total = torch.cat([h_0[:1], h[0]]), torch.zeros(H, H).double()
        for t in range(1, T + 1):
            for k in range(1, t + 1):
                way = torch.eye(H).double()
                for i in range(t, k, -1):
                    way = way @ jacobian(x[0, i - 1], states[i - 1], weights)
                delta = (1 - states[k] ** 2) * (way.T @ G[t - 1])
                total += torch.outer(delta, states[k - 1])
    assert (total - weights[1].grad).abs().max() < 1e-10


def test_the_copies_add_up(seed: int) -> None:
    x, h_0, *weights = network(seed)
    G = torch.randn(T, N, H).double()
    parts = page.contributions(
        lambda h: (G * h.transpose(0, 1)).sum((1, 2)), x.detach(), h_0.detach(), weights
    )
    (G * page.forward(x, h_0, weights).transpose(0, 1)).sum().backward()
    assert torch.allclose(parts.sum((0, 1)), weights[1].grad, atol=1e-12)
    for t, k in product(range(T), range(T)):
        assert (parts[t, k].abs().max() > 0) == (k <= t)


def test_three_steps_written_out(seed: int) -> None:
    w_x, w, b = torch.randn(3).double().tolist()
    x, h = torch.randn(3).double().tolist(), [torch.rand(1).double().item()]
    for value in x:
        h.append(math.tanh(w_x * value + w * h[-1] + b))
    slope = [1 - state**2 for state in h]
    written = h[2] + w * slope[2] * h[1] + w * slope[2] * w * slope[1] * h[0]
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    state = torch.tensor(h[0], dtype=torch.float64)
    for value in x:
        a = w_x * value + weight * state + b
        state = torch.tanh(a)
    a.backward()
    assert weight.grad.item() == pytest.approx(written, rel=1e-12)


def test_the_gradient_of_the_logits(seed: int) -> None:
    logits = torch.randn(N, T, V).double().requires_grad_()
    targets, mask = torch.randint(V, (N, T)), torch.rand(N, T) < 0.6
    nn.functional.cross_entropy(logits[mask], targets[mask]).backward()
    p = torch.softmax(logits.detach(), dim=-1)
    mine = (p - nn.functional.one_hot(targets, V)) * mask[..., None] / mask.sum()
    assert (mine - logits.grad).abs().max() < 1e-12
    assert mine.sum(-1).abs().max() < 1e-15


# truncation


def cut_gradient(seed: int, cut: Any) -> Any:
    """Return dW_h of a loss at every step, with the gradient cut, and its terms (T, T, H, H)."""
    x, h_0, *weights = network(seed)
    G = torch.randn(T, N, H).double()
    (G * page.forward(x, h_0, weights, cut=cut).transpose(0, 1)).sum().backward()
    parts = page.contributions(
        lambda h: (G * h.transpose(0, 1)).sum((1, 2)), x.detach(), h_0.detach(), weights
    )
    return weights[1].grad, parts


@pytest.mark.parametrize("K", [1, 2, 4, 9, 20])
def test_chunks_keep_the_pairs_that_the_page_says(seed: int, K: Any) -> None:
    found, parts = cut_gradient(seed, page.chunks_of(torch.tensor(K)))
    assert torch.allclose(found, parts[page.kept(K, T)].sum(0), atol=1e-12)
    for t, k in product(range(1, T + 1), repeat=2):
        begin = K * ((t - 1) // K) + 1
        assert page.kept(K, T)[t - 1, k - 1] == (begin <= k <= t)
        window = max(1, t - K + 1) <= k <= t
        assert page.kept(K, T, chunks=False)[t - 1, k - 1] == window


def test_cutting_changes_the_gradient_and_not_the_states(seed: int) -> None:
    x, h_0, *weights = network(seed)
    h = page.forward(x, h_0, weights)
    assert torch.equal(h, page.forward(x, h_0, weights, cut=page.chunks_of(torch.tensor(3))))
    cut, parts = cut_gradient(seed, page.chunks_of(torch.tensor(3)))
    assert (cut - parts.sum((0, 1))).abs().max() > 1e-2


def test_no_loss_reaches_an_input_K_or_more_steps_back(seed: int) -> None:
    K = 4
    for t in range(T):
        x, h_0, *weights = network(seed)
        h = page.forward(x, h_0, weights, cut=page.chunks_of(torch.tensor(K)))
        h[0, t].sum().backward()
        reached = x.grad[0].abs().sum(-1) > 0
        assert reached.tolist() == [t // K * K <= k <= t for k in range(T)]


@pytest.fixture(scope="module")
def echo() -> Any:
    """Networks trained as on the page, for fewer chunk lengths: by delay, K and seed."""
    return {delay: page.train_echo(delay, [delay, delay + 1, 24], SEEDS) for delay in (3, 6)}


def test_chunks_as_long_as_the_delay_learn_nothing_one_step_more_is_enough(echo: Any) -> None:
    for _, (short, enough, whole) in echo.values():
        assert short.min() > 0.8
        assert enough.max() < 0.6
        assert whole.max() < 0.1
        assert (whole < enough).all()


def test_random_states_serve_better_than_chunks_that_are_too_short(echo: Any) -> None:
    for delay, (_, (short, _, _)) in echo.items():
        _, (level,) = page.train_echo(delay, [24], SEEDS, only_output=True)
        assert level.max() < short.min()


def test_chunks_that_are_too_short_lose_the_traces_of_the_past(echo: Any) -> None:
    start = measuring.start_networks(6, 32, SEEDS)
    for delay in (3, 6):
        for seed in SEEDS:
            before = named([w[seed] for w in start], delay, seed)
            short, enough = (
                named([w[i + seed] for w in echo[delay][0]], delay, seed) for i in (0, 3)
            )
            assert before > 1.5 * short
            assert enough > 1.5 * short


def test_training_moves_the_contributions_to_where_the_answer_lies(echo: Any) -> None:
    trained, start = echo[6][0], measuring.start_networks(6, 32, SEEDS)
    for seed in SEEDS:
        by_distance = []
        for net in ([w[seed] for w in start], [w[6 + seed] for w in trained]):
            size = echo_contributions(net, 6, seed).norm(dim=(2, 3)).numpy()
            by_distance.append([np.diagonal(size, -j)[max(0, 10 - j) :].mean() for j in range(10)])
        before, after = by_distance
        assert np.argmax(before) == 0
        assert np.argmax(after) >= 2
        assert after[6] > 1.5 * after[7]


def test_the_window_keeps_more_of_the_gradient_than_chunks(echo: Any) -> None:
    trained = echo[6][0]
    for seed in SEEDS:
        parts = echo_contributions([w[6 + seed] for w in trained], 6, seed)
        whole = parts.sum((0, 1))
        chunks, window = (
            measuring.cosine(parts[page.kept(8, 24, c)].sum(0), whole) for c in (1, 0)
        )
        assert chunks < window < 1.0001
        assert window > 0.95
        assert measuring.cosine(parts[page.kept(24, 24)].sum(0), whole) == pytest.approx(
            1, abs=1e-5
        )


def test_the_stored_truncation_costs_what_the_page_says() -> None:
    stored = json.loads((ROOT / "experiments" / "truncation.json").read_text())
    perplexity = {result["K"]: result["perplexity"] for result in stored["results"]}
    assert all(len(row) == len(SEEDS) for row in perplexity.values())
    assert min(perplexity[1]) > max(perplexity[8])
    assert np.mean(perplexity[48]) > np.mean(perplexity[8]) - 0.1


@pytest.mark.slow
def test_a_reduced_run_of_the_stored_experiment_agrees_with_it() -> None:
    import truncation

    settings = truncation.SETTINGS | {"updates": 150, "H": 64, "D": 48, "N": 24, "T": 24}
    for seed in SEEDS:
        assert truncation.run(seed, 1, settings) > truncation.run(seed, 8, settings)


def test_the_experiment_refuses_a_chunk_without_steps() -> None:
    import truncation

    for wrong in (0, -1, 2.5):
        with pytest.raises(ValueError, match=r"K: expected a positive integer"):
            truncation.CutRNN(3, 5, wrong)


# differences


def test_the_bound_holds_is_tight_on_the_right_and_not_on_the_left() -> None:
    for w in (-0.75, 1.0, 2.5):
        eps, error, taylor, rounding = measuring.exponential_errors(range(1, 41), w)
        ratio = error / (taylor + rounding)
        assert (ratio <= 1).all()
        assert ratio[(eps > 1e-4) & (eps < 0.3)].min() > 0.5
        assert ratio[(eps > 1e-3) & (eps < 1e-2)].min() > 0.98
        assert np.median(ratio[eps < 1e-6]) < 0.5


def test_the_best_step_is_where_the_bound_is_least() -> None:
    mu, A = 2.0**-53, math.e
    eps = np.logspace(-7, -3, 4001)
    for r, B in ((2.0, math.e), (1.0, 1.0), (30.0, 0.2)):
        bound = B / 6 * eps**2 + r * mu * A / eps
        best = (3 * r * mu * A / B) ** (1 / 3)
        assert eps[bound.argmin()] == pytest.approx(best, rel=3e-3)


def test_a_smaller_step_is_worse_and_two_sides_are_better(seed: int) -> None:
    eps = [1e-10, 1e-8, 1e-5, 1e-2]
    central = check_errors(seed, eps, torch.float64)
    one_sided = check_errors(seed, eps, torch.float64, one_sided=True)
    single = check_errors(seed, [1e-5, 1e-3, 1e-2, 3e-2], torch.float32)
    assert central[0] > central[1] > 50 * central[2] < central[3]
    assert central[2] < 1e-9
    assert min(one_sided) > 10 * central[2]
    assert single.min() > 1e-6


def test_errors_go_with_the_powers_that_the_page_says(seed: int) -> None:
    eps = [1e-3, 1e-2]
    (c_1, c_2), (o_1, o_2) = (
        check_errors(seed, eps, torch.float64, one_sided) for one_sided in (False, True)
    )
    assert c_2 / c_1 == pytest.approx(100, rel=0.1)
    assert o_2 / o_1 == pytest.approx(10, rel=0.1)


# the exercises


def test_exercise_by_hand() -> None:
    w = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    x = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    h_1 = torch.tanh(x[0])
    h_2 = torch.tanh(x[1] + w * h_1)
    h_2.backward()
    one, two = h_1.item(), h_2.item()
    assert w.grad.item() == pytest.approx((1 - two**2) * one)
    assert x.grad[0].item() == pytest.approx((1 - two**2) * 0.5 * (1 - one**2))


def test_exercise_counting_pairs() -> None:
    assert page.kept(24, 24).sum() == 24 * 25 // 2
    assert page.kept(4, 24).sum() == 24 // 4 * 4 * 5 // 2
    assert page.kept(4, 24, chunks=False).sum() == sum(min(t, 4) for t in range(1, 25))


def test_exercise_which_loss_teaches_what() -> None:
    for d, K in ((3, 4), (3, 6), (6, 12)):
        places = range(1, 241)
        reach = [(t - 1) - (t - 1) // K * K >= d for t in places]
        assert np.mean(reach) == pytest.approx(1 - d / K)


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / "03-bptt.md").read_text(encoding="utf-8")
    for cell in cells("03-bptt"):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$[^$]*\$", "", text)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / "03-bptt.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
