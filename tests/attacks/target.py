"""The paper that is attacked, and the list of attacks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAME = "01-tiny"
# Two hidden inputs that differ in nothing but these numbers: what a student sees must not differ.
SECRETS = ("7919.25", "6311.75")

SOURCE = '''\
# %% [markdown]
# # Tiny
# Two functions.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("01-tiny")
x = fixed_array(3, 4, start=1)

# %% role="solution" id="scale"
def scale(x, factor):
    """Multiply x by factor."""
    ### BEGIN SOLUTION
    return x * factor
    ### END SOLUTION

# %% role="tests" id="test-scale" of="scale" points=2
check("scale: values", scale(x, 3.0))
check.that("scale: shape kept", np.shape(scale(x, 2.0)) == x.shape)

# %% role="solution" id="total"
def total(x, factor):
    """The sum of all scaled entries."""
    ### BEGIN SOLUTION
    return scale(x, factor).sum()
    ### END SOLUTION

# %% role="tests" id="test-total" of="total" points=1
check("total: value", total(x, 3.0))
### BEGIN HIDDEN TESTS
check("total: large", total(x[:1, :3], SECRET))
check.that("total: negative", total(-abs(x), SECRET) < 0)
### END HIDDEN TESTS

# %%
print("the last cell of the paper")

# %% role="summary" id="summary"
check.summary()
'''

HONEST_SCALE = "def scale(x, factor):\n    return x * factor"
HONEST_TOTAL = "def total(x, factor):\n    return scale(x, factor).sum()"
# What the honest part of every attack earns.
EARNED = {"test-scale": 2.0, "test-total": 0.0}


@dataclass(frozen=True)
class Attack:
    """One submission.

    Attributes:
        name: what it does, in a few words.
        family: replace the judge, return a liar, and so on.
        tries: what it is after, in one sentence.
        total: the text of the cell in which `total` should be defined.
        later: the text of a cell of the student's own behind everything else; "" for none.
        folder: changes the submitted folder after the notebook has been put into it.
        earns_nothing: whether the honest part may be lost too, because the file is not readable.
    """

    name: str
    family: str
    tries: str
    total: str
    later: str = ""
    folder: Callable[[Path], None] | None = None
    earns_nothing: bool = False

    @property
    def student(self) -> str:
        """The folder under submitted/ that this attack is handed in as."""
        return "attack-" + "".join(c if c.isalnum() else "-" for c in self.name.lower())


ATTACKS: list[Attack] = []


def family(name: str) -> Callable[..., None]:
    """A function that adds attacks of one family to the list."""

    def add(
        title: str,
        tries: str,
        total: str = "",
        later: str = "",
        folder: Callable[[Path], None] | None = None,
        earns_nothing: bool = False,
    ) -> None:
        attack = Attack(
            title, name, tries, total.strip("\n"), later.strip("\n"), folder, earns_nothing
        )
        assert attack.student not in {other.student for other in ATTACKS}, title
        ATTACKS.append(attack)

    return add
