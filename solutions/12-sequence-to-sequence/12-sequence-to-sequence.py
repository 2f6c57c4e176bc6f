# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 12: an encoder and a decoder in NumPy
#
# You write nine short functions. Part 1 makes the inputs and the targets of a decoder. Parts 2 to 5
# are the network: an encoder, the bridge from its last state to the decoder, one step of the
# decoder, and all of its steps with the right symbols fed in. Part 6 is the loss and its gradient,
# parts 7 and 8 take that gradient back through the decoder and the bridge, to the encoder's last
# state. Part 9 lets the decoder write freely. In part 10 your functions turn digits into words, and
# you measure what free running does to a network that makes mistakes.
#
# The assignment belongs to chapter 12 of the book, gives 20 points, and takes about 3 and a half
# hours. Each part says how long it takes.
#
# **How to work**
#
# 1. Install the package once, in the folder of the course: `pip install ".[lab]"`. Keep
#    `checks.json` in the same folder as this notebook; the checks read it.
# 2. Run the cells from the top.
# 3. Below the text of each part there is a function to write. Put your code in place of the line
#    that raises `NotImplementedError`, and run the cell.
# 4. Run the checks below the function. A failed check shows where your values differ. For many
#    mistakes it also says what the mistake is, gives a hint, and names the section to read again.
#    Mend the function, run its cell, run the checks again.
# 5. Cells named *Compare with PyTorch* hold your function against PyTorch. They give no points.
#
# Each part is tested on its own. The backward functions get arrays that do not come from your
# forward pass, so they can be right where it is not yet. Where one function calls another and a
# check recognises that a wrong value comes from the earlier one, it costs points there only. After
# you hand in, hidden checks call each function with further inputs. They ask for nothing that the
# docstring does not promise.
#
# Use NumPy and no other library in your functions, and do not change the arrays that they are
# given.
#
# **How to hand in.** Restart the kernel, run all cells, save, and hand in
# `12-sequence-to-sequence.ipynb` in the way your instructor has told you. To run the whole notebook
# in a terminal and see your points:
#
#     python -m unrolled check 12-sequence-to-sequence.ipynb

# %% [markdown]
# ## Symbols
#
# A prime marks what belongs to the target. In code the arguments of a decoder's function are called
# as those of an encoder's: each of the two networks has weights of its own.
#
# | formula | code | shape in code | meaning |
# | --- | --- | --- | --- |
# | $N$ | | | sequences in a batch |
# | $T$, $T'$ | | | steps of the longest source, and of the longest target |
# | $V$, $V'$ | | | symbols of the source, and of the target |
# | $D$, $D'$ | | | numbers in an embedding |
# | $H$, $H'$ | | | hidden units of the encoder, and of the decoder |
# | $s_t$ | `ids` | (N, T) | number of the source's symbol at step $t$ |
# | $y_t$ | `targets` | (N, T') | number of the right symbol at step $t$ |
# | $y_{t-1}$ | `inputs` | (N, T') | the symbol before it, the start symbol at the first step |
# | $\ell_n$, $\ell'_n$ | `lengths` | (N,) | length of a source; of a target, with its stop symbol |
# | $\mathbf{E}$ | `E` | (V, D) | embeddings of the symbols |
# | $\mathbf{W}_x$, $\mathbf{W}_h$ | `W_x`, `W_h` | (H, D), (H, H) | weights of the states |
# | $\mathbf{b}$ | `b` | (H,) | bias |
# | $\mathbf{W}_c$, $\mathbf{b}_c$ | `W_c`, `b_c` | (H', H), (H',) | weights of the bridge |
# | $\mathbf{W}_y$, $\mathbf{b}_y$ | `W_y`, `b_y` | (V', H'), (V',) | weights of the output |
# | $\mathbf{h}_T$ | `h_last` | (N, H) | the encoder's state after the last symbol of the source |
# | $\mathbf{h}'_0$ | `h_0` | (N, H') | the decoder's state before its first step |
# | $\mathbf{h}'_t$ | `h_t`, `h` | (N, H'), (N, T', H') | after step $t$, after every step |
# | $\mathbf{z}_t$ | `logits` | (N, V'), (N, T', V') | scores of the target's symbols |
# | $\partial L / \partial \mathbf{v}$ | `dv` | as `v` | gradient of the loss |
#
# Formulas are for one sequence and column vectors, and count steps from 1. In code each row is a
# sequence, so a product $\mathbf{W}\mathbf{x}$ becomes `x @ W.T`, and steps count from 0.
# $\odot$ multiplies element by element, in code `*`.

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array
from unrolled.data import number_words
from unrolled.models import load_number_model

check = Checks("12-sequence-to-sequence")


def make_weights(V, D, H):
    """Return E (V, D), W_x (H, D), W_h (H, H), b (H,): always the same numbers, in new arrays."""
    return (
        fixed_array(V, D, start=120, scale=1.2),
        fixed_array(H, D, start=260, scale=0.9),
        fixed_array(H, H, start=410, scale=0.7),
        fixed_array(H, start=560, scale=0.6),
    )


def make_output(V, H):
    """Return W_y (V, H), b_y (V,): always the same numbers, in new arrays."""
    return fixed_array(V, H, start=610, scale=1.5), fixed_array(V, start=790, scale=0.5)


# %% [markdown]
# ## 1. Start, stop, and a shift
#
# *20 minutes · 2 points*
#
# The decoder is fed the symbol that comes before the one it is to write. Its inputs and its targets
# are therefore the same sentence $y_1, \dots, y_k$, shifted by one step. The inputs begin with a
# start symbol, the targets end with a stop symbol:
#
# | step | 1 | 2 | … | $k$ | $k + 1$ |
# | --- | --- | --- | --- | --- | --- |
# | input | start | $y_1$ | … | $y_{k-1}$ | $y_k$ |
# | target | $y_1$ | $y_2$ | … | $y_k$ | stop |
#
# Sentences of different lengths go into one array. Fill the rest of a row, in the inputs and in the
# targets, with the stop symbol.


