"""What the chapter “Backpropagation through time” measures."""

from .by_hand import keep_by_hand
from .checks import (
    add_over_uses,
    compare_with_autograd,
    jacobian,
    make_batch,
    make_network,
)
from .contributions import (
    by_distance,
    cosine,
    cosines,
    echo_contributions,
    echo_terms,
    keep_cosines,
    keep_distances,
    lengths_of,
)
from .differences import (
    check_errors,
    errors_by_step,
    exponential_errors,
    keep_bound,
    keep_errors,
    step_sizes,
)
from .echo import (
    CHUNKS,
    SEEDS,
    draw_echo,
    echo_losses,
    keep_shares,
    keep_traces,
    named,
    print_shares,
    print_traces,
    shares,
    start_networks,
)
from .stored import keep_text, stored_text

__all__ = [
    "CHUNKS",
    "SEEDS",
    "add_over_uses",
    "by_distance",
    "check_errors",
    "compare_with_autograd",
    "cosine",
    "cosines",
    "draw_echo",
    "echo_contributions",
    "echo_losses",
    "echo_terms",
    "errors_by_step",
    "exponential_errors",
    "jacobian",
    "keep_bound",
    "keep_by_hand",
    "keep_cosines",
    "keep_distances",
    "keep_errors",
    "keep_shares",
    "keep_text",
    "keep_traces",
    "lengths_of",
    "make_batch",
    "make_network",
    "named",
    "print_shares",
    "print_traces",
    "shares",
    "start_networks",
    "step_sizes",
    "stored_text",
]
