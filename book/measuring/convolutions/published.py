"""Kim's accuracies, from the table of the page."""

from __future__ import annotations

from typing import Any

import numpy as np

SETS = ("MR", "SST-1", "SST-2", "Subj", "TREC", "CR", "MPQA")
KIM = {
    "random": [76.1, 45.0, 82.7, 89.6, 91.2, 79.8, 83.4],
    "static": [81.0, 45.5, 86.8, 93.0, 92.8, 84.7, 89.6],
    "non-static": [81.5, 48.0, 87.2, 93.4, 93.6, 84.3, 89.5],
    "multichannel": [81.1, 47.4, 88.1, 93.2, 92.2, 85.0, 89.4],
}


def kim_gains() -> dict[str, Any]:
    """Return what word vectors from elsewhere add to random ones, by variant and data set."""
    return {
        name: np.array(values) - KIM["random"] for name, values in KIM.items() if name != "random"
    }


def numbers_of_kim() -> dict[str, float]:
    """Return what the text says of Kim's variants."""
    gains = np.array(list(kim_gains().values()))
    static, tuned, multi = gains.mean(axis=1)
    assert (gains > 0).all()
    assert static > 2 * abs(tuned - static)
    return {
        "kim_gain_low": gains.min(),
        "kim_gain_high": gains.max(),
        "kim_static_mean": static,
        "kim_tuned_mean": tuned,
        "kim_multi_mean": multi,
    }
