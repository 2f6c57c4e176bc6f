"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

from autograder.authoring.catalogue import misconception

# --- 1. start, stop, and a shift ------------------------------------------------------------


no_shift = misconception(
    of="shift_targets",
    diagnosis="inputs and targets are not shifted: the decoder is fed the symbol it is to write",
    hint="At the first step nothing has been written yet. What can the decoder be fed then?",
    section="start-stop",
    change={
        "inputs[n, : len(sentence) + 1] = [start, *sentence]": (
            "inputs[n, : len(sentence)] = sentence"
        ),
    },
)


no_stop = misconception(
    of="shift_targets",
    diagnosis="the targets have no stop symbol: the decoder would never learn to end",
    hint="Count the steps of a sentence of three symbols in the table above. What is the target of "
    "the last one?",
    section="start-stop",
    change={
        "len(sentence) + 1 for": "len(sentence) for",
        "lengths.max()": "max(lengths.max(), 1)",
        "inputs[n, : len(sentence) + 1] = [start, *sentence]": (
            "inputs[n, : len(sentence)] = [start, *sentence][:-1]"
        ),
    },
)


length_without_stop = misconception(
    of="shift_targets",
    diagnosis="the lengths do not count the stop symbol, which is a target too",
    hint="The mean of the loss runs over the steps that count. Should the step that writes the "
    "stop symbol be learned?",
    section="start-stop",
    change={"targets, lengths": "targets, lengths - 1"},
)

start_and_stop_swapped = misconception(
    of="shift_targets",
    diagnosis="start and stop have changed places",
    hint="Which of the two is fed in at the first step, and which is written at the last?",
    section="start-stop",
    change={
        "np.full((len(sentences), lengths.max()), stop)": (
            "np.full((len(sentences), lengths.max()), start)"
        ),
        "start, *sentence": "stop, *sentence",
    },
)

start_in_targets = misconception(
    of="shift_targets",
    diagnosis="the start symbol stands in the targets too: the decoder would have to write it",
    hint="The start symbol is given to the decoder. Does a translation begin with it?",
    section="start-stop",
    change={
        "1 for sentence": "2 for sentence",
        "targets[n, : len(sentence)] = sentence": (
            "targets[n, : len(sentence) + 1] = [start, *sentence]"
        ),
    },
)

filled_with_zero = misconception(
    of="shift_targets",
    diagnosis="the rest of a row is filled with 0 and not with the stop symbol",
    hint="Symbol 0 is a symbol like others. The docstring says what stands after the end.",
    section="start-stop",
    change={
        "np.full((len(sentences), lengths.max()), stop)": (
            "np.zeros((len(sentences), lengths.max()), dtype=int)"
        ),
        "targets[n, : len(sentence)] = sentence": (
            "targets[n, : len(sentence) + 1] = [*sentence, stop]"
        ),
    },
)

padded_before = misconception(
    of="shift_targets",
    diagnosis="the padding stands before the sentences: they are aligned at their ends",
    hint="At the first step every decoder is fed the start symbol. In which column is that?",
    section="start-stop",
    change={
        ": len(sentence) + 1": "-len(sentence) - 1 :",
        "targets[n, : len(sentence)] = sentence": (
            "targets[n, -len(sentence) - 1 :] = [*sentence, stop]"
        ),
    },
)


sentences_changed = misconception(
    of="shift_targets",
    diagnosis="the stop symbol is appended to the caller's sentences",
    hint="A list that is given to you belongs to the caller. Which operation writes into it?",
    section="start-stop",
    change={
        "lengths = np.array([len(sentence) + 1 for sentence in sentences])": """
        for sentence in sentences:
            sentence.append(stop)
        lengths = np.array([len(sentence) for sentence in sentences])
        """,
        "inputs[n, : len(sentence) + 1] = [start, *sentence]": (
            "inputs[n, : len(sentence)] = [start, *sentence[:-1]]"
        ),
    },
)


