"""What chapter 4 claims, held against the code that its page shows."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="assignment, union-attr, var-annotated"

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from chapter import cells, definitions

ROOT = Path(__file__).resolve().parents[2]

NAME = "04-vanishing-and-exploding"
SEEDS = (0, 1, 2)
page = definitions(NAME)
measuring = page.measuring
W_PAIR = np.array([[2.4, -0.8], [0.7, 2.3]])


def setting(seed: int, radius: Any = 1.3, N: Any = 4, T: Any = 9, D: Any = 3, H: Any = 5) -> Any:
    """Return inputs, initial states and a network in float64."""
    generator = torch.Generator().manual_seed(100 + seed)
    x = torch.randn(N, T, D, generator=generator, dtype=torch.float64)
    h_0 = torch.randn(N, H, generator=generator, dtype=torch.float64) / 2
    return x, h_0, measuring.random_network(D, H, radius, seed)


def measured(x: Any, network: Any) -> Any:
    """Return norms of dh_t / dh_0, by what the page shows."""
    return measuring.measured(page.states_and_jacobians, page.products_from_first, x, network)


def orthogonal(seed: int, H: Any = 16) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return torch.linalg.qr(torch.randn(H, H, generator=generator, dtype=torch.float64)).Q


# Jacobians and gradients


def test_jacobians_agree_with_autograd_and_differences(seed: int) -> None:
    x, h_0, network = setting(seed)
    _, J = page.states_and_jacobians(x, h_0, *network)
    products = page.products_from_first(J)

    def state(n: Any, t: Any, h: Any) -> Any:
        if t == 0:
            return h
        return page.states_and_jacobians(x[n : n + 1, :t], h[None], *network)[0][0, -1]

    for n in range(len(x)):
        for t in (0, 1, 4, 9):
            auto = torch.autograd.functional.jacobian(lambda h, n=n, t=t: state(n, t, h), h_0[n])
            assert (products[n, t] - auto).abs().max() < 1e-12
            for j, push in enumerate(1e-5 * torch.eye(5).double()):
                central = (state(n, t, h_0[n] + push) - state(n, t, h_0[n] - push)) / 2e-5
                assert (products[n, t, :, j] - central).abs().max() < 1e-8


def test_states_agree_with_pytorch(seed: int) -> None:
    x, h_0, (W_x, W_h, b) = setting(seed)
    theirs = nn.RNN(3, 5, batch_first=True).double()
    with torch.no_grad():
        for parameter, array in zip(theirs.parameters(), (W_x, W_h, b, 0 * b), strict=True):
            parameter.copy_(array)
        assert (
            page.states_and_jacobians(x, h_0, W_x, W_h, b)[0] - theirs(x, h_0[None])[0]
        ).abs().max() < 1e-12


def test_order_of_the_factors_matters(seed: int) -> None:
    x, h_0, network = setting(seed)
    _, J = page.states_and_jacobians(x, h_0, *network)
    turned = J[0, 0]
    for J_t in J[0, 1:]:
        turned = turned @ J_t
    assert (turned - page.products_from_first(J)[0, -1]).abs().max() > 1e-3


def test_going_back_multiplies_by_the_transpose(seed: int) -> None:
    x, h_0, network = setting(seed)
    _, J = page.states_and_jacobians(x, h_0, *network)
    direction = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    dh = nn.functional.normalize(direction)
    norms = [dh.norm(dim=1)]
    for J_t in J.flip(1).unbind(1):
        dh = torch.einsum("nij,ni->nj", J_t, dh)
        norms.append(dh.norm(dim=1))
    mine = measuring.gradient_by_distance(x, h_0, *network)
    assert (mine - torch.stack(norms, 1)).abs().max() < 1e-12


def test_the_backward_pass_is_linear(seed: int) -> None:
    x, h_0, (W_x, W_h, b) = setting(seed)
    h_0.requires_grad_()
    last = page.states_and_jacobians(x, h_0, W_x, W_h, b)[0][:, -1]
    directions = torch.randn(2, 4, 5, dtype=torch.float64)

    def back(g: Any) -> Any:
        return torch.autograd.grad(last, h_0, g, retain_graph=True)[0]

    both = back(2 * directions[0] + directions[1])
    assert torch.allclose(both, 2 * back(directions[0]) + back(directions[1]), atol=1e-12)


def test_uses_of_the_weight_add_up(seed: int) -> None:
    x, h_0, (W_x, W_h, b) = setting(seed)
    W_h = W_h.clone().requires_grad_()
    h, J = page.states_and_jacobians(x, h_0, W_x, W_h, b)
    goal = torch.randn(4, 5, dtype=torch.float64)
    total = torch.autograd.grad((h[:, -1] * goal).sum(), W_h)[0]
    h, J, by_use = h.detach(), J.detach(), 0
    before = torch.cat([h_0[:, None], h[:, :-1]], dim=1)
    for k in range(9):
        dh = goal
        for s in range(8, k, -1):
            dh = torch.einsum("nij,ni->nj", J[:, s], dh)
        by_use = by_use + torch.einsum("ni,nj->ij", dh * (1 - h[:, k] ** 2), before[:, k])
    assert (by_use - total).abs().max() < 1e-12


def test_one_unit() -> None:
    rng = np.random.default_rng(0)
    for w in (0.9, 1.1, -1.7):
        h_1 = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        h, product = h_1, 1.0
        for value in rng.normal(size=19):
            h = torch.tanh(w * h + value)
            product *= w * (1 - h.item() ** 2)
        h.backward()
        assert h_1.grad.item() == pytest.approx(product, rel=1e-12)


def test_slopes_of_the_activations() -> None:
    a = torch.linspace(-30, 30, 20001, dtype=torch.float64, requires_grad=True)
    for function, largest in ((torch.sigmoid, 0.25), (torch.tanh, 1.0)):
        [slope] = torch.autograd.grad(function(a).sum(), a)
        assert (slope >= 0).all()
        assert slope.max().item() == pytest.approx(largest, rel=1e-12)
        assert a[slope.argmax()].item() == pytest.approx(0, abs=1e-9)


# the bound


@pytest.mark.parametrize("radius", [0.4, 0.9, 1.5, 4.0])
def test_measured_norms_lie_under_the_bound(seed: int, radius: Any) -> None:
    x, h_0, network = setting(seed, radius, T=25, H=12)
    _, J = page.states_and_jacobians(x, h_0, *network)
    products = measuring.norm(page.products_from_first(J))
    bound = measuring.norm(network[1]) ** torch.arange(26, dtype=torch.float64)
    assert (products <= bound * (1 + 1e-9)).all()
    assert (measuring.gradient_by_distance(x, h_0, *network) <= bound * (1 + 1e-9)).all()


def test_the_bound_holds_for_the_logistic_function(seed: int) -> None:
    rng = np.random.default_rng(seed)
    W, h, product = rng.normal(size=(6, 6)), rng.uniform(size=6), np.eye(6)
    alpha = np.linalg.norm(W, 2)
    for t in range(1, 15):
        h = 1 / (1 + np.exp(-(W @ h + rng.normal(size=6))))
        product = np.diag(h * (1 - h)) @ W @ product
        assert np.linalg.norm(product, 2) <= (alpha / 4) ** t * (1 + 1e-9)


def test_the_bound_is_tight_for_an_orthogonal_matrix_without_input(seed: int) -> None:
    for factor in (0.8, 1.0, 1.2):
        x = torch.zeros(1, 20, 4).double()
        network = (torch.zeros(16, 4).double(), factor * orthogonal(seed), torch.zeros(16).double())
        exact = factor ** torch.arange(21, dtype=torch.float64)
        assert torch.allclose(measured(x, network)[0], exact, rtol=1e-9)
        driven = (torch.ones(16, 4).double(), *network[1:])
        noisy = torch.randn(1, 20, 4).double()
        assert measured(noisy, driven)[0, -1] < 0.1 * exact[-1]


def test_a_norm_below_one_vanishes_whatever_the_inputs(seed: int) -> None:
    for scale in (0.1, 1.0, 100.0):
        x, h_0, (W_x, W_h, b) = setting(seed, T=60, H=12)
        W_h = 0.9 * W_h / measuring.norm(W_h)
        norms = measuring.gradient_by_distance(scale * x, h_0, W_x, W_h, b)
        assert (norms[:, -1] <= 0.9**60).all()


def test_a_norm_above_one_is_not_enough_for_an_explosion(seed: int) -> None:
    x, h_0, network = setting(seed, radius=0.9, T=60, H=32)
    assert measuring.norm(network[1]) > 1.3
    assert measuring.gradient_by_distance(0.5 * x, h_0, *network)[:, 50].max() < 1e-3


def test_the_picture_of_the_idea(seed: int) -> None:
    x, h_0 = 0.3 * torch.randn(8, 60, 4).double(), torch.zeros(8, 32).double()
    small, middle, large = (
        measuring.gradient_by_distance(x, h_0, *measuring.random_network(4, 32, radius, seed))[
            :, -1
        ]
        for radius in (0.6, 1.4, 3.5)
    )
    assert small.median() < 1e-12
    assert small.median() < middle.median() < large.median()
    assert large.median() > 1


# norm and spectral radius


def test_norm_and_radius_disagree(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    A = torch.randn(9, 9, generator=rng, dtype=torch.float64)
    assert measuring.spectral_radius(A) < 0.9 * measuring.norm(A)
    symmetric = A + A.T
    assert measuring.spectral_radius(symmetric).item() == pytest.approx(
        measuring.norm(symmetric).item()
    )


def test_gelfand(seed: int) -> None:
    A = torch.randn(9, 9, dtype=torch.float64) / 3
    rates = [measuring.norm(torch.linalg.matrix_power(A, d)) ** (1 / d) for d in (8, 64, 512)]
    radius = measuring.spectral_radius(A)
    errors = [(rate - radius).abs().item() for rate in rates]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01 * radius
    assert all(rate >= radius * (1 - 1e-9) for rate in rates)


@pytest.mark.parametrize(("radius", "near"), [(0.9, 5e-5), (1.0, 2.0), (1.1, 4e4)])
def test_powers_of_random_matrices(radius: Any, near: Any) -> None:
    for seed in range(6):
        norms = measuring.power_norms(radius, seed)
        assert 1.3 < norms[1] < 2.4
        assert near / 2.5 < norms[-1] < near * 2.5
        assert norms.max() > norms[1] or radius == 0.9


# maps and attractors


def test_the_parabola_ends_in_a_cycle_of_four() -> None:
    for seed in SEEDS:
        starts = np.random.default_rng(seed).uniform(size=50)
        end, slope = page.run_map(measuring.parabola, starts, 4000)
        four, _ = page.run_map(measuring.parabola, end, 4)
        assert np.allclose(four, end, atol=1e-9)
        assert len(np.unique(np.round(end, 6))) == 4
        assert np.abs(slope).max() < 1e-100
    _, slope = page.run_map(measuring.parabola, np.array([0.1, 0.37]), 7)
    ahead, _ = page.run_map(measuring.parabola, np.array([0.1, 0.37]) + 1e-7, 7)
    behind, _ = page.run_map(measuring.parabola, np.array([0.1, 0.37]) - 1e-7, 7)
    assert np.allclose(slope, (ahead - behind) / 2e-7, rtol=1e-5)
    value, factor = measuring.parabola(5 / 7)
    assert value == pytest.approx(5 / 7)
    assert factor == pytest.approx(-1.5)


def ends(w: Any, b: Any, steps: Any = 20000) -> Any:
    h = np.array([0.0, 1.0])
    for _ in range(steps):
        h = 1 / (1 + np.exp(-(w * h + b)))
    return h


@pytest.mark.slow
def test_two_attractors_in_the_published_interval() -> None:
    low, high = measuring.fold(5.0)
    assert (low, high) == (pytest.approx(-2.655, abs=1e-3), pytest.approx(-2.345, abs=1e-3))
    for b in (low + 0.01, -2.5, high - 0.01):
        first, second = ends(5.0, b)
        assert second - first > 0.1
    for b in (low - 0.01, high + 0.01, -4.0, 0.0):
        first, second = ends(5.0, b)
        assert second - first < 1e-6
    for w in (0.5, 2.0, 3.9):
        for b in np.linspace(-4, 1, 21):
            first, second = ends(w, b)
            assert second - first < 1e-6
    for w in (4.5, 6.0, 8.0):
        first, second = ends(w, measuring.fold(w).mean())
        assert second - first > 0.1


def test_gradients_vanish_in_basins_and_blow_up_at_borders() -> None:
    side = 120
    line = np.linspace(-1, 1, side)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    for factor in (1.0, 1.05, 1.1):
        end, _ = measuring.run_pair(factor * W_PAIR, plane, 150)
        basin = (2 * (end[:, 0] > 0) + (end[:, 1] > 0)).reshape(side, side)
        for i in range(4):
            assert np.ptp(end[basin.ravel() == i], axis=0).max() < 1e-4
        _, J = measuring.run_pair(factor * W_PAIR, plane, 10)
        norms = np.linalg.norm(J, 2, axis=(1, 2)).reshape(side, side)
        border = np.zeros((side, side), bool)
        border[:, 1:] |= basin[:, 1:] != basin[:, :-1]
        border[1:] |= basin[1:] != basin[:-1]
        assert np.median(norms[~border]) < 0.1
        assert np.median(norms[border]) > 4


def test_jacobian_of_the_pair() -> None:
    start = np.array([[0.3, -0.2], [0.05, 0.6]])
    _, J = measuring.run_pair(W_PAIR, start, 6)
    for j in range(2):
        push = np.zeros(2)
        push[j] = 1e-6
        central = (
            measuring.run_pair(W_PAIR, start + push, 6)[0]
            - measuring.run_pair(W_PAIR, start - push, 6)[0]
        ) / 2e-6
        assert np.allclose(J[:, :, j], central, rtol=1e-6, atol=1e-8)


def test_the_cliff() -> None:
    w, b = np.meshgrid(np.linspace(4.05, 6.95, 30), np.linspace(-3.9, -1.1, 29))
    _, dw, db = measuring.cliff(w, b)
    far = np.abs(b + w / 2) > 0.05
    for derivative, pushed in (
        (dw, (measuring.cliff(w + 1e-6, b)[0] - measuring.cliff(w - 1e-6, b)[0]) / 2e-6),
        (db, (measuring.cliff(w, b + 1e-6)[0] - measuring.cliff(w, b - 1e-6)[0]) / 2e-6),
    ):
        assert np.allclose(derivative[far], pushed[far], rtol=1e-4, atol=1e-7)
    assert np.median(np.hypot(dw, db)) < 0.1
    for weight in (4.8, 6.0, 7.0):
        s = weight / 4
        by_hand = 0.25 * (s**50 - 1) / (s - 1)
        _, dw, db = measuring.cliff(weight, -weight / 2)
        assert db == pytest.approx(2 * (0.5 - 0.7) * by_hand, rel=1e-6)
        assert dw == pytest.approx(db / 2, rel=1e-6)
        loss_low, loss_high = (measuring.cliff(weight, -weight / 2 + e)[0] for e in (-1e-3, 1e-3))
        assert abs(loss_low - loss_high) > 0.05


def test_single_losses_jump_and_their_mean_does_not() -> None:
    biases = np.linspace(-3.4, -2.6, 800)
    for seed in SEEDS:
        starts = np.random.default_rng(seed).uniform(0.3, 0.7, 300)
        losses = np.stack([measuring.cliff(6.0, biases, h_0=h)[0] for h in starts])
        jumps = np.abs(np.diff(losses, axis=1)).max(axis=1)
        assert jumps.min() > 0.1
        assert np.abs(np.diff(losses.mean(axis=0))).max() < 0.1 * jumps.min()


# what is lost


@pytest.fixture(scope="module")
def tickets() -> Any:
    return measuring.tickets()


def test_the_tickets_are_the_seventh_of_forty_five_words(tickets: Any) -> None:
    sentence = tickets.sentence
    assert len(sentence) == 45
    assert sentence.index("tickets") == 6
    assert sentence[-1] == "tickets"


def test_the_share_of_the_far_words_is_below_single_precision(tickets: Any) -> None:
    far = tickets.far
    assert len(far) >= 3
    assert far.max() < np.finfo(np.float32).eps
    ratio = tickets.by_word[:, 6] / tickets.by_word[:, -1]
    assert ratio.max() < 1e-6


# agreement


@pytest.fixture(scope="module")
def stored() -> Any:
    return json.loads((ROOT / "experiments" / "agreement.json").read_text(encoding="utf-8"))


def test_sentences_agree_with_their_first_noun() -> None:
    for least in (0, 1):
        grammar = measuring.Grammar(least)
        words = {i: word for word, i in grammar.ids.items()}
        rng = np.random.default_rng(0)
        for count in range(5):
            for first in (0, 1):
                plural = [first, *rng.integers(2, size=count)]
                ids, place = grammar.sentence(rng, plural)
                nouns = [pair for pair in grammar.nouns for i in ids if words[i] in pair]
                assert len(nouns) == count + 1
                assert words[ids[place]] in [pair[first] for pair in grammar.verbs]
                assert words[ids[0]] == words[ids[-1]] == "."


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"^w: "):
        measuring.fold(4.0)
    with pytest.raises(ValueError, match=r"^least: "):
        measuring.Grammar(-1)
    with pytest.raises(ValueError, match=r"^plural: "):
        measuring.Grammar().sentence(np.random.default_rng(0), [])


def test_first_the_last_noun_decides() -> None:
    """A reduced version of the page's training: the first phase, for every seed."""
    for seed in SEEDS:
        errors, signals = {}, {}

        def watch(
            update: Any, model: Any, grammar: Any, errors: Any = errors, signals: Any = signals
        ) -> None:
            errors[update] = [measuring.error_rate(model, grammar, count) for count in (0, 1, 3)]
            signals[update] = [measuring.far_signal(model, grammar, count) for count in (1, 2, 5)]

        measuring.train_reader(seed, 200, watch)
        none, one, three = errors[200]
        assert none < 0.02
        assert min(one, three) > 0.9
        assert 0.2 > signals[200][0] > 3 * signals[200][1] > 100 * signals[200][2]


