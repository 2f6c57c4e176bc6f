"""Wrong implementations that people really write, with what to say to them.

An entry with `change` is the solution of the function in `of` with these fragments replaced. What
is another approach is written out; it may use what the notebook defines, nothing of this file.
"""

from autograder.authoring.catalogue import misconception

# --- 1. a gate ------------------------------------------------------------------------------

switch_the_wrong_way = misconception(
    of="gate_forward",
    diagnosis="the gate works the wrong way round: 1 keeps and 0 writes",
    hint="Take a place where the gate is 1. Which of the two should be in the storage afterwards?",
    section="soft-switch",
    change={"x + (1 - gate) * s_prev": "s_prev + (1 - gate) * x"},
)

both_through_the_gate = misconception(
    of="gate_forward",
    diagnosis="old and new both pass the same gate; nothing is let through where it is closed",
    hint="Where the gate is 0 the old content should stay. What is it multiplied by?",
    section="soft-switch",
    change={"x + (1 - gate)": "x + gate"},
)

old_not_removed = misconception(
    of="gate_forward",
    diagnosis="the old content stays in full, and the new is added to it",
    hint="Where the gate is 1 the new replaces the old. What should be left of the old there?",
    section="soft-switch",
    change={"x + (1 - gate) * s_prev": "x + s_prev"},
)

old_forgotten = misconception(
    of="gate_forward",
    diagnosis="only the gated input is stored: the old content is gone everywhere",
    hint="Which argument of your function is not used?",
    section="soft-switch",
    change={"x + (1 - gate) * s_prev": "x"},
)

hard_switch = misconception(
    of="gate_forward",
    diagnosis="the gate switches hard at one half, where it should mix",
    hint="A gate of 0.3 takes three tenths of the new and seven tenths of the old.",
    section="soft-switch",
    change={"gate * x + (1 - gate) * s_prev": "np.where(gate > 0.5, x, s_prev)"},
)

sign_of_complement = misconception(
    of="gate_forward",
    diagnosis="the old content comes in with the wrong sign: gate - 1 for 1 - gate",
    hint="A storage of positive numbers and an input of positive numbers cannot give a negative "
    "one. Where does your minus come from?",
    section="soft-switch",
    change={"1 - gate": "gate - 1"},
)

storage_overwritten = misconception(
    of="gate_forward",
    diagnosis="s_prev is overwritten: the caller's array holds the new content after the call",
    hint="The operators *= and += and an assignment to a part write into the array on their left. "
    "Give the result an array of its own.",
    section="soft-switch",
    change={
        "return gate * x + (1 - gate) * s_prev": """
        s_prev *= 1 - gate
        s_prev += gate * x
        return s_prev
        """,
    },
)

gate_through_sigmoid = misconception(
    of="gate_forward",
    diagnosis="the gate is sent through a sigmoid, though it is one already",
    hint="The docstring says that the gate holds numbers from 0 to 1. They are to be used as they "
    "are.",
    section="soft-switch",
    change={
        "return gate * x + (1 - gate) * s_prev": """
        gate = 1 / (1 + np.exp(-gate))
        return gate * x + (1 - gate) * s_prev
        """,
    },
)


# --- 2. a gate, backward --------------------------------------------------------------------

gate_gradient_of_new_alone = misconception(
    of="gate_backward",
    diagnosis="dgate leaves out that the gate acts on the old content too",
    hint="How often does the gate occur in the formula of part 1? Each occurrence gives a term.",
    section="product-backward",
    change={"ds * (x - s_prev)": "ds * x"},
)

gate_gradient_added = misconception(
    of="gate_backward",
    diagnosis="dgate adds new and old, but the second occurrence of the gate has a minus",
    hint="What is the derivative of 1 - gate?",
    section="product-backward",
    change={"x - s_prev": "x + s_prev"},
)

gate_gradient_sign = misconception(
    of="gate_backward",
    diagnosis="dgate has the wrong sign",
    hint="If the new content is larger than the old, opening the gate makes the stored value "
    "larger. Which sign has the gradient then?",
    section="product-backward",
    change={"x - s_prev": "s_prev - x"},
)

incoming_gradient_forgotten = misconception(
    of="gate_backward",
    diagnosis="these are the derivatives of the storage; the gradient ds that comes in is not used",
    hint="By the chain rule each derivative is multiplied by the gradient of what comes after.",
    section="product-backward",
    change={"ds * gate, ds * (1 - gate), ds * (x - s_prev)": "gate, 1 - gate, x - s_prev"},
)

gate_slope_included = misconception(
    of="gate_backward",
    diagnosis="dgate is multiplied by the slope of a sigmoid, which is not part of this function",
    hint="The gate is an input here. Where it comes from is a question for later.",
    section="product-backward",
    change={"ds * (x - s_prev)": "ds * (x - s_prev) * gate * (1 - gate)"},
)

new_and_old_exchanged = misconception(
    of="gate_backward",
    diagnosis="dx and ds_prev are exchanged",
    hint="Where the gate is 1, the input got through and the old content did not. Which of the two "
    "should get the gradient?",
    section="product-backward",
    change={"gate, ds * (1 - gate)": "(1 - gate), ds * gate"},
)

old_content_gets_all = misconception(
    of="gate_backward",
    diagnosis="ds_prev is all of ds, as if the old content had been added ungated",
    hint="What was s_prev multiplied by on the way forward?",
    section="product-backward",
    change={"ds * (1 - gate)": "ds"},
)

gate_gradient_summed = misconception(
    of="gate_backward",
    diagnosis="dgate is summed over the batch",
    hint="Each sequence has a gate of its own. Only what sequences share, such as weights, is "
    "summed over them.",
    section="product-backward",
    change={"ds * (x - s_prev)": "(ds * (x - s_prev)).sum(axis=0)"},
)

gate_gradient_first = misconception(
    of="gate_backward",
    diagnosis="the three gradients are right but in another order",
    hint="The docstring lists what to return: dx, ds_prev, dgate.",
    section="product-backward",
    change={
        "ds * gate, ds * (1 - gate), ds * (x - s_prev)": (
            "ds * (x - s_prev), ds * gate, ds * (1 - gate)"
        ),
    },
)


