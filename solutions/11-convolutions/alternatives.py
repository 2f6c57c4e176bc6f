"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="conv_lengths", note="one sequence at a time, by trying where a window may begin")
def lengths_by_trying(lengths, width, stride, zeros):
    return np.array([len(range(0, n + 2 * zeros - width + 1, stride)) for n in lengths])


@alternative(of="conv_lengths", note="rounding down with floor, where a window fits")
def lengths_by_floor(lengths, width, stride, zeros):
    room = lengths + 2 * zeros - width
    return np.where(room >= 0, np.floor(room / stride) + 1, 0).astype(int)


@alternative(of="conv_forward", note="one window of one sequence at a time")
def conv_in_loops(x, lengths, W_c, b, stride, zeros):
    N, T, _ = x.shape
    H, _, K = W_c.shape
    a = np.zeros((N, (T + 2 * zeros - K) // stride + 1, H), dtype=x.dtype)
    for n, length in enumerate(lengths):
        t = 0
        while t * stride - zeros + K <= length + zeros:
            a[n, t] = b
            for j in range(K):
                s = t * stride - zeros + j
                if 0 <= s < length:
                    a[n, t] += W_c[:, :, j] @ x[n, s]
            t += 1
    return a


@alternative(of="conv_forward", note="one product for each place, moved and added")
def conv_place_by_place(x, lengths, W_c, b, stride, zeros):
    T, K = x.shape[1], W_c.shape[-1]
    real = np.arange(T) < np.reshape(lengths, (-1, 1))
    rows = np.pad(np.where(real[..., None], x, 0), ((0, 0), (zeros, zeros), (0, 0)))
    count = (rows.shape[1] - K) // stride + 1
    a = np.repeat(b[None, None], count, axis=1)
    a = sum((rows[:, j::stride][:, :count] @ W_c[..., j].T for j in range(K)), a)
    own = (lengths + 2 * zeros - K) // stride + 1
    a[np.arange(count) >= own[:, None]] = 0
    return a


@alternative(of="conv_forward", note="an index of every window, einsum, in long double")
def conv_by_einsum(x, lengths, W_c, b, stride, zeros):
    T, K = x.shape[1], W_c.shape[2]
    starts = np.arange(0, T + 2 * zeros - K + 1, stride) - zeros
    at = starts[:, None] + np.arange(K)
    windows = x[:, np.clip(at, 0, T - 1)].astype(np.longdouble)
    outside = (at < 0) | (at >= lengths[:, None, None])
    windows[outside] = 0
    a = np.einsum("ntkd,hdk->nth", windows, W_c) + b
    exists = starts + K <= lengths[:, None] + zeros
    return (a * exists[..., None]).astype(x.dtype)


@alternative(of="conv_backward", note="one window of one sequence at a time")
def conv_backward_in_loops(da, x, lengths, W_c, stride, zeros):
    dx, dW_c, db = np.zeros_like(x), np.zeros_like(W_c), np.zeros_like(W_c[:, 0, 0])
    K = W_c.shape[2]
    for n, length in enumerate(lengths):
        for t in range(da.shape[1]):
            first = t * stride - zeros
            if first + K > length + zeros:
                break
            db += da[n, t]
            for j in range(K):
                if 0 <= first + j < length:
                    dx[n, first + j] += da[n, t] @ W_c[:, :, j]
                    dW_c[:, :, j] += np.outer(da[n, t], x[n, first + j])
    return dx, dW_c, db


@alternative(of="conv_backward", note="windows by index, gradients put back with add.at")
def conv_backward_by_index(da, x, lengths, W_c, stride, zeros):
    N, T, D = x.shape
    K = W_c.shape[2]
    starts = np.arange(da.shape[1]) * stride
    at = starts[:, None] + np.arange(K)
    rows = np.zeros((N, max(T + 2 * zeros, at.max() + 1), D), dtype=x.dtype)
    for n, length in enumerate(lengths):
        rows[n, zeros : zeros + length] = x[n, :length]
    exists = (starts + K <= lengths[:, None] + 2 * zeros)[..., None]
    da = da * exists
    dW_c = np.einsum("nth,ntkd->hdk", da, rows[:, at])
    drows = np.zeros_like(rows)
    np.add.at(drows, (np.arange(N)[:, None, None], at), np.einsum("nth,hdk->ntkd", da, W_c))
    dx = drows[:, zeros : zeros + T]
    for n, length in enumerate(lengths):
        dx[n, length:] = 0
    return [dx, dW_c.astype(W_c.dtype), np.einsum("nth->h", da)]


@alternative(of="max_over_time", note="one sequence and filter at a time")
def maximum_in_loops(h, lengths):
    N, _, H = h.shape
    pooled, picked = np.zeros((N, H), dtype=h.dtype), np.full((N, H), -1)
    for n in range(N):
        for j in range(H):
            for t in range(lengths[n]):
                if picked[n, j] < 0 or h[n, t, j] > pooled[n, j]:
                    pooled[n, j], picked[n, j] = h[n, t, j], t
    return pooled, picked


@alternative(of="max_over_time", note="a running maximum; a list as result")
def running_maximum(h, lengths):
    pooled, picked = np.zeros_like(h[:, 0]), np.full(h[:, 0].shape, -1, dtype=np.int32)
    for t in range(h.shape[1]):
        better = ((h[:, t] > pooled) | (t == 0)) & (t < lengths)[:, None]
        pooled, picked = np.where(better, h[:, t], pooled), np.where(better, t, picked)
    return [pooled, picked]


@alternative(of="max_over_time", note="the padding filled with each filter's smallest feature")
def padding_filled_with_the_smallest(h, lengths):
    h = np.array(h)
    pooled, picked = np.zeros_like(h[:, 0]), np.full(h[:, 0].shape, -1)
    for n, length in enumerate(lengths):
        if length:
            h[n, length:] = h[n, :length].min(axis=0)
            picked[n] = h[n].argmax(axis=0)
            pooled[n] = np.take_along_axis(h[n], picked[n][None], axis=0)[0]
    return pooled, picked


@alternative(of="max_backward", note="one feature at a time")
def maximum_backward_in_loops(dpooled, picked, T):
    N, H = dpooled.shape
    dh = np.zeros((N, T, H), dtype=dpooled.dtype)
    for n, j in np.ndindex(N, H):
        if picked[n, j] != -1:
            dh[n, picked[n, j], j] = dpooled[n, j]
    return dh


@alternative(of="max_backward", note="a one-hot array with one place more, for no window")
def maximum_backward_by_one_hot(dpooled, picked, T):
    onehot = np.eye(T + 1, dtype=dpooled.dtype)[picked]
    return np.einsum("nht,nh->nth", onehot[..., :T], dpooled)


@alternative(of="kim_forward", note="the tanh behind the maximum, arrays filled by columns")
def kim_with_tanh_behind(ids, lengths, E, filters, W_y, b_y):
    total = W_y.shape[1]
    pooled = np.empty((len(ids), total), dtype=E.dtype)
    picked = np.empty((len(ids), total), dtype=int)
    end = 0
    for W_c, b in filters:
        start, end, Z = end, end + len(b), W_c.shape[2] - 1
        a = conv_forward(np.take(E, ids, axis=0), lengths, W_c, b, 1, Z)
        best, where = max_over_time(a, np.asarray(lengths) + Z)
        pooled[:, start:end], picked[:, start:end] = np.tanh(best), where
    return np.einsum("nh,ch->nc", pooled, W_y) + b_y, pooled, picked


@alternative(of="kim_forward", note="one sentence at a time, without its padding")
def kim_sentence_by_sentence(ids, lengths, E, filters, W_y, b_y):
    rows = []
    for words, length in zip(ids, lengths, strict=True):
        x, own = E[words[:length]][None], np.array([length])
        values, windows = [], []
        for W_c, b in filters:
            h = np.tanh(conv_forward(x, own, W_c, b, 1, W_c.shape[2] - 1))
            value, window = max_over_time(h, np.array([h.shape[1]]))
            values.append(value[0])
            windows.append(window[0])
        value = np.hstack(values)
        rows.append((W_y @ value + b_y, value, np.hstack(windows)))
    return [np.stack(parts) for parts in zip(*rows, strict=True)]


@alternative(of="kim_backward", note="one-hot words, so that a product sums what a word gets")
def kim_backward_by_one_hot(dlogits, ids, lengths, E, filters, W_y, pooled, picked, static):
    onehot = np.eye(len(E), dtype=E.dtype)[ids]
    x = onehot @ E
    da = (dlogits @ W_y) * (1 - pooled) * (1 + pooled)
    ends = np.cumsum([len(b) for _, b in filters])[:-1]
    dx, dfilters = 0, []
    parts = np.split(da, ends, axis=1), np.split(picked, ends, axis=1)
    for (W_c, _), part, windows in zip(filters, *parts, strict=True):
        Z = W_c.shape[2] - 1
        given, dW_c, db = conv_backward(
            max_backward(part, windows, ids.shape[1] + Z), x, lengths, W_c, 1, Z
        )
        dx = dx + given
        dfilters.append([dW_c, db])
    dE = np.einsum("ntv,ntd->vd", onehot, dx) * (not static)
    return dE, dfilters, np.einsum("nc,nh->ch", dlogits, pooled), np.sum(dlogits, axis=0)


@alternative(of="kim_backward", note="straight to the words of each picked window")
def kim_backward_by_window(dlogits, ids, lengths, E, filters, W_y, pooled, picked, static):
    da = (dlogits @ W_y) * (1 - pooled * pooled)
    dE = np.zeros_like(E)
    dfilters = [(np.zeros_like(W_c), np.zeros_like(b)) for W_c, b in filters]
    column = 0
    for (W_c, b), (dW_c, db) in zip(filters, dfilters, strict=True):
        width = W_c.shape[2]
        for h in range(len(b)):
            for n in range(len(ids)):
                db[h] += da[n, column]
                for j in range(width):
                    s = picked[n, column] - (width - 1) + j
                    if 0 <= s < lengths[n]:
                        dW_c[h, :, j] += da[n, column] * E[ids[n, s]]
                        if not static:
                            dE[ids[n, s]] += da[n, column] * W_c[h, :, j]
            column += 1
    return [dE, dfilters, dlogits.T @ pooled, dlogits.sum(axis=0)]