last_symbol_not_fed = misconception(
    of="shift_targets",
    diagnosis="the last symbol of a sentence is not fed in: the stop symbol has taken its place",
    hint="The step that writes the stop symbol has an input as well. Which one is it in the table?",
    section="start-stop",
    change={
        "inputs[n, : len(sentence) + 1] = [start, *sentence]": (
            "inputs[n, : max(len(sentence), 1)] = [start, *sentence[:-1]]"
        ),
    },
)


# --- 2. the encoder -------------------------------------------------------------------------

padding_read = misconception(
    of="encode",
    diagnosis="the encoder reads the padding: the states of short sources run on after their end",
    hint="Change a symbol after the end of a source. Does the result change?",
    section="encode-decode",
    change={
        """
        stepped = np.tanh(E[ids[:, t]] @ W_x.T + h_t @ W_h.T + b)
        h_t = np.where((t < lengths)[:, None], stepped, h_t)
        """: "h_t = np.tanh(E[ids[:, t]] @ W_x.T + h_t @ W_h.T + b)",
    },
)

zeroed_after_the_end = misconception(
    of="encode",
    diagnosis="after the end of a source its state is set to zero, where it should be kept",
    hint="The loop ends at the longest source. What should the state of a short one be then?",
    section="encode-decode",
    change={
        "np.where((t < lengths)[:, None], stepped, h_t)": (
            "np.where((t < lengths)[:, None], stepped, 0).astype(b.dtype)"
        ),
    },
)

one_symbol_short = misconception(
    of="encode",
    diagnosis="the state stops one step too early: the last symbol of a source is not read",
    hint="Steps count from 0 in code. Which is the last step of a source of length 2?",
    section="encode-decode",
    change={"t < lengths": "t < np.asarray(lengths) - 1"},
)

one_symbol_too_many = misconception(
    of="encode",
    diagnosis="the state stops one step too late: one symbol of the padding is read",
    hint="Steps count from 0 in code. Is step 2 inside a source of length 2?",
    section="encode-decode",
    change={"t < lengths": "t <= lengths"},
)

without_recurrence = misconception(
    of="encode",
    diagnosis="the state before is not used: only the last symbol of a source counts",
    hint="Which of the three terms inside the tanh carries what was read before?",
    section="encode-decode",
    change={"h_t @ W_h.T + b": "b"},
)

recurrent_weights_transposed = misconception(
    of="encode",
    diagnosis="the recurrent weights are used transposed",
    hint="In code a row is a state. Write the product of the formula for a row.",
    section="encode-decode",
    change={"W_h.T + b": "W_h + b"},
)

read_backwards = misconception(
    of="encode",
    diagnosis="the source is read backwards, which this function is not asked to do",
    hint="Which symbol is read at the first step?",
    section="encode-decode",
    change={"range(ids.shape[1])": "reversed(range(ids.shape[1]))"},
)


mean_of_states = misconception(
    of="encode",
    diagnosis="the result is the mean of the states of a source, where its last state is wanted",
    hint="How many states are handed to the decoder?",
    section="encode-decode",
    change={
        "h_t = np.zeros((len(ids), len(b)), b.dtype)": """
        h_t = np.zeros((len(ids), len(b)), b.dtype)
        total = 0
        """,
        "h_t = np.where((t < lengths)[:, None], stepped, h_t)": """
        h_t = np.where((t < lengths)[:, None], stepped, h_t)
        total = total + h_t * (t < lengths)[:, None]
        """,
        "return h_t": "return (total / lengths[:, None]).astype(b.dtype)",
    },
)


first_state_in_float64 = misconception(
    of="encode",
    diagnosis="the result is float64 whatever the type of the weights: the first state is float64",
    hint="Make the zeros of the first state in the type of the weights.",
    section="encode-decode",
    change={", b.dtype": ""},
)