ds_overwritten = misconception(
    of="gate_backward",
    diagnosis="ds is overwritten: the caller's array holds another gradient after the call",
    hint="The operator *= writes into the array on its left.",
    section="product-backward",
    change={
        "return ds * gate, ds * (1 - gate), ds * (x - s_prev)": """
        dgate = ds * (x - s_prev)
        ds_prev = ds * (1 - gate)
        ds *= gate
        return ds.copy(), ds_prev, dgate
        """,
    },
)


# --- 3. one step ----------------------------------------------------------------------------

blocks_i_f_o_g = misconception(
    of="lstm_step_forward",
    diagnosis="the blocks are taken in the order i, f, o, g",
    hint="Some libraries use that order. Here the third block is the candidate and the fourth the "
    "output gate.",
    section="lstm-step",
    change={
        "i, f, g, o = np.split(a_t, 4, axis=1)": "i, f, o, g = np.split(a_t, 4, axis=1)",
        "np.concatenate([i, f, g, o], axis=1)": "np.concatenate([i, f, o, g], axis=1)",
    },
)

blocks_f_i_g_o = misconception(
    of="lstm_step_forward",
    diagnosis="the first block is taken for the forget gate and the second for the input gate",
    hint="Many papers write the forget gate first. PyTorch's order, and ours, begins with the "
    "input gate.",
    section="lstm-step",
    change={"i, f, g, o = np": "f, i, g, o = np"},
)

blocks_f_i_o_g = misconception(
    of="lstm_step_forward",
    diagnosis="the blocks are taken in the order f, i, o, g",
    hint="Compare the order of your four blocks with the table of symbols: i, f, g, o.",
    section="lstm-step",
    change={
        "i, f, g, o = np.split(a_t, 4, axis=1)": "f, i, o, g = np.split(a_t, 4, axis=1)",
        "np.concatenate([i, f, g, o], axis=1)": "np.concatenate([f, i, o, g], axis=1)",
    },
)

cut_i_f_o_g_returned_i_f_g_o = misconception(
    of="lstm_step_forward",
    diagnosis="the blocks are cut in the order i, f, o, g",
    hint="Some libraries use that order. Look at the line that cuts a_t into four: which"
    " block is the third?",
    section="lstm-step",
    change={"i, f, g, o = np.split(a_t, 4, axis=1)": "i, f, o, g = np.split(a_t, 4, axis=1)"},
)

cut_f_i_o_g_returned_otherwise = misconception(
    of="lstm_step_forward",
    diagnosis="the blocks are cut in the order f, i, o, g",
    hint="Compare the order of your four blocks with the table of symbols: i, f, g, o.",
    section="lstm-step",
    change={"i, f, g, o = np.split(a_t, 4, axis=1)": "f, i, o, g = np.split(a_t, 4, axis=1)"},
)

blocks_interleaved = misconception(
    of="lstm_step_forward",
    diagnosis="every fourth column is taken, where each gate has H columns side by side",
    hint="Print the shape of a_t. The first H of its 4H columns are the input gate.",
    section="lstm-step",
    change={"np.split(a_t, 4, axis=1)": "(a_t[:, k::4] for k in range(4))"},
)

candidate_through_sigmoid = misconception(
    of="lstm_step_forward",
    diagnosis="the candidate goes through the sigmoid",
    hint="The candidate is content and not a gate: it may be negative. Which nonlinearity has "
    "values on both sides of zero?",
    section="lstm-step",
    change={"np.tanh(g)": "sigmoid(g)"},
)

output_gate_through_tanh = misconception(
    of="lstm_step_forward",
    diagnosis="the output gate goes through tanh",
    hint="A gate lies between 0 and 1. Only the candidate has a tanh.",
    section="lstm-step",
    change={"sigmoid(o)": "np.tanh(o)"},
)

cell_shown_without_tanh = misconception(
    of="lstm_step_forward",
    diagnosis="h_t is read from the cell without the tanh",
    hint="The cell is not bounded, the hidden state is. What stands between the cell and the "
    "output gate?",
    section="lstm-step",
    change={"np.tanh(c_t)": "c_t"},
)

output_gate_forgotten = misconception(
    of="lstm_step_forward",
    diagnosis="h_t is not multiplied by the output gate",
    hint="Which of your four blocks is computed and then not used?",
    section="lstm-step",
    change={"o * np.tanh(c_t)": "np.tanh(c_t)"},
)

input_gate_forgotten = misconception(
    of="lstm_step_forward",
    diagnosis="the candidate is added without passing the input gate",
    hint="Which of your four blocks is computed and then not used?",
    section="lstm-step",
    change={"c_prev + i * g": "c_prev + g"},
)

forget_gate_forgotten = misconception(
    of="lstm_step_forward",
    diagnosis="the old cell state is kept in full: the forget gate is not used",
    hint="Which of your four blocks is computed and then not used?",
    section="lstm-step",
    change={"f * c_prev": "c_prev"},
)

gates_coupled = misconception(
    of="lstm_step_forward",
    diagnosis="what is written is the complement of what is kept: 1 - f in place of the input gate",
    hint="The soft switch of part 1 does so. The LSTM has two gates, one for keeping and one for "
    "writing.",
    section="lstm-step",
    change={"c_prev + i": "c_prev + (1 - f)"},
)

keep_and_write_exchanged = misconception(
    of="lstm_step_forward",
    diagnosis="input and forget gate are exchanged in the update of the cell",
    hint="Which gate should multiply what the cell held before?",
    section="lstm-step",
    change={"f * c_prev + i": "i * c_prev + f"},
)

forget_gate_complemented = misconception(
    of="lstm_step_forward",
    diagnosis="the old cell state is multiplied by 1 - f",
    hint="The forget gate says how much is kept: at 1 nothing is forgotten.",
    section="lstm-step",
    change={"c_t = f": "c_t = (1 - f)"},
)

old_cell_shown = misconception(
    of="lstm_step_forward",
    diagnosis="h_t is read from the cell before the step",
    hint="First the cell is edited, then it is read.",
    section="lstm-step",
    change={"np.tanh(c_t)": "np.tanh(c_prev)"},
)

gates_read_the_cell = misconception(
    of="lstm_step_forward",
    diagnosis="the gates are computed from the cell state in place of the hidden state",
    hint="The cell does not see itself: W_h multiplies the state that was shown.",
    section="lstm-step",
    change={"h_prev @ W_h.T": "c_prev @ W_h.T"},
)

