"""Assignment 12: its solution against PyTorch and central differences, and its inputs."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from support.assignments import (
    COURSE,
    central_differences,
    filled,
    indistinct,
    repeated,
    visible_calls,
)
from torch.nn.utils.rnn import pack_padded_sequence

from autograder.authoring.assignment import Assignment
from unrolled.data import number_words
from unrolled.models import load_number_model

NAME = "12-sequence-to-sequence"
ENCODER, DECODER = ("E", "W_x", "W_h", "b"), ("E", "W_x", "W_h", "b", "W_y", "b_y")


# --- the solution against PyTorch ------------------------------------------------------------


def random_network(rng: np.random.Generator, V: int, D: int, H: int) -> list[np.ndarray]:
    """E, W_x, W_h, b, W_y, b_y."""
    shapes = ((V, D), (H, D), (H, H), (H,), (V, H), (V,))
    return [rng.uniform(-1, 1, shape) for shape in shapes]


def torch_rnn(E: np.ndarray, W_x: np.ndarray, W_h: np.ndarray, b: np.ndarray) -> torch.nn.RNN:
    rnn = torch.nn.RNN(E.shape[1], len(b), batch_first=True, dtype=torch.float64)
    return filled(rnn, [W_x, W_h, b, 0 * b])


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("source", "target", "sizes"),
    [
        ((7, 2, 5), (9, 3, 4), [(6, 2), (1, 7), (4, 4), (3, 0)]),
        ((5, 3, 2), (4, 6, 8), [(3, 5)]),
        ((6, 4, 3), (7, 2, 5), [(40, 30), (33, 1)]),
    ],
)
def test_forward_and_backward_agree_with_torch(
    solution: dict[str, Any], source: Any, target: Any, sizes: Any, seed: int
) -> None:
    """An encoder, bridge and decoder of torch.nn and CrossEntropyLoss, to 1e-8 in float64."""
    rng = np.random.default_rng(seed)
    (V, _, H), (V_out, _, H_out) = source, target
    reader, writer = random_network(rng, *source)[:4], random_network(rng, *target)
    W_c, b_c = rng.uniform(-1, 1, (H_out, H)), rng.uniform(-1, 1, H_out)
    source_lengths = np.array([length for length, _ in sizes])
    ids = rng.integers(0, V, (len(sizes), source_lengths.max()))
    sentences = [rng.integers(2, V_out, length).tolist() for _, length in sizes]
    inputs, targets, lengths = solution["shift_targets"](sentences, 0, 1)

    h_last = solution["encode"](ids, source_lengths, *reader)
    h_0 = solution["bridge_forward"](h_last, W_c, b_c)
    logits, h = solution["decode_forced"](inputs, h_0, *writer)
    loss, dlogits = solution["masked_loss"](logits, targets, lengths)
    dh_0, da, dW_h = solution["decoder_backward"](dlogits, h_0, h, writer[2], writer[4])
    dh_last, dW_c, db_c = solution["bridge_backward"](dh_0, h_last, h_0, W_c)

    packed = pack_padded_sequence(
        torch.from_numpy(reader[0][ids]),
        torch.from_numpy(source_lengths),
        batch_first=True,
        enforce_sorted=False,
    )
    their_last = torch_rnn(*reader)(packed)[1][0].detach().requires_grad_()
    bridge = [torch.from_numpy(array).requires_grad_() for array in (W_c, b_c)]
    their_first = torch.tanh(torch.nn.functional.linear(their_last, *bridge))
    decoder = torch_rnn(*writer[:4])
    their_h, _ = decoder(torch.from_numpy(writer[0][inputs]), their_first[None])
    output = [torch.from_numpy(array) for array in writer[4:]]
    their_logits = torch.nn.functional.linear(their_h, *output)
    inside = np.arange(targets.shape[1]) < lengths[:, None]
    marked = torch.from_numpy(np.where(inside, targets, -100))
    their_loss = torch.nn.CrossEntropyLoss(ignore_index=-100)(
        their_logits.flatten(0, 1), marked.flatten()
    )
    wanted = [their_logits, their_first, decoder.weight_hh_l0, decoder.bias_ih_l0]
    theirs = torch.autograd.grad(their_loss, [*wanted, their_last, *bridge])
    pairs = [(h_last, their_last), (h_0, their_first), (logits, their_logits), (loss, their_loss)]
    mine = (dlogits, dh_0, dW_h, da.sum(axis=(0, 1)), dh_last, dW_c, db_c)
    for one, other in [*pairs, *zip(mine, theirs, strict=True)]:
        assert np.abs(one - other.detach().numpy()).max() < 1e-8
    step = solution["decode_step"](inputs[:, 0], h_0, *writer)
    assert np.abs(step[0] - logits[:, 0]).max() < 1e-12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradients_agree_with_central_differences(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    writer = random_network(rng, 6, 3, 4)
    h_last, W_c, b_c = (rng.uniform(-1, 1, shape) for shape in ((3, 5), (4, 5), (4,)))
    inputs, targets, lengths = solution["shift_targets"]([[3, 5, 2], [], [4]], 0, 1)

    def forward(h_last: Any, W_c: Any, b_c: Any, W_h: Any) -> Any:
        h_0 = solution["bridge_forward"](h_last, W_c, b_c)
        network = [*writer[:2], W_h, *writer[3:]]
        logits, h = solution["decode_forced"](inputs, h_0, *network)
        return h_0, h, *solution["masked_loss"](logits, targets, lengths)

    places = [h_last, W_c, b_c, writer[2]]
    h_0, h, _, dlogits = forward(*places)
    dh_0, _, dW_h = solution["decoder_backward"](dlogits, h_0, h, writer[2], writer[4])
    gradients = [*solution["bridge_backward"](dh_0, h_last, h_0, W_c), dW_h]
    theirs = central_differences(lambda *arrays: forward(*arrays)[2], places)
    for one, other in zip(gradients, theirs, strict=True):
        assert one == pytest.approx(other, abs=1e-8)


# --- decoding --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_writing_is_the_same_alone_and_in_a_batch(solution: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    decoder = [load_number_model().decoder[name] for name in DECODER]
    h_0 = rng.uniform(-1, 1, (20, 52))
    ids, lengths = solution["greedy_decode"](h_0, *decoder, 0, 1, 15)
    assert len(set(lengths.tolist())) > 3
    for n in range(20):
        alone = solution["greedy_decode"](h_0[n : n + 1], *decoder, 0, 1, 15)
        assert np.array_equal(alone[0][0], ids[n])
        assert alone[1][0] == lengths[n]
        ended = ids[n, : lengths[n]]
        assert (ended[:-1] != 1).all()
        assert (ids[n, lengths[n] :] == 1).all()
        assert ended[-1] == 1 or lengths[n] == 15


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fed_what_it_wrote_a_forced_decoder_writes_the_same(
    solution: dict[str, Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    decoder = [load_number_model().decoder[name] for name in DECODER]
    h_0 = rng.uniform(-1, 1, (9, 52))
    ids, lengths = solution["greedy_decode"](h_0, *decoder, 0, 1, 12)
    inputs = np.concatenate([np.zeros((9, 1), int), ids[:, :-1]], axis=1)
    logits, _ = solution["decode_forced"](inputs, h_0, *decoder)
    inside = np.arange(12) < lengths[:, None]
    assert (logits.argmax(axis=2) == ids)[inside].all()


def test_no_choice_of_the_checks_is_a_near_tie(solution: dict[str, Any]) -> None:
    """So that symbols do not depend on the machine's rounding."""
    words = [load_number_model().decoder[name] for name in DECODER]
    small = [*solution["make_weights"](7, 4, 5), *solution["make_output"](7, 5)]
    fixed_array = solution["fixed_array"]
    starts = [(words, 52, 5, 5000, 0.9, 0, 9), (words, 52, 4, 5400, 0.9, 0, 30)]
    for network, H, N, start, scale, first, longest in [*starts, (small, 5, 3, 5700, 1.0, 6, 8)]:
        h_t, symbols = fixed_array(N, H, start=start, scale=scale), np.full(N, first)
        for _ in range(longest):
            logits, h_t = solution["decode_step"](symbols, h_t, *network)
            ordered = np.sort(logits, axis=1)
            assert (ordered[:, -1] - ordered[:, -2]).min() > 1e-4
            symbols = logits.argmax(axis=1)


