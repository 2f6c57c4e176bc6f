"""Small trained networks that ship with the package, as plain NumPy arrays."""

from __future__ import annotations

from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data import Vocabulary

__all__ = ["NameModel", "load_name_model"]


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
    file = resources.files(__package__).joinpath("names.npz")
    with file.open("rb") as opened, np.load(opened) as stored:
        arrays = dict(stored)
    letters = Vocabulary(str(arrays.pop("letters")))
    return NameModel(arrays, letters)
