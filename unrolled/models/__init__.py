"""Small networks and recorded runs that ship with the package, as plain NumPy arrays."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data import Vocabulary

__all__ = [
    "LSTMRun",
    "NameModel",
    "NumberModel",
    "load_lstm_run",
    "load_name_model",
    "load_number_model",
]


class NameModel(NamedTuple):
    """A character model of names: a vanilla RNN with tanh and a softmax over the next letter.

    Attributes:
        params: the weights in float32: ``E`` (V, D), ``W_x`` (H, D), ``W_h`` (H, H), ``b`` (H,),
            ``W_y`` (V, H), ``b_y`` (V,).
        letters: the vocabulary: the point, which stands before and after every name, and a to z.
    """

    params: dict[str, NDArray[Any]]
    letters: Vocabulary


def load_name_model() -> NameModel:
    """Load the character model of Italian family names.

    Each call returns new arrays, so that changing them harms nobody else.

    Source: trained by ``experiments/name_model.py`` on `unrolled.data.names`.
    """
    arrays = _copies("names.npz")
    letters = Vocabulary(str(arrays.pop("letters")))
    return NameModel(arrays, letters)


class LSTMRun(NamedTuple):
    """One forward pass of an LSTM over a batch: what went in and what came out, in float64.

    Attributes:
        x: inputs, (N, T, D).
        lengths: the true length of each sequence, (N,).
        h_0: hidden states before the first step, (N, H).
        c_0: cell states before the first step, (N, H).
        W_x: input weights, (4H, D), rows in the order i, f, g, o.
        W_h: recurrent weights, (4H, H).
        b: bias, (4H,).
        h: hidden states, (N, T, H); beyond a sequence's length its last state is repeated.
        c: cell states, (N, T, H), in the same way.
        gates: i, f, g and o after sigmoid or tanh, (N, T, 4H).
    """

    x: NDArray[Any]
    lengths: NDArray[Any]
    h_0: NDArray[Any]
    c_0: NDArray[Any]
    W_x: NDArray[Any]
    W_h: NDArray[Any]
    b: NDArray[Any]
    h: NDArray[Any]
    c: NDArray[Any]
    gates: NDArray[Any]


def load_lstm_run(name: str) -> LSTMRun:
    """Load a recorded run of an LSTM: "short", "padded" or "long".

    Each call returns new arrays.

    Raises:
        ValueError: there is no run of this name.

    Source: recorded by ``experiments/lstm_runs.py``.
    """
    arrays = _stored("lstm_runs.npz")
    names = sorted({key.split("/")[0] for key in arrays})
    if name not in names:
        raise ValueError(f"name: expected one of {', '.join(names)}, got {name!r}")
    return LSTMRun(**{part: arrays[f"{name}/{part}"].copy() for part in LSTMRun._fields})


class NumberModel(NamedTuple):
    """An encoder and a decoder that turn digits into number words: two vanilla RNNs with tanh.

    Attributes:
        encoder: the weights in float64, ``E`` (V, D), ``W_x`` (H, D), ``W_h`` (H, H), ``b`` (H,).
        bridge: ``W`` (H', H) and ``b`` (H',), from the encoder's last state to the decoder's first.
        decoder: ``E`` (V', D'), ``W_x`` (H', D'), ``W_h`` (H', H'), ``b`` (H',), ``W_y`` (V', H')
            and ``b_y`` (V',).
        words: the V' target symbols; number 0 is the start symbol, number 1 the stop symbol.
    """

    encoder: dict[str, NDArray[Any]]
    bridge: dict[str, NDArray[Any]]
    decoder: dict[str, NDArray[Any]]
    words: list[str]


def load_number_model() -> NumberModel:
    """Load the network that writes numbers of up to four digits in words.

    Each call returns new arrays.

    Source: trained by ``experiments/number_model.py`` on `unrolled.data.number_words`.
    """
    arrays = _copies("numbers.npz")
    words = arrays.pop("words").tolist()
    parts: dict[str, dict[str, NDArray[Any]]] = {"encoder": {}, "bridge": {}, "decoder": {}}
    for key, array in arrays.items():
        part, name = key.split(".")
        parts[part][name] = array.astype(np.float64)
    return NumberModel(**parts, words=words)


def _copies(file: str) -> dict[str, NDArray[Any]]:
    return {name: array.copy() for name, array in _stored(file).items()}


@cache
def _stored(file: str) -> dict[str, NDArray[Any]]:
    """The arrays of a file beside this one."""
    path = resources.files(__package__).joinpath(file)
    with path.open("rb") as opened, np.load(opened) as stored:
        return dict(stored)