# %% role="solution" id="shift_targets"
def shift_targets(sentences, start, stop):
    """Make a decoder's inputs and targets from target sentences.

    Args:
        sentences: a list of N lists of symbol numbers, without start and stop; a list may be
            empty.
        start: number of the start symbol.
        stop: number of the stop symbol.

    Returns:
        inputs: (N, T'), integers: start, then the sentence; stop in the rest of the row.
        targets: (N, T'), integers: the sentence, then stop; stop in the rest of the row.
        lengths: (N,), integers: how many targets of each row count, its first stop included.
        T' is the largest of the lengths. The lists are left as they are.
    """
    ### BEGIN SOLUTION
    lengths = np.array([len(sentence) + 1 for sentence in sentences])
    inputs = np.full((len(sentences), lengths.max()), stop)
    targets = inputs.copy()
    for n, sentence in enumerate(sentences):
        inputs[n, : len(sentence) + 1] = [start, *sentence]
        targets[n, : len(sentence)] = sentence
    return inputs, targets, lengths
    ### END SOLUTION


# %% role="tests" id="test-shift" of="shift_targets" points=2
# test-shift (2 points)
sentences = [[5, 3, 8], [7], [4, 9, 6, 3, 5], [2, 8]]
inputs, targets, lengths = shift_targets(sentences, 0, 1)
check("inputs", inputs)
check("targets", targets)
check("lengths", lengths)
check("sentences after a call", [len(sentence) for sentence in sentences])
inputs, targets, lengths = shift_targets([[3, 1, 2], [6, 6]], 8, 7)
check("inputs, other symbols", inputs)
check("targets, other symbols", targets)
### BEGIN HIDDEN TESTS
check("all, an empty sentence", list(shift_targets([[], [4, 2]], 0, 1)))
check("all, one empty sentence alone", list(shift_targets([[]], 5, 3)))
check("all, one sentence", list(shift_targets([[9, 4, 4, 7]], 2, 3)))
inputs, targets, lengths = shift_targets([[2], [3, 4]], 0, 1)
check("types", [np.asarray(array).dtype.kind for array in (inputs, targets, lengths)])
### END HIDDEN TESTS

# %% [markdown]
# ## 2. The encoder
#
# *20 minutes · 2 points*
#
# A vanilla RNN reads the source. It starts from zero, and where a source has ended its state is
# carried on unchanged:
#
# $$\mathbf{x}_t = \text{row } s_t \text{ of } \mathbf{E}, \qquad \mathbf{h}_0 = \mathbf{0}$$
#
# $$\mathbf{h}_t = \tanh(\mathbf{W}_x \mathbf{x}_t + \mathbf{W}_h \mathbf{h}_{t-1} + \mathbf{b})
# \text{ for } t \le \ell_n, \qquad \mathbf{h}_t = \mathbf{h}_{t-1} \text{ for } t > \ell_n$$
#
# Only the last state is wanted.


# %% role="solution" id="encode"
def encode(ids, lengths, E, W_x, W_h, b):
    """Read sources with a vanilla RNN and return its last states.

    Args:
        ids: numbers of the symbols, (N, T), integers.
        lengths: true length of each source, (N,), from 1 to T; beyond it lies padding.
        E: embeddings, (V, D).
        W_x: input weights, (H, D).
        W_h: recurrent weights, (H, H).
        b: bias, (H,).

    Returns:
        h_last: the state after the last symbol of each source, (N, H), in the type of the weights.
    """
    ### BEGIN SOLUTION
    h_t = np.zeros((len(ids), len(b)), b.dtype)
    for t in range(ids.shape[1]):
        stepped = np.tanh(E[ids[:, t]] @ W_x.T + h_t @ W_h.T + b)
        h_t = np.where((t < lengths)[:, None], stepped, h_t)
    return h_t
    ### END SOLUTION


# %% role="tests" id="test-encode" of="encode" points=1
# test-encode (1 point)
ids = np.array([[3, 0, 6, 2], [5, 5, 1, 4], [2, 6, 0, 3]])
weights = make_weights(7, 2, 5)
check("h_last, equal lengths", encode(ids, np.array([4, 4, 4]), *weights))
check("h_last, unequal lengths", encode(ids, np.array([2, 4, 1]), *weights))
check("ids after a call", ids)
### BEGIN HIDDEN TESTS
check("h_last, one source", encode(ids[1:2], np.array([3]), *weights))
check("h_last, one step", encode(ids[:, :1], np.array([1, 1, 1]), *weights))
### END HIDDEN TESTS

# %% role="tests" id="test-encode-edges" of="encode" points=1
# test-encode-edges (1 point)
ids = np.array([[3, 0, 6, 2, 1, 1], [5, 5, 1, 4, 0, 2], [2, 6, 0, 3, 3, 4], [1, 2, 3, 4, 5, 6]])
lengths = np.array([6, 2, 5, 3])
weights = make_weights(7, 2, 5)
h_last = encode(ids, lengths, *weights)
other = np.where(np.arange(6) < lengths[:, None], ids, 6 - ids)
check("h_last, six steps", h_last)
check("h_last, other padding", encode(other, lengths, *weights))
small = encode(ids, lengths, *[array.astype(np.float32) for array in weights])
check("h_last, type for float32", str(np.asarray(small).dtype))
### BEGIN HIDDEN TESTS
check("h_last, float32", small)
long = np.arange(240).reshape(2, 120) * 5 % 7
check("h_last, 120 steps", encode(long, np.array([120, 77]), *weights))
turned = [np.asfortranarray(array) for array in weights]
check("h_last, not contiguous", encode(ids.T[::2].T, np.array([3, 1, 2, 3]), *turned))
check("W_h after a call", weights[2])
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The bridge
#
# *5 minutes · 1 point*
#
# The two networks may have different numbers of units. A layer between them makes the decoder's
# first state from the encoder's last one:
#
# $$\mathbf{h}'_0 = \tanh(\mathbf{W}_c \mathbf{h}_T + \mathbf{b}_c)$$


