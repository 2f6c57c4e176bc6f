"""What the chapter “The vanilla RNN” measures."""

from .checks import compare_losses, compare_with_pytorch, keep_checks
from .exercises import keep_exercises
from .names import TEMPERATURES, judge_names, keep_names, pairs
from .ngrams import best_ngram, ngram_perplexity, print_ngrams
from .reading import (
    keep_baselines,
    keep_context,
    keep_learning,
    longer_perplexities,
    print_perplexities,
    stored_by_place,
    stored_model,
)
from .speed import LENGTHS, keep_speed, time_passes
from .state import facts, follow_facts, keep_state

__all__ = [
    "LENGTHS",
    "TEMPERATURES",
    "best_ngram",
    "compare_losses",
    "compare_with_pytorch",
    "facts",
    "follow_facts",
    "judge_names",
    "keep_baselines",
    "keep_checks",
    "keep_context",
    "keep_exercises",
    "keep_learning",
    "keep_names",
    "keep_speed",
    "keep_state",
    "longer_perplexities",
    "ngram_perplexity",
    "pairs",
    "print_ngrams",
    "print_perplexities",
    "stored_by_place",
    "stored_model",
    "time_passes",
]