# --- the network that writes numbers ---------------------------------------------------------


def test_number_words() -> None:
    assert number_words(0) == ["zero"]
    assert number_words(17) == ["seventeen"]
    assert number_words(42) == ["forty", "two"]
    assert " ".join(number_words(300_012)) == "three hundred thousand twelve"
    assert len({tuple(number_words(n)) for n in range(0, 1_000_000, 37)}) == 27_028
    for wrong in (-1, 1_000_000):
        with pytest.raises(ValueError, match="number: expected 0 to 999,999"):
            number_words(wrong)


def test_the_network_is_as_described(solution: dict[str, Any]) -> None:
    model = load_number_model()
    stored = json.loads((COURSE.root / "experiments" / "number_model.json").read_text())
    sizes = stored["settings"]["sizes"]
    assert model.encoder["E"].shape == (sizes["V"], sizes["D"])
    assert model.bridge["W"].shape == (sizes["H'"], sizes["H"])
    assert model.decoder["W_y"].shape == (sizes["V'"], sizes["H'"])
    assert len(model.words) == sizes["V'"]
    assert model.words[:2] == ["<start>", "<stop>"]
    model.encoder["E"][:] = 0
    assert load_number_model().encoder["E"].any()


@pytest.fixture(scope="module", params=[0, 1, 2])
def measured(request: Any, solution: dict[str, Any]) -> dict[int, tuple[Any, ...]]:
    """By digits: targets, what was written, what was forced, which steps count."""
    rng, model, found = np.random.default_rng(request.param), load_number_model(), {}
    for digits in (2, 4, 5):
        numbers = rng.integers(10 ** (digits - 1), 10**digits, 300).tolist()
        source = np.array([[int(digit) for digit in str(number)] for number in numbers])
        right = [[model.words.index(word) for word in number_words(number)] for number in numbers]
        inputs, targets, lengths = solution["shift_targets"](right, 0, 1)
        reader = [model.encoder[name] for name in ENCODER]
        writer = [model.decoder[name] for name in DECODER]
        h_last = solution["encode"](source, np.full(300, digits), *reader)
        h_0 = solution["bridge_forward"](h_last, model.bridge["W"], model.bridge["b"])
        logits, _ = solution["decode_forced"](inputs, h_0, *writer)
        written, _ = solution["greedy_decode"](h_0, *writer, 0, 1, targets.shape[1])
        inside = np.arange(targets.shape[1]) < lengths[:, None]
        found[digits] = targets, written, logits.argmax(axis=2), inside
    return found