# %% role="solution" id="bridge_forward"
def bridge_forward(h_last, W_c, b_c):
    """Make the decoder's first states from the encoder's last ones.

    Args:
        h_last: last states of the encoder, (N, H).
        W_c: weights of the bridge, (H', H).
        b_c: its bias, (H',).

    Returns:
        h_0: first states of the decoder, (N, H'), in a new array. float32 arrays give a float32
            result.
    """
    ### BEGIN SOLUTION
    return np.tanh(h_last @ W_c.T + b_c)
    ### END SOLUTION


# %% role="tests" id="test-bridge" of="bridge_forward" points=1
# test-bridge (1 point)
h_last = fixed_array(3, 4, start=1000)
W_c, b_c = fixed_array(5, 4, start=1100), fixed_array(5, start=1200, scale=0.8)
check("h_0", bridge_forward(h_last, W_c, b_c))
check("h_last after a call", h_last)
### BEGIN HIDDEN TESTS
check("h_0, one sequence", bridge_forward(h_last[:1], W_c, b_c))
small = bridge_forward(*[array.astype(np.float32) for array in (h_last, W_c, b_c)])
check("h_0, float32", small)
check("h_0, type for float32", str(np.asarray(small).dtype))
wide = fixed_array(3, 8, start=1300)
check("h_0, not contiguous", bridge_forward(wide[:, ::2], np.asfortranarray(W_c), b_c))
### END HIDDEN TESTS

# %% [markdown]
# ## 4. One step of the decoder
#
# *15 minutes · 2 points*
#
# The decoder is a language model that starts from $\mathbf{h}'_0$. Its input is the symbol before,
# $y_{t-1}$, its answer a score for each symbol that may come now. With the weights of the decoder,
#
# $$\mathbf{x}'_t = \text{row } y_{t-1} \text{ of } \mathbf{E}'$$
#
# $$\mathbf{a}'_t = \mathbf{W}'_x \mathbf{x}'_t + \mathbf{W}'_h \mathbf{h}'_{t-1} + \mathbf{b}'$$
#
# $$\mathbf{h}'_t = \tanh(\mathbf{a}'_t), \qquad
# \mathbf{z}_t = \mathbf{W}_y \mathbf{h}'_t + \mathbf{b}_y$$


