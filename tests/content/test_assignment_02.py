"""Assignment 2: its solution against PyTorch, its inputs, and the model of names."""

import json
import string
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import COURSE, filled, indistinct, repeated, visible_calls
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from autograder.authoring.assignment import Assignment
from unrolled.data import names
from unrolled.models import load_name_model

NAME = "02-vanilla-rnn"


def padded(rows: list[Any], fill: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of unequal length as one array (N, T), and their lengths (N,)."""
    tensors = [torch.as_tensor(row) for row in rows]
    ids = pad_sequence(tensors, batch_first=True, padding_value=fill).numpy()
    return ids, np.array([len(row) for row in rows])


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]


def random_weights(rng: np.random.Generator, D: int, H: int) -> list[np.ndarray]:
    return [rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in ((H, D), (H, H), (H,))]


def torch_rnn(weights: list[np.ndarray]) -> torch.nn.RNN:
    """A float64 `torch.nn.RNN` with the given W_x, W_h, b; its second bias is zero."""
    H, D = weights[0].shape
    rnn = torch.nn.RNN(D, H, batch_first=True, dtype=torch.float64)
    return filled(rnn, [*weights, np.zeros(H)])


@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_forward_agrees_with_torch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int
) -> None:
    rng = np.random.default_rng(N * T)
    weights = random_weights(rng, D, H)
    x, h_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
    rnn = torch_rnn(weights)
    with torch.no_grad():
        theirs, _ = rnn(torch.from_numpy(x), torch.from_numpy(h_0)[None])
    mine = solution["rnn_forward"](x, h_0, *weights, np.full(N, T))
    assert np.abs(mine - theirs.numpy()).max() < 1e-10
    step = solution["rnn_step_forward"](x[:, 0], h_0, *weights)
    assert np.abs(step - theirs[:, 0].numpy()).max() < 1e-10


@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_final_states_agree_with_a_packed_batch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int
) -> None:
    rng = np.random.default_rng(N + T)
    weights = random_weights(rng, D, H)
    x, h_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
    lengths = rng.integers(1, T + 1, size=N)
    packed = pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    with torch.no_grad():
        _, h_n = torch_rnn(weights)(packed, torch.from_numpy(h_0)[None])
    h = solution["rnn_forward"](x, h_0, *weights, lengths)
    assert np.abs(h[:, -1] - h_n[0].numpy()).max() < 1e-10
    for n, length in enumerate(lengths):
        assert (h[n, length:] == h[n, length - 1]).all()


@pytest.mark.parametrize("scale", [1.0, 40.0, 2000.0])
def test_cross_entropy_agrees_with_torch(solution: dict[str, Any], scale: float) -> None:
    rng = np.random.default_rng(7)
    logits = scale * rng.normal(size=(4, 9, 6))
    targets = rng.integers(0, 6, size=(4, 9))
    mask = np.arange(9) < np.array([[9], [2], [5], [1]])
    theirs = functional.cross_entropy(
        torch.from_numpy(logits).flatten(0, 1),
        torch.from_numpy(np.where(mask, targets, -100)).flatten(),
    ).item()
    mine = solution["softmax_cross_entropy"](logits, targets, mask)
    assert mine == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("temperature", [0.01, 0.5, 1.0, 3.0])
def test_softmax_agrees_with_torch(solution: dict[str, Any], temperature: float) -> None:
    logits = 5 * np.random.default_rng(8).normal(size=(2, 3, 7))
    theirs = torch.softmax(torch.from_numpy(logits) / temperature, dim=-1).numpy()
    mine = solution["softmax_with_temperature"](logits, temperature)
    assert np.abs(mine - theirs).max() < 1e-12


def test_language_model_agrees_with_torch(solution: dict[str, Any]) -> None:
    params = solution["make_model"](V=7, D=4, H=5)
    texts = [[0, 4, 2, 6, 0], [0, 3, 0], [0, 5, 5, 1, 2, 3, 6, 0], [4]]
    ids, lengths = padded(texts, fill=2)
    stored = {name: torch.from_numpy(array) for name, array in params.items()}
    rnn, total, count = torch_rnn([params[name] for name in ("W_x", "W_h", "b")]), 0.0, 0
    with torch.no_grad():
        for text in map(torch.tensor, texts[:3]):
            h, _ = rnn(stored["E"][text[:-1]])
            logits = functional.linear(h, stored["W_y"], stored["b_y"])
            total += functional.cross_entropy(logits, text[1:], reduction="sum").item()
            count += len(text) - 1
    loss = solution["lm_loss"](ids, lengths, params)
    assert loss == pytest.approx(total / count, rel=1e-12)
    assert solution["perplexity"](loss) == pytest.approx(np.exp(total / count), rel=1e-12)


def test_draws_follow_the_probabilities(solution: dict[str, Any]) -> None:
    p = np.array([0.25, 0.0, 0.4, 0.05, 0.3])
    evenly = (np.arange(10_000) + 0.5) / 10_000
    drawn = np.bincount([solution["sample_index"](p, u) for u in evenly], minlength=5)
    assert np.abs(drawn / 10_000 - p).max() < 1e-3


def test_a_cold_model_writes_the_most_probable_symbols(solution: dict[str, Any]) -> None:
    params = solution["make_model"](V=7, D=4, H=5)
    u = np.linspace(0, 1, 12, endpoint=False)
    written = solution["generate"](params, 0, 9, 1e-6, u)
    symbol, h = 0, np.zeros((1, 5))
    for found in written:
        weights = [params[name] for name in ("W_x", "W_h", "b")]
        h = solution["rnn_step_forward"](params["E"][[symbol]], h, *weights)
        symbol = int(np.argmax(h[0] @ params["W_y"].T + params["b_y"]))
        assert found == symbol
    assert len(written) == 12


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero or symmetric."""
    calls = visible_calls(assignment, by="id")
    x_t, h_prev, *weights = calls["test-step"][0]
    sizes = [(*x_t.shape, h_prev.shape[1])]
    x, h_0, *others = calls["test-forward"][0]
    weights += others[:3]
    sizes.append((*x.shape, h_0.shape[1]))
    x, h_0, *others, lengths = calls["test-padding"][0]
    weights += others
    sizes.append((*x.shape, h_0.shape[1]))
    assert len(set(lengths)) == len(lengths)
    assert max(lengths) == x.shape[1]
    for logits, _, _ in calls["test-loss"]:
        sizes.append(logits.shape)
    for cell in ("test-lm", "test-lm-padding"):
        for ids, _, params in calls[cell]:
            weights += params.values()
            (V, D), (H, _) = params["E"].shape, params["W_h"].shape
            # The network runs one step less than a row is long.
            sizes += [(*ids.shape, V, D, H), (len(ids), ids.shape[1] - 1, V, D, H)]
    assert not repeated(sizes)
    assert not indistinct(weights, smallest=0.01, asymmetry=0.1)


# --- the model of names ----------------------------------------------------------------------


def test_name_model_is_small_and_as_described() -> None:
    stored = COURSE.root / "unrolled" / "models" / "names.npz"
    assert stored.stat().st_size <= 60_000
    params, letters = load_name_model()
    sizes = json.loads((COURSE.root / "experiments" / "name_model.json").read_text())["sizes"]
    V, D, H = sizes["V"], sizes["D"], sizes["H"]
    shapes = {"E": (V, D), "W_x": (H, D), "W_h": (H, H), "b": (H,), "W_y": (V, H), "b_y": (V,)}
    assert {name: array.shape for name, array in params.items()} == shapes
    assert {array.dtype for array in params.values()} == {np.dtype(np.float32)}
    assert "".join(letters.characters) == "." + string.ascii_lowercase
    params["E"][:] = 0
    assert load_name_model().params["E"].any()


def test_name_model_has_the_stored_loss(solution: dict[str, Any]) -> None:
    params, letters = load_name_model()
    known = [name for name in names(["Italian"])["Italian"] if set(name) <= set(letters.characters)]
    ids, lengths = padded([letters.encode(f".{name}.") for name in known], fill=0)
    loss = solution["lm_loss"](ids, lengths, params)
    stored = json.loads((COURSE.root / "experiments" / "name_model.json").read_text())["loss"]
    # All names together: between the loss on those it was trained on and on those it was not.
    assert stored["training"] < loss < stored["held_out"]


def test_name_model_knows_a_name_from_noise(solution: dict[str, Any]) -> None:
    params, letters = load_name_model()
    losses = []
    for word in ("rossini", "smith", "xqzwkv"):
        ids = letters.encode(f".{word}.")[None]
        losses.append(solution["lm_loss"](ids, np.array([ids.size]), params))
    assert losses == sorted(losses)
