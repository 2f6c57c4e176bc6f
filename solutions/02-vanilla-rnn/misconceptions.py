"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

import numpy as np

from autograder.authoring.catalogue import misconception

# --- 1. one step -----------------------------------------------------------------------------

bias_forgotten = misconception(
    of="rnn_step_forward",
    diagnosis="the bias b is missing",
    hint="Count the terms inside the tanh of the equation, then count yours.",
    section="one-step",
    change={"W_h.T + b": "W_h.T"},
)

bias_outside_tanh = misconception(
    of="rnn_step_forward",
    diagnosis="b is added to the new state, outside the tanh",
    hint="A state of this network lies between -1 and 1. Look at which bracket the bias stands in.",
    section="one-step",
    change={
        "np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": "np.tanh(x_t @ W_x.T + h_prev @ W_h.T) + b",
    },
)

tanh_forgotten = misconception(
    of="rnn_step_forward",
    diagnosis="the tanh is missing: this is the sum that goes into it",
    hint="Without a nonlinearity the network is one linear map of its inputs. "
    "What keeps each unit between -1 and 1?",
    section="one-step",
    change={"np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": "x_t @ W_x.T + h_prev @ W_h.T + b"},
)

sigmoid_for_tanh = misconception(
    of="rnn_step_forward",
    diagnosis="the nonlinearity is the logistic sigmoid, not tanh",
    hint="Your states are all positive. The equation asks for a function with values on both "
    "sides of zero.",
    section="one-step",
    change={
        "np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": (
            "1 / (1 + np.exp(-(x_t @ W_x.T + h_prev @ W_h.T + b)))"
        ),
    },
)

recurrent_weights_transposed = misconception(
    of="rnn_step_forward",
    diagnosis="W_h is applied the wrong way round: the state is multiplied by its transpose",
    hint="W_h is square, so both ways run. A product W h for a column vector becomes, for a batch "
    "of rows, the same kind of product as the one with W_x: compare the two.",
    section="one-step",
    change={"W_h.T + b": "W_h + b"},
)

previous_state_forgotten = misconception(
    of="rnn_step_forward",
    diagnosis="the previous state has no influence: the term with W_h is missing",
    hint="Two rows with the same input and different pasts must get different states. "
    "Which argument of your function is not used?",
    section="one-step",
    change={"h_prev @ W_h.T + b": "b"},
)

tanh_by_hand = misconception(
    of="rnn_step_forward",
    diagnosis="a tanh written out with exponentials overflows for large sums of either sign",
    hint="tanh of 1000 is 1, but the exponential of 1000 is too large for a float and infinity "
    "divided by infinity is NaN. NumPy has a function that takes care of this.",
    section="one-step",
    change={
        "return np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": """
        a = x_t @ W_x.T + h_prev @ W_h.T + b
        return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))
        """,
    },
)

tanh_by_hand_one_sided = misconception(
    of="rnn_step_forward",
    diagnosis="a tanh written out with exponentials overflows for large positive sums",
    hint="tanh of 1000 is 1, but the exponential of 1000 is too large for a float. NumPy has a "
    "function that takes care of this.",
    section="one-step",
    change={
        "return np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": """
        double = np.exp(2 * (x_t @ W_x.T + h_prev @ W_h.T + b))
        return (double - 1) / (double + 1)
        """,
    },
)

previous_state_overwritten = misconception(
    of="rnn_step_forward",
    diagnosis="h_prev is overwritten: the caller's array holds the new state after the call",
    hint="Assigning to a part of an array, also to all of it by [:] or by out=, writes into the "
    "array that was handed in. Give the new state an array of its own.",
    section="one-step",
    change={
        "return np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": """
        h_prev[:] = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
        return h_prev
        """,
    },
)

step_in_float64 = misconception(
    of="rnn_step_forward",
    diagnosis="float32 inputs give a float64 state",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype, and a sum with a "
    "float64 array is float64. Does anything enter that is not an argument or made from one?",
    section="one-step",
    change={
        "return np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)": """
        h_t = np.zeros(h_prev.shape)
        h_t[:] = np.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
        return h_t
        """,
    },
)


# --- 2. the whole sequence -------------------------------------------------------------------

