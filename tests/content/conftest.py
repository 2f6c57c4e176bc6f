"""What the tests of all chapters share: the code of a page, one thread, a few seeds."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

# Tests take the definitions of a page as the experiments do.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "experiments"))

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """For small matrices a second thread costs time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    """Each of a few seeds, with PyTorch's generator at it."""
    torch.manual_seed(request.param)
    return int(request.param)