def test_stored_run_errs_more_as_distractors_are_added(stored: Any) -> None:
    assert len(stored["results"]["seldom"]) >= 3
    for result in stored["results"]["seldom"]:
        whole = np.mean(result["errors"], axis=0)
        assert whole[0] < 0.05 < whole[1] < whole[6]
    mean = np.mean([result["errors"] for result in stored["results"]["seldom"]], axis=(0, 1))
    assert (np.diff(mean) >= -0.005).all()
    assert mean[0] < mean[1] < mean[2] < mean[6]


def test_stored_run_is_worse_with_longer_phrases(stored: Any) -> None:
    early = stored["errors after updates"].index(1000)
    errors = {
        run: [result["errors"][early][1] for result in stored["results"][run]]
        for run in ("seldom", "long")
    }
    assert min(errors["long"]) > 0.9 > np.mean(errors["seldom"])


def test_stored_run_gains_nothing_from_more_frequent_distractors(stored: Any) -> None:
    late = stored["errors after updates"].index(2000)
    seldom, even = (
        [result["errors"][late][1] for result in stored["results"][run]]
        for run in ("seldom", "even")
    )
    assert len(even) >= 3
    assert min(even) > max(seldom)


def test_stored_settings_are_those_of_the_page(stored: Any) -> None:
    model = measuring.Reader(10)
    assert model.embed.embedding_dim == stored["settings"]["D"]
    assert model.rnn.hidden_size == stored["settings"]["H"]


