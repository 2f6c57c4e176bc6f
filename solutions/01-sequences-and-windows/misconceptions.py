"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. a padded batch -----------------------------------------------------------------------

padded_with_zeros = misconception(
    of="pad_batch",
    diagnosis="the padding is zero, whatever fill is",
    hint="Which argument of your function is not used?",
    section="batches",
    change={
        "lengths.max()": "max(lengths)",
        "np.full(shape, fill, dtype=sequences[0].dtype)": (
            "np.zeros(shape, dtype=sequences[0].dtype)"
        ),
    },
)

padded_in_front = misconception(
    of="pad_batch",
    diagnosis="the padding stands before the sequences, not behind them",
    hint="Each sequence starts at step 0. Which end of a row do you write it to?",
    section="batches",
    change={
        "shape = (len(sequences), lengths.max(), sequences[0].shape[1])": "T = max(lengths)",
        "shape, fill": "(len(sequences), T, sequences[0].shape[1]), fill",
        ": len(sequence)": "T - len(sequence) :",
    },
)


cut_to_the_shortest = misconception(
    of="pad_batch",
    diagnosis="all sequences are cut to the length of the shortest",
    hint="No step of a sequence may be lost. Which length has the array to hold?",
    section="batches",
    change={
        "lengths.max()": "lengths.min()",
        "x[n, : len(sequence)] = sequence": "x[n] = sequence[: lengths.min()]",
    },
)


as_long_as_the_first = misconception(
    of="pad_batch",
    diagnosis="the number of steps is that of the first sequence, so longer ones are cut",
    hint="The first sequence need not be the longest. Which length has the array to hold?",
    section="batches",
    change={
        "shape = (len(sequences), lengths.max(), sequences[0].shape[1])": "T = lengths[0]",
        "shape, fill": "(len(sequences), T, sequences[0].shape[1]), fill",
        "= sequence": "= sequence[:T]",
    },
)


lengths_after_padding = misconception(
    of="pad_batch",
    diagnosis="the lengths are those of the padded rows, all T",
    hint="lengths is there to tell what the array no longer shows. Do you take it before padding?",
    section="batches",
    change={"return x, lengths": "return x, np.array([len(row) for row in x])"},
)


lengths_of_the_padding = misconception(
    of="pad_batch",
    diagnosis="the lengths are those of the padding, not of the sequences",
    hint="A sequence of 3 steps in a batch of 5 steps has length 3.",
    section="batches",
    change={
        "shape = (len(sequences), lengths.max(), sequences[0].shape[1])": "T = max(lengths)",
        "shape, fill": "(len(sequences), T, sequences[0].shape[1]), fill",
        "x, lengths": "x, T - lengths",
    },
)

length_as_last_index = misconception(
    of="pad_batch",
    diagnosis="each length is the index of the last step, one too small",
    hint="A sequence with the steps 0, 1 and 2 has length 3.",
    section="batches",
    change={
        """
        shape = (len(sequences), lengths.max(), sequences[0].shape[1])
        x = np.full(shape, fill, dtype=sequences[0].dtype)
        """: """
        x = np.full((len(sequences), max(lengths), sequences[0].shape[1]), fill, sequences[0].dtype)
        """,
        "x, lengths": "x, lengths - 1",
    },
)


lengths_count_numbers = misconception(
    of="pad_batch",
    diagnosis="the lengths count numbers, not steps: each is D times too large",
    hint="The size of an array is the product of all its axes. Which axis is time?",
    section="batches",
    change={"return x, lengths": "return x, np.array([sequence.size for sequence in sequences])"},
)


batch_of_integers = misconception(
    of="pad_batch",
    diagnosis="the fractions are cut off: the array holds integers",
    hint="The array takes its type from what it is made of. With a whole number as fill that is "
    "a type of integers, unless you say which dtype it is to have.",
    section="batches",
    change={
        """
        shape = (len(sequences), lengths.max(), sequences[0].shape[1])
        x = np.full(shape, fill, dtype=sequences[0].dtype)
        """: "x = np.full((len(sequences), max(lengths), sequences[0].shape[1]), fill)",
    },
)

batch_in_float64 = misconception(
    of="pad_batch",
    diagnosis="float32 sequences give a float64 batch",
    hint="np.zeros, np.full and np.empty make float64 arrays of floats unless they are told a "
    "dtype. Which dtype have the sequences?",
    section="batches",
    change={
        """
        shape = (len(sequences), lengths.max(), sequences[0].shape[1])
        x = np.full(shape, fill, dtype=sequences[0].dtype)
        """: """
        x = np.full((len(sequences), max(lengths), sequences[0].shape[1]), fill, dtype=float)
        """,
    },
)


