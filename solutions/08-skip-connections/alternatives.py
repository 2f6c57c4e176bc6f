"""Right implementations written differently: each must score full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative(of="residual_forward", note="column vectors, relu as a product with a mask")
def residual_by_columns(x, W_1, b_1, W_2, b_2):
    a = W_1 @ x.T + b_1[:, None]
    y = W_2 @ (a * (a > 0)) + b_2[:, None]
    y += x.T
    return y.T, a.T


@alternative(of="residual_forward", note="one number at a time; long double")
def residual_in_loops(x, W_1, b_1, W_2, b_2):
    y, a = np.empty_like(x), np.empty((len(x), len(b_1)), dtype=x.dtype)
    for n, row in enumerate(x):
        for r in range(len(b_1)):
            a[n, r] = np.sum(W_1[r].astype(np.longdouble) * row) + b_1[r]
        for j in range(len(b_2)):
            y[n, j] = (
                row[j] + sum(w * max(v, 0) for w, v in zip(W_2[j], a[n], strict=True)) + b_2[j]
            )
    return [y, a]


@alternative(of="residual_backward", note="einsum, np.where, a list as result")
def residual_backward_by_einsum(dy, x, a, W_1, W_2):
    da = np.where(a > 0, np.einsum("nh,hr->nr", dy, W_2), 0)
    dx = dy + np.einsum("nr,rh->nh", da, W_1)
    dW_2 = np.einsum("nh,nr->hr", dy, np.where(a > 0, a, 0))
    return [dx, np.einsum("nr,nh->rh", da, x), np.einsum("nr->r", da), dW_2, np.einsum("nh->h", dy)]


@alternative(of="residual_backward", note="a Jacobian for each input, outer products summed")
def residual_backward_by_jacobians(dy, x, a, W_1, W_2):
    dx = np.empty_like(dy)
    dW_1, dW_2 = np.zeros_like(W_1), np.zeros_like(W_2)
    db_1, db_2 = np.zeros_like(W_1[:, 0]), np.zeros_like(W_2[:, 0])
    for n in range(len(x)):
        on = np.diag((a[n] > 0).astype(dy.dtype))
        dx[n] = (np.eye(x.shape[1], dtype=dy.dtype) + W_2 @ on @ W_1).T @ dy[n]
        share = on @ W_2.T @ dy[n]
        dW_1, db_1 = dW_1 + np.outer(share, x[n]), db_1 + share
        dW_2, db_2 = dW_2 + np.outer(dy[n], on @ a[n]), db_2 + dy[n]
    return dx, dW_1, db_1, dW_2, db_2


@alternative(of="highway_forward", note="from the input towards the new content, both at once")
def highway_as_a_move(x, W_u, b_u, W_gate, b_gate):
    a = x @ np.vstack([W_u, W_gate]).T + np.concatenate([b_u, b_gate])
    H = x.shape[1]
    u, gate = np.tanh(a[:, :H]), sigmoid(a[:, H:])
    return x + gate * (u - x), u, gate


@alternative(of="highway_forward", note="the sigmoid by tanh, a list as result")
def highway_by_tanh(x, W_u, b_u, W_gate, b_gate):
    u = np.tanh(np.einsum("hj,nj->nh", W_u, x) + b_u)
    gate = (1 + np.tanh((np.einsum("hj,nj->nh", W_gate, x) + b_gate) / 2)) / 2
    return [u * gate + x - x * gate, u, gate]


@alternative(of="highway_backward", note="stacked matrices, cut apart at the end")
def highway_backward_stacked(dy, x, u, gate, W_u, W_gate):
    shut = 1 - gate
    da = np.hstack([dy * gate * (1 - u) * (1 + u), dy * (u - x) * gate * shut])
    dW, db, H = da.T @ x, da.sum(axis=0), x.shape[1]
    return dy * shut + da @ np.vstack([W_u, W_gate]), dW[:H], db[:H], dW[H:], db[H:]


@alternative(of="highway_backward", note="one input at a time, gradients as lists")
def highway_backward_in_loops(dy, x, u, gate, W_u, W_gate):
    dx = np.empty_like(dy)
    sums = [np.zeros_like(W_u), np.zeros_like(W_u[0]), np.zeros_like(W_u), np.zeros_like(W_u[0])]
    for n in range(len(dy)):
        du, dgate = dy[n] * gate[n], dy[n] * u[n] - dy[n] * x[n]
        da_u, da_gate = du - du * u[n] ** 2, dgate * (gate[n] - gate[n] ** 2)
        dx[n] = dy[n] - dy[n] * gate[n] + W_u.T @ da_u + W_gate.T @ da_gate
        shares = np.outer(da_u, x[n]), da_u, np.outer(da_gate, x[n]), da_gate
        sums = [total + share for total, share in zip(sums, shares, strict=True)]
    return dx, *sums


@alternative(of="dense_forward", note="written into an array that is made before")
def dense_in_place(x, W, b):
    (N, H), G = x.shape, len(b)
    y = np.zeros((N, H + G), dtype=x.dtype)
    y[:, :H] = x
    y[:, H:] = x @ W.T + b
    y[:, H:][y[:, H:] < 0] = 0
    return y, y[:, H:].copy()


@alternative(of="dense_forward", note="one matrix with the identity on top")
def dense_with_identity(x, W, b):
    H = x.shape[1]
    top = np.vstack([np.eye(H, dtype=x.dtype), W])
    y = x @ top.T + np.concatenate([np.zeros(H, dtype=x.dtype), b])
    u = np.where(y[:, H:] > 0, y[:, H:], 0)
    return np.hstack([y[:, :H], u]), u


@alternative(of="dense_backward", note="split, einsum, the mask by sign")
def dense_backward_split(dy, x, u, W):
    of_copy, of_new = np.split(dy, [x.shape[1]], axis=1)
    da = of_new * np.sign(u)
    dW = np.einsum("ng,nh->gh", da, x)
    return [np.einsum("ng,gh->nh", da, W) + of_copy, dW, np.ones(len(x), dtype=dy.dtype) @ da]


@alternative(of="deep_forward", note="recursion over the blocks, by comparison of the kind")
def deep_by_recursion(x, blocks):
    def onward(x, blocks):
        if not blocks:
            return [x], []
        (kind, weights), *others = blocks
        if kind == "plain":
            y, *kept = plain_forward(x, *weights)
        elif kind == "residual":
            y, *kept = residual_forward(x, *weights)
        elif kind == "highway":
            y, *kept = highway_forward(x, *weights)
        else:
            y, *kept = dense_forward(x, *weights)
        states, inner = onward(y, others)
        return [x, *states], [tuple(kept), *inner]

    return onward(x, blocks)


@alternative(of="deep_backward", note="places counted down, lists filled by place")
def deep_backward_by_place(dy, states, inner, blocks):
    B = len(blocks)
    dstates, grads = [None] * B + [dy], [None] * B
    for place in range(B - 1, -1, -1):
        kind, weights = blocks[place]
        given = dstates[place + 1], states[place]
        if kind == "highway":
            u, gate = inner[place]
            found = highway_backward(*given, u, gate, weights[0], weights[2])
        elif kind == "residual":
            found = residual_backward(*given, inner[place][0], weights[0], weights[2])
        elif kind == "dense":
            found = dense_backward(*given, inner[place][0], weights[0])
        else:
            found = plain_backward(*given, inner[place][0], weights[0])
        dstates[place], grads[place] = found[0], list(found[1:])
    return dstates, grads


@alternative(of="gradient_norms", note="roots of sums, a list as result")
def norms_by_roots(dstates):
    lengths = [[float(np.sqrt(np.dot(row, row))) for row in d] for d in dstates]
    means = [sum(of_state) / len(of_state) for of_state in lengths]
    return [mean / means[-1] for mean in means]


@alternative(of="gradient_norms", note="the last state first")
def norms_from_the_end(dstates):
    last = np.sqrt((dstates[-1] ** 2).sum(axis=1)).mean()
    return np.array([np.sqrt(((d / last) ** 2).sum(axis=1)).mean() for d in dstates])


@alternative(of="paths_by_length", note="lengths downwards, in place")
def paths_downwards(J):
    B, H = len(J), J.shape[1]
    P = [np.eye(H)] + [np.zeros((H, H)) for _ in range(B)]
    for place in range(B):
        for k in range(place + 1, 0, -1):
            P[k] = P[k] + J[place] @ P[k - 1]
    return np.stack(P).astype(J.dtype)


@alternative(of="paths_by_length", note="from the last block on, multiplied from the right")
def paths_from_the_end(J):
    P = np.eye(J.shape[1], dtype=J.dtype)[None]
    for J_l in J[::-1]:
        nothing = np.zeros_like(P[:1])
        P = np.concatenate([P, nothing]) + np.concatenate([nothing, P @ J_l])
    return P