# the exercises


def test_exercise_shear() -> None:
    W = np.array([[0.9, 1.0], [0.0, 0.9]])
    for d in (1, 5, 12):
        exact = np.array([[0.9**d, d * 0.9 ** (d - 1)], [0, 0.9**d]])
        assert np.allclose(np.linalg.matrix_power(W, d), exact)
    assert 9 < -1 / math.log(0.9) < 10


def test_exercise_state_before_the_activation(seed: int) -> None:
    W = torch.randn(4, 4, dtype=torch.float64)
    u = torch.randn(4, dtype=torch.float64)
    J = torch.autograd.functional.jacobian(lambda u: W @ torch.tanh(u) + 0.3, u)
    assert torch.allclose(J, W @ torch.diag(1 - torch.tanh(u) ** 2))
    printed = W.T @ torch.diag(1 - torch.tanh(u) ** 2)
    assert not torch.allclose(J, printed)
    assert not torch.allclose(J.T, printed)
    assert measuring.norm(J) <= measuring.norm(W) * (1 + 1e-9)
    assert measuring.norm(printed) <= measuring.norm(W) * (1 + 1e-9)


def test_exercise_balance() -> None:
    W = np.array([[1.2, 1.2], [-1.2, -1.0]])
    assert np.abs(np.linalg.eigvals(W)).max() < 0.5
    squeezed = np.diag([1.0, 0.05]) @ W
    assert np.abs(np.linalg.eigvals(squeezed)).max() > 1.1
    # There are inputs that do this: pre-activations are free where W_x is the identity.
    h, product = np.zeros(2), np.eye(2)
    for _ in range(50):
        a = np.array([0.0, np.arctanh(np.sqrt(0.95))])
        x = a - W @ h
        h = np.tanh(x + W @ h)
        product = np.diag(1 - h**2) @ W @ product
    assert np.linalg.norm(product, 2) > 500


def test_exercise_tied_matrices_vary_more() -> None:
    for first in (0, 40, 80):
        spread = {
            same: np.std([measuring.log_norm_of_products(first + i, same) for i in range(20)])
            for same in (True, False)
        }
        assert spread[True] > 3 * spread[False]


# the page


def test_no_result_is_typed_into_the_text() -> None:
    text = (ROOT / "book" / f"{NAME}.md").read_text(encoding="utf-8")
    for cell in cells(NAME):
        text = text.replace(cell, "")
    glued = re.findall(r"\{glue:text\}`[^`]*`", text)
    prose = re.sub(r"\{glue:text\}`[^`]*`|\$\$.*?\$\$", "", text, flags=re.DOTALL)
    prose = re.sub(r"\$[^$]*\$", "", prose)
    assert len(glued) > 40
    assert re.findall(r"\d+\.\d+", prose) == []


def test_every_figure_has_a_caption_and_a_description() -> None:
    text = (ROOT / "book" / f"{NAME}.md").read_text(encoding="utf-8")
    assert "plt.subplots(" not in text  # what draws lies beside the page
    drawn = text.count("    name: fig-")
    assert drawn >= 4
    assert text.count("    alt: >-\n") == text.count("    caption: |\n") == drawn