step_bias_forgotten = misconception(
    of="lstm_step_forward",
    diagnosis="the bias b is missing",
    hint="Count the terms of the pre-activation, then count yours.",
    section="lstm-step",
    change={"W_h.T + b": "W_h.T"},
)

step_bias_twice = misconception(
    of="lstm_step_forward",
    diagnosis="the bias is added twice",
    hint="PyTorch has two biases that are added. Here there is one.",
    section="lstm-step",
    change={"h_prev @ W_h.T": "b + h_prev @ W_h.T"},
)

hidden_state_not_used = misconception(
    of="lstm_step_forward",
    diagnosis="the hidden state before the step has no influence",
    hint="Which argument of your function is not used?",
    section="lstm-step",
    change={"h_prev @ W_h.T + b": "b"},
)


gates_before_nonlinearity = misconception(
    of="lstm_step_forward",
    diagnosis="gates holds the pre-activations; asked for are the values after sigmoid and tanh",
    hint="h_t and c_t are right. Look at what you put side by side at the end.",
    section="lstm-step",
    change={"np.concatenate([i, f, g, o], axis=1)": "a_t"},
)


squashed_cell_returned = misconception(
    of="lstm_step_forward",
    diagnosis="c_t is returned after the tanh, and so could never be more than 1",
    hint="The tanh is only for what is shown. What the cell holds goes on as it is.",
    section="lstm-step",
    change={"f * c_prev + i * g": "np.tanh(f * c_prev + i * g)", "np.tanh(c_t)": "c_t"},
)

states_returned_exchanged = misconception(
    of="lstm_step_forward",
    diagnosis="h_t and c_t are returned in the other order",
    hint="The docstring lists what to return: first h_t, then c_t.",
    section="lstm-step",
    change={"h_t, c_t": "c_t, h_t"},
)

cell_overwritten = misconception(
    of="lstm_step_forward",
    diagnosis="c_prev is overwritten: the caller's array holds the new cell state after the call",
    hint="The operators *= and += write into the array on their left. Give the new cell state an "
    "array of its own.",
    section="lstm-step",
    change={
        "c_t = f * c_prev + i * g": """
        c_t = c_prev
        c_t *= f
        c_t += i * g
        """,
    },
)

step_in_float64 = misconception(
    of="lstm_step_forward",
    diagnosis="float32 inputs give float64 states",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype. Does anything "
    "enter that is not an argument or made from one?",
    section="lstm-step",
    change={
        "c_t = f * c_prev + i * g": """
        c_t = np.zeros(c_prev.shape)
        c_t += f * c_prev + i * g
        """,
    },
)


sigmoid_overflows = misconception(
    of="lstm_step_forward",
    diagnosis="a sigmoid of one's own overflows for large sums, and infinity divided by infinity "
    "is NaN",
    hint="The sigmoid in the first cell of the notebook takes care of large numbers. Use that one.",
    section="lstm-step",
    change={
        "i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)": """
        i, f, o = (np.exp(a) / (1 + np.exp(a)) for a in (i, f, o))
        g = np.tanh(g)
        """,
    },
)


# --- 4. the whole sequence ------------------------------------------------------------------


cell_not_handed_on = misconception(
    of="lstm_forward",
    diagnosis="every step starts from c_0: the cell state is not handed on",
    hint="Your cell at step t holds nothing of the steps before. Two states go from step to step.",
    section="lstm-sequence",
    change={"x[:, t], h_t, c_t,": "x[:, t], h_t, c_0,"},
)


hidden_state_not_handed_on = misconception(
    of="lstm_forward",
    diagnosis="every step starts from h_0: the hidden state is not handed on",
    hint="Two states go from step to step. Which variable should hold each when the next step "
    "begins?",
    section="lstm-sequence",
    change={"x[:, t], h_t, c_t,": "x[:, t], h_0, c_t,"},
)


initial_cell_ignored = misconception(
    of="lstm_forward",
    diagnosis="the cell starts from zeros, not from c_0",
    hint="The cell state before the first step is an argument. Zeros are one choice of it, made by "
    "the caller.",
    section="lstm-sequence",
    change={"h_t, c_t = h_0, c_0": "h_t, c_t = h_0, np.zeros_like(c_0)"},
)


initial_hidden_state_ignored = misconception(
    of="lstm_forward",
    diagnosis="the hidden state starts from zeros, not from h_0",
    hint="The hidden state before the first step is an argument. Zeros are one choice of it, made "
    "by the caller.",
    section="lstm-sequence",
    change={"h_t, c_t = h_0, c_0": "h_t, c_t = np.zeros_like(h_0), c_0"},
)


initial_states_exchanged = misconception(
    of="lstm_forward",
    diagnosis="h_0 and c_0 are exchanged",
    hint="Compare the order of the arguments with the order in which you use them.",
    section="lstm-sequence",
    change={"h_t, c_t = h_0, c_0": "h_t, c_t = c_0, h_0"},
)


cell_runs_on = misconception(
    of="lstm_forward",
    diagnosis="the hidden state is carried past the end of a sequence, but the cell runs on into "
    "the padding",
    hint="c[:, -1] is to be the final cell state of every sequence, as h[:, -1] is the final "
    "hidden state.",
    section="lstm-sequence",
    change={"np.where(running, c_next, c_t)": "c_next"},
)


padding_read = misconception(
    of="lstm_forward",
    diagnosis="lengths has no influence: the network goes on reading the padding",
    hint="What lies beyond a sequence's length is no input. Those rows should keep both their "
    "states.",
    section="lstm-sequence",
    change={
        """
        running = (t < lengths)[:, None]
        h_t, c_t = np.where(running, h_next, h_t), np.where(running, c_next, c_t)
        """: "h_t, c_t = h_next, c_next",
    },
)


padding_zeroed = misconception(
    of="lstm_forward",
    diagnosis="the states in the padding are zero; they should repeat the last real ones",
    hint="h[:, -1] and c[:, -1] are to be the final states of every sequence, also of the short "
    "ones.",
    section="lstm-sequence",
    change={
        "h_t, c_t = np.where(running, h_next, h_t), np.where(running, c_next, c_t)": (
            "h_t, c_t = h_next * running, c_next * running"
        ),
    },
)


