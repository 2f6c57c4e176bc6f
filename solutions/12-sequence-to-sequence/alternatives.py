"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="shift_targets", note="lists first, one array at the end")
def shift_in_lists(sentences, start, stop):
    longest = max(len(sentence) for sentence in sentences)
    inputs = [[start, *row] + [stop] * (longest - len(row)) for row in sentences]
    targets = [[*row, stop] + [stop] * (longest - len(row)) for row in sentences]
    return np.array(inputs), np.array(targets), np.array([len(row) + 1 for row in sentences])


@alternative(of="shift_targets", note="the inputs are the targets moved by one column")
def shift_by_a_roll(sentences, start, stop):
    lengths = np.array([len(sentence) + 1 for sentence in sentences], dtype=np.int32)
    targets = np.full((len(sentences), lengths.max()), stop, dtype=np.int32)
    for row, sentence in zip(targets, sentences, strict=True):
        row[: len(sentence)] = sentence
    inputs = np.roll(targets, 1, axis=1)
    inputs[:, 0] = start
    return inputs, targets, lengths


@alternative(of="encode", note="one source at a time, up to its own end")
def encode_one_by_one(ids, lengths, E, W_x, W_h, b):
    rows = []
    for source, length in zip(ids, lengths, strict=True):
        h = np.zeros_like(b)
        for symbol in source[:length]:
            h = np.tanh(W_x @ E[symbol] + W_h @ h + b)
        rows.append(h)
    return np.array(rows)


@alternative(of="encode", note="all inputs projected before the loop, all states kept, one picked")
def encode_and_pick(ids, lengths, E, W_x, W_h, b):
    table = E @ W_x.T + b
    h = [np.zeros((len(ids), len(b)), dtype=b.dtype)]
    for column in ids.T:
        h.append(np.tanh(table[column] + np.einsum("nj,ij->ni", h[-1], W_h)))
    return np.stack(h, axis=1)[np.arange(len(ids)), lengths]


@alternative(of="bridge_forward", note="column vectors, tanh by exponentials")
def bridge_by_columns(h_last, W_c, b_c):
    a = (W_c @ h_last.T).T + b_c
    return (1 - np.exp(-2 * a)) / (1 + np.exp(-2 * a))


@alternative(of="decode_step", note="one-hot vectors and einsum, a list as result")
def step_with_onehot(ids, h_prev, E, W_x, W_h, b, W_y, b_y):
    onehot = (np.arange(len(E)) == np.asarray(ids)[:, None]).astype(E.dtype)
    x = np.einsum("nv,vd->nd", onehot, E)
    h_t = np.tanh(np.einsum("nd,hd->nh", x, W_x) + np.einsum("nj,hj->nh", h_prev, W_h) + b)
    return [np.einsum("nh,vh->nv", h_t, W_y) + b_y, h_t]


@alternative(of="decode_step", note="input and state joined, in long double")
def step_in_long_double(ids, h_prev, E, W_x, W_h, b, W_y, b_y):
    joined = np.concatenate([E[ids], h_prev], axis=1).astype(np.longdouble)
    h_t = np.tanh(joined @ np.hstack([W_x, W_h]).T.astype(np.longdouble) + b)
    logits = h_t @ W_y.T.astype(np.longdouble) + b_y
    return logits.astype(h_prev.dtype), h_t.astype(h_prev.dtype)


@alternative(
    of="decode_forced", note="own loop, arrays filled in place, one product for all logits"
)
def forced_without_step(inputs, h_0, E, W_x, W_h, b, W_y, b_y):
    N, T = inputs.shape
    h = np.empty((N, T, len(b)), dtype=h_0.dtype)
    x = E[inputs] @ W_x.T + b
    for t in range(T):
        h[:, t] = np.tanh(x[:, t] + (h[:, t - 1] if t > 0 else h_0) @ W_h.T)
    return h @ W_y.T + b_y, h