initial_state_ignored = misconception(
    of="rnn_forward",
    diagnosis="the run starts from zeros, not from h_0",
    hint="The state before the first step is an argument. Zeros are one choice of it, made by "
    "the caller.",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        h_t = h_0
        for t in range(T):
        """: """
        h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)
        h_t = np.zeros_like(h_0)
        for t in range(x.shape[1]):
        """,
    },
)


state_not_handed_on = misconception(
    of="rnn_forward",
    diagnosis="every step starts from h_0: the state is not handed on",
    hint="Your state at step t knows nothing of the inputs before t. Which variable should hold "
    "the result of one step when the next one begins?",
    section="any-length",
    change={"x[:, t], h_t": "x[:, t], h_0"},
)


states_one_step_late = misconception(
    of="rnn_forward",
    diagnosis="the states are one step late: h[:, t] is the state before step t",
    hint="h[:, 0] should have seen x[:, 0] already. Do you store before or after the step?",
    section="any-length",
    change={
        "h_next = rnn_step_forward(x[:, t], h_t, W_x, W_h, b)": """
        h[:, t] = h_t
        h_next = rnn_step_forward(x[:, t], h_t, W_x, W_h, b)
        """,
        "h[:, t] = h_t": "",
    },
)


@misconception(
    of="rnn_forward",
    diagnosis="every step shows the last state",
    hint="If you collect the states in a list and write each new one into the same array, all the "
    "entries of the list are that one array. Each step needs memory of its own.",
    section="any-length",
)
def one_array_for_all_steps(x, h_0, W_x, W_h, b, lengths):
    h_t = h_0.copy()
    states = []
    for t in range(x.shape[1]):
        h_next = rnn_step_forward(x[:, t], h_t, W_x, W_h, b)
        h_t[:] = np.where((t < lengths)[:, None], h_next, h_t)
        states.append(h_t)
    return np.stack(states, axis=1)


padding_read = misconception(
    of="rnn_forward",
    diagnosis="lengths has no influence: the network goes on reading the padding",
    hint="What lies beyond a sequence's length is no input. Those rows should keep the state "
    "they had after their last real step.",
    section="any-length",
    change={"h_t = np.where((t < lengths)[:, None], h_next, h_t)": "h_t = h_next"},
)


padding_zeroed = misconception(
    of="rnn_forward",
    diagnosis="the states in the padding are zero; they should repeat the last real state",
    hint="h[:, -1] is to be the final state of every sequence, also of the short ones. What "
    "should a row do when it has no input left?",
    section="any-length",
    change={"np.where((t < lengths)[:, None], h_next, h_t)": "h_next * (t < lengths)[:, None]"},
)


one_step_too_many = misconception(
    of="rnn_forward",
    diagnosis="each sequence takes one step too many, into the padding",
    hint="Steps are counted from 0. Which is the last t of a sequence of length 1?",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)",
        "range(T)": "range(x.shape[1])",
        "t < lengths": "t <= lengths",
    },
)

one_step_too_few = misconception(
    of="rnn_forward",
    diagnosis="each sequence stops one step too early",
    hint="A sequence of length L takes L steps, at t = 0 to L - 1. Try your condition for "
    "length 1 and t = 0.",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)",
        "range(T)": "range(x.shape[1])",
        "t < lengths": "t < lengths - 1",
    },
)


initial_state_overwritten = misconception(
    of="rnn_forward",
    diagnosis="h_0 is overwritten: the caller's array holds other numbers after the call",
    hint="Assigning an array to a second name makes no copy, and writing into a part of it "
    "changes the one array that both names stand for.",
    section="any-length",
    change={
        "h_t = np.where((t < lengths)[:, None], h_next, h_t)": (
            "h_t[t < lengths] = h_next[t < lengths]"
        ),
    },
)


states_in_float64 = misconception(
    of="rnn_forward",
    diagnosis="float32 inputs give float64 states",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]))",
        "range(T)": "range(x.shape[1])",
    },
)

returns_after_first_step = misconception(
    of="rnn_forward",
    diagnosis="only h[:, 0] is written, all later states are zero",
    hint="How often does the loop run before the function ends? Look at what is indented below it.",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)",
        "range(T)": "range(x.shape[1])",
        "h[:, t] = h_t": """
        h[:, t] = h_t
        return h
        """,
    },
)

loop_begins_at_one = misconception(
    of="rnn_forward",
    diagnosis="x[:, 0] is never read, and h[:, 0] stays zero",
    hint="Steps count from 0. At which t does your loop begin?",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)",
        "range(T)": "range(1, x.shape[1])",
    },
)

initial_state_stored_first = misconception(
    of="rnn_forward",
    diagnosis="h[:, 0] is h_0 and x[:, 0] is never read",
    hint="h holds the states after the steps, so h_0 is not among them: h[:, 0] has seen x[:, 0].",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        h_t = h_0
        for t in range(T):
        """: """
        h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)
        h[:, 0] = h_t = h_0
        for t in range(1, x.shape[1]):
        """,
    },
)

last_step_missing = misconception(
    of="rnn_forward",
    diagnosis="the last step is missing: h[:, -1] stays zero",
    hint="T inputs make T steps. At which t does your loop end?",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)",
        "range(T)": "range(x.shape[1] - 1)",
    },
)

states_in_integers = misconception(
    of="rnn_forward",
    diagnosis="every state is zero: nothing is stored, or the fractions are cut off",
    hint="Is h assigned to inside the loop, and which dtype has it? An array of integers cuts "
    "off everything behind the point.",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=int)",
        "range(T)": "range(x.shape[1])",
    },
)


length_zero_takes_last = misconception(
    of="rnn_forward",
    diagnosis="a sequence of length 0 gets the state that it would have after the last step",
    hint="With lengths[n] = 0 the index lengths[n] - 1 is -1, and that means the last place. "
    "Which state has a sequence that takes no step?",
    section="any-length",
    change={
        "h_t = np.where((t < lengths)[:, None], h_next, h_t)": "h_t = h_next",
        "return h": """
        last = np.minimum(np.arange(T), lengths[:, None] - 1)
        return np.take_along_axis(h, last[..., None], axis=1)
        """,
    },
)


ends_with_longest = misconception(
    of="rnn_forward",
    diagnosis="the places beyond the longest sequence stay zero",
    hint="h has T places, also where no sequence of the batch is that long. What should stand in "
    "the places that no step reaches?",
    section="any-length",
    change={
        """
        N, T, _ = x.shape
        h = np.empty((N, T, h_0.shape[1]), dtype=x.dtype)
        """: "h = np.zeros((*x.shape[:2], h_0.shape[1]), dtype=x.dtype)",
        "range(T)": "range(max(lengths))",
    },
)


