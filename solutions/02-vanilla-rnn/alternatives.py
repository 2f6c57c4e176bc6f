"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="rnn_step_forward", note="one unit of one sequence at a time, in plain Python")
def step_in_loops(x_t, h_prev, W_x, W_h, b):
    N, H = h_prev.shape
    h_t = np.empty((N, H), dtype=x_t.dtype)
    for n in range(N):
        for i in range(H):
            a = b[i]
            for d, value in enumerate(x_t[n]):
                a += W_x[i, d] * value
            for j, value in enumerate(h_prev[n]):
                a += W_h[i, j] * value
            h_t[n, i] = np.tanh(a)
    return h_t


@alternative(of="rnn_step_forward", note="einsum")
def step_by_einsum(x_t, h_prev, W_x, W_h, b):
    return np.tanh(np.einsum("nd,hd->nh", x_t, W_x) + np.einsum("nk,hk->nh", h_prev, W_h) + b)


@alternative(of="rnn_step_forward", note="input, state and a one side by side, stacked weights")
def step_with_stacked_weights(x_t, h_prev, W_x, W_h, b):
    ones = np.ones((len(x_t), 1), dtype=x_t.dtype)
    joined = np.concatenate([x_t, h_prev, ones], axis=1)
    return np.tanh(joined @ np.hstack([W_x, W_h, b[:, None]]).T)


@alternative(of="rnn_step_forward", note="column vectors, as in the equation, in long double")
def step_in_long_double(x_t, h_prev, W_x, W_h, b):
    wide = np.longdouble
    a = W_x.astype(wide) @ x_t.T.astype(wide) + W_h.astype(wide) @ h_prev.T.astype(wide)
    return np.tanh((a + b[:, None]).T).astype(x_t.dtype)


@alternative(of="rnn_forward", note="all input products at once, then in-place updates of a copy")
def forward_in_place(x, h_0, W_x, W_h, b, lengths):
    from_input = x @ W_x.T + b
    h = np.zeros((x.shape[0], x.shape[1], h_0.shape[1]), dtype=x.dtype)
    h_t = np.array(h_0, dtype=x.dtype)
    for t in range(x.shape[1]):
        running = t < np.asarray(lengths)
        h_t[running] = np.tanh(from_input[running, t] + h_t[running] @ W_h.T)
        h[:, t] = h_t
    return h


@alternative(of="rnn_forward", note="one sequence at a time, its padding filled afterwards")
def forward_row_by_row(x, h_0, W_x, W_h, b, lengths):
    rows = []
    for sequence, first, length in zip(x, h_0, lengths, strict=True):
        states = [first[None]]
        for x_t in sequence[:length]:
            states.append(rnn_step_forward(x_t[None], states[-1], W_x, W_h, b))
        states += [states[-1]] * (len(sequence) - length)
        rows.append(np.concatenate(states[1:]))
    return np.stack(rows)


@alternative(of="rnn_forward", note="recursion over time")
def forward_by_recursion(x, h_0, W_x, W_h, b, lengths):
    def states_from(t, h_prev):
        if t == x.shape[1]:
            return []
        h_next = rnn_step_forward(x[:, t], h_prev, W_x, W_h, b)
        h_t = np.where(np.reshape(lengths, (-1, 1)) > t, h_next, h_prev)
        return [h_t, *states_from(t + 1, h_t)]

    return np.stack(states_from(0, h_0), axis=1)


@alternative(of="softmax_cross_entropy", note="logaddexp, and a one-hot product for the target")
def loss_by_logaddexp(logits, targets, mask):
    one_hot = np.eye(logits.shape[-1], dtype=logits.dtype)[targets]
    losses = np.logaddexp.reduce(logits, axis=-1) - (one_hot * logits).sum(axis=-1)
    return (losses * mask).sum() / mask.sum()


@alternative(of="softmax_cross_entropy", note="loops over positions, a Python float as result")
def loss_in_loops(logits, targets, mask):
    total, count = 0.0, 0
    for n, t in zip(*np.nonzero(mask), strict=True):
        z = [float(value) for value in logits[n, t]]
        largest = max(z)
        log_sum = largest + np.log(sum(np.exp(value - largest) for value in z))
        total += log_sum - z[targets[n, t]]
        count += 1
    return float(total / count)


@alternative(of="softmax_cross_entropy", note="picked by index arrays, averaged in long double")
def loss_by_index_arrays(logits, targets, mask):
    z = logits[mask].astype(np.longdouble)
    z -= z.max(axis=1, keepdims=True)
    picked = z[np.arange(len(z)), targets[mask]]
    return np.average(np.log(np.exp(z).sum(axis=1)) - picked).astype(logits.dtype)