last_step_repeated = misconception(
    of="pad_batch",
    diagnosis="the last step of a sequence is repeated in its padding",
    hint="A repeated step looks like data. What is fill for?",
    section="batches",
    change={
        "x[n, : len(sequence)] = sequence": """
        x[n, : len(sequence)] = sequence
        if len(sequence):
            x[n, len(sequence) :] = sequence[-1]
        """,
    },
)


filled_by_resize = misconception(
    of="pad_batch",
    diagnosis="the sequences are repeated from their start until the row is full",
    hint="Some functions of NumPy that change a shape begin again at the first number when the "
    "numbers run out. What is to stand behind the end?",
    section="batches",
    change={"x[n, : len(sequence)] = sequence": "x[n] = np.resize(sequence, x[n].shape)"},
)


batch_sorted = misconception(
    of="pad_batch",
    diagnosis="the sequences are sorted by length, so the rows are not in the order of the list",
    hint="Targets and names belong to the rows by their number. Leave the order as it is.",
    section="batches",
    change={
        "lengths = np.array([len(sequence) for sequence in sequences])": """
        sequences = sorted(sequences, key=len, reverse=True)
        lengths = np.array([len(sequence) for sequence in sequences])
        """,
    },
)


time_axis_first = misconception(
    of="pad_batch",
    diagnosis="time is the first axis and the sequences are the second",
    hint="In this course the first axis is the sequence, the second the step: (N, T, D).",
    section="batches",
    change={
        """
        shape = (len(sequences), lengths.max(), sequences[0].shape[1])
        x = np.full(shape, fill, dtype=sequences[0].dtype)
        """: """
        x = np.full((max(lengths), len(sequences), sequences[0].shape[1]), fill, sequences[0].dtype)
        """,
        "n, : len(sequence)": ": len(sequence), n",
    },
)

one_place_too_many = misconception(
    of="pad_batch",
    diagnosis="every row has one place of padding too many",
    hint="The longest sequence needs no padding at all.",
    section="batches",
    change={"lengths.max()": "max(lengths) + 1"},
)


@misconception(
    of="pad_batch",
    diagnosis="the caller's list is changed: after the call it holds padded arrays",
    hint="A list handed to a function is not copied. Keep the padded rows somewhere else.",
    section="batches",
)
def list_overwritten(sequences, fill):
    lengths = np.array([len(sequence) for sequence in sequences])
    for n, sequence in enumerate(sequences):
        padding = np.full_like(
            sequence, fill, shape=(max(lengths) - len(sequence), *sequence.shape[1:])
        )
        sequences[n] = np.concatenate([sequence, padding])
    return np.stack(sequences), lengths


results_exchanged = misconception(
    of="pad_batch",
    diagnosis="the lengths are returned first and the batch second",
    hint="Two results have an order. Read in the docstring which comes first.",
    section="batches",
    change={
        """
        shape = (len(sequences), lengths.max(), sequences[0].shape[1])
        x = np.full(shape, fill, dtype=sequences[0].dtype)
        """: """
        x = np.full((len(sequences), max(lengths), sequences[0].shape[1]), fill, sequences[0].dtype)
        """,
        "x, lengths": "lengths, x",
    },
)


# --- 2. which steps are real -----------------------------------------------------------------

mask_one_too_many = misconception(
    of="length_mask",
    diagnosis="each row has one step too many",
    hint="Steps are counted from 0. Which is the last step of a sequence of length 1?",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "np.arange(T) <= lengths[:, None]"},
)

mask_one_too_few = misconception(
    of="length_mask",
    diagnosis="each row has one step too few",
    hint="A sequence of length L has the steps 0 to L - 1. Try your condition for length 1.",
    section="batches",
    change={"lengths[:, None]": "lengths[:, None] - 1"},
)

mask_shifted_by_one = misconception(
    of="length_mask",
    diagnosis="steps are counted from 1: step 0 is marked false and one step behind the end true",
    hint="The first step of a row has the number 0, and a sequence of length 1 has no other.",
    section="batches",
    change={
        "return np.arange(T) < lengths[:, None]": """
        steps = np.arange(T)
        return (steps >= 1) & (steps <= lengths[:, None])
        """,
    },
)