# --- 3. softmax and cross-entropy ------------------------------------------------------------

minus_sign_missing = misconception(
    of="softmax_cross_entropy",
    diagnosis="the minus sign is missing",
    hint="A probability is at most 1, so its logarithm is not positive. A loss should fall as "
    "the probability of the target rises.",
    section="loss",
    change={
        """
        picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
        return -picked[mask].mean()
        """: "return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0][mask].mean()",
    },
)

sum_for_mean = misconception(
    of="softmax_cross_entropy",
    diagnosis="this is the sum over the positions, not their mean",
    hint="Should a batch of twice the size have twice the loss?",
    section="loss",
    change={
        """
        picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
        return -picked[mask].mean()
        """: "return -np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0][mask].sum()",
    },
)

divided_by_all_positions = misconception(
    of="softmax_cross_entropy",
    diagnosis="the sum leaves out the padding, but is divided by the number of all positions",
    hint="More padding should not make the loss smaller. By how many positions should you divide?",
    section="loss",
    change={"picked[mask].mean()": "(picked * mask).mean()"},
)

mask_ignored = misconception(
    of="softmax_cross_entropy",
    diagnosis="the mask has no influence: padding counts like text",
    hint="Which argument of your function is not used?",
    section="loss",
    change={
        """
        picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
        return -picked[mask].mean()
        """: "return -np.take_along_axis(log_p, targets[..., None], axis=-1).mean()",
    },
)

mean_of_row_means = misconception(
    of="softmax_cross_entropy",
    diagnosis="this is the mean of one mean per sequence, so short sequences weigh more",
    hint="Every position that counts should have the same weight, whichever row it is in.",
    section="loss",
    change={"-picked[mask].mean()": "(-(picked * mask).sum(axis=1) / mask.sum(axis=1)).mean()"},
)


softmax_over_time = misconception(
    of="softmax_cross_entropy",
    diagnosis="the softmax is taken over time, not over the vocabulary",
    hint="At each position the probabilities of the V symbols sum to one. Over which axis of "
    "(N, T, V) do you sum?",
    section="loss",
    change={
        "logits.max(axis=-1": "logits.max(axis=1",
        "sum(axis=-1": "sum(axis=1",
    },
)


loss_in_bits = misconception(
    of="softmax_cross_entropy",
    diagnosis="the logarithm is to base 2, so the loss is in bits",
    hint="The perplexity of part 5 is a power of e. Which logarithm belongs to it?",
    section="loss",
    change={"shifted - np.log(": "shifted / np.log(2) - np.log2("},
)


exponentials_overflow = misconception(
    of="softmax_cross_entropy",
    diagnosis="exponentials overflow to infinity, and what is computed from them is NaN",
    hint="Make the largest logit of each position zero before you take exponentials. The "
    "probabilities stay the same.",
    section="loss",
    change={
        "shifted = logits - logits.max(axis=-1, keepdims=True)": (
            "p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)"
        ),
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": (
            "log_p = np.log(p)"
        ),
    },
)