cell_zeroed_in_padding = misconception(
    of="lstm_forward",
    diagnosis="the cell is set to zero in the padding; it should repeat the last real state",
    hint="Both states are carried on where a sequence has ended.",
    section="lstm-sequence",
    change={"np.where(running, c_next, c_t)": "c_next * running"},
)


one_step_too_many = misconception(
    of="lstm_forward",
    diagnosis="each sequence takes one step too many, into the padding",
    hint="Steps are counted from 0. Which is the last t of a sequence of length 1?",
    section="lstm-sequence",
    change={"t < lengths": "t <= lengths"},
)


one_step_too_few = misconception(
    of="lstm_forward",
    diagnosis="each sequence stops one step too early",
    hint="A sequence of length L takes L steps, at t = 0 to L - 1. Try your condition for length 1 "
    "and t = 0.",
    section="lstm-sequence",
    change={"t < lengths": "t < lengths - 1"},
)


states_one_step_late = misconception(
    of="lstm_forward",
    diagnosis="the states are one step late: h[:, t] and c[:, t] are the states before step t",
    hint="h[:, 0] should have seen x[:, 0] already. Do you store before or after the step?",
    section="lstm-sequence",
    change={
        "h_next, c_next, gates[:, t] = lstm_step_forward(x[:, t], h_t, c_t, W_x, W_h, b)": """
        h[:, t], c[:, t] = h_t, c_t
        h_next, c_next, gates[:, t] = lstm_step_forward(x[:, t], h_t, c_t, W_x, W_h, b)
        """,
        "h[:, t], c[:, t] = h_t, c_t": "",
    },
)


hidden_and_cell_exchanged = misconception(
    of="lstm_forward",
    diagnosis="h and c are returned in the other order",
    hint="The docstring lists what to return: first h, then c.",
    section="lstm-sequence",
    change={"return h, c, gates": "return c, h, gates"},
)


states_in_float64 = misconception(
    of="lstm_forward",
    diagnosis="float32 inputs give float64 states",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="lstm-sequence",
    change={
        """
        N, T, _ = x.shape
        H = h_0.shape[1]
        h, c = np.empty((N, T, H), dtype=x.dtype), np.empty((N, T, H), dtype=x.dtype)
        gates = np.empty((N, T, 4 * H), dtype=x.dtype)
        """: """
        shape = (*x.shape[:2], h_0.shape[1])
        h, c = np.zeros(shape), np.zeros(shape)
        gates = np.zeros((*x.shape[:2], 4 * h_0.shape[1]))
        """,
        "range(T)": "range(x.shape[1])",
    },
)


initial_states_overwritten = misconception(
    of="lstm_forward",
    diagnosis="h_0 and c_0 are overwritten: the caller's arrays hold other numbers after the call",
    hint="Assigning an array to a second name makes no copy, and writing into a part of it changes "
    "the one array that both names stand for.",
    section="lstm-sequence",
    change={
        "running = (t < lengths)[:, None]": "running = t < lengths",
        "h_t, c_t = np.where(running, h_next, h_t), np.where(running, c_next, c_t)": (
            "h_t[running], c_t[running] = h_next[running], c_next[running]"
        ),
    },
)


loop_returns_early = misconception(
    of="lstm_forward",
    diagnosis="only the first step is stored, all later states are zero",
    hint="How often does the loop run before the function ends? Look at what is indented below it.",
    section="lstm-sequence",
    change={
        "h, c = np.empty((N, T, H), dtype=x.dtype), np.empty((N, T, H), dtype=x.dtype)": (
            "h, c = np.zeros((N, T, H), dtype=x.dtype), np.zeros((N, T, H), dtype=x.dtype)"
        ),
        "np.empty((N, T, 4 * H), dtype=x.dtype)": "np.zeros((N, T, 4 * H), dtype=x.dtype)",
        "h[:, t], c[:, t] = h_t, c_t": """
        h[:, t], c[:, t] = h_t, c_t
        return h, c, gates
        """,
    },
)


loop_ends_with_longest = misconception(
    of="lstm_forward",
    diagnosis="the places beyond the longest sequence stay zero",
    hint="h has T places, also where no sequence of the batch is that long. What should stand in "
    "the places that no step reaches?",
    section="lstm-sequence",
    change={
        """
        N, T, _ = x.shape
        H = h_0.shape[1]
        h, c = np.empty((N, T, H), dtype=x.dtype), np.empty((N, T, H), dtype=x.dtype)
        gates = np.empty((N, T, 4 * H), dtype=x.dtype)
        """: """
        shape = (*x.shape[:2], h_0.shape[1])
        h, c = np.zeros(shape, dtype=x.dtype), np.zeros(shape, dtype=x.dtype)
        gates = np.zeros((*x.shape[:2], 4 * h_0.shape[1]), dtype=x.dtype)
        """,
        "range(T)": "range(max(lengths))",
    },
)


# --- 5. backward through the cell -----------------------------------------------------------


way_through_output_left_out = misconception(
    of="lstm_cell_backward",
    diagnosis="the gradient that reaches the cell through h_t is left out",
    hint="The cell acts on the loss in two ways, through the next cell and through what is shown "
    "of it now. Add both.",
    section="lstm-backward",
    change={"dc_t + dh_t * o * (1 - tanh_c**2)": "dc_t"},
)


way_from_next_step_left_out = misconception(
    of="lstm_cell_backward",
    diagnosis="the gradient from the next step, dc_t, is left out",
    hint="Which argument of your function is not used? The cell acts on the loss in two ways.",
    section="lstm-backward",
    change={"dc_t + dh_t * o * (1 - tanh_c**2)": "dh_t * o * (1 - tanh_c**2)"},
)


slope_of_tanh_at_cell_forgotten = misconception(
    of="lstm_cell_backward",
    diagnosis="the slope of the tanh between cell and h_t is missing",
    hint="h_t is the output gate times tanh of the cell. What is the derivative of that with "
    "respect to the cell?",
    section="lstm-backward",
    change={"dh_t * o * (1 - tanh_c**2)": "dh_t * o"},
)


slope_at_the_cell_itself = misconception(
    of="lstm_cell_backward",
    diagnosis="the slope of the tanh is computed from the cell state, as if it had passed the tanh "
    "already",
    hint="The slope is one minus the square of the value after the tanh. The array c_t holds the "
    "value before it.",
    section="lstm-backward",
    change={"1 - tanh_c**2": "1 - c_t**2"},
)