mask_of_the_padding = misconception(
    of="length_mask",
    diagnosis="true and false are exchanged: the padding is marked",
    hint="True is to stand at the steps of a sequence. Some libraries mark the padding instead; "
    "read which of the two is asked for.",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "np.arange(T) >= lengths[:, None]"},
)

mask_transposed = misconception(
    of="length_mask",
    diagnosis="the axes are exchanged: the rows are steps, not sequences",
    hint="The mask is to have the shape (N, T). Which of the two arrays that you compare gets an "
    "axis of length 1, and where?",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "np.arange(T)[:, None] < lengths"},
)

mask_ends_with_longest = misconception(
    of="length_mask",
    diagnosis="the mask is as wide as the longest sequence, not T",
    hint="A batch may have padding in every row. Which argument says how wide it is?",
    section="batches",
    change={"np.arange(T)": "np.arange(max(lengths))"},
)

mask_as_wide_as_the_batch = misconception(
    of="length_mask",
    diagnosis="the mask is as wide as there are sequences",
    hint="len of the lengths is the number of sequences. Which argument says how many steps "
    "there are?",
    section="batches",
    change={"np.arange(T)": "np.arange(len(lengths))"},
)

mask_of_numbers = misconception(
    of="length_mask",
    diagnosis="the mask holds numbers, not booleans",
    hint="Used as an index, the numbers 0 and 1 pick rows 0 and 1; only booleans choose places. "
    "A comparison gives booleans by itself.",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "(np.arange(T) < lengths[:, None]).astype(int)"},
)


mask_of_floats = misconception(
    of="length_mask",
    diagnosis="the mask holds floats, not booleans",
    hint="An array of floats cannot be an index. np.zeros and np.ones make floats unless they are "
    "told a dtype.",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "(np.arange(T) < lengths[:, None]).astype(float)"},
)


mask_from_the_end = misconception(
    of="length_mask",
    diagnosis="the ends of the rows are marked, as if the padding stood in front",
    hint="A sequence starts at step 0, and its padding follows.",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "np.arange(T) >= T - lengths[:, None]"},
)

mask_of_last_steps = misconception(
    of="length_mask",
    diagnosis="only the last step of each sequence is marked",
    hint="All steps of a sequence are real, not only the last. Is your comparison one of equality?",
    section="batches",
    change={"np.arange(T) < lengths[:, None]": "np.arange(T) == lengths[:, None] - 1"},
)


# --- 3. a mean over the steps that count -----------------------------------------------------

mean_of_everything = misconception(
    of="masked_mean",
    diagnosis="the mask has no influence: every place counts",
    hint="Which argument of your function is not used?",
    section="masked-mean",
    change={"loss[mask].mean()": "loss.mean()"},
)

divided_by_all_places = misconception(
    of="masked_mean",
    diagnosis="the sum leaves places out, but is divided by the number of all places",
    hint="More padding should not make the loss smaller. By how many places should you divide?",
    section="masked-mean",
    change={"loss[mask].mean()": "np.where(mask, loss, 0.0).mean()"},
)

sum_for_mean = misconception(
    of="masked_mean",
    diagnosis="this is the sum over the places that count, not their mean",
    hint="Should a batch of twice the size have twice the loss?",
    section="masked-mean",
    change={"loss[mask].mean()": "loss[mask].sum()"},
)

mean_of_row_means = misconception(
    of="masked_mean",
    diagnosis="this is the mean of one mean per sequence, so steps of short sequences weigh more",
    hint="Every step that counts should have the same weight, whichever row it is in.",
    section="masked-mean",
    change={
        "return loss[mask].mean()": """
        with np.errstate(invalid="ignore"):
            return (np.where(mask, loss, 0.0).sum(axis=1) / mask.sum(axis=1)).mean()
        """,
    },
)

mask_exchanged = misconception(
    of="masked_mean",
    diagnosis="the places that do not count are averaged, instead of those that do",
    hint="The mask is true where a loss counts.",
    section="masked-mean",
    change={"loss[mask].mean()": "loss[~mask].mean() if (~mask).any() else loss.sum() * np.nan"},
)

divided_by_rows = misconception(
    of="masked_mean",
    diagnosis="the sum is divided by the number of sequences, not of steps",
    hint="len of an array is the size of its first axis. How many places does the sum run over?",
    section="masked-mean",
    change={"loss[mask].mean()": "loss[mask].sum() / len(mask)"},
)