# %% role="solution" id="decode_step"
def decode_step(ids, h_prev, E, W_x, W_h, b, W_y, b_y):
    """Do one step of a decoder for a batch.

    Args:
        ids: number of the symbol before, for each sequence, (N,), integers.
        h_prev: states before this step, (N, H').
        E: embeddings, (V', D').
        W_x: input weights, (H', D').
        W_h: recurrent weights, (H', H').
        b: bias, (H',).
        W_y: output weights, (V', H').
        b_y: output bias, (V',).

    Returns:
        logits: scores of all symbols, (N, V').
        h_t: states after this step, (N, H'), in a new array. float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    h_t = np.tanh(E[ids] @ W_x.T + h_prev @ W_h.T + b)
    return h_t @ W_y.T + b_y, h_t
    ### END SOLUTION


# %% role="tests" id="test-step" of="decode_step" points=2
# test-step (2 points)
ids, h_prev = np.array([4, 0, 6]), fixed_array(3, 5, start=1400)
weights = *make_weights(7, 4, 5), *make_output(7, 5)
logits, h_t = decode_step(ids, h_prev, *weights)
check("h_t", h_t)
check("logits of a step", logits)
check("h_prev after a step", h_prev)
### BEGIN HIDDEN TESTS
check("step, one sequence", list(decode_step(ids[1:2], h_prev[1:2], *weights)))
small = [array.astype(np.float32) for array in (h_prev, *weights)]
logits, h_t = decode_step(ids, *small)
check("step, float32", [logits, h_t])
check("step, types for float32", [str(np.asarray(array).dtype) for array in (logits, h_t)])
turned = [np.asfortranarray(array) for array in weights]
wide = fixed_array(6, 5, start=1500)
check("step, not contiguous", list(decode_step(np.arange(6)[::2], wide[::2], *turned)))
weights = *make_weights(6, 3, 2), *make_output(6, 2)
check("step, other sizes", list(decode_step(ids[:2], h_prev[:2, :2] / 2, *weights)))
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Teacher forcing
#
# *15 minutes · 2 points*
#
# In training the decoder is fed the right symbols, whatever it would have written. Do a step for
# each column of `inputs` and keep all logits and all states. Rows that have ended run on: what they
# give there will not count.


# %% role="solution" id="decode_forced"
def decode_forced(inputs, h_0, E, W_x, W_h, b, W_y, b_y):
    """Run a decoder over given inputs.

    Args:
        inputs: numbers of the symbols that are fed in, (N, T'), integers.
        h_0: states before the first step, (N, H').
        E, W_x, W_h, b, W_y, b_y: weights of the decoder, as in decode_step.

    Returns:
        logits: scores at every step, (N, T', V').
        h: states after every step, (N, T', H').
    """
    ### BEGIN SOLUTION
    logits, h, h_t = [], [], h_0
    for t in range(inputs.shape[1]):
        scores, h_t = decode_step(inputs[:, t], h_t, E, W_x, W_h, b, W_y, b_y)
        logits.append(scores)
        h.append(h_t)
    return np.stack(logits, axis=1), np.stack(h, axis=1)
    ### END SOLUTION


# %% role="tests" id="test-forced" of="decode_forced" points=2
# test-forced (2 points)
inputs = np.array([[0, 5, 2, 2, 4, 1], [0, 3, 6, 4, 1, 1], [0, 1, 1, 1, 1, 1]])
h_0 = fixed_array(3, 5, start=1600)
weights = *make_weights(7, 4, 5), *make_output(7, 5)
logits, h = decode_forced(inputs, h_0, *weights)
check("logits", logits)
check("states of the decoder", h)
check("h_0 after a call", h_0)
### BEGIN HIDDEN TESTS
check("forced, one sequence", list(decode_forced(inputs[1:2], h_0[1:2], *weights)))
check("forced, one step", list(decode_forced(inputs[:, :1], h_0, *weights)))
long = np.arange(160).reshape(2, 80) * 3 % 7
check("forced, 80 steps", [array[:, ::9] for array in decode_forced(long, h_0[:2], *weights)])
small = [array.astype(np.float32) for array in (h_0, *weights)]
check("forced, float32", list(decode_forced(inputs, *small)))
check("forced, not contiguous", list(decode_forced(inputs.T[::2].T, h_0, *weights)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.RNN` reads the source, a linear layer is the bridge, and a
# second `torch.nn.RNN` is the decoder. Each has two biases that are added; the second is set to
# zero.

# %% role="agreement" id="agree-forward"
torch = check.import_torch()
if torch:

    def load(module, *arrays):
        with torch.no_grad():
            for parameter, array in zip(module.parameters(), arrays, strict=True):
                parameter.copy_(torch.from_numpy(array))
        return module

    (V, D, H), (V_out, D_out, H_out) = (7, 2, 5), (9, 3, 4)
    E, W_x, W_h, b = make_weights(V, D, H)
    E_out, W_x_out, W_h_out, b_out = make_weights(V_out, D_out, H_out)
    W_y, b_y = make_output(V_out, H_out)
    W_c, b_c = fixed_array(H_out, H, start=1700), fixed_array(H_out, start=1800)
    option = {"batch_first": True, "dtype": torch.float64}
    encoder = load(torch.nn.RNN(D, H, **option), W_x, W_h, b, np.zeros(H))
    bridge = load(torch.nn.Linear(H, H_out, dtype=torch.float64), W_c, b_c)
    decoder = torch.nn.RNN(D_out, H_out, **option)
    load(decoder, W_x_out, W_h_out, b_out, np.zeros(H_out))
    output = load(torch.nn.Linear(H_out, V_out, dtype=torch.float64), W_y, b_y)
    ids, lengths = np.array([[3, 0, 6, 2], [5, 5, 1, 4], [2, 6, 0, 3]]), np.array([2, 4, 1])
    inputs = np.array([[0, 5, 2, 8, 4], [0, 3, 6, 4, 1], [0, 7, 1, 1, 1]])
    with torch.no_grad():
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.from_numpy(E[ids]),
            torch.from_numpy(lengths),
            batch_first=True,
            enforce_sorted=False,
        )
        their_last = encoder(packed)[1]
        their_first = torch.tanh(bridge(their_last))
        their_logits = output(decoder(torch.from_numpy(E_out[inputs]), their_first)[0])
    h_last = encode(ids, lengths, E, W_x, W_h, b)
    h_0 = bridge_forward(h_last, W_c, b_c)
    logits, _ = decode_forced(inputs, h_0, E_out, W_x_out, W_h_out, b_out, W_y, b_y)
    check.agrees("h_last and nn.RNN", h_last, their_last[0])
    check.agrees("h_0 and nn.Linear", h_0, their_first[0])
    check.agrees("logits and nn.RNN", logits, their_logits)

# %% [markdown]
# ## 6. The loss and its gradient
#
# *30 minutes · 3 points*
#
# At each step the softmax turns scores into probabilities, and the loss is minus the logarithm of
# the right symbol's. It is averaged over the $M = \sum_n \ell'_n$ steps that count, of all
# sequences together:
#
# $$p_{n,t,i} = \frac{\exp(z_{n,t,i})}{\sum_j \exp(z_{n,t,j})}, \qquad
# L = \frac{1}{M} \sum_{n} \sum_{t \le \ell'_n} -\log p_{n,t,y_{n,t}}$$
#
# $$\frac{\partial L}{\partial z_{n,t,i}} =
# \frac{1}{M} \left( p_{n,t,i} - [i = y_{n,t}] \right) \text{ for } t \le \ell'_n,
# \text{ and } 0 \text{ for } t > \ell'_n$$
#
# Scores may be in the thousands. Subtract the largest score of a step from all of them first, and
# write $\log p_{n,t,i}$ as a difference: a probability may still become 0.


# %% role="solution" id="masked_loss"
def masked_loss(logits, targets, lengths):
    """Return the mean cross-entropy over the steps that count, and its gradient.

    Args:
        logits: scores, (N, T', V'); they may be large.
        targets: numbers of the right symbols, (N, T'), integers.
        lengths: how many steps of each sequence count, (N,), at least 1.

    Returns:
        loss: a number.
        dlogits: gradient of the loss with respect to logits, (N, T', V'), 0 where a step does not
            count, in the type of logits.
    """
    ### BEGIN SOLUTION
    N, T, _ = logits.shape
    counts = np.arange(T) < lengths[:, None]
    shifted = logits - logits.max(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    rows, steps = np.arange(N)[:, None], np.arange(T)
    loss = -log_p[rows, steps, targets][counts].mean()
    dlogits = np.exp(log_p)
    dlogits[rows, steps, targets] -= 1
    dlogits *= counts[..., None]
    dlogits /= counts.sum()
    return loss, dlogits
    ### END SOLUTION


# %% role="tests" id="test-loss" of="masked_loss" points=1
# test-loss (1 point)
logits = fixed_array(3, 5, 4, start=2000, scale=3.0)
targets = np.array([[2, 3, 0, 1, 1], [3, 1, 1, 1, 1], [0, 2, 2, 1, 1]])
loss, dlogits = masked_loss(logits, targets, np.array([5, 5, 5]))
check("loss, every step counts", loss)
loss, dlogits = masked_loss(logits, targets, np.array([4, 2, 5]))
check("loss", loss)
loss, dlogits = masked_loss(4000 * logits, targets, np.array([4, 2, 5]))
check("loss, large scores", loss)
check("logits after a call", logits)
### BEGIN HIDDEN TESTS
check("loss, one sequence", masked_loss(logits[:1], targets[:1], np.array([3]))[0])
check("loss, one step", masked_loss(logits[:, :1], targets[:, :1], np.array([1, 1, 1]))[0])
loud = logits.copy()
loud[0, 4:] += fixed_array(1, 4, start=2100, scale=90.0)
check("loss, other scores in the padding", masked_loss(loud, targets, np.array([4, 2, 5]))[0])
check("loss, float32", masked_loss(logits.astype(np.float32), targets, np.array([4, 2, 5]))[0])
### END HIDDEN TESTS

# %% role="tests" id="test-loss-gradient" of="masked_loss" points=2
# test-loss-gradient (2 points)
logits = fixed_array(3, 5, 4, start=2200, scale=3.0)
targets, lengths = (
    np.array([[2, 3, 0, 1, 1], [3, 1, 1, 1, 1], [0, 2, 2, 3, 1]]),
    np.array([4, 2, 5]),
)
loss, dlogits = masked_loss(logits, targets, lengths)
check("dlogits", dlogits)
loss, dlogits = masked_loss(logits, targets, np.array([5, 5, 5]))
check("dlogits, every step counts", dlogits)
check("targets after a call", targets)
### BEGIN HIDDEN TESTS
check("dlogits, large scores", masked_loss(900 * logits, targets, lengths)[1])
check("dlogits, one sequence", masked_loss(logits[1:2], targets[1:2], lengths[1:2])[1])
small = masked_loss(logits.astype(np.float32), targets, lengths)[1]
check("dlogits, float32", small)
check("dlogits, type for float32", str(np.asarray(small).dtype))
turned = np.asfortranarray(logits)[:, ::2]
check("dlogits, not contiguous", masked_loss(turned, targets[:, ::2], np.array([2, 1, 3]))[1])
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Back through the decoder
#
# *35 minutes · 3 points*
#
# Let $\partial L / \partial \mathbf{z}_t$ be known for every step. A state acts on the loss through
# its logits and through the next state, so two gradients are added. Going back from the last step,
# with $\boldsymbol{\delta}'_{T'+1} = \mathbf{0}$,
#
# $$\boldsymbol{\delta}'_t = \left( \mathbf{W}_y^\top \frac{\partial L}{\partial \mathbf{z}_t} +
# \mathbf{W}'^\top_h \boldsymbol{\delta}'_{t+1} \right) \odot
# (1 - \mathbf{h}'_t \odot \mathbf{h}'_t), \qquad
# \frac{\partial L}{\partial \mathbf{h}'_0} = \mathbf{W}'^\top_h \boldsymbol{\delta}'_1$$
#
# $\boldsymbol{\delta}'_t$ is the gradient at the pre-activation of step $t$. All gradients of the
# decoder's weights are sums of products with it, as in assignment 3, where you wrote them. Here two
# are asked for: that of the recurrent weights, and what is handed on to the encoder's side.
#
# $$\frac{\partial L}{\partial \mathbf{W}'_h} =
# \sum_{t} \boldsymbol{\delta}'_t \mathbf{h}'^\top_{t-1}$$
#
# In code the sum runs over the sequences too. Where the gradient of the logits is 0 after the end
# of a row, nothing comes back from there by itself.


# %% role="solution" id="decoder_backward"
def decoder_backward(dlogits, h_0, h, W_h, W_y):
    """Take a gradient back through all steps of a decoder.

    Args:
        dlogits: gradient of the loss with respect to the logits, (N, T', V').
        h_0: states before the first step, (N, H').
        h: states after every step, (N, T', H').
        W_h: recurrent weights, (H', H').
        W_y: output weights, (V', H').

    Returns:
        dh_0: gradient with respect to h_0, (N, H').
        da: gradient with respect to the pre-activations of all steps, (N, T', H').
        dW_h: gradient with respect to W_h, (H', H').
        float32 arrays give float32 results.
    """
    ### BEGIN SOLUTION
    da, dW_h, dh_next = np.empty_like(h), np.zeros_like(W_h), np.zeros_like(h_0)
    for t in reversed(range(h.shape[1])):
        dh_t = dlogits[:, t] @ W_y + dh_next
        da[:, t] = dh_t * (1 - h[:, t] ** 2)
        dW_h += da[:, t].T @ (h[:, t - 1] if t else h_0)
        dh_next = da[:, t] @ W_h
    return dh_next, da, dW_h
    ### END SOLUTION


# %% role="tests" id="test-decoder-backward" of="decoder_backward" points=2
# test-decoder-backward (2 points)
N, T, V, H = 3, 6, 7, 5
dlogits, h_0 = fixed_array(N, T, V, start=2400, scale=0.4), fixed_array(N, H, start=2600)
h, W_h = fixed_array(N, T, H, start=2700, scale=0.95), make_weights(V, 4, H)[2]
W_y, _ = make_output(V, H)
dh_0, da, dW_h = decoder_backward(dlogits, h_0, h, W_h, W_y)
check("da", da)
check("dh_0", dh_0)
check("dW_h", dW_h)
check("dlogits after a call", dlogits)
### BEGIN HIDDEN TESTS
check("h after a call", h)
single = decoder_backward(dlogits[1:2], h_0[1:2], h[1:2], W_h, W_y)
check("backward, one sequence", list(single))
### END HIDDEN TESTS

# %% role="tests" id="test-decoder-backward-edges" of="decoder_backward" points=1
# test-decoder-backward-edges (1 point)
N, T, V, H = 2, 5, 6, 3
dlogits, h_0 = fixed_array(N, T, V, start=2900, scale=0.5), fixed_array(N, H, start=3000)
h, W_h = fixed_array(N, T, H, start=3100, scale=0.9), make_weights(V, 4, H)[2]
W_y, _ = make_output(V, H)
first = decoder_backward(dlogits[:, :1], h_0, h[:, :1], W_h, W_y)
check("backward, one step", list(first))
ended = dlogits.copy()
ended[0, 2:] = 0
check("backward, a row that has ended", list(decoder_backward(ended, h_0, h, W_h, W_y)))
### BEGIN HIDDEN TESTS
small = [array.astype(np.float32) for array in (dlogits, h_0, h, W_h, W_y)]
results = decoder_backward(*small)
check("backward, float32", list(results))
check("backward, types for float32", [str(np.asarray(array).dtype) for array in results])
turned = [np.asfortranarray(array) for array in (dlogits, h_0, h, W_h, W_y)]
check("backward, not contiguous", list(decoder_backward(*turned)))
long = fixed_array(2, 70, V, start=3200), h_0, fixed_array(2, 70, H, start=4100), W_h / 2, W_y
check("backward, 70 steps", [array[..., :2] for array in decoder_backward(*long)])
### END HIDDEN TESTS

# %% [markdown]
# ## 8. Back through the bridge
#
# *15 minutes · 1 point*
#
# $$\boldsymbol{\delta}_c = \frac{\partial L}{\partial \mathbf{h}'_0} \odot
# (1 - \mathbf{h}'_0 \odot \mathbf{h}'_0), \qquad
# \frac{\partial L}{\partial \mathbf{h}_T} = \mathbf{W}_c^\top \boldsymbol{\delta}_c, \qquad
# \frac{\partial L}{\partial \mathbf{W}_c} = \boldsymbol{\delta}_c \mathbf{h}_T^\top, \qquad
# \frac{\partial L}{\partial \mathbf{b}_c} = \boldsymbol{\delta}_c$$
#
# The gradients of the weights are summed over the sequences. The first of the three results is all
# that the encoder ever learns from: with it, backpropagation through time goes on as in
# assignment 3.


# %% role="solution" id="bridge_backward"
def bridge_backward(dh_0, h_last, h_0, W_c):
    """Take a gradient back through the bridge.

    Args:
        dh_0: gradient of the loss with respect to the result of bridge_forward, (N, H').
        h_last: last states of the encoder, (N, H).
        h_0: the result of bridge_forward, (N, H').
        W_c: weights of the bridge, (H', H).

    Returns:
        dh_last: gradient with respect to h_last, (N, H).
        dW_c: gradient with respect to W_c, (H', H).
        db_c: gradient with respect to the bias, (H',).
    """
    ### BEGIN SOLUTION
    da = dh_0 * (1 - h_0**2)
    return da @ W_c, da.T @ h_last, da.sum(axis=0)
    ### END SOLUTION


# %% role="tests" id="test-bridge-backward" of="bridge_backward" points=1
# test-bridge-backward (1 point)
dh_0, h_last = fixed_array(3, 5, start=4400), fixed_array(3, 4, start=4500)
h_0, W_c = fixed_array(3, 5, start=4600, scale=0.9), fixed_array(5, 4, start=4700)
dh_last, dW_c, db_c = bridge_backward(dh_0, h_last, h_0, W_c)
check("dh_last", dh_last)
check("dW_c", dW_c)
check("db_c", db_c)
check("dh_0 after a call", dh_0)
### BEGIN HIDDEN TESTS
check("bridge, one sequence", list(bridge_backward(dh_0[:1], h_last[:1], h_0[:1], W_c)))
small = [array.astype(np.float32) for array in (dh_0, h_last, h_0, W_c)]
check("bridge, float32", list(bridge_backward(*small)))
turned = [np.asfortranarray(array) for array in (dh_0, h_last, h_0, W_c)]
check("bridge, not contiguous", list(bridge_backward(*turned)))
### END HIDDEN TESTS

# %% [markdown]
# **Compare with PyTorch.** `torch.nn.CrossEntropyLoss` leaves out the targets that hold
# `ignore_index`, and autograd goes back through the decoder and the bridge.

# %% role="agreement" id="agree-backward"
torch = check.import_torch()
if torch:
    (V_out, D_out, H_out), H = (9, 3, 4), 5
    E, W_x, W_h, b = make_weights(V_out, D_out, H_out)
    W_y, b_y = make_output(V_out, H_out)
    h_last = fixed_array(3, H, start=4800)
    W_c, b_c = fixed_array(H_out, H, start=1700), fixed_array(H_out, start=1800)
    inputs, targets, lengths = shift_targets([[5, 2, 8, 4], [3], [7, 6]], 0, 1)
    decoder = torch.nn.RNN(D_out, H_out, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        stored = (W_x, W_h, b, np.zeros(H_out))
        for parameter, array in zip(decoder.parameters(), stored, strict=True):
            parameter.copy_(torch.from_numpy(array))
    leaves = [torch.from_numpy(array).requires_grad_() for array in (h_last, W_c, b_c)]
    their_first = torch.tanh(torch.nn.functional.linear(*leaves))
    their_h, _ = decoder(torch.from_numpy(E[inputs]), their_first[None])
    their_logits = torch.nn.functional.linear(their_h, torch.from_numpy(W_y), torch.from_numpy(b_y))
    inside = np.arange(targets.shape[1]) < lengths[:, None]
    marked = torch.from_numpy(np.where(inside, targets, -100))
    their_loss = torch.nn.CrossEntropyLoss(ignore_index=-100)(
        their_logits.flatten(0, 1), marked.flatten()
    )
    wanted = [their_logits, their_first, decoder.weight_hh_l0, *leaves]
    theirs = torch.autograd.grad(their_loss, wanted)
    h_0 = bridge_forward(h_last, W_c, b_c)
    logits, h = decode_forced(inputs, h_0, E, W_x, W_h, b, W_y, b_y)
    loss, dlogits = masked_loss(logits, targets, lengths)
    dh_0, _, dW_h = decoder_backward(dlogits, h_0, h, W_h, W_y)
    mine = dlogits, dh_0, dW_h, *bridge_backward(dh_0, h_last, h_0, W_c)
    check.agrees("loss and CrossEntropyLoss", loss, their_loss)
    for name, one, other in zip(
        ("dlogits", "dh_0", "dW_h", "dh_last", "dW_c", "db_c"), mine, theirs, strict=True
    ):
        check.agrees(f"{name} and autograd", one, other)

# %% [markdown]
# ## 9. Writing freely
#
# *25 minutes · 2 points*
#
# After training nobody knows the right symbols. The decoder gets the start symbol, writes the
# symbol with the largest score, and is fed what it has written, until it writes the stop symbol.
# This is greedy decoding. A decoder that never stops is cut off at `max_length`.
#
# In a batch the rows stop at different steps. A row that has stopped is filled up with the stop
# symbol, and what the others still do must not change it.


# %% role="solution" id="greedy_decode"
def greedy_decode(h_0, E, W_x, W_h, b, W_y, b_y, start, stop, max_length):
    """Write sequences with a decoder, the best symbol at each step.

    Args:
        h_0: states before the first step, (N, H').
        E, W_x, W_h, b, W_y, b_y: weights of the decoder, as in decode_step.
        start: number of the start symbol.
        stop: number of the stop symbol.
        max_length: largest number of symbols to write, the stop symbol included.

    Returns:
        ids: numbers of the symbols, (N, max_length), integers; stop after a row's first stop.
        lengths: how many symbols each row has written, its stop symbol included, (N,), integers:
            max_length where it did not stop.
    """
    ### BEGIN SOLUTION
    N = len(h_0)
    ids = np.full((N, max_length), stop)
    lengths = np.full(N, max_length)
    symbols, h_t, running = np.full(N, start), h_0, np.full(N, True)
    for t in range(max_length):
        logits, h_t = decode_step(symbols, h_t, E, W_x, W_h, b, W_y, b_y)
        symbols = np.where(running, logits.argmax(axis=1), stop)
        ids[:, t] = symbols
        ends = running & (symbols == stop)
        lengths[ends] = t + 1
        running = running & ~ends
    return ids, lengths
    ### END SOLUTION


# %% role="tests" id="test-greedy" of="greedy_decode" points=1
# test-greedy (1 point)
words = load_number_model().decoder
decoder = [words[name] for name in ("E", "W_x", "W_h", "b", "W_y", "b_y")]
h_0 = fixed_array(5, 52, start=5000, scale=0.9)
ids, lengths = greedy_decode(h_0, *decoder, 0, 1, 9)
check("symbols", ids)
check("lengths of what is written", lengths)
check("h_0 after writing", h_0)
### BEGIN HIDDEN TESTS
alone = [greedy_decode(h_0[n : n + 1], *decoder, 0, 1, 9) for n in range(5)]
check("symbols, each row alone", [pair[0] for pair in alone])
check("lengths, each row alone", [pair[1] for pair in alone])
### END HIDDEN TESTS

# %% role="tests" id="test-greedy-edges" of="greedy_decode" points=1
# test-greedy-edges (1 point)
words = load_number_model().decoder
decoder = [words[name] for name in ("E", "W_x", "W_h", "b", "W_y", "b_y")]
h_0 = fixed_array(4, 52, start=5400, scale=0.9)
ids, lengths = greedy_decode(h_0, *decoder, 0, 1, 3)
check("symbols, cut off", ids)
check("lengths, cut off", lengths)
weights = *make_weights(7, 4, 5), *make_output(7, 5)
ids, lengths = greedy_decode(fixed_array(3, 5, start=5700), *weights, 6, 0, 8)
check("symbols, another decoder", ids)
check("lengths, another decoder", lengths)
### BEGIN HIDDEN TESTS
ids, lengths = greedy_decode(h_0, *decoder, 0, 1, 1)
check("symbols, one step", ids)
never = greedy_decode(fixed_array(3, 5, start=5700), *weights, 6, 2, 7)
check("symbols and lengths, no stop", list(never))
check("lengths, one step", lengths)
ids, lengths = greedy_decode(h_0[::2], *[np.asfortranarray(array) for array in decoder], 0, 1, 30)
check("symbols, thirty steps", ids)
check("lengths, thirty steps", lengths)
check("types of symbols and lengths", [np.asarray(ids).dtype.kind, np.asarray(lengths).dtype.kind])
### END HIDDEN TESTS

# %% [markdown]
# ## 10. Experiment: from digits to words
#
# *20 minutes*
#
# A network of this kind ships with the package. It was trained, briefly, on three quarters of the
# numbers from 0 to 9999: it reads the digits and writes the English words. Your functions run it.
# For numbers of 2 to 4 digits, and of 5 digits, which it has never seen, measure
#
# - **forced**: the share of symbols, the stop symbol included, that are right when the right ones
#   before them are fed in,
# - **free**: the share of symbols that are right, at their place, when it is fed what it writes;
#   after it has stopped none is,
# - **whole**: the share of numbers whose words are all right, written freely.
#
# The last column is the power of the first that one would expect if each of the symbols of a number
# were right or wrong independently of the others.

# %%
import matplotlib.pyplot as plt

from unrolled.figures import figure_size, use_style

use_style()
model = load_number_model()
reader = [model.encoder[name] for name in ("E", "W_x", "W_h", "b")]
writer = [model.decoder[name] for name in ("E", "W_x", "W_h", "b", "W_y", "b_y")]
START, STOP = 0, 1
rng = np.random.default_rng(0)
measured = []
print("digits   forced   free   whole   power")
for digits in (2, 3, 4, 5):
    numbers = rng.integers(10 ** (digits - 1), 10**digits, 200).tolist()
    source = np.array([[int(digit) for digit in str(number)] for number in numbers])
    right = [[model.words.index(word) for word in number_words(number)] for number in numbers]
    inputs, targets, lengths = shift_targets(right, START, STOP)
    inside = np.arange(targets.shape[1]) < lengths[:, None]

    h_last = encode(source, np.full(200, digits), *reader)
    h_0 = bridge_forward(h_last, model.bridge["W"], model.bridge["b"])
    logits, _ = decode_forced(inputs, h_0, *writer)
    forced = (logits.argmax(axis=2) == targets)[inside].mean()
    written, written_lengths = greedy_decode(h_0, *writer, START, STOP, targets.shape[1])
    not_ended = np.arange(targets.shape[1]) < written_lengths[:, None]
    free = ((written == targets) & not_ended)[inside].mean()
    whole = ((written == targets) | ~inside).all(axis=1).mean()
    power = forced ** lengths.mean()
    measured.append((forced, free, whole))
    print(f"{digits:6d} {forced:8.2f} {free:6.2f} {whole:7.2f} {power:7.2f}")
    for n in np.flatnonzero((written != targets).any(axis=1))[:2]:
        text = " ".join(model.words[i] for i in written[n, : written_lengths[n]])
        print(f"       {numbers[n]}: {text}")

figure, ax = plt.subplots(figsize=figure_size(0.5))
for name, shares in zip(("forced", "free", "whole"), zip(*measured, strict=True), strict=True):
    ax.plot((2, 3, 4, 5), shares, "o-", label=name)
ax.set(xlabel="digits of the number", ylabel="share that is right", xticks=(2, 3, 4, 5))
ax.legend()
plt.show()

# %% [markdown] role="written" id="why-free" points=2
# **Question** *(20 minutes · 2 points, graded by hand)*
#
# (a) Why would *whole* be exactly the same if the right symbols were fed in? With this, why is
# *whole* near *power*, and when would it be far from it? *free* is lower than *forced*, though the
# network is the same: which symbols of a number make the difference, and why? (b) What happens at 5
# digits, and how does *forced* show that decoding is not to blame? All that the decoder knows of
# the source is in `h_0`, a vector of fixed size. What does that mean for longer and longer sources,
# and what kind of change to the network would remove the limit? Five to ten sentences.
#
# ### BEGIN SOLUTION
# *Model answer.* (a) As long as everything written is right, the decoder is fed the same symbols in
# both cases, and so has the same states and writes the same next symbol. A number is right as a
# whole if and only if there is no first mistake, and the first mistake is the same in both cases.
# So *whole* does not depend on what is fed in. If each symbol is right with probability $p$,
# independently of the others, all $k$ are right with probability $p^k$, which is *power*. The two
# are near each other here, so the mistakes are roughly independent: one wrong digit says little
# about the others. If mistakes came together, say because a source was misread as a whole, *whole*
# would be higher than *power*. *free* can differ from *forced* only after the first mistake: from
# there on the decoder is fed a symbol that it never met at this place in training. A wrong digit
# costs little, since the next words do not depend on it; a word left out or put in shifts all that
# follows. (b) At 5 digits hardly a symbol is right, and no number as a whole. *forced* is low too,
# with the right symbols fed in, so the cause is not that mistakes pile up: the state that was
# handed over does not hold what is needed. Training never asked for 5 digits, and the vector has
# $H'$ numbers whatever the length of the source, of which each can hold only so many values that
# can be told apart; a source that is long enough does not fit. The decoder should be able to look
# at all states of the encoder again and not at the last alone, which is attention.
#
# *Marking scheme.*
#
# - 2: (a) the same symbols are fed in up to the first mistake, so *whole* is the same; *power* by
#   independence; the difference between *free* and *forced* is made after the first mistake; (b)
#   *forced* fails too, so the fault is in what is handed over or in what was trained; fixed size
#   against growing length; attention, or access to all states of the encoder.
# - 1: one of (a) and (b) complete, or both with a gap: no reason for *whole*, no use of *forced* at
#   5 digits, or no change named.
# - 0: no answer, or only that free running is harder.
# ### END SOLUTION

# %% [markdown]
# ## Summary

# %% role="summary" id="summary"
check.summary()