slope_at_hidden_state = misconception(
    of="lstm_cell_backward",
    diagnosis="the slope of the tanh is computed from h_t, which has passed the output gate too",
    hint="One minus the square of what? The value after the tanh, before it is multiplied by the "
    "output gate.",
    section="lstm-backward",
    change={"1 - tanh_c**2": "1 - (o * tanh_c) ** 2"},
)


output_gate_not_in_the_way = misconception(
    of="lstm_cell_backward",
    diagnosis="the way through h_t lacks the output gate",
    hint="On the way forward the shown cell was multiplied by the output gate. So is its gradient "
    "on the way back.",
    section="lstm-backward",
    change={"dh_t * o * (1 - tanh_c**2)": "dh_t * (1 - tanh_c**2)"},
)


next_step_through_output_gate = misconception(
    of="lstm_cell_backward",
    diagnosis="dc_t is sent through the output gate and the tanh as well",
    hint="The next step reads the cell directly. Only the gradient of h_t comes through the output "
    "gate.",
    section="lstm-backward",
    change={"dc_t + dh_t * o": "(dc_t + dh_t) * o"},
)


output_gate_gets_the_cell = misconception(
    of="lstm_cell_backward",
    diagnosis="the gradient of the output gate has the cell state where tanh of it stood",
    hint="What was the output gate multiplied by on the way forward?",
    section="lstm-backward",
    change={"dh_t * tanh_c": "dh_t * c_t"},
)


output_gate_from_cell_gradient = misconception(
    of="lstm_cell_backward",
    diagnosis="the gradient of the output gate starts from that of the cell, not from dh_t",
    hint="The output gate acts on h_t and on nothing else in this step.",
    section="lstm-backward",
    change={"dh_t * tanh_c": "dc * tanh_c"},
)


forget_gate_gets_new_cell = misconception(
    of="lstm_cell_backward",
    diagnosis="the gradient of the forget gate has the cell after the step where the cell before "
    "it stood",
    hint="What was the forget gate multiplied by on the way forward?",
    section="lstm-backward",
    change={"dc * c_prev": "dc * c_t"},
)


input_and_candidate_exchanged = misconception(
    of="lstm_cell_backward",
    diagnosis="the factors of input gate and candidate are exchanged: each gets its own value",
    hint="In a product, each factor gets the other one: the gradient of the input gate is "
    "multiplied by the candidate.",
    section="lstm-backward",
    change={
        "dc * g * i * (1 - i)": "dc * i * i * (1 - i)",
        "dc * i * (1 - g**2)": "dc * g * (1 - g**2)",
    },
)


slopes_forgotten = misconception(
    of="lstm_cell_backward",
    diagnosis="these are the gradients of the gates; the way through sigmoid and tanh is missing",
    hint="Asked for is the gradient with respect to the pre-activations. Each block still needs "
    "the slope of its nonlinearity.",
    section="lstm-backward",
    change={
        """
        dc * g * i * (1 - i),
        dc * c_prev * f * (1 - f),
        dc * i * (1 - g**2),
        dh_t * tanh_c * o * (1 - o),
        """: "dc * g, dc * c_prev, dc * i, dh_t * tanh_c",
    },
)


candidate_slope_of_sigmoid = misconception(
    of="lstm_cell_backward",
    diagnosis="the candidate gets the slope of the sigmoid",
    hint="The candidate went through tanh. Its slope is one minus the square of its value.",
    section="lstm-backward",
    change={"dc * i * (1 - g**2)": "dc * i * g * (1 - g)"},
)


candidate_slope_forgotten = misconception(
    of="lstm_cell_backward",
    diagnosis="the candidate's block lacks the slope of its tanh",
    hint="All four blocks pass a nonlinearity on the way back. Look at the third.",
    section="lstm-backward",
    change={"dc * i * (1 - g**2)": "dc * i"},
)


slopes_of_sigmoid_again = misconception(
    of="lstm_cell_backward",
    diagnosis="the sigmoid is applied to the gates once more before the slope is taken",
    hint="The array gates holds the values after the nonlinearity. The slope is written by these "
    "values.",
    section="lstm-backward",
    change={
        """
        dc * g * i * (1 - i),
        dc * c_prev * f * (1 - f),
        dc * i * (1 - g**2),
        dh_t * tanh_c * o * (1 - o),
        """: """
        dc * g * sigmoid(i) * (1 - sigmoid(i)),
        dc * c_prev * sigmoid(f) * (1 - sigmoid(f)),
        dc * i * (1 - np.tanh(g) ** 2),
        dh_t * tanh_c * sigmoid(o) * (1 - sigmoid(o)),
        """,
    },
)


blocks_back_in_order_i_f_o_g = misconception(
    of="lstm_cell_backward",
    diagnosis="the blocks of da are in the order i, f, o, g",
    hint="The order is the same as in gates: i, f, g, o.",
    section="lstm-backward",
    change={
        """
        dc * i * (1 - g**2),
        dh_t * tanh_c * o * (1 - o),
        """: """
        dh_t * tanh_c * o * (1 - o),
        dc * i * (1 - g**2),
        """,
    },
)


blocks_back_in_order_f_i_g_o = misconception(
    of="lstm_cell_backward",
    diagnosis="the blocks of da are in the order f, i, g, o",
    hint="The order is the same as in gates: i, f, g, o.",
    section="lstm-backward",
    change={
        """
        dc * g * i * (1 - i),
        dc * c_prev * f * (1 - f),
        """: """
        dc * c_prev * f * (1 - f),
        dc * g * i * (1 - i),
        """,
    },
)


cell_before_gets_all = misconception(
    of="lstm_cell_backward",
    diagnosis="dc_prev lacks the forget gate",
    hint="What was c_prev multiplied by on the way forward?",
    section="lstm-backward",
    change={"axis=1), dc * f": "axis=1), dc"},
)


cell_before_from_next_alone = misconception(
    of="lstm_cell_backward",
    diagnosis="dc_prev starts from dc_t alone; what came through h_t is missing in it",
    hint="The whole gradient of the cell goes on to the cell before, the part that came through "
    "h_t too.",
    section="lstm-backward",
    change={"axis=1), dc * f": "axis=1), dc_t * f"},
)