logarithm_of_zero = misconception(
    of="softmax_cross_entropy",
    diagnosis="a probability is rounded to 0, and its logarithm is infinite",
    hint="Write the logarithm of the quotient as a difference. Then the exponential of the "
    "target's logit is never needed.",
    section="loss",
    change={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": """
        p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
        log_p = np.log(p)
        """,
    },
)


epsilon_in_logarithm = misconception(
    of="softmax_cross_entropy",
    diagnosis="a probability was rounded to 0, and a small number such as 1e-12 stands in for it",
    hint="With the small number no loss can exceed about 28, however wrong the model is. Write "
    "the logarithm of the quotient as a difference; then nothing needs to be added.",
    section="loss",
    change={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": """
        p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
        log_p = np.log(p + 1e-12)
        """,
    },
)


larger_epsilon_in_logarithm = misconception(
    of="softmax_cross_entropy",
    diagnosis="a probability was rounded to 0, and a small number such as 1e-10 stands in for it",
    hint="With the small number no loss can exceed about 23, however wrong the model is. Write "
    "the logarithm of the quotient as a difference; then nothing needs to be added.",
    section="loss",
    change={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": """
        p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
        log_p = np.log(p + 1e-10)
        """,
    },
)


logits_overwritten = misconception(
    of="softmax_cross_entropy",
    diagnosis="logits is changed: the largest value is subtracted in the caller's array",
    hint="The operators -= and /= write into the array on their left. Give the result a name of "
    "its own.",
    section="loss",
    change={
        "shifted = logits - logits.max(axis=-1, keepdims=True)": """
        logits -= logits.max(axis=-1, keepdims=True)
        shifted = logits
        """,
    },
)


maximum_not_added_back = misconception(
    of="softmax_cross_entropy",
    diagnosis="the maximum is subtracted in the exponentials but not accounted for elsewhere",
    hint="If the largest logit is subtracted inside the sum, the logarithm of the sum is lower "
    "by as much. Subtract it from the target's logit too, or add it back.",
    section="loss",
    change={"log_p = shifted": "log_p = logits"},
)


every_target_at_every_position = misconception(
    of="softmax_cross_entropy",
    diagnosis="all targets of the batch are looked up at every position",
    hint="Each position has one target and needs one number. Print the shape of what your "
    "indexing picks: is it (N, T)?",
    section="loss",
    change={
        """
        picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
        return -picked[mask].mean()
        """: "return -log_p[:, :, targets][mask].mean()",
    },
)


log2_of_sum = misconception(
    of="softmax_cross_entropy",
    diagnosis="the logarithm of the sum is to base 2, the rest to base e",
    hint="The exponential and the natural logarithm undo each other. Which logarithm do you take?",
    section="loss",
    change={"np.log(": "np.log2("},
)


mean_left_out = misconception(
    of="softmax_cross_entropy",
    diagnosis="these are the losses of the single positions, not their mean",
    hint="The loss of a batch is one number. Which step from the single losses to that number is "
    "missing?",
    section="loss",
    change={"picked = np": "losses = -np", "-picked[mask].mean()": "losses[mask]"},
)

divided_by_rows = misconception(
    of="softmax_cross_entropy",
    diagnosis="the sum is divided by the number of sequences, not of positions",
    hint="len of an array is the size of its first axis. How many positions does the sum run over?",
    section="loss",
    change={
        "picked = np": "losses = -np",
        "-picked[mask].mean()": "losses[mask].sum() / len(mask)",
    },
)

exponential_of_loss = misconception(
    of="softmax_cross_entropy",
    diagnosis="this is the exponential of the loss",
    hint="That is the perplexity, which part 5 computes from the loss. Here the mean of the "
    "logarithms is asked for.",
    section="loss",
    change={
        "picked = np": "losses = -np",
        "-picked[mask].mean()": "np.exp(losses[mask].mean())",
    },
)

softmax_without_logarithm = misconception(
    of="softmax_cross_entropy",
    diagnosis="the logarithm is missing: this is minus the mean probability of the targets",
    hint="The loss of a position is minus the logarithm of a probability. It may well exceed 1.",
    section="loss",
    change={
        "picked = np": "losses = -np",
        "picked[mask].mean()": "np.exp(-losses[mask]).mean()",
    },
)


log_of_sum_overflows = misconception(
    of="softmax_cross_entropy",
    diagnosis="exponentials overflow to infinity, and so does the logarithm of their sum",
    hint="Make the largest logit of each position zero before you take exponentials, and see "
    "what this changes in the rest of the formula.",
    section="loss",
    change={"logits - logits.max(axis=-1, keepdims=True)": "logits"},
)


@misconception(
    of="softmax_cross_entropy",
    diagnosis="large logits are cut off, so that here all symbols count as equally likely",
    hint="With every logit larger by the same number, the loss should stay as it is. Subtract "
    "something rather than cut off.",
    section="loss",
)
def logits_clipped(logits, targets, mask):
    exponentials = np.exp(np.clip(logits, -700, 700))
    p = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, targets[..., None], axis=-1)[..., 0][mask]).mean()


infinity_times_zero = misconception(
    of="softmax_cross_entropy",
    diagnosis="a probability is rounded to 0; its logarithm is infinite, and infinity times 0 is "
    "NaN",
    hint="Multiplying by a mask or a one-hot vector does not remove infinity. Write the "
    "logarithm of the quotient as a difference; then nothing becomes infinite.",
    section="loss",
    change={
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))": """
        p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
        log_p = np.log(p)
        """,
        "-picked[mask].mean()": "-(picked * mask).sum() / mask.sum()",
    },
)


one_maximum_for_all = misconception(
    of="softmax_cross_entropy",
    diagnosis="at some position every exponential is rounded to 0, and the logarithm of their "
    "sum is -infinity",
    hint="Which number do you subtract: the largest logit of the same position, or the largest "
    "of several positions together?",
    section="loss",
    change={
        "logits.max(axis=-1, keepdims=True)": "logits.max()",
        "picked = np": "losses = -np",
        "-picked[mask].mean()": "losses[mask].mean()",
    },
)


# --- 4. the loss of a language model ---------------------------------------------------------


targets_not_shifted = misconception(
    of="lm_loss",
    diagnosis="the targets are not shifted: the model predicts the symbol it has just read",
    hint="Copying the input is no prediction. In the table above, what stands below “r”?",
    section="language-model",
    change={
        "ids[:, :-1], ids[:, 1:]": "ids, ids",
        'params["b"], lengths - 1': 'params["b"], lengths',
        "lengths[:, None] - 1": "lengths[:, None]",
    },
)


shifted_the_wrong_way = misconception(
    of="lm_loss",
    diagnosis="the shift goes the wrong way: the model reads a symbol and predicts the one before",
    hint="The last symbol of a row is never read, the first is never predicted. Which of your "
    "two slices leaves out which?",
    section="language-model",
    change={
        """
        inputs, targets = ids[:, :-1], ids[:, 1:]
        N, T = inputs.shape
        """: "inputs, targets = ids[:, 1:], ids[:, :-1]",
        'N, params["b"].size': 'len(ids), params["b"].size',
        "np.arange(T)": "np.arange(inputs.shape[1])",
    },
)


targets_rolled = misconception(
    of="lm_loss",
    diagnosis="the targets are rolled round: the last symbol has the first one as its target",
    hint="np.roll brings the first symbol to the end. How many predictions does a text of length "
    "L hold?",
    section="language-model",
    change={
        "ids[:, :-1], ids[:, 1:]": "ids, np.roll(ids, -1, axis=1)",
        'params["b"], lengths - 1': 'params["b"], lengths',
        "lengths[:, None] - 1": "lengths[:, None]",
    },
)


@misconception(
    of="lm_loss",
    diagnosis="the first symbol is never read: the model starts with the second",
    hint="The start mark is an input like any other; from it the model predicts the first letter.",
    section="language-model",
)
def first_symbol_skipped(ids, lengths, params):
    inputs, targets = ids[:, 1:-1], ids[:, 2:]
    if inputs.shape[1] == 0:
        return 0.0
    x = params["E"][inputs]
    h_0 = np.zeros((len(ids), params["b"].size), dtype=x.dtype)
    left = np.maximum(lengths - 2, 0)
    h = rnn_forward(x, h_0, params["W_x"], params["W_h"], params["b"], left)
    logits = h @ params["W_y"].T + params["b_y"]
    mask = np.arange(inputs.shape[1]) < left[:, None]
    return softmax_cross_entropy(logits, targets, mask)


last_prediction_left_out = misconception(
    of="lm_loss",
    diagnosis="the last prediction of each text does not count",
    hint="The stop mark must be predicted too: a model that cannot end a name is worse than one "
    "that can. Count the predictions in the table above.",
    section="language-model",
    change={
        "N, T = inputs.shape": "",
        'N, params["b"].size': 'len(ids), params["b"].size',
        "np.arange(T) < lengths[:, None] - 1": "np.arange(inputs.shape[1]) < lengths[:, None] - 2",
    },
)

first_padding_predicted = misconception(
    of="lm_loss",
    diagnosis="one prediction too many counts in each text: the symbol of padding after its end",
    hint="A text of length L holds fewer than L predictions. Is the target of the last one that "
    "you count still inside the text?",
    section="language-model",
    change={
        'params["b"], lengths - 1': 'params["b"], lengths',
        "lengths[:, None] - 1": "lengths[:, None]",
    },
)

all_padding_predicted = misconception(
    of="lm_loss",
    diagnosis="all the padding is predicted: the mask is true everywhere, or the loss ignores it",
    hint="The loss function takes a mask. Which positions have a target inside their text?",
    section="language-model",
    change={
        "N, T = inputs.shape": "",
        'N, params["b"].size': 'len(ids), params["b"].size',
        """
        mask = np.arange(T) < lengths[:, None] - 1
        return softmax_cross_entropy(logits, targets, mask)
        """: "return softmax_cross_entropy(logits, targets, np.full(targets.shape, True))",
    },
)


output_bias_forgotten = misconception(
    of="lm_loss",
    diagnosis="the output bias b_y is missing",
    hint="The output layer has two arrays in params. Are both used?",
    section="language-model",
    change={' + params["b_y"]': ""},
)


inputs_as_targets = misconception(
    of="lm_loss",
    diagnosis="inputs and targets are the same slice of ids, so the model predicts what it has "
    "just read",
    hint="Both leave out the last symbol. In the table above, which symbol of a text is never a "
    "target?",
    section="language-model",
    change={
        """
        inputs, targets = ids[:, :-1], ids[:, 1:]
        N, T = inputs.shape
        """: "inputs, targets = ids[:, :-1], ids[:, :-1]",
        'N, params["b"].size': 'len(ids), params["b"].size',
        "np.arange(T)": "np.arange(inputs.shape[1])",
    },
)


inputs_as_targets_without_first = misconception(
    of="lm_loss",
    diagnosis="the logits after each symbol are held against that symbol, and the first one is "
    "left out",
    hint="The logits of a step belong to the symbol of the next step. Which of your two arrays "
    "has to lose its last entry, which its first?",
    section="language-model",
    change={
        "ids[:, :-1], ids[:, 1:]": "ids, ids",
        'params["b"], lengths - 1': 'params["b"], lengths',
        "np.arange(T) < lengths[:, None] - 1": (
            "(np.arange(T) < lengths[:, None]) & (np.arange(T) > 0)"
        ),
    },
)


logits_shifted = misconception(
    of="lm_loss",
    diagnosis="the logits are shifted instead of the targets: the model predicts the symbol "
    "before the one it has just read",
    hint="The logits of step t belong to the symbol of step t + 1. Which of your two arrays has "
    "to lose its first entry?",
    section="language-model",
    change={
        "ids[:, :-1], ids[:, 1:]": "ids, ids[:, :-1]",
        'params["b"], lengths - 1': 'params["b"], lengths',
        "logits, targets, mask": "logits[:, 1:], targets, mask[:, :-1]",
    },
)


softmax_applied_twice = misconception(
    of="lm_loss",
    diagnosis="the softmax is applied twice: the loss function is given probabilities",
    hint="Your function of part 3 takes logits and applies the softmax itself.",
    section="language-model",
    change={
        "return softmax_cross_entropy(logits, targets, mask)": """
        exponentials = np.exp(logits)
        probabilities = exponentials / exponentials.sum(axis=-1, keepdims=True)
        return softmax_cross_entropy(probabilities, targets, mask)
        """,
    },
)


mask_of_integers = misconception(
    of="lm_loss",
    diagnosis="the mask holds the numbers 0 and 1, so indexing with it picks rows 0 and 1",
    hint="A comparison of arrays gives booleans, and these choose positions. Is the mask "
    "converted on its way?",
    section="language-model",
    change={"targets, mask)": "targets, mask.astype(int))"},
)

zero_taken_for_padding = misconception(
    of="lm_loss",
    diagnosis="targets that are 0 do not count, all others do",
    hint="Symbol 0 is a symbol like the others; in the experiment it is the point, which ends a "
    "name. What tells padding from text?",
    section="language-model",
    change={
        "N, T = inputs.shape": "",
        'N, params["b"].size': 'len(ids), params["b"].size',
        "np.arange(T) < lengths[:, None] - 1": "targets != 0",
    },
)


all_padding_read_and_predicted = misconception(
    of="lm_loss",
    diagnosis="every position counts: lengths does not reach the mask, or the loss ignores it",
    hint="The loss function takes a mask. Which positions have a target inside their text?",
    section="language-model",
    change={
        'params["b"], lengths - 1': 'params["b"], lengths',
        "np.arange(T) < lengths[:, None] - 1": "np.full((N, T), True)",
    },
)


first_padding_predicted_unread = misconception(
    of="lm_loss",
    diagnosis="one prediction too many counts in each text, made by a state that has not read "
    "the last symbol",
    hint="A text of length L holds L - 1 predictions. Is the target of the last one that you "
    "count still inside the text?",
    section="language-model",
    change={
        "N, T = inputs.shape": "",
        'N, params["b"].size': 'len(ids), params["b"].size',
        "np.arange(T) < lengths[:, None] - 1": "np.arange(inputs.shape[1]) < lengths[:, None]",
    },
)


mean_of_text_means = misconception(
    of="lm_loss",
    diagnosis="this is the mean of one mean per text, so a prediction in a short text weighs more",
    hint="Every prediction in the batch should have the same weight, whichever text it is in.",
    section="language-model",
    change={
        "return softmax_cross_entropy(logits, targets, mask)": """
        rows = zip(logits, targets, mask, strict=True)
        return np.mean([softmax_cross_entropy(z[None], y[None], m[None]) for z, y, m in rows])
        """,
    },
)


# --- 5. perplexity ---------------------------------------------------------------------------

power_of_two = misconception(
    of="perplexity",
    diagnosis="this is a power of 2, but the loss is in natural logarithms",
    hint="A guess among V symbols has the loss ln V. Which power of it gives V back?",
    section="language-model",
    change={"np.exp(loss)": "2.0**loss"},
)

perplexity_inverted = misconception(
    of="perplexity",
    diagnosis="this is a typical probability, the inverse of the perplexity",
    hint="A perplexity is at least 1, and it grows with the loss. Look at the sign.",
    section="language-model",
    change={"np.exp(loss)": "np.exp(-loss)"},
)


# --- 6. softmax with a temperature -----------------------------------------------------------

temperature_multiplied = misconception(
    of="softmax_with_temperature",
    diagnosis="the logits are multiplied by the temperature",
    hint="A high temperature should make the probabilities more alike. Yours become less so.",
    section="sampling",
    change={"logits / temperature": "logits * temperature"},
)


temperature_after_softmax = misconception(
    of="softmax_with_temperature",
    diagnosis="the probabilities are divided by the temperature, after the softmax",
    hint="Probabilities must sum to one at every temperature. Look at where the temperature "
    "stands in the equation.",
    section="sampling",
    change={
        "scaled = logits / temperature": "scaled = logits",
        "sum(axis=-1, keepdims=True)": "sum(axis=-1, keepdims=True) / temperature",
    },
)


scaled_logits_overflow = misconception(
    of="softmax_with_temperature",
    diagnosis="exponentials overflow: infinity divided by infinity is NaN",
    hint="Dividing by a temperature near zero makes logits large. Shift them as in part 3.",
    section="sampling",
    change={
        """
        scaled = logits / temperature
        exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        """: "exponentials = np.exp(logits / temperature)",
    },
)


softmax_over_rows = misconception(
    of="softmax_with_temperature",
    diagnosis="the softmax is taken over the rows of the batch, not over the vocabulary",
    hint="Each row is one distribution. Over which axis does it have to sum to one?",
    section="sampling",
    change={
        "scaled.max(axis=-1, keepdims=True)": "scaled.max()",
        "sum(axis=-1, keepdims=True)": "sum(axis=0)",
    },
)


softmax_over_everything = misconception(
    of="softmax_with_temperature",
    diagnosis="the whole array sums to one, not each row",
    hint="A sum without an axis runs over everything. For one row of logits that is no mistake, "
    "for several it is.",
    section="sampling",
    change={
        "scaled.max(axis=-1, keepdims=True)": "scaled.max()",
        "sum(axis=-1, keepdims=True)": "sum()",
    },
)


logits_divided_in_place = misconception(
    of="softmax_with_temperature",
    diagnosis="logits is changed: a second call with the same array gives other probabilities",
    hint="The operators -= and /= write into the array on their left. Give the result a name of "
    "its own.",
    section="sampling",
    change={
        "scaled = logits / temperature": "logits /= temperature",
        "scaled - scaled": "logits - logits",
    },
)

temperature_without_influence = misconception(
    of="softmax_with_temperature",
    diagnosis="the temperature has no influence: these are the probabilities at temperature 1",
    hint="Is the argument used? A factor in front of all exponentials cancels when they are "
    "divided by their sum. Where does the temperature stand in the equation?",
    section="sampling",
    change={
        """
        scaled = logits / temperature
        exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        """: "exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True)) / temperature",
    },
)

one_maximum_for_all_rows = misconception(
    of="softmax_with_temperature",
    diagnosis="in some row every exponential is rounded to 0, and 0 divided by 0 is NaN",
    hint="Which number do you subtract: the largest logit of the same row, or the largest of all "
    "rows together?",
    section="sampling",
    change={"scaled.max(axis=-1, keepdims=True)": "scaled.max()"},
)

maximum_subtracted_in_place = misconception(
    of="softmax_with_temperature",
    diagnosis="logits is changed: the caller's array holds other numbers after the call",
    hint="The operators -= and /= write into the array on their left, and a second name for an "
    "array is no copy of it.",
    section="sampling",
    change={
        "scaled = logits / temperature": "logits -= logits.max(axis=-1, keepdims=True)",
        "scaled - scaled.max(axis=-1, keepdims=True)": "logits / temperature",
    },
)


# --- 7. drawing a symbol ---------------------------------------------------------------------

most_probable = misconception(
    of="sample_index",
    diagnosis="this is always the most probable symbol: u has no influence",
    hint="A symbol of probability 0.2 should come up for a fifth of all u. Lay the probabilities "
    "side by side and see where u falls.",
    section="sampling",
    change={
        """
        k = np.searchsorted(np.cumsum(probabilities), u, side="right")
        return min(int(k), len(probabilities) - 1)
        """: "return int(np.argmax(probabilities))",
    },
)

running_sum_forgotten = misconception(
    of="sample_index",
    diagnosis="u is compared with single probabilities, not with their running sum",
    hint="The stretch of symbol k begins where the stretches of all symbols before it end.",
    section="sampling",
    change={
        """
        k = np.searchsorted(np.cumsum(probabilities), u, side="right")
        return min(int(k), len(probabilities) - 1)
        """: "return int(np.argmax(u < probabilities))",
    },
)

uniform_draw = misconception(
    of="sample_index",
    diagnosis="every symbol is drawn equally often: the probabilities have no influence",
    hint="The stretches on the line from 0 to 1 have different lengths. Where do yours end?",
    section="sampling",
    change={
        """
        k = np.searchsorted(np.cumsum(probabilities), u, side="right")
        return min(int(k), len(probabilities) - 1)
        """: "return int(u * len(probabilities))",
    },
)

one_symbol_too_low = misconception(
    of="sample_index",
    diagnosis="the symbol is the one before the right one",
    hint="For u = 0 and a first symbol that is possible, the answer is 0. What do you return? "
    "Check where your running sum begins.",
    section="sampling",
    change={
        """
        k = np.searchsorted(np.cumsum(probabilities), u, side="right")
        return min(int(k), len(probabilities) - 1)
        """: 'return int(np.searchsorted(np.cumsum(probabilities), u, side="right")) - 1',
    },
)

border_to_the_left = misconception(
    of="sample_index",
    diagnosis="a u that lies on a border goes to the symbol before the border",
    hint="u may be 0, and a symbol of probability 0 must never be drawn. Is the comparison in the "
    "task < or ≤?",
    section="sampling",
    change={'"right"': '"left"'},
)

past_the_end = misconception(
    of="sample_index",
    diagnosis="no sum exceeds u because of rounding, and the index lies outside the vocabulary",
    hint="Ten times 0.1 is a little less than 1 in floating point. Reread the last two sentences "
    "of the task.",
    section="sampling",
    change={
        """
        k = np.searchsorted(np.cumsum(probabilities), u, side="right")
        return min(int(k), len(probabilities) - 1)
        """: 'return int(np.searchsorted(np.cumsum(probabilities), u, side="right"))',
    },
)


@misconception(
    of="sample_index",
    diagnosis="the first symbol is taken whose own probability exceeds u: the running sum is "
    "missing",
    hint="The stretch of symbol k begins where the stretches of all symbols before it end.",
    section="sampling",
)
def single_probabilities_in_loop(probabilities, u):
    for k, p in enumerate(probabilities):
        if u < p:
            return k
    return len(probabilities) - 1


one_symbol_too_high = misconception(
    of="sample_index",
    diagnosis="the symbol is the one after the right one",
    hint="The sum in the task runs up to symbol k, with its own probability. Is that one in your "
    "sum when you compare for k?",
    section="sampling",
    change={"min(int(k), ": "min(int(k) + 1, "},
)


no_match_gives_first = misconception(
    of="sample_index",
    diagnosis="no sum exceeds u because of rounding, and the answer is then the first symbol, "
    "not the last",
    hint="What is the answer where the comparison holds for no symbol? np.argmax, for one, gives "
    "0.",
    section="sampling",
    change={
        """
        k = np.searchsorted(np.cumsum(probabilities), u, side="right")
        return min(int(k), len(probabilities) - 1)
        """: "return int(np.argmax(u < np.cumsum(probabilities)))",
    },
)


no_match_gives_nothing = misconception(
    of="sample_index",
    diagnosis="no sum exceeds u because of rounding, and then nothing is returned",
    hint="What does a loop leave behind that finds no symbol? Reread the last two sentences of "
    "the task.",
    section="sampling",
    change={"min(int(k), len(probabilities) - 1)": "int(k) if k < len(probabilities) else None"},
)


# --- 8. generating ---------------------------------------------------------------------------

reads_only_start = misconception(
    of="generate",
    diagnosis="the network reads the start symbol at every step",
    hint="The model should read what it has just written. Which variable holds the symbol that "
    "the next step looks up?",
    section="sampling",
    change={
        "symbol, drawn = start, []": "drawn = []",
        'params["E"][[symbol]]': 'params["E"][[start]]',
    },
)

state_forgotten = misconception(
    of="generate",
    diagnosis="the state is zero before every step, so the model sees only one symbol",
    hint="The state is all that the model remembers of the text so far. Where is it created, and "
    "does the next step get the new one?",
    section="sampling",
    change={
        'h = np.zeros((1, params["b"].size), dtype=params["b"].dtype)': "",
        'x_t = params["E"][[symbol]]': """
        h = np.zeros((1, params["b"].size), dtype=params["b"].dtype)
        x_t = params["E"][[symbol]]
        """,
    },
)

stop_included = misconception(
    of="generate",
    diagnosis="the stop symbol is part of the text",
    hint="The stop symbol ends the text and does not belong to it. Do you look before you append?",
    section="sampling",
    change={
        "symbol = sample_index(softmax_with_temperature(logits, temperature), u_t)": """
        symbol = sample_index(softmax_with_temperature(logits, temperature), u_t)
        drawn.append(symbol)
        """,
        "drawn.append(symbol)": "",
    },
)

start_included = misconception(
    of="generate",
    diagnosis="the text begins with the start symbol",
    hint="The start symbol is read but was not drawn. With what does your list begin?",
    section="sampling",
    change={
        "symbol, drawn = start, []": "drawn = [start]",
        'params["E"][[symbol]]': 'params["E"][[drawn[-1]]]',
    },
)

stop_passed_over = misconception(
    of="generate",
    diagnosis="the text does not end when the stop symbol is drawn",
    hint="Leaving out the stop symbol is not enough: nothing should be drawn after it.",
    section="sampling",
    change={
        """
        if symbol == stop:
            break
        drawn.append(symbol)
        """: """
        if symbol != stop:
            drawn.append(symbol)
        """,
    },
)

one_number_for_all_draws = misconception(
    of="generate",
    diagnosis="every draw uses u[0]",
    hint="Step t has a number of its own, u[t].",
    section="sampling",
    change={
        "for u_t": "for _",
        "softmax_with_temperature(logits, temperature), u_t": (
            "softmax_with_temperature(logits, temperature), u[0]"
        ),
    },
)

temperature_ignored = misconception(
    of="generate",
    diagnosis="the temperature has no influence",
    hint="Which argument of your function is not used?",
    section="sampling",
    change={"logits, temperature": "logits, 1.0"},
)

last_number_unused = misconception(
    of="generate",
    diagnosis="the last number of u is not used, so the text is one symbol short",
    hint="M numbers allow M symbols. How often does your loop run?",
    section="sampling",
    change={
        "u_t in u": "t in range(len(u) - 1)",
        "softmax_with_temperature(logits, temperature), u_t": (
            "softmax_with_temperature(logits, temperature), u[t]"
        ),
    },
)

ends_before_first_draw = misconception(
    of="generate",
    diagnosis="nothing is drawn where start is also the stop symbol",
    hint="The text ends when stop is drawn, not when it is read. Which symbol do you compare "
    "with stop, and when?",
    section="sampling",
    change={
        'x_t = params["E"][[symbol]]': """
        if symbol == stop:
            break
        x_t = params["E"][[symbol]]
        """,
        """
        if symbol == stop:
            break
        drawn.append(symbol)
        """: """
        if symbol != stop:
            drawn.append(symbol)
        """,
    },
)

stop_not_tested = misconception(
    of="generate",
    diagnosis="the text goes on after the stop symbol, and holds it",
    hint="One of the arguments says which symbol ends the text. What should happen when it is "
    "drawn?",
    section="sampling",
    change={
        """
        if symbol == stop:
            break
        """: "",
    },
)

output_bias_left_out = misconception(
    of="generate",
    diagnosis="the output bias b_y is missing",
    hint="The output layer has two arrays in params. Are both used?",
    section="sampling",
    change={'params["W_y"].T + params["b_y"]': 'params["W_y"].T'},
)

most_probable_written = misconception(
    of="generate",
    diagnosis="each symbol is the most probable one: u has no influence",
    hint="Every step has a number of its own in u, by which your function of part 7 draws the "
    "symbol.",
    section="sampling",
    change={
        "for u_t": "for _",
        "sample_index(softmax_with_temperature(logits, temperature), u_t)": (
            "int(np.argmax(logits))"
        ),
    },
)

drawn_from_a_batch_of_one = misconception(
    of="generate",
    diagnosis="every symbol drawn is 0",
    hint="Which shape have the probabilities that sample_index is given? It takes one row, (V,), "
    "not a batch (1, V).",
    section="sampling",
    change={"logits = h[0]": "logits = h"},
)

first_number_skipped = misconception(
    of="generate",
    diagnosis="u[0] is not used: step t draws with u[t + 1]",
    hint="The first draw uses u[0]. Where do you count?",
    section="sampling",
    change={"u_t in u": "u_t in u[1:]"},
)
