"""Assignment 7: its solution against PyTorch and central differences, and its inputs."""

# What PyTorch takes and gives is wider than its types say.
# mypy: disable-error-code="assignment"

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import central_differences, filled, indistinct, repeated, visible_calls
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.authoring.assignment import Assignment

NAME = "07-gru"


# --- the solution against PyTorch ------------------------------------------------------------

SHAPES = [(3, 7, 4, 5), (1, 6, 2, 3), (5, 1, 3, 2), (4, 60, 7, 9)]
LECTURES = ("dx_t", "dh_prev", "dW_x", "dW_h", "db")
PYTORCH = ("dx_t", "dh_prev", "dW_x", "dW_h", "db_x", "db_h")


def random_weights(rng: np.random.Generator, D: int, H: int) -> list[np.ndarray]:
    """W_x, W_h, b_x, b_h of a GRU."""
    shapes = ((3 * H, D), (3 * H, H), (3 * H,), (3 * H,))
    return [rng.uniform(-1, 1, shape) / np.sqrt(H) for shape in shapes]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_the_padded_batch_agrees_with_torch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int, seed: int
) -> None:
    """PyTorch's convention on a batch of unequal lengths, to 1e-8 in float64."""
    rng = np.random.default_rng(seed)
    weights = random_weights(rng, D, H)
    x, h_0 = rng.normal(size=(N, T, D)), rng.normal(size=(N, H))
    lengths = rng.integers(1, T + 1, size=N)
    gru = filled(torch.nn.GRU(D, H, batch_first=True, dtype=torch.float64), weights)
    packed = pack_padded_sequence(
        torch.from_numpy(x), torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    with torch.no_grad():
        packed_h, h_n = gru(packed, torch.from_numpy(h_0)[None])
    theirs, _ = pad_packed_sequence(packed_h, batch_first=True, total_length=T)
    h = solution["torch_gru_forward"](x, h_0, *weights, lengths)
    inside = (np.arange(T) < lengths[:, None])[..., None]
    assert np.abs(h * inside - theirs.numpy()).max() < 1e-8
    assert np.abs(h[:, -1] - h_n[0].numpy()).max() < 1e-8


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_the_step_of_pytorch_agrees_with_torch(
    solution: dict[str, Any], N: int, T: int, D: int, H: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = random_weights(rng, D, H)
    x_t, h_prev, dh_t = (rng.normal(size=shape) for shape in ((N, D), (N, H), (N, H)))
    cell = filled(torch.nn.GRUCell(D, H, dtype=torch.float64), weights)
    leaves = [torch.from_numpy(array).requires_grad_() for array in (x_t, h_prev)]
    after = cell(*leaves)
    theirs = torch.autograd.grad(after, [*leaves, *cell.parameters()], torch.from_numpy(dh_t))
    h_t, gates = solution["torch_gru_step_forward"](x_t, h_prev, *weights)
    assert np.abs(h_t - after.detach().numpy()).max() < 1e-8
    W_x, W_h, _, b_h = weights
    mine = solution["torch_gru_step_backward"](dh_t, x_t, h_prev, gates, W_x, W_h, b_h)
    for name, one, other in zip(PYTORCH, mine, theirs, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8, name


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("N", "T", "D", "H"), SHAPES)
def test_the_step_of_the_lectures_agrees_with_autograd(
    solution: dict[str, Any], N: int, T: int, D: int, H: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=(N, D)), rng.normal(size=(N, H)), *random_weights(rng, D, H)[:3]]
    dh_t = rng.normal(size=(N, H))
    leaves = [torch.from_numpy(array).requires_grad_() for array in arrays]
    x_t, h_prev, W_x, W_h, b = leaves
    x_r, x_z, x_g = torch.nn.functional.linear(x_t, W_x, b).chunk(3, dim=1)
    W_r, W_z, W_g = W_h.chunk(3)
    r, z = torch.sigmoid(x_r + h_prev @ W_r.T), torch.sigmoid(x_z + h_prev @ W_z.T)
    after = torch.lerp(h_prev, torch.tanh(x_g + (r * h_prev) @ W_g.T), z)
    theirs = torch.autograd.grad(after, leaves, torch.from_numpy(dh_t))
    h_t, gates = solution["gru_step_forward"](*arrays)
    assert np.abs(h_t - after.detach().numpy()).max() < 1e-8
    mine = solution["gru_step_backward"](dh_t, *arrays[:2], gates, *arrays[2:4])
    for name, one, other in zip(LECTURES, mine, theirs, strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-8, name


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("kind", ["gru_step", "torch_gru_step"])
def test_gradients_agree_with_central_differences(
    solution: dict[str, Any], kind: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    N, D, H = 3, 4, 2
    weights = random_weights(rng, D, H)[: 3 if kind == "gru_step" else 4]
    inputs = [rng.normal(size=(N, D)), rng.normal(size=(N, H)), *weights]
    dh_t, forward = rng.normal(size=(N, H)), solution[f"{kind}_forward"]
    _, gates = forward(*inputs)
    biases = inputs[5:]  # of PyTorch's two, the one of the state
    mine = solution[f"{kind}_backward"](dh_t, *inputs[:2], gates, *inputs[2:4], *biases)

    def loss(*arrays: np.ndarray) -> float:
        return float((forward(*arrays)[0] * dh_t).sum())

    names = PYTORCH if biases else LECTURES
    for name, one, other in zip(names, mine, central_differences(loss, inputs), strict=True):
        assert one == pytest.approx(other, abs=1e-8), name


def test_weights_are_counted_as_torch_does(solution: dict[str, Any]) -> None:
    for kind, (D, H) in product(("RNN", "GRU", "LSTM"), ((3, 4), (64, 128), (1, 1))):
        net = getattr(torch.nn, kind)(D, H)
        count = sum(parameter.numel() for parameter in net.parameters())
        assert solution["count_weights"](kind, D, H, biases=2) == count


# --- the LSTM that counts --------------------------------------------------------------------


def texts_up_to(length: int) -> list[str]:
    return ["".join(letters) for n in range(length + 1) for letters in product("ab", repeat=n)]


def is_word(text: str) -> bool:
    return bool(text) and text == "a" * (len(text) // 2) + "b" * (len(text) // 2)


def test_the_counter_accepts_the_words_and_nothing_else(solution: dict[str, Any]) -> None:
    weights = solution["counter_weights"](40.0)
    for text in texts_up_to(9):
        assert solution["accepts"](text, *weights) == is_word(text), text
    for k in (20, 150):
        word = "a" * k + "b" * k
        assert solution["accepts"](word, *weights)
        for text in (word + "b", "a" + word, word + word, word[::-1], word + "ab"):
            assert not solution["accepts"](text, *weights)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_in_torch_the_counter_is_exact_for_every_k_up_to_1000(
    solution: dict[str, Any], dtype: torch.dtype
) -> None:
    """All k at once: after 1000 a's states are kept, then b's follow; cells are whole numbers."""
    top = 1000
    W_x, W_h, b = solution["counter_weights"](40.0)
    lstm = torch.nn.LSTM(2, 3, batch_first=True, dtype=torch.float64)
    lstm = filled(lstm, [W_x, W_h, b, np.zeros(12)]).to(dtype)
    a, letter_b = torch.eye(2, dtype=dtype)
    with torch.no_grad():
        state, h, c = None, [], []
        for _ in range(top):
            _, state = lstm(a[None, None], state)
            h.append(state[0][0, 0])
            c.append(state[1][0, 0])
        assert torch.equal(torch.stack(c)[:, 0], torch.arange(1, top + 1).to(dtype))
        state = torch.stack(h)[None], torch.stack(c)[None]
        k = torch.arange(1, top + 1)
        for read in range(1, top + 3):
            _, state = lstm(letter_b.expand(top, 1, 2), state)
            count, seen, wrong = state[0][0].T
            word = (count.abs() < 0.5) & (seen > 0.5) & (wrong.abs() < 0.5)
            assert torch.equal(word, k == read), read  # k b's and no other number of them
        assert torch.equal(state[1][0, :, 0], (k - top - 2).to(dtype))
        # One more letter a after the b's, and it is no word whatever the count.
        _, (h_n, _) = lstm(a.expand(top, 1, 2), state)
        assert (h_n[0, :, 2] > 0.5).all()


def test_answers_of_the_tested_lstm_are_not_close_calls(solution: dict[str, Any]) -> None:
    """So that another rounding, or single precision, gives the same answers."""
    fixed = solution["fixed_array"]
    W_x, W_h = fixed(12, 2, start=33104, scale=6.0), fixed(12, 3, start=33204, scale=6.0)
    b = fixed(12, start=33304, scale=6.0)
    for shift in (0, 3):
        weights = [np.roll(array, shift, axis=0) for array in (W_x, W_h, b)]
        lstm = torch.nn.LSTM(2, 3, batch_first=True, dtype=torch.float64)
        lstm = filled(lstm, [*weights, np.zeros(12)])
        answers = []
        for text in texts_up_to(5)[1:]:
            x = torch.tensor([[letter == "a", letter == "b"] for letter in text]).double()
            with torch.no_grad():
                h = lstm(x[None])[0][0, -1]
            tested = torch.stack([h[0].abs(), h[1], h[2].abs()])
            assert (tested - 0.5).abs().min() > 1e-3, text
            answers.append(bool(h[0].abs() < 0.5 and h[1] > 0.5 and h[2].abs() < 0.5))
            assert solution["accepts"](text, *weights) == answers[-1]
        assert 3 <= sum(answers) <= len(answers) - 3


@pytest.mark.parametrize("z", [0.3, 0.1, 0.03])
def test_the_gru_unit_of_the_experiment_fades_as_the_model_answer_says(
    solution: dict[str, Any], z: float
) -> None:
    bias = np.array([0.0, np.log(z / (1 - z)), 0.0])
    W_x = np.array([[0.0, 0], [0, 0], [20, -20]])
    weights = W_x, np.zeros((3, 1)), bias
    a, b = np.eye(2)[:, None]
    states = [np.zeros((1, 1))]
    for _ in range(150):
        states.append(solution["gru_step_forward"](a, states[-1], *weights)[0])
    k = np.arange(150)
    assert np.abs(np.diff(np.ravel(states)) - z * (1 - z) ** k).max() < 1e-12
    h, back = states[-1], 0
    while h > 0:
        h, back = solution["gru_step_forward"](b, h, *weights)[0], back + 1
    assert back <= np.ceil(np.log(2) / -np.log(1 - z))
    small = [array.astype(np.float32) for array in (a, states[0], *weights)]
    h, alike = small[1], 0
    while True:
        new, _ = solution["gru_step_forward"](small[0], h, *small[2:])
        if new == h:
            break
        h, alike = new, alike + 1
    assert alike == pytest.approx(np.log(6e-8 / z) / np.log(1 - z), rel=0.1)


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero."""
    calls = visible_calls(assignment)
    sizes, weights = [], []
    for name, first in (("gru_step_forward", 0), ("torch_gru_step_forward", 0)):
        x_t, h_prev, *rest = calls[name][first]
        sizes.append((*x_t.shape, h_prev.shape[1]))
        weights += rest
    for name in ("gru_step_backward", "torch_gru_step_backward"):
        for dh_t, x_t, _, gates, *rest in calls[name]:
            sizes.append((*x_t.shape, dh_t.shape[1]))
            assert gates.shape[1] == 3 * dh_t.shape[1]
            weights += rest
    x, h_0, *rest, _ = calls["torch_gru_forward"][0]
    sizes.append((*x.shape, h_0.shape[1]))
    lengths = calls["torch_gru_forward"][1][-1]
    assert len(set(lengths)) == len(lengths)
    assert not repeated(sizes)
    assert not indistinct(weights + rest, smallest=1e-3)
    for array in weights + rest:
        blocks = np.split(array, 3)
        assert all(np.abs(a - b).max() > 0.05 for a, b in combinations(blocks, 2))