one_mean_per_row = misconception(
    of="masked_mean",
    diagnosis="this is one mean per sequence, not one number",
    hint="The loss of a batch is one number. Over which axes do you sum?",
    section="masked-mean",
    change={"loss[mask].mean()": "np.where(mask, loss, 0.0).sum(axis=1) / mask.sum(axis=1)"},
)

nan_times_zero = misconception(
    of="masked_mean",
    diagnosis="NaN or infinity in the padding reaches the mean",
    hint="Zero times NaN is NaN, and so is zero times infinity: multiplying by the mask does not "
    "remove a place. Choose the places instead.",
    section="masked-mean",
    change={
        "return loss[mask].mean()": """
        with np.errstate(invalid="ignore"):
            return (loss * mask).sum() / mask.sum()
        """,
    },
)

losses_overwritten = misconception(
    of="masked_mean",
    diagnosis="the caller's losses are overwritten",
    hint="Assigning to places of an array changes the array that was handed in. Is an assignment "
    "needed at all?",
    section="masked-mean",
    change={
        "return loss[mask].mean()": """
        loss[~mask] = 0.0
        return loss.sum() / mask.sum()
        """,
    },
)

nan_skipped = misconception(
    of="masked_mean",
    diagnosis="a NaN at a step that counts is hidden",
    hint="A function that skips NaN skips every NaN, also that of a broken model. Which places "
    "are to be left out is what the mask says.",
    section="masked-mean",
    change={
        "return loss[mask].mean()": """
        with np.errstate(invalid="ignore"):
            return np.nanmean(np.where(mask, loss, np.nan))
        """,
    },
)

nan_to_zero = misconception(
    of="masked_mean",
    diagnosis="NaN becomes 0, in the padding and also at a step that counts",
    hint="A NaN at a step that counts must show. Which places are to be left out is what the "
    "mask says.",
    section="masked-mean",
    change={"loss[mask].mean()": "(np.nan_to_num(loss, posinf=0.0) * mask).sum() / mask.sum()"},
)

only_positive_losses = misconception(
    of="masked_mean",
    diagnosis="losses that are zero or negative do not count",
    hint="Whether a place counts is what the mask says, not the value of the loss.",
    section="masked-mean",
    change={
        "return loss[mask].mean()": """
        kept = np.where(mask, loss, 0.0)
        count = (kept > 0).sum() + np.isnan(kept).sum()
        return np.where(kept < 0, 0.0, kept).sum() / max(count, 1)
        """,
    },
)


# --- 4. windows ------------------------------------------------------------------------------


zeros_at_the_edge = misconception(
    of="context_windows",
    diagnosis="zeros stand where edge should stand",
    hint="Which argument of your function is not used?",
    section="windows",
    change={
        "N, T, D = x.shape": """
        N, T, D = x.shape
        edge = np.zeros_like(edge)
        """,
    },
)


batch_padding_read = misconception(
    of="context_windows",
    diagnosis="the padding of the batch is read: windows near the end of a short sequence show "
    "what stands behind it",
    hint="A sequence ends where inside becomes false, not where the array ends. What should a "
    "window show at the places behind it?",
    section="windows",
    change={"x = np.where(inside[..., None], x, edge)": ""},
)


zeros_in_the_padding = misconception(
    of="context_windows",
    diagnosis="zeros stand in the padding of the batch where edge should stand",
    hint="Behind the end of a sequence there is no input, whether the array ends there or not. "
    "Both places are to hold the same.",
    section="windows",
    change={"None], x, edge)": "None], x, 0)"},
)


@misconception(
    of="context_windows",
    diagnosis="the windows wrap round: before the first step they show the last ones",
    hint="Rolling an array brings what leaves at one end back at the other. What should stand "
    "there instead?",
    section="windows",
)
def windows_wrap_round(x, inside, left, right, edge):
    x = np.where(inside[..., None], x, edge)
    return np.concatenate(
        [np.roll(x, -offset, axis=1) for offset in range(-left, right + 1)], axis=2
    )


@misconception(
    of="context_windows",
    diagnosis="places before the first step show steps from the end of the row",
    hint="A negative index is no error in Python: it counts from the end. Which places of a "
    "window lie outside the sequence, on both sides?",
    section="windows",
)
def negative_index(x, inside, left, right, edge):
    _, T, _ = x.shape
    x = np.where(inside[..., None], x, edge)
    places = []
    for offset in range(-left, right + 1):
        place = np.empty_like(x)
        for t in range(T):
            place[:, t] = x[:, t + offset] if -T <= t + offset < T else edge
        places.append(place)
    return np.concatenate(places, axis=2)


