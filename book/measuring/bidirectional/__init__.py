"""What the chapter on bidirectional RNNs measures."""

from .cheating import (
    generate,
    influence_maps,
    manual_texts,
    numbers_of_cheating,
    stored_models,
    train_language_models,
)
from .checks import (
    agreement,
    check_central,
    check_equations,
    compare_with_pytorch,
    equations,
)
from .cues import (
    compare_bits,
    count_weights,
    cue_runs,
    draw_two_cues,
    numbers_of_cues,
    numbers_of_two_cues,
    right_by_distance,
    train_on_two_cues,
    two_cue_runs,
)
from .exercises import numbers_of_exercises
from .readouts import numbers_of_readouts, reach_of_readouts, readout_reach
from .words import (
    error_in_windows,
    numbers_of_word_ends,
    short_word_runs,
    stored_word_ends,
    without_spaces,
    word_texts,
)

__all__ = [
    "agreement",
    "check_central",
    "check_equations",
    "compare_bits",
    "compare_with_pytorch",
    "count_weights",
    "cue_runs",
    "draw_two_cues",
    "equations",
    "error_in_windows",
    "generate",
    "influence_maps",
    "manual_texts",
    "numbers_of_cheating",
    "numbers_of_cues",
    "numbers_of_exercises",
    "numbers_of_readouts",
    "numbers_of_two_cues",
    "numbers_of_word_ends",
    "reach_of_readouts",
    "readout_reach",
    "right_by_distance",
    "short_word_runs",
    "stored_models",
    "stored_word_ends",
    "train_language_models",
    "train_on_two_cues",
    "two_cue_runs",
    "without_spaces",
    "word_texts",
]