@alternative(of="masked_loss", note="one step of one sequence at a time")
def loss_in_loops(logits, targets, lengths):
    dlogits, total, M = np.zeros_like(logits), 0.0, int(np.sum(lengths))
    for n in range(len(logits)):
        for t in range(int(lengths[n])):
            z = logits[n, t] - np.max(logits[n, t])
            p = np.exp(z) / np.sum(np.exp(z))
            total += np.log(np.sum(np.exp(z))) - z[targets[n, t]]
            dlogits[n, t] = p / M
            dlogits[n, t, targets[n, t]] -= 1 / M
    return total / M, dlogits


@alternative(of="masked_loss", note="the steps that count picked out first")
def loss_of_picked_steps(logits, targets, lengths):
    counts = np.arange(logits.shape[1]) < np.reshape(lengths, (-1, 1))
    picked, right = logits[counts], targets[counts]
    norm = np.logaddexp.reduce(picked, axis=1, keepdims=True)
    p, place = np.exp(picked - norm), (np.arange(len(right)), right)
    loss = np.mean(norm[:, 0] - picked[place])
    p[place] -= 1
    dlogits = np.zeros_like(logits)
    dlogits[counts] = p / len(right)
    return float(loss), dlogits


@alternative(of="decoder_backward", note="the weights' gradient in one einsum after the loop")
def backward_by_einsum(dlogits, h_0, h, W_h, W_y):
    dh = np.einsum("ntv,vh->nth", dlogits, W_y)
    slopes, da, handed = (1 - h) * (1 + h), [], np.zeros_like(h_0)
    for t in range(h.shape[1] - 1, -1, -1):
        da.insert(0, slopes[:, t] * (dh[:, t] + handed))
        handed = np.einsum("ni,ij->nj", da[0], W_h)
    da = np.stack(da, axis=1)
    before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)
    return [handed, da, np.tensordot(da, before, axes=([0, 1], [0, 1]))]


@alternative(of="decoder_backward", note="one sequence at a time, with Jacobians")
def backward_with_jacobians(dlogits, h_0, h, W_h, W_y):
    da, dh_0, dW_h = np.zeros_like(h), np.zeros_like(h_0), np.zeros_like(W_h)
    for n in range(len(h)):
        later = np.zeros_like(h_0[n])
        for t in range(h.shape[1] - 1, -1, -1):
            slope = np.diag(1 - h[n, t] ** 2)
            da[n, t] = slope @ (W_y.T @ dlogits[n, t] + later)
            dW_h += np.outer(da[n, t], h[n, t - 1] if t > 0 else h_0[n])
            later = W_h.T @ da[n, t]
        dh_0[n] = later
    return dh_0, da, dW_h


@alternative(of="bridge_backward", note="einsum, a list as result")
def bridge_backward_by_einsum(dh_0, h_last, h_0, W_c):
    da = np.einsum("nh,nh->nh", dh_0, (1 - h_0) * (1 + h_0))
    return [np.einsum("nh,hk->nk", da, W_c), np.einsum("nh,nk->hk", da, h_last), da.sum(0)]


@alternative(of="greedy_decode", note="one row at a time, in plain Python")
def greedy_one_by_one(h_0, E, W_x, W_h, b, W_y, b_y, start, stop, max_length):
    ids, lengths = [], []
    for h in h_0:
        written, symbol = [], start
        while len(written) < max_length and (not written or symbol != stop):
            h = np.tanh(W_x @ E[symbol] + W_h @ h + b)
            symbol = int(np.argmax(W_y @ h + b_y))
            written.append(symbol)
        lengths.append(len(written))
        ids.append(written + [stop] * (max_length - len(written)))
    return np.array(ids), np.array(lengths)


@alternative(of="greedy_decode", note="all rows run to the cut, and are cleaned afterwards")
def greedy_cleaned_afterwards(h_0, E, W_x, W_h, b, W_y, b_y, start, stop, max_length):
    symbols, h_t, columns = np.full(len(h_0), start), h_0, []
    for _ in range(max_length):
        logits, h_t = decode_step(symbols, h_t, E, W_x, W_h, b, W_y, b_y)
        symbols = np.argmax(logits, axis=1)
        columns.append(symbols)
    ids = np.stack(columns, axis=1)
    stopped = np.cumsum(ids == stop, axis=1)
    lengths = np.minimum((stopped == 0).sum(axis=1) + 1, max_length)
    return np.where(stopped > 0, stop, ids), lengths