cell_before_gets_input_gate = misconception(
    of="lstm_cell_backward",
    diagnosis="dc_prev is multiplied by the input gate",
    hint="Which gate was c_prev multiplied by on the way forward?",
    section="lstm-backward",
    change={"axis=1), dc * f": "axis=1), dc * i"},
)


cell_gradient_overwritten = misconception(
    of="lstm_cell_backward",
    diagnosis="dc_t is overwritten: the caller's array holds another gradient after the call",
    hint="The operator += writes into the array on its left. Give the sum an array of its own.",
    section="lstm-backward",
    change={
        "dc = dc_t + dh_t * o * (1 - tanh_c**2)": """
        dc_t += dh_t * o * (1 - tanh_c**2)
        dc = dc_t
        """,
    },
)


cell_backward_in_float64 = misconception(
    of="lstm_cell_backward",
    diagnosis="float32 inputs give float64 gradients",
    hint="np.zeros and np.empty make float64 arrays unless they are told a dtype.",
    section="lstm-backward",
    change={"np.concatenate(da, axis=1)": "np.concatenate(da, axis=1).astype(np.float64)"},
)


# --- 6. backward through the sequence -------------------------------------------------------

sequence_forwards = misconception(
    of="lstm_backward",
    diagnosis="the steps are taken from the first to the last",
    hint="A state acts on what comes after it. Whose gradient has to be known first?",
    section="lstm-backward",
    change={
        "reversed(range(x.shape[1]))": "range(x.shape[1])",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)


cell_gradient_not_handed_on = misconception(
    of="lstm_backward",
    diagnosis="dc_next stays zero: the gradient along the cell is not handed on",
    hint="Two gradients go from step to step, one for each state. Without the second, the memory "
    "gets none.",
    section="lstm-backward",
    change={"dc_next = np.where(running, dc_prev, dc_next)": ""},
)

hidden_gradient_not_handed_on = misconception(
    of="lstm_backward",
    diagnosis="dh_next stays zero: the gradient through the hidden state is not handed on",
    hint="Each hidden state acts on the loss directly and through the next step. Add both.",
    section="lstm-backward",
    change={
        "dh[:, t] + dh_next": "dh[:, t]",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

hidden_gradient_of_next_alone = misconception(
    of="lstm_backward",
    diagnosis="the gradient that each step gets from the loss directly is dropped after the last "
    "step",
    hint="At each step two gradients of the hidden state are added: the one in dh, and the one "
    "that was handed back.",
    section="lstm-backward",
    change={
        "np.zeros_like(h_0)": "dh[:, -1]",
        "dh[:, t] + dh_next": "dh_next",
    },
)

last_step_only = misconception(
    of="lstm_backward",
    diagnosis="the gradients of the weights are those of the first step alone: each step replaces "
    "them",
    hint="Every step uses the same weights, so the contributions of the steps are added.",
    section="lstm-backward",
    change={
        """
        dx[:, t] = da @ W_x
        dW_x += da.T @ x[:, t]
        dW_h += da.T @ h_prev
        db += da.sum(axis=0)
        dh_next = np.where(running, da @ W_h, dh_t)
        """: """
        dx[:, t], dh_prev = da @ W_x, da @ W_h
        dW_x, dW_h, db = da.T @ x[:, t], da.T @ h_prev, da.sum(axis=0)
        dh_next = np.where(running, dh_prev, dh_t)
        """,
    },
)

states_after_for_before = misconception(
    of="lstm_backward",
    diagnosis="the states after a step are used where those before it belong",
    hint="h[:, t] is the state after step t. Which one did step t start from, and which at t = 0?",
    section="lstm-backward",
    change={
        "(h[:, t - 1], c[:, t - 1]) if t > 0 else (h_0, c_0)": "h[:, t], c[:, t]",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

first_step_wraps_around = misconception(
    of="lstm_backward",
    diagnosis="at the first step the last states are taken for those before: an index of -1",
    hint="At t = 0 the index t - 1 is -1, and that means the last place. Which states did the "
    "first step start from?",
    section="lstm-backward",
    change={
        "(h[:, t - 1], c[:, t - 1]) if t > 0 else (h_0, c_0)": "h[:, t - 1], c[:, t - 1]",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

first_step_from_zeros = misconception(
    of="lstm_backward",
    diagnosis="the first step is taken to start from zeros, not from h_0 and c_0",
    hint="The states before the first step are arguments.",
    section="lstm-backward",
    change={
        "h_prev, c_prev = (h[:, t - 1], c[:, t - 1]) if t > 0 else (h_0, c_0)": """
        h_prev, c_prev = (
            (h[:, t - 1], c[:, t - 1]) if t > 0 else (np.zeros_like(h_0), np.zeros_like(c_0))
        )
        """,
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

padding_gives_gradients = misconception(
    of="lstm_backward",
    diagnosis="lengths has no influence: the padding gives gradients to weights and inputs",
    hint="Where a sequence has ended, forward took no step. What can backward learn there?",
    section="lstm-backward",
    change={"running = (t < lengths)[:, None]": "running = np.full((len(x), 1), True)"},
)

padding_stops_the_gradient = misconception(
    of="lstm_backward",
    diagnosis="in the padding the gradient is dropped; it should be handed on unchanged",
    hint="In the padding h repeats the last state. A loss on a copy is a loss on the original.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h, dh_t": "dh_prev, 0",
        "dc_prev, dc_next": "dc_prev, 0",
    },
)

padding_counts_for_weights = misconception(
    of="lstm_backward",
    diagnosis="both gradients are handed on in the padding, but the weights and x get a share "
    "there",
    hint="Where a sequence has ended, no weight was used and no input read.",
    section="lstm-backward",
    change={
        """
        da = np.where(running, da, 0)
        dx[:, t] = da @ W_x
        """: "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

cell_gradient_moves_in_padding = misconception(
    of="lstm_backward",
    diagnosis="in the padding the gradient of the cell is changed as by a step",
    hint="Both gradients are handed on unchanged where a sequence has ended, as forward carried on "
    "both states.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
        "np.where(running, dc_prev, dc_next)": "dc_prev",
    },
)

one_step_too_many_back = misconception(
    of="lstm_backward",
    diagnosis="each sequence goes back one step too many, through padding",
    hint="Steps are counted from 0. Which is the last t of a sequence of length 1?",
    section="lstm-backward",
    change={
        "t < lengths": "t <= lengths",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

initial_gradients_exchanged = misconception(
    of="lstm_backward",
    diagnosis="dh_0 and dc_0 are exchanged",
    hint="The docstring lists what to return: dx, dh_0, dc_0, and then the weights.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
        "dx, dh_next, dc_next": "dx, dc_next, dh_next",
    },
)

gradients_divided_by_steps = misconception(
    of="lstm_backward",
    diagnosis="the gradients of the weights are divided by the number of steps",
    hint="The contributions of the steps are added. A mean over steps is made by the loss, if it "
    "is one.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
        "return dx, dh_next, dc_next, dW_x, dW_h, db": """
        dW_x, dW_h, db = (total / x.shape[1] for total in (dW_x, dW_h, db))
        return dx, dh_next, dc_next, dW_x, dW_h, db
        """,
    },
)

dh_overwritten = misconception(
    of="lstm_backward",
    diagnosis="dh is overwritten: the caller's array holds other gradients after the call",
    hint="A slice of an array is a window on it, and += writes through the window. Give the sum an "
    "array of its own.",
    section="lstm-backward",
    change={
        "dh_t = dh[:, t] + dh_next": """
        dh[:, t] += dh_next
        dh_t = dh[:, t]
        """,
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

bias_not_summed = misconception(
    of="lstm_backward",
    diagnosis="db is not summed over the batch",
    hint="The bias has 4H numbers, and every sequence adds to them.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "db += da.sum(axis=0)": "db = db + da",
        "da @ W_h": "dh_prev",
    },
)

bias_summed_over_units = misconception(
    of="lstm_backward",
    diagnosis="db is summed over the units and not over the batch",
    hint="The bias has one number for each of the 4H pre-activations. Over which axis do the "
    "sequences lie?",
    section="lstm-backward",
    change={
        "np.zeros(len(W_x), dtype=W_x.dtype)": "0",
        "db += da.sum(axis=0)": "db = db + da.sum(axis=1)",
    },
)

bias_one_number = misconception(
    of="lstm_backward",
    diagnosis="db is one number: the sum runs over all axes",
    hint="The bias has 4H numbers. Which axis of da holds the sequences?",
    section="lstm-backward",
    change={
        "np.zeros(len(W_x), dtype=W_x.dtype)": "0",
        "db += da.sum(axis=0)": "db = db + da.sum()",
    },
)

weights_averaged = misconception(
    of="lstm_backward",
    diagnosis="the gradients of the weights are means over the batch",
    hint="The sequences share the weights, so their contributions are added. A mean is made by the "
    "loss, if it is one.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
        "dW_x, dW_h, db": "dW_x / len(x), dW_h / len(x), db / len(x)",
    },
)

weights_transposed = misconception(
    of="lstm_backward",
    diagnosis="the gradients of the weights are transposed",
    hint="A gradient has the shape of what it belongs to: 4H rows.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
        "dW_x, dW_h, db": "dW_x.T, dW_h.T, db",
    },
)

recurrent_weights_get_state_after = misconception(
    of="lstm_backward",
    diagnosis="dW_h is made with the hidden states after each step, not before",
    hint="W_h multiplied the state before the step. At t = 0 that is h_0.",
    section="lstm-backward",
    change={"da.T @ h_prev": "da.T @ h[:, t]"},
)

recurrent_weights_start_from_zeros = misconception(
    of="lstm_backward",
    diagnosis="for dW_h the first step is taken to start from zeros, not from h_0",
    hint="The network need not start from zeros. What was W_h multiplied by at the first step?",
    section="lstm-backward",
    change={
        "else (h_0, c_0)": "else (np.zeros_like(h_0), c_0)",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)

weights_before_gradients_of_states = misconception(
    of="lstm_backward",
    diagnosis="the gradients are right but the weights come first",
    hint="The docstring lists what to return: dx, dh_0, dc_0, and then the weights.",
    section="lstm-backward",
    change={
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
        "dx, dh_next, dc_next, dW_x, dW_h, db": "dW_x, dW_h, db, dx, dh_next, dc_next",
    },
)

direct_gradient_to_cell = misconception(
    of="lstm_backward",
    diagnosis="the gradient of the hidden state is handed to the cell as well",
    hint="What reaches the cell through the hidden state is added by your function from part 5. "
    "From the next step it gets dc_prev alone.",
    section="lstm-backward",
    change={
        "dh_t, dc_next": "dh_t, dc_next + dh_t",
        "dx[:, t] = da @ W_x": "dx[:, t], dh_prev = da @ W_x, da @ W_h",
        "da @ W_h": "dh_prev",
    },
)


# --- 7. initial weights ---------------------------------------------------------------------

bias_of_input_gate = misconception(
    of="init_lstm",
    diagnosis="the bias of the input gates is set, not that of the forget gates",
    hint="The order is i, f, g, o: the forget gates are the second block of H numbers.",
    section="forget-bias",
    change={"H : 2 * H": ":H"},
)

bias_of_candidate = misconception(
    of="init_lstm",
    diagnosis="the bias of the candidate is set, not that of the forget gates",
    hint="Blocks count from 0: the second block begins at H.",
    section="forget-bias",
    change={"H : 2 * H": "2 * H : 3 * H"},
)

bias_everywhere = misconception(
    of="init_lstm",
    diagnosis="the whole bias is set to forget_bias",
    hint="An open input gate lets noise in from the start. Only the forget gates begin open.",
    section="forget-bias",
    change={
        """
        b = np.zeros(4 * H)
        b[H : 2 * H] = forget_bias
        """: "b = np.full(4 * H, float(forget_bias))",
    },
)

bias_of_one_unit = misconception(
    of="init_lstm",
    diagnosis="the bias of a single forget gate is set",
    hint="There are H forget gates, one for each unit.",
    section="forget-bias",
    change={": 2 * H": ""},
)

bias_zero = misconception(
    of="init_lstm",
    diagnosis="the bias of the forget gates stays zero",
    hint="Which argument of your function is not used?",
    section="forget-bias",
    change={"b[H : 2 * H] = forget_bias": ""},
)

bias_always_one = misconception(
    of="init_lstm",
    diagnosis="the bias of the forget gates is always 1",
    hint="forget_bias is an argument; 1 is only its default.",
    section="forget-bias",
    change={"b[H : 2 * H] = forget_bias": "b[H : 2 * H] = 1.0"},
)

bias_drawn = misconception(
    of="init_lstm",
    diagnosis="the other biases are drawn at random; they should be zero",
    hint="PyTorch draws them. Here only the weights are drawn.",
    section="forget-bias",
    change={"np.zeros(4 * H)": "rng.uniform(-bound, bound, 4 * H)"},
)

bound_without_root = misconception(
    of="init_lstm",
    diagnosis="the bound is 1/H, without the root",
    hint="With 25 units the weights should reach up to one fifth.",
    section="forget-bias",
    change={"np.sqrt(H)": "H"},
)

weights_not_negative = misconception(
    of="init_lstm",
    diagnosis="the weights are drawn from 0 up, none is negative",
    hint="The interval lies on both sides of zero.",
    section="forget-bias",
    change={
        "-bound, bound, (4 * H, D)": "0, bound, (4 * H, D)",
        "-bound, bound, (4 * H, H)": "0, bound, (4 * H, H)",
    },
)

weights_normal = misconception(
    of="init_lstm",
    diagnosis="the weights are drawn from a normal distribution and exceed the bound",
    hint="Uniform means: equally likely anywhere between the two ends, and nowhere else.",
    section="forget-bias",
    change={
        "rng.uniform(-bound, bound, (4 * H, D))": "rng.normal(size=(4 * H, D)) * bound",
        "rng.uniform(-bound, bound, (4 * H, H))": "rng.normal(size=(4 * H, H)) * bound",
    },
)

one_block_repeated = misconception(
    of="init_lstm",
    diagnosis="all four blocks of weights are the same",
    hint="The gates shall learn different things, and need different weights to begin with.",
    section="forget-bias",
    change={
        "rng.uniform(-bound, bound, (4 * H, D))": (
            "np.tile(rng.uniform(-bound, bound, (H, D)), (4, 1))"
        ),
        "rng.uniform(-bound, bound, (4 * H, H))": (
            "np.tile(rng.uniform(-bound, bound, (H, H)), (4, 1))"
        ),
    },
)

seed_ignored = misconception(
    of="init_lstm",
    diagnosis="the seed has no influence: every call gives the same weights",
    hint="The generator is made from the seed, which is an argument.",
    section="forget-bias",
    change={"np.random.default_rng(seed)": "np.random.default_rng(0)"},
)


# --- 8. a memory cell -----------------------------------------------------------------------

mark_without_the_factor_two = misconception(
    of="memory_weights",
    diagnosis="at the mark the pre-activations are zero: the gates are half open",
    hint="The bias stays when the mark comes. The weight has to carry the sum from one side of "
    "zero to the other.",
    section="saturated-gates",
    change={
        "np.array([[0.0, 2 * alpha], [0.0, -2 * alpha], [1.0, 0.0], [0.0, 0.0]])": (
            "np.array([[0.0, alpha], [0.0, -alpha], [1.0, 0.0], [0.0, 0.0]])"
        ),
    },
)

cell_written_when_unmarked = misconception(
    of="memory_weights",
    diagnosis="the gates work the wrong way round: it writes where no mark is",
    hint="Put the mark to 0 and look at your bias. Which gate should be open then?",
    section="saturated-gates",
    change={
        "np.array([[0.0, 2 * alpha], [0.0, -2 * alpha], [1.0, 0.0], [0.0, 0.0]])": (
            "np.array([[0.0, -2 * alpha], [0.0, 2 * alpha], [1.0, 0.0], [0.0, 0.0]])"
        ),
        "-alpha, alpha": "alpha, -alpha",
    },
)

memory_in_order_i_f_o_g = misconception(
    of="memory_weights",
    diagnosis="the rows are in the order i, f, o, g",
    hint="The candidate is the third row, the output gate the fourth.",
    section="saturated-gates",
    change={
        ", [0.0, -2 * alpha], [1.0, 0.0], [0.0, 0.0]": (
            ", [0.0, -2 * alpha], [0.0, 0.0], [1.0, 0.0]"
        ),
        "0.0, alpha": "alpha, 0.0",
    },
)

value_to_the_output_gate = misconception(
    of="memory_weights",
    diagnosis="the value goes to the output gate, and the candidate gets nothing",
    hint="Which row of W_x belongs to the candidate? The order is i, f, g, o.",
    section="saturated-gates",
    change={
        ", [0.0, -2 * alpha], [1.0, 0.0], [0.0, 0.0]": (
            ", [0.0, -2 * alpha], [0.0, 0.0], [1.0, 0.0]"
        ),
    },
)

value_and_mark_exchanged = misconception(
    of="memory_weights",
    diagnosis="the columns of W_x are exchanged: the value moves the gates, and the mark is the "
    "candidate",
    hint="Which of the two numbers of the input should open a gate?",
    section="saturated-gates",
    change={
        "np.array([[0.0, 2 * alpha], [0.0, -2 * alpha], [1.0, 0.0], [0.0, 0.0]])": (
            "np.array([[2 * alpha, 0.0], [-2 * alpha, 0.0], [0.0, 1.0], [0.0, 0.0]])"
        ),
    },
)

nothing_is_forgotten = misconception(
    of="memory_weights",
    diagnosis="the forget gate stays open at the mark, so that the new value is added to the old",
    hint="When a value is written, what was there before has to go.",
    section="saturated-gates",
    change={"-2 * alpha": "0.0"},
)

output_never_open = misconception(
    of="memory_weights",
    diagnosis="the pre-activation of the output gate is zero, so that it is half open",
    hint="The cell is always read. What makes a pre-activation large when nothing comes in?",
    section="saturated-gates",
    change={"0.0, alpha": "0.0, 0.0"},
)

candidate_scaled = misconception(
    of="memory_weights",
    diagnosis="the value is multiplied by alpha, so that the tanh cuts it off",
    hint="The table asks for the value itself as pre-activation of the candidate.",
    section="saturated-gates",
    change={", [0.0, -2 * alpha], [1.0, 0.0]": ", [0.0, -2 * alpha], [alpha, 0.0]"},
)