all_end_with_the_shortest = misconception(
    of="encode",
    diagnosis="all sources end as soon as the shortest of them does",
    hint="Each row has a length of its own. Whose state should change at a step, and whose not?",
    section="encode-decode",
    change={"range(ids.shape[1])": "range(min(lengths))"},
)


encoder_without_bias = misconception(
    of="encode",
    diagnosis="the bias is missing",
    hint="Count the terms inside the tanh of the equation, then count yours.",
    section="encode-decode",
    change={"W_h.T + b": "W_h.T"},
)


# --- 3. the bridge --------------------------------------------------------------------------

bridge_without_tanh = misconception(
    of="bridge_forward",
    diagnosis="the bridge has no tanh, so the first state may leave the range of all others",
    hint="Compare the ranges of a state of the decoder and of your result.",
    section="encode-decode",
    change={"np.tanh(h_last @ W_c.T + b_c)": "h_last @ W_c.T + b_c"},
)

bridge_without_bias = misconception(
    of="bridge_forward",
    diagnosis="the bias of the bridge is missing",
    hint="Count the terms inside the tanh of the equation, then count yours.",
    section="encode-decode",
    change={"W_c.T + b_c": "W_c.T"},
)

bridge_bias_outside = misconception(
    of="bridge_forward",
    diagnosis="the bias is added outside the tanh",
    hint="What is the largest value that the formula allows?",
    section="encode-decode",
    change={"np.tanh(h_last @ W_c.T + b_c)": "np.tanh(h_last @ W_c.T) + b_c"},
)


# --- 4. one step of the decoder -------------------------------------------------------------

logits_of_old_state = misconception(
    of="decode_step",
    diagnosis="the logits are computed from the state before the step, not from the new one",
    hint="Which state has read the symbol that is fed in?",
    section="encode-decode",
    change={"return h_t": "return h_prev"},
)

probabilities_returned = misconception(
    of="decode_step",
    diagnosis="the result is probabilities: the softmax belongs to the loss",
    hint="The docstring asks for scores. Which function turns them into probabilities, and where?",
    section="encode-decode",
    change={
        "return h_t @ W_y.T + b_y, h_t": """
        logits = h_t @ W_y.T + b_y
        p = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return p / p.sum(axis=-1, keepdims=True), h_t
        """,
    },
)

output_bias_forgotten = misconception(
    of="decode_step",
    diagnosis="the bias of the output is missing",
    hint="Which argument of your function is not used?",
    section="encode-decode",
    change={"W_y.T + b_y": "W_y.T"},
)

symbol_not_used = misconception(
    of="decode_step",
    diagnosis="the symbol fed in is not used: the decoder does not know what it has written",
    hint="Which two things decide the next state?",
    section="encode-decode",
    change={"E[ids] @ W_x.T + h_prev": "h_prev"},
)

step_without_tanh = misconception(
    of="decode_step",
    diagnosis="the tanh is missing: the state is the pre-activation",
    hint="Can a state of a vanilla RNN be larger than 1?",
    section="encode-decode",
    change={"np.tanh(E[ids] @ W_x.T + h_prev @ W_h.T + b)": "E[ids] @ W_x.T + h_prev @ W_h.T + b"},
)

decoder_weights_transposed = misconception(
    of="decode_step",
    diagnosis="the recurrent weights of the decoder are used transposed",
    hint="In code a row is a state. Write the product of the formula for a row.",
    section="encode-decode",
    change={"W_h.T + b": "W_h + b"},
)


# --- 5. teacher forcing ---------------------------------------------------------------------


fed_with_its_own = misconception(
    of="decode_forced",
    diagnosis="the decoder is fed what it has written itself, not the inputs that are given",
    hint="Which array holds the symbols that are to be fed in at each step?",
    section="teacher-forcing",
    change={
        "logits, h, h_t = [], [], h_0": "logits, h, h_t, symbols = [], [], h_0, inputs[:, 0]",
        "decode_step(inputs[:, t]": "decode_step(symbols",
        "logits.append(scores)": """
        logits.append(scores)
        symbols = scores.argmax(axis=1)
        """,
    },
)