@alternative(of="lm_loss", note="one text at a time without padding, inputs as one-hot vectors")
def lm_loss_text_by_text(ids, lengths, params):
    E, W_y, b_y = params["E"], params["W_y"], params["b_y"]
    total, count = 0.0, 0
    for row, length in zip(ids, lengths, strict=True):
        if length < 2:
            continue
        steps = np.array([length - 1])
        one_hot = np.eye(len(E), dtype=E.dtype)[row[None, : length - 1]]
        h_0 = np.zeros((1, len(params["b"])), dtype=E.dtype)
        h = rnn_forward(one_hot @ E, h_0, params["W_x"], params["W_h"], params["b"], steps)
        mask = np.ones((1, length - 1), dtype=bool)
        mean = softmax_cross_entropy(h @ W_y.T + b_y, row[None, 1:length], mask)
        total, count = total + mean * (length - 1), count + length - 1
    return total / count


@alternative(of="lm_loss", note="reads the whole array, pads the targets and masks the last place")
def lm_loss_with_padded_targets(ids, lengths, params):
    N, T = ids.shape
    targets = np.concatenate([ids[:, 1:], np.zeros((N, 1), dtype=ids.dtype)], axis=1)
    mask = np.arange(1, T + 1)[None] < np.reshape(lengths, (N, 1))
    x = np.take(params["E"], ids, axis=0)
    h_0 = np.zeros((N, params["W_h"].shape[0]), dtype=x.dtype)
    h = rnn_forward(x, h_0, params["W_x"], params["W_h"], params["b"], lengths)
    logits = np.einsum("nth,vh->ntv", h, params["W_y"]) + params["b_y"]
    return softmax_cross_entropy(logits, targets, mask)


@alternative(of="lm_loss", note="reads the whole array and leaves out the logits of the last step")
def lm_loss_with_logits_cut(ids, lengths, params):
    N, T = ids.shape
    h_0 = np.zeros((N, params["W_h"].shape[0]), dtype=params["E"].dtype)
    weights = params["W_x"], params["W_h"], params["b"]
    logits = rnn_forward(params["E"][ids], h_0, *weights, lengths) @ params["W_y"].T + params["b_y"]
    mask = np.arange(T - 1) < lengths[:, None] - 1
    return softmax_cross_entropy(logits[:, :-1], ids[:, 1:], mask)


@alternative(of="perplexity", note="a power of the number e")
def perplexity_as_power(loss):
    return float(np.e**loss)


@alternative(of="softmax_with_temperature", note="exponential of the logarithm of the softmax")
def softmax_from_logarithm(logits, temperature):
    scaled = np.asarray(logits) / temperature
    return np.exp(scaled - np.logaddexp.reduce(scaled, axis=-1, keepdims=True))


@alternative(of="softmax_with_temperature", note="shifts first, then a power of the exponentials")
def softmax_by_power(logits, temperature):
    shifted = logits - np.max(logits, axis=-1)[..., None]
    powers = np.exp(shifted) ** (1 / temperature)
    return np.divide(powers, np.sum(powers, axis=-1)[..., None])


@alternative(of="softmax_with_temperature", note="shifts first, then divides; a list as result")
def softmax_shifted_before_division(logits, temperature):
    z = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return (z / z.sum(axis=-1, keepdims=True)).tolist()


@alternative(of="sample_index", note="a loop that adds up")
def sample_by_loop(probabilities, u):
    reached = 0.0
    for k, p in enumerate(probabilities):
        reached += p
        if u < reached:
            return k
    return len(probabilities) - 1


@alternative(of="sample_index", note="counts the borders that u has passed; a NumPy integer")
def sample_by_counting(probabilities, u):
    return np.minimum(np.sum(np.cumsum(probabilities) <= u), probabilities.size - 1)


@alternative(of="generate", note="while loop, vectors instead of a batch of one row")
def generate_in_while_loop(params, start, stop, temperature, u):
    h = np.zeros_like(params["b"])
    text = [start]
    while len(text) <= len(u):
        a = params["W_x"] @ params["E"][text[-1]] + params["W_h"] @ h + params["b"]
        h = np.tanh(a)
        p = softmax_with_temperature(params["W_y"] @ h + params["b_y"], temperature)
        text.append(int(sample_index(p, u[len(text) - 1])))
        if text[-1] == stop:
            return text[1:-1]
    return text[1:]


@alternative(of="generate", note="a generator inside, logits with a batch axis, an array as result")
def generate_by_generator(params, start, stop, temperature, u):
    def symbols():
        h, symbol = np.zeros((1, len(params["b"])), dtype=params["b"].dtype), start
        for number in u:
            x_t = params["E"][symbol].reshape(1, -1)
            h = rnn_step_forward(x_t, h, params["W_x"], params["W_h"], params["b"])
            [p] = softmax_with_temperature(h @ params["W_y"].T + params["b_y"], temperature)
            symbol = sample_index(p, number)
            if symbol == stop:
                return
            yield int(symbol)

    return list(symbols())