step_in_the_middle = misconception(
    of="context_windows",
    diagnosis="the step is in the middle of its window, whatever left and right are",
    hint="left and right need not be equal. Which place of the window is the step itself?",
    section="windows",
    change={
        "(N, left, D)": "(N, (left + 1 + right) // 2, D)",
        "(N, right, D)": "(N, left + 1 + right, D)",
    },
)


@misconception(
    of="context_windows",
    diagnosis="the first and the last step are repeated at the edges",
    hint="A repeated step cannot be told from data. Before the first step and behind the last one "
    "stands edge.",
    section="windows",
)
def edge_steps_repeated(x, inside, left, right, edge):
    N, T, _ = x.shape
    last = np.maximum(inside.sum(axis=1) - 1, 0)
    steps = np.arange(T)[:, None] + np.arange(-left, right + 1)
    places = np.clip(steps[None], 0, last[:, None, None])
    return x[np.arange(N)[:, None, None], places].reshape(N, T, -1)


sides_exchanged = misconception(
    of="context_windows",
    diagnosis="left and right are exchanged",
    hint="left is the number of places before the step. How many places does your window have "
    "before it?",
    section="windows",
    change={
        "N, T, D = x.shape": """
        N, T, D = x.shape
        left, right = right, left
        """,
    },
)


windows_start_at_their_step = misconception(
    of="context_windows",
    diagnosis="the windows begin at their step: all of them lie too far ahead",
    hint="Place 0 of a window lies left steps before its step. To where do you move what is "
    "missing at the start?",
    section="windows",
    change={"[before, x, after]": "[x, before, after]"},
)


windows_end_at_their_step = misconception(
    of="context_windows",
    diagnosis="the windows end at their step: nothing of what follows is seen",
    hint="Place 0 of a window lies left steps before its step, the last place right steps after "
    "it. On which sides do you add places?",
    section="windows",
    change={"[before, x, after]": "[before, after, x]"},
)


windows_one_step_back = misconception(
    of="context_windows",
    diagnosis="all windows lie one step too far back",
    hint="Try it on the sequence 1, 2, 3 with left = 1 and right = 0. At which place of its window "
    "should a step stand, and at which does it?",
    section="windows",
    change={"(N, left, D)": "(N, left + 1, D)"},
)


latest_place_first = misconception(
    of="context_windows",
    diagnosis="the order of the places is reversed: the latest comes first",
    hint="A window is in the order of time. Which offset does your loop begin with?",
    section="windows",
    change={"concatenate(places,": "concatenate(places[::-1],"},
)


places_innermost = misconception(
    of="context_windows",
    diagnosis="the numbers are in the wrong order: the first number of every place, then the "
    "second of every place",
    hint="A window holds the D numbers of one place, then those of the next. NumPy's sliding "
    "windows put the places on the last axis; which axis has to be last before you flatten?",
    section="windows",
    change={"np.concatenate(places, axis=2)": "np.stack(places, axis=3).reshape(N, T, -1)"},
)


windows_not_flattened = misconception(
    of="context_windows",
    diagnosis="the places of a window are kept on an axis of their own",
    hint="The network wants one long vector for each step: (N, T, K * D).",
    section="windows",
    change={"np.concatenate(places, axis=2)": "np.stack(places, axis=2)"},
)


@misconception(
    of="context_windows",
    diagnosis="windows that do not fit into the array are left out, so there are fewer than T",
    hint="Every step needs a window, the first and the last too. edge fills the places that do "
    "not exist.",
    section="windows",
)
def only_windows_that_fit(x, inside, left, right, edge):
    _, T, _ = x.shape
    x = np.where(inside[..., None], x, edge)
    count = max(T - left - right, 0)
    return np.concatenate([x[:, j : j + count] for j in range(left + 1 + right)], axis=2)


one_place_missing = misconception(
    of="context_windows",
    diagnosis="the step itself is missing from its window, or the last place is",
    hint="The width is left + 1 + right. What is the 1 for, and how often does your loop run?",
    section="windows",
    change={
        "range(left + 1 + right)": "range(left + right)",
        "concatenate(places,": "concatenate([x[:, :, :0], *places],",
    },
)