state_not_handed_on = misconception(
    of="decode_forced",
    diagnosis="every step starts from h_0: the state is not handed on",
    hint="From which state does the second step start?",
    section="teacher-forcing",
    change={"h, h_t = [], [], h_0": "h = [], []", "h_t, E, W_x": "h_0, E, W_x"},
)

source_not_handed_over = misconception(
    of="decode_forced",
    diagnosis="the decoder starts from zero: what the encoder read does not reach it",
    hint="How does the decoder learn what the source was?",
    section="encode-decode",
    change={"h_t = [], [], h_0": "h_t = [], [], np.zeros_like(h_0)"},
)

steps_first = misconception(
    of="decode_forced",
    diagnosis="the steps are stacked along the first axis, where the sequences belong",
    hint="In which order does the docstring name the axes of the results?",
    section="teacher-forcing",
    change={"np.stack(logits, axis=1), np.stack(h, axis=1)": "np.stack(logits), np.stack(h)"},
)

states_before_the_steps = misconception(
    of="decode_forced",
    diagnosis="the states are one step late: they hold the state before each step",
    hint="Which state belongs to the logits of step t, the one before the step or the one after?",
    section="teacher-forcing",
    change={
        "scores, h_t = decode_step(inputs[:, t], h_t, E, W_x, W_h, b, W_y, b_y)": """
        h.append(h_t)
        scores, h_t = decode_step(inputs[:, t], h_t, E, W_x, W_h, b, W_y, b_y)
        """,
        "h.append(h_t)": "",
    },
)


# --- 6. the loss and its gradient -----------------------------------------------------------

padding_counts = misconception(
    of="masked_loss",
    diagnosis="the padding counts: the mean runs over all steps of the array",
    hint="Change the scores after the end of a row. Does the loss change?",
    section="sequence-loss",
    change={
        "counts = np.arange(T) < lengths[:, None]": "",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: "return -log_p[rows, steps, targets].mean(), dlogits / (N * T)",
    },
)

divided_by_all_steps = misconception(
    of="masked_loss",
    diagnosis="the steps that do not count are left out of the sum, but not out of the number that "
    "it is divided by",
    hint="A mean is a sum divided by how many are in it. How many are in yours?",
    section="sequence-loss",
    change={
        "lengths[:, None]": "np.asarray(lengths)[:, None]",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: """
        loss = -(log_p[rows, steps, targets] * counts).mean()
        return loss, dlogits * counts[..., None].astype(logits.dtype) / (N * T)
        """,
    },
)


mean_of_means = misconception(
    of="masked_loss",
    diagnosis="the loss is the mean over sequences of each one's own mean: a step of a short "
    "sentence weighs more than one of a long sentence",
    hint="By how many is the loss of a step divided in the formula? Is it the same for all steps?",
    section="sequence-loss",
    change={
        "loss = -log_p[rows, steps, targets][counts].mean()": """
        share = counts / counts.sum(axis=1, keepdims=True) / N
        loss = -(log_p[rows, steps, targets] * share).sum()
        """,
        "dlogits *= counts[..., None]": "dlogits *= share[..., None]",
        "dlogits /= counts.sum()": "",
    },
)


sum_not_mean = misconception(
    of="masked_loss",
    diagnosis="the loss is a sum, not a mean, and its gradient too",
    hint="Would the size of a step of training depend on the size of the batch?",
    section="sequence-loss",
    change={
        "lengths[:, None]": "np.asarray(lengths)[:, None]",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: """
        loss = -(log_p[rows, steps, targets] * counts).sum()
        return loss, dlogits * counts[..., None].astype(logits.dtype)
        """,
    },
)

