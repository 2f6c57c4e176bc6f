"""What the chapter “Why gradients vanish or explode” measures."""

from .agreement import Reader, agreement, error_rate, far_signal, train_reader
from .cliff import cliff, cliffs
from .exercises import keep_exercises
from .grammar import Grammar, seldom, show_sentences
from .jacobians import (
    against_bound,
    check,
    gradient_by_distance,
    idea,
    measured,
    norm,
    random_network,
    spectral_radius,
)
from .maps import basins, fold, iterated, parabola, run_pair, two_attractors
from .powers import log_norm_of_products, power_norms, powers
from .tickets import gradient_by_word, tickets

__all__ = [
    "Grammar",
    "Reader",
    "against_bound",
    "agreement",
    "basins",
    "check",
    "cliff",
    "cliffs",
    "error_rate",
    "far_signal",
    "fold",
    "gradient_by_distance",
    "gradient_by_word",
    "idea",
    "iterated",
    "keep_exercises",
    "log_norm_of_products",
    "measured",
    "norm",
    "parabola",
    "power_norms",
    "powers",
    "random_network",
    "run_pair",
    "seldom",
    "show_sentences",
    "spectral_radius",
    "tickets",
    "train_reader",
    "two_attractors",
]