def test_what_the_model_answer_says(measured: dict[int, tuple[Any, ...]]) -> None:
    """Up to the first mistake both feedings agree, after it free running has fewer right."""
    for targets, written, forced, inside in measured.values():
        right = (written == targets) | ~inside
        assert np.array_equal(right.all(axis=1), ((forced == targets) | ~inside).all(axis=1))
        before = np.cumsum(~right, axis=1) - ~right == 0  # no mistake before this step
        assert np.array_equal(written[before & inside], forced[before & inside])
    targets, written, forced, inside = measured[4]
    p = (forced == targets)[inside].mean()
    ended = np.cumsum(written == 1, axis=1) - (written == 1) > 0  # stopped before this step
    free = ((written == targets) & ~ended)[inside].mean()
    whole = ((written == targets) | ~inside).all(axis=1).mean()
    assert 0.01 < p - free < 0.15
    assert abs(whole - p ** inside.sum(axis=1).mean()) < 0.1
    targets, written, forced, inside = measured[5]
    assert (forced == targets)[inside].mean() < 0.4
    assert not ((written == targets) | ~inside).all(axis=1).any()


# --- the inputs of the checks ----------------------------------------------------------------


def test_inputs_hide_no_mistake(assignment: Assignment) -> None:
    """All sizes differ, so that a transposed array fails; no weight is zero or symmetric."""
    calls = visible_calls(assignment)
    ids, _, E, W_x, W_h, b = calls["encode"][0]
    sizes = [(*ids.shape, *E.shape, len(b))]
    ids, h_prev, E, *_ = calls["decode_step"][0]
    sizes.append((len(ids), *E.shape, h_prev.shape[1]))
    inputs, h_0, E, *others = calls["decode_forced"][0]
    sizes.append((*inputs.shape, *E.shape, h_0.shape[1]))
    h_last, W_c, _ = calls["bridge_forward"][0]
    sizes.append((len(h_last), *W_c.shape))
    sizes += [call[0].shape for call in calls["masked_loss"]]
    for dlogits, h_0, *_ in calls["decoder_backward"]:
        sizes.append((*dlogits.shape, h_0.shape[1]))
    assert not repeated(entry for entry in sizes if 1 not in entry)
    assert not indistinct((W_x, W_h, b, W_c, *others), smallest=1e-3)
    assert not indistinct([W_h], smallest=1e-3, asymmetry=0.1)
    lengths = calls["encode"][-1][1]
    assert len(set(lengths)) == len(lengths)