stop_left_out = misconception(
    of="masked_loss",
    diagnosis="the step of the stop symbol does not count: the decoder never learns to end",
    hint="Does the length that the function is given include the stop symbol?",
    section="start-stop",
    change={
        "lengths[:, None]": "np.maximum(np.asarray(lengths) - 1, 1)[:, None]",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: """
        loss = -log_p[rows, steps, targets][counts].mean()
        return loss, dlogits * counts[..., None].astype(logits.dtype) / counts.sum()
        """,
    },
)


scores_overflow = misconception(
    of="masked_loss",
    diagnosis="exp overflows for large scores: the largest score of a step is not subtracted",
    hint="A softmax does not change if the same number is subtracted from all scores of a step.",
    section="sequence-loss",
    change={
        """
        shifted = logits - logits.max(axis=2, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
        """: """
        p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
        log_p = np.log(p)
        """,
    },
)


onehot_not_subtracted = misconception(
    of="masked_loss",
    diagnosis="the gradient is the probabilities: 1 has to be taken off at the right symbol",
    hint="In which direction should the score of the right symbol be moved? Which sign has yours?",
    section="sequence-loss",
    change={"dlogits[rows, steps, targets] -= 1": ""},
)


gradient_sign = misconception(
    of="masked_loss",
    diagnosis="the gradient has the wrong sign",
    hint="A higher score of the right symbol lowers the loss. Which sign has the gradient there?",
    section="sequence-loss",
    change={"return loss, dlogits": "return loss, -dlogits"},
)


gradient_not_divided = misconception(
    of="masked_loss",
    diagnosis="the gradient is not divided by the number of steps that count, as the loss is",
    hint="The loss is a mean. What does that do to its derivative?",
    section="sequence-loss",
    change={
        "lengths[:, None]": "np.asarray(lengths)[:, None]",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: """
        loss = -log_p[rows, steps, targets][counts].mean()
        return loss, dlogits * counts[..., None].astype(logits.dtype)
        """,
    },
)

gradient_in_padding = misconception(
    of="masked_loss",
    diagnosis="the gradient is not masked: steps after the end pull at the decoder",
    hint="The loss does not depend on scores after the end. What is its derivative there?",
    section="sequence-loss",
    change={
        "lengths[:, None]": "np.asarray(lengths)[:, None]",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: "return -log_p[rows, steps, targets][counts].mean(), dlogits / counts.sum()",
    },
)


logarithm_of_zero = misconception(
    of="masked_loss",
    diagnosis="the logarithm is taken of a probability that has become 0",
    hint="Write the logarithm of the softmax as a difference, and take it before the division.",
    section="sequence-loss",
    change={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))": """
        p = np.exp(shifted) / np.exp(shifted).sum(axis=2, keepdims=True)
        log_p = np.log(p)
        """,
    },
)


logarithm_kept_from_zero = misconception(
    of="masked_loss",
    diagnosis="a small number is added inside the logarithm: the loss of a step can not be large",
    hint="Write the logarithm of the softmax as a difference. Can anything in it become 0 then?",
    section="sequence-loss",
    change={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))": (
            "p = np.exp(shifted) / np.exp(shifted).sum(axis=2, keepdims=True)"
        ),
        "loss = -log_p[rows, steps, targets][counts].mean()": (
            "loss = -np.log(p[rows, steps, targets][counts] + 1e-12).mean()"
        ),
        "np.exp(log_p)": "p",
    },
)


gradient_over_sequences = misconception(
    of="masked_loss",
    diagnosis="the gradient is divided by the number of sequences, and the loss by that of steps",
    hint="The gradient is that of your loss. By how many is the loss divided?",
    section="sequence-loss",
    change={
        "lengths[:, None]": "np.asarray(lengths)[:, None]",
        "loss = -log_p[rows, steps, targets][counts].mean()": "",
        """
        dlogits *= counts[..., None]
        dlogits /= counts.sum()
        return loss, dlogits
        """: """
        loss = -log_p[rows, steps, targets][counts].mean()
        return loss, dlogits * counts[..., None].astype(logits.dtype) / N
        """,
    },
)


# --- 7. back through the decoder ------------------------------------------------------------


next_step_left_out = misconception(
    of="decoder_backward",
    diagnosis="the gradient of the next step is left out: each state gets its own logits' alone",
    hint="A state acts on the loss in two ways. Which is missing?",
    section="through-handover",
    change={"dlogits[:, t] @ W_y + dh_next": "dlogits[:, t] @ W_y"},
)


last_logits_alone = misconception(
    of="decoder_backward",
    diagnosis="only the logits of the last step send a gradient back",
    hint="Every step of the decoder has a target, and so a part in the loss.",
    section="through-handover",
    change={
        "np.zeros_like(h_0)": "dlogits[:, -1] @ W_y",
        "dlogits[:, t] @ W_y + dh_next": "dh_next",
    },
)


slope_forgotten = misconception(
    of="decoder_backward",
    diagnosis="the slope of the tanh is missing",
    hint="da belongs to what is inside the tanh. What lies between it and the state?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        """: "da[:, t] = dlogits[:, t] @ W_y + dh_next",
    },
)