@misconception(
    of="context_windows",
    diagnosis="the sequences are put end to end, so windows reach into the neighbouring sequence",
    hint="The sequences of a batch have nothing to do with each other. Which axis do you move "
    "along, after you have joined the first two?",
    section="windows",
)
def windows_across_sequences(x, inside, left, right, edge):
    N, T, D = x.shape
    x = np.where(inside[..., None], x, edge).reshape(N * T, D)
    extended = np.concatenate([np.tile(edge, (left, 1)), x, np.tile(edge, (right, 1))])
    places = [extended[j : j + N * T] for j in range(left + 1 + right)]
    return np.concatenate(places, axis=1).reshape(N, T, -1)


padding_times_zero = misconception(
    of="context_windows",
    diagnosis="NaN in the padding reaches the windows",
    hint="Zero times NaN is NaN: multiplying by the mask does not remove what stands in the "
    "padding. Choose between two arrays instead.",
    section="windows",
    change={
        "x = np.where(inside[..., None], x, edge)": """
        real = inside[..., None]
        x = x * real + edge * (1 - real.astype(x.dtype))
        """,
    },
)


inputs_overwritten = misconception(
    of="context_windows",
    diagnosis="the caller's x is overwritten in the padding",
    hint="Assigning to places of an array changes the array that was handed in. Work on a new one.",
    section="windows",
    change={"x = np.where(inside[..., None], x, edge)": "x[~inside] = edge"},
)


windows_in_float64 = misconception(
    of="context_windows",
    diagnosis="float32 inputs give float64 windows",
    hint="np.zeros, np.full and np.empty make float64 arrays unless they are told a dtype.",
    section="windows",
    change={"np.concatenate(places, axis=2)": "np.concatenate(places, axis=2).astype(np.float64)"},
)


edge_as_one_number = misconception(
    of="context_windows",
    diagnosis="edge is used one number at a time: its first number stands for all D",
    hint="edge is a vector like an input. Every place outside the sequence holds all of it.",
    section="windows",
    change={
        "N, T, D = x.shape": """
        N, T, D = x.shape
        edge = edge[0]
        """,
    },
)


# --- 5. the window classifier ----------------------------------------------------------------

hidden_bias_forgotten = misconception(
    of="classifier_forward",
    diagnosis="the bias b of the hidden units is missing",
    hint="Count the terms inside the tanh of the equation, then count yours.",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return np.tanh(v @ W_v.T) @ W_y.T + b_y",
    },
)

output_bias_forgotten = misconception(
    of="classifier_forward",
    diagnosis="the output bias b_y is missing",
    hint="The output layer has two arrays. Are both used?",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return np.tanh(v @ W_v.T + b) @ W_y.T",
    },
)

hidden_bias_outside_tanh = misconception(
    of="classifier_forward",
    diagnosis="b is added to the hidden units, outside the tanh",
    hint="Look at which bracket the bias stands in.",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return (np.tanh(v @ W_v.T) + b) @ W_y.T + b_y",
    },
)

tanh_forgotten = misconception(
    of="classifier_forward",
    diagnosis="the tanh is missing",
    hint="Two linear maps, one after the other, are one linear map. What stands between them?",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return (v @ W_v.T + b) @ W_y.T + b_y",
    },
)


@misconception(
    of="classifier_forward",
    diagnosis="the nonlinearity is the logistic sigmoid, not tanh",
    hint="The equation asks for a function with values on both sides of zero.",
    section="window-classifier",
)
def sigmoid_for_tanh(v, W_v, b, W_y, b_y):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(v @ W_v.T + b))) @ W_y.T + b_y


relu_for_tanh = misconception(
    of="classifier_forward",
    diagnosis="the nonlinearity is max(0, ·), not tanh",
    hint="Read the equation again: which function is applied to the sum?",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return np.maximum(v @ W_v.T + b, 0) @ W_y.T + b_y",
    },
)

tanh_on_logits = misconception(
    of="classifier_forward",
    diagnosis="a tanh is applied to the logits too",
    hint="Scores may be any numbers. To which of the two layers does the tanh belong?",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return np.tanh(np.tanh(v @ W_v.T + b) @ W_y.T + b_y)",
    },
)


probabilities_for_logits = misconception(
    of="classifier_forward",
    diagnosis="these are probabilities, not logits",
    hint="The softmax belongs to the loss. Return what goes into it.",
    section="window-classifier",
    change={
        "return h @ W_y.T + b_y": """
        z = h @ W_y.T + b_y
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
        """,
    },
)


output_layer_forgotten = misconception(
    of="classifier_forward",
    diagnosis="these are the hidden units: the output layer is missing",
    hint="There are C scores at each step. Which equation turns H hidden units into them?",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return np.tanh(v @ W_v.T + b)",
    },
)