slope_on_half = misconception(
    of="decoder_backward",
    diagnosis="the slope acts on the logits' share alone, not on what the next step sends",
    hint="Both gradients arrive at the state. What do both pass through next?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        """: "da[:, t] = (dlogits[:, t] @ W_y) * (1 - h[:, t] ** 2) + dh_next",
    },
)

transposed_on_the_way_back = misconception(
    of="decoder_backward",
    diagnosis="the recurrent weights are used transposed on the way back",
    hint="Forward, a row is multiplied by the transpose. What is it on the way back?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        """: "da[:, t] = (dlogits[:, t] @ W_y + dh_next) * (1 - h[:, t] ** 2)",
        "da[:, t] @ W_h": "da[:, t] @ W_h.T",
    },
)

first_weights_forgotten = misconception(
    of="decoder_backward",
    diagnosis="dh_0 is the gradient at the first pre-activation: it has not met the weights yet",
    hint="How does h_0 enter the first pre-activation?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        """: "da[:, t] = (dlogits[:, t] @ W_y + dh_next) * (1 - h[:, t] ** 2)",
        "dh_next, da": "da[:, 0].copy(), da",
    },
)

same_state_in_weights = misconception(
    of="decoder_backward",
    diagnosis="dW_h is multiplied with the states of the same step, not with those before it",
    hint="Which state was multiplied by the recurrent weights at step t?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        dW_h += da[:, t].T @ (h[:, t - 1] if t else h_0)
        """: """
        da[:, t] = (dlogits[:, t] @ W_y + dh_next) * (1 - h[:, t] ** 2)
        dW_h += da[:, t].T @ h[:, t]
        """,
    },
)

first_step_left_out = misconception(
    of="decoder_backward",
    diagnosis="the first step is left out of dW_h: it used the recurrent weights too, on h_0",
    hint="How many steps use the recurrent weights? How many terms has your sum?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        dW_h += da[:, t].T @ (h[:, t - 1] if t else h_0)
        """: """
        da[:, t] = (dlogits[:, t] @ W_y + dh_next) * (1 - h[:, t] ** 2)
        if t:
            dW_h += da[:, t].T @ h[:, t - 1]
        """,
    },
)

weight_gradient_transposed = misconception(
    of="decoder_backward",
    diagnosis="dW_h is transposed",
    hint="Its rows belong to the units that receive, its columns to those that send.",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        dW_h += da[:, t].T @ (h[:, t - 1] if t else h_0)
        """: """
        da[:, t] = (dlogits[:, t] @ W_y + dh_next) * (1 - h[:, t] ** 2)
        dW_h += (h[:, t - 1] if t else h_0).T @ da[:, t]
        """,
    },
)

slope_with_two_tanhs = misconception(
    of="decoder_backward",
    diagnosis="the tanh is taken once more in its slope: h is its result already",
    hint="The slope of tanh(a) is 1 - tanh(a)**2. Which of the two is h, a or tanh(a)?",
    section="through-handover",
    change={
        """
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        """: "da[:, t] = (dlogits[:, t] @ W_y + dh_next) * (1 - np.tanh(h[:, t]) ** 2)",
    },
)


# --- 8. back through the bridge -------------------------------------------------------------

bridge_slope_forgotten = misconception(
    of="bridge_backward",
    diagnosis="the slope of the bridge's tanh is missing",
    hint="What lies between the sum inside the bridge and its result?",
    section="through-handover",
    change={
        """
        da = dh_0 * (1 - h_0**2)
        return da @ W_c, da.T @ h_last, da.sum(axis=0)
        """: "return dh_0 @ W_c, dh_0.T @ h_last, dh_0.sum(axis=0)",
    },
)

bridge_slope_not_squared = misconception(
    of="bridge_backward",
    diagnosis="the slope is 1 minus the state, without the square",
    hint="Write the derivative of the tanh by its value.",
    section="through-handover",
    change={"- h_0**2": "- h_0"},
)

bridge_means = misconception(
    of="bridge_backward",
    diagnosis="the gradients of the weights are means over the sequences, where they are sums",
    hint="The loss has been divided already by the number of steps that count.",
    section="through-handover",
    change={"h_last, da.sum(axis=0)": "h_last / len(da), da.mean(axis=0)"},
)

bridge_bias_not_summed = misconception(
    of="bridge_backward",
    diagnosis="db_c has a row for each sequence: it is not summed over them",
    hint="The bias has one number for each unit, and acts on every sequence.",
    section="through-handover",
    change={"da.sum(axis=0)": "da"},
)

bridge_gradient_overwritten = misconception(
    of="bridge_backward",
    diagnosis="dh_0 is overwritten: the caller's array is multiplied by the slope",
    hint="The operator *= writes into the array on its left. Give the product an array of its own.",
    section="through-handover",
    change={
        "da = dh_0 * (1 - h_0**2)": "dh_0 *= 1 - h_0**2",
        "da @ W_c, da.T @ h_last, da.sum(axis=0)": "dh_0 @ W_c, dh_0.T @ h_last, dh_0.sum(axis=0)",
    },
)

bridge_slope_with_two_tanhs = misconception(
    of="bridge_backward",
    diagnosis="the tanh is taken once more in its slope: h_0 is its result already",
    hint="The slope of tanh(a) is 1 - tanh(a)**2. Which of the two is h_0, a or tanh(a)?",
    section="through-handover",
    change={"1 - h_0": "1 - np.tanh(h_0)"},
)


# --- 9. writing freely ----------------------------------------------------------------------

always_fed_start = misconception(
    of="greedy_decode",
    diagnosis="the start symbol is fed in at every step: the decoder does not see what it wrote",
    hint="What is the input of the second step?",
    section="greedy-decoding",
    change={
        """
        ids = np.full((N, max_length), stop)
        lengths = np.full(N, max_length)
        symbols, h_t, running = np.full(N, start), h_0, np.full(N, True)
        """: """
        ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)
        h_t, running = h_0, np.full(N, True)
        """,
        "symbols, h_t, E": "np.full(N, start), h_t, E",
    },
)

free_state_not_handed_on = misconception(
    of="greedy_decode",
    diagnosis="the state is not handed on: every step starts from h_0",
    hint="From which state does the second step start?",
    section="greedy-decoding",
    change={
        """
        ids = np.full((N, max_length), stop)
        lengths = np.full(N, max_length)
        symbols, h_t, running = np.full(N, start), h_0, np.full(N, True)
        """: """
        ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)
        symbols, running = np.full(N, start), np.full(N, True)
        """,
        "logits, h_t = decode_step(symbols, h_t, E, W_x, W_h, b, W_y, b_y)": (
            "logits, _ = decode_step(symbols, h_0, E, W_x, W_h, b, W_y, b_y)"
        ),
    },
)

stop_ignored = misconception(
    of="greedy_decode",
    diagnosis="the decoder goes on after its stop symbol",
    hint="What should a row hold after its first stop symbol?",
    section="greedy-decoding",
    change={
        """
        ids = np.full((N, max_length), stop)
        lengths = np.full(N, max_length)
        """: "ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)",
        "np.where(running, logits.argmax(axis=1), stop)": "logits.argmax(axis=1)",
    },
)


all_stop_with_the_first = misconception(
    of="greedy_decode",
    diagnosis="all rows end as soon as one of them does",
    hint="Rows stop at different steps. What do the others do then?",
    section="greedy-decoding",
    change={
        "np.where(running, logits.argmax(axis=1), stop)": "logits.argmax(axis=1)",
        """
        ends = running & (symbols == stop)
        lengths[ends] = t + 1
        running = running & ~ends
        """: """
        if (symbols == stop).any():
            lengths[:] = t + 1
            break
        """,
    },
)


written_length_without_stop = misconception(
    of="greedy_decode",
    diagnosis="the lengths do not count the stop symbol",
    hint="The docstring says what the length of a row includes.",
    section="greedy-decoding",
    change={
        """
        ids = np.full((N, max_length), stop)
        lengths = np.full(N, max_length)
        """: "ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)",
        "lengths[ends] = t + 1": "lengths[ends] = t",
    },
)


lengths_of_the_array = misconception(
    of="greedy_decode",
    diagnosis="the length of every row is that of the array",
    hint="After which symbol does a row end?",
    section="greedy-decoding",
    change={"lengths[ends] = t + 1": ""},
)


start_symbol_written = misconception(
    of="greedy_decode",
    diagnosis="the start symbol stands at the beginning of what is written",
    hint="The start symbol is given, not written. Which symbol does the decoder choose first?",
    section="greedy-decoding",
    change={
        "ids = np.full((N, max_length), stop)": (
            "ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)"
        ),
        "lengths = np.full(N, max_length)": "ids[:, 0] = start",
        "range(max_length)": "range(1, max_length)",
    },
)

cut_too_early = misconception(
    of="greedy_decode",
    diagnosis="one symbol too few is written before the cut",
    hint="How many steps does your loop do when nothing stops it?",
    section="greedy-decoding",
    change={
        """
        ids = np.full((N, max_length), stop)
        lengths = np.full(N, max_length)
        """: "ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)",
        "range(max_length)": "range(max_length - 1)",
    },
)

smallest_score = misconception(
    of="greedy_decode",
    diagnosis="the symbol with the smallest score is written",
    hint="Is a high score good or bad?",
    section="greedy-decoding",
    change={
        """
        ids = np.full((N, max_length), stop)
        lengths = np.full(N, max_length)
        """: "ids, lengths = np.full((N, max_length), stop), np.full(N, max_length)",
        "logits.argmax(axis=1)": "logits.argmin(axis=1)",
    },
)


one_too_long_when_cut = misconception(
    of="greedy_decode",
    diagnosis="a row that is cut off counts a stop symbol that it has not written",
    hint="How many symbols fit into a row of the result? Can a row have written more?",
    section="greedy-decoding",
    change={"return ids, lengths": "return ids, (ids != stop).sum(axis=1) + 1"},
)


no_length_when_cut = misconception(
    of="greedy_decode",
    diagnosis="a row that never stops has the length 0",
    hint="A length is set when a row stops. What does it hold before?",
    section="greedy-decoding",
    change={"np.full(N, max_length)": "np.zeros(N, dtype=int)"},
)