steps_in_one_column = misconception(
    of="classifier_forward",
    diagnosis="sequences and steps are on one axis",
    hint="If you join the first two axes for a product, take them apart again.",
    section="window-classifier",
    change={
        """
        h = np.tanh(v @ W_v.T + b)
        return h @ W_y.T + b_y
        """: "return np.tanh(v.reshape(-1, v.shape[-1]) @ W_v.T + b) @ W_y.T + b_y",
    },
)

tanh_by_hand = misconception(
    of="classifier_forward",
    diagnosis="a tanh written out with exponentials overflows for large sums",
    hint="tanh of 1000 is 1, but the exponential of 1000 is too large for a float. NumPy has a "
    "function that takes care of this.",
    section="window-classifier",
    change={
        "h = np.tanh(v @ W_v.T + b)": """
        a = v @ W_v.T + b
        with np.errstate(over="ignore", invalid="ignore"):
            h = (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))
        """,
    },
)


logits_in_float64 = misconception(
    of="classifier_forward",
    diagnosis="float32 inputs give float64 logits",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="window-classifier",
    change={"h @ W_y.T + b_y": "(h @ W_y.T + b_y).astype(np.float64)"},
)


# --- 6. accuracy -----------------------------------------------------------------------------

accuracy_of_everything = misconception(
    of="accuracy",
    diagnosis="the mask has no influence: every place counts",
    hint="Which argument of your function is not used?",
    section="masked-mean",
    change={
        "(logits.argmax(axis=-1) == targets)[mask].mean()": (
            "(logits.argmax(axis=-1) == targets).mean()"
        ),
    },
)

accuracy_over_all_places = misconception(
    of="accuracy",
    diagnosis="the right answers that count are divided by the number of all places",
    hint="With every answer right, the accuracy should be 1 however much padding there is.",
    section="masked-mean",
    change={
        "(logits.argmax(axis=-1) == targets)[mask].mean()": (
            "((logits.argmax(axis=-1) == targets) & mask).mean()"
        ),
    },
)

accuracy_with_padding_right = misconception(
    of="accuracy",
    diagnosis="the steps that do not count are counted as right",
    hint="A step that does not count must be in neither of the two numbers that you divide.",
    section="masked-mean",
    change={
        "(logits.argmax(axis=-1) == targets)[mask].mean()": (
            "((logits.argmax(axis=-1) == targets) | ~mask).mean()"
        ),
    },
)

accuracy_by_row = misconception(
    of="accuracy",
    diagnosis="this is the mean of one accuracy per sequence",
    hint="Every step that counts should have the same weight, whichever row it is in.",
    section="masked-mean",
    change={
        "return (logits.argmax(axis=-1) == targets)[mask].mean()": """
        right = (logits.argmax(axis=-1) == targets) & mask
        with np.errstate(invalid="ignore"):
            return (right.sum(axis=1) / mask.sum(axis=1)).mean()
        """,
    },
)

number_of_right_answers = misconception(
    of="accuracy",
    diagnosis="this is a number of right answers, not a share",
    hint="By what has a number to be divided to give a share?",
    section="masked-mean",
    change={
        "(logits.argmax(axis=-1) == targets)[mask].mean()": (
            "(logits.argmax(axis=-1) == targets)[mask].sum()"
        ),
    },
)

share_of_errors = misconception(
    of="accuracy",
    diagnosis="this is the share of wrong answers",
    hint="A network that is always right has accuracy 1.",
    section="masked-mean",
    change={"== targets": "!= targets"},
)

accuracy_in_percent = misconception(
    of="accuracy",
    diagnosis="this is a percentage, not a share",
    hint="The result is to lie between 0 and 1.",
    section="masked-mean",
    change={
        "(logits.argmax(axis=-1) == targets)[mask].mean()": (
            "100 * (logits.argmax(axis=-1) == targets)[mask].mean()"
        ),
    },
)

lowest_score = misconception(
    of="accuracy",
    diagnosis="the class with the lowest score is taken",
    hint="The answer of the network is the class with the highest score.",
    section="masked-mean",
    change={"logits.argmax(axis=-1)": "logits.argmin(axis=-1)"},
)


# --- 7. one answer for a whole sequence ------------------------------------------------------

last_place_of_the_array = misconception(
    of="last_step",
    diagnosis="this is the last place of the array, which is padding in the shorter rows",
    hint="Row n ends at its own length. Which argument of your function is not used?",
    section="window-classifier",
    change={"np.arange(len(z)), lengths - 1": ":, -1"},
)

place_behind_the_last = misconception(
    of="last_step",
    diagnosis="the place behind the last step is taken, or the last place of the array",
    hint="Steps are counted from 0. Which number has the last step of a sequence of length 1?",
    section="window-classifier",
    change={"lengths - 1": "np.minimum(lengths, z.shape[1] - 1)"},
)

first_step = misconception(
    of="last_step",
    diagnosis="the first step is taken",
    hint="The first step has seen nothing but itself and what its window shows. Which step is "
    "asked for?",
    section="window-classifier",
    change={"np.arange(len(z)), lengths - 1": ":, 0"},
)

last_step_of_the_longest = misconception(
    of="last_step",
    diagnosis="one place is taken for all rows: the last step of the longest sequence",
    hint="The sequences end at different places. How does an index choose one place in each row?",
    section="window-classifier",
    change={"np.arange(len(z)), lengths": ":, max(lengths)"},
)

every_last_step_in_every_row = misconception(
    of="last_step",
    diagnosis="in each row the last steps of all sequences are picked",
    hint="A slice over the rows together with an array of steps gives every step for every row. "
    "Each row needs an index of its own.",
    section="window-classifier",
    change={"np.arange(len(z))": ":"},
)

time_axis_kept = misconception(
    of="last_step",
    diagnosis="the time axis is still there, with one step on it",
    hint="A slice keeps its axis, even if it holds one step; a number as index removes it.",
    section="window-classifier",
    change={
        "z[np.arange(len(z)), lengths - 1]": (
            "np.array([row[length - 1 : length] for row, length in zip(z, lengths, strict=True)])"
        ),
    },
)

mean_over_steps = misconception(
    of="last_step",
    diagnosis="this is the mean over the steps of a sequence",
    hint="The mean over the steps is another way to one answer. Here the last step is asked for.",
    section="window-classifier",
    change={
        "return z[np.arange(len(z)), lengths - 1]": """
        steps = np.arange(z.shape[1])[:, None] < lengths[:, None, None]
        return (z * steps).sum(axis=1) / lengths[:, None]
        """,
    },
)

one_step_too_early = misconception(
    of="last_step",
    diagnosis="the last step is one too early",
    hint="A sequence of length L ends at step L - 1. Is 1 subtracted twice?",
    section="window-classifier",
    change={"lengths - 1": "lengths - 2"},
)


# --- 8. how many weights ---------------------------------------------------------------------

biases_not_counted = misconception(
    of="count_weights",
    diagnosis="the biases are not counted",
    hint="Each layer has a matrix and a vector. Are all four counted?",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return H * (left + 1 + right) * D + C * H",
    },
)

width_without_the_step = misconception(
    of="count_weights",
    diagnosis="the step itself is not counted in the width",
    hint="A window without context still has one place.",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return H * (left + right) * D + H + C * H + C",
    },
)

places_as_single_numbers = misconception(
    of="count_weights",
    diagnosis="each place is counted as one number, not as D numbers",
    hint="How many numbers does a window hold if each of its places is a vector?",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return H * (left + 1 + right) + H + C * H + C",
    },
)

width_left_out = misconception(
    of="count_weights",
    diagnosis="the weights do not depend on the width of the window",
    hint="The weights for one place do not serve for another. How long is a row of W_v?",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return H * D + H + C * H + C",
    },
)

bias_for_every_place = misconception(
    of="count_weights",
    diagnosis="the bias of the hidden units is counted once for each place",
    hint="The sum over all places gets one bias: b has the shape (H,).",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return (left + 1 + right) * (H * D + H) + C * H + C",
    },
)

output_for_every_place = misconception(
    of="count_weights",
    diagnosis="the output layer is counted once for each place",
    hint="However wide the window, each step has one output, computed from H hidden units.",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return (left + 1 + right) * (H * D + C * H) + H + C",
    },
)

output_layer_not_counted = misconception(
    of="count_weights",
    diagnosis="the output layer is not counted",
    hint="The classifier has two layers. Which arrays belong to the second?",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return H * (left + 1 + right) * D + H",
    },
)

everything_for_every_place = misconception(
    of="count_weights",
    diagnosis="all arrays are counted once for each place",
    hint="Only one of the four arrays becomes larger when the window becomes wider. Which?",
    section="window-classifier",
    change={
        """
        width = left + 1 + right
        return H * width * D + H + C * H + C
        """: "return (left + 1 + right) * (H * D + H + C * H + C)",
    },
)
