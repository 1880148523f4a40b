"""Biases of a network in int8, corrected for what rounding does to the mean of each channel.

Weights and activations are rounded to the nearest, but a channel's few weights need not cancel out, and clipping cuts one end alone: so the means of
its sums are off, and the next layers' still more. What is missing is measured on pictures and added to the bias (bias correction,
arXiv:1906.04721, 4.2, here by measured means).
"""
import torch

from graph.operators import INPUT, activate, fake_quant, has_grid, output_of, rounded_weight, scale_groups, zero_points


@torch.no_grad()
def correct(ops, scales, crops):
    """The same ops, each bias so that its channel's mean before the activation, over normalised crops [N, 3, H, W], is that in float, layer by layer."""
    groups, zeros = scale_groups(ops), zero_points(ops)
    last_read = {t: i for i, op in enumerate(ops) for t in op.inputs}
    exact, rounded = {INPUT: crops}, {INPUT: crops}
    corrected = []
    for i, op in enumerate(ops):
        wanted = output_of(op, [exact[t] for t in op.inputs], op.weight)
        y = output_of(op, [rounded[t] for t in op.inputs], None if op.weight is None else rounded_weight(op))
        if op.weight is not None:
            missing = (wanted - y).mean((0, 2, 3))
            op, y = op._replace(bias=op.bias + missing), y + missing.view(-1, 1, 1)
        corrected.append(op)
        exact[op.name], y = activate(op, wanted), activate(op, y)
        rounded[op.name] = fake_quant(y, scales[groups[op.name]], zeros[groups[op.name]], 0, 255) if has_grid(op, groups) else y
        for t in op.inputs:
            if last_read[t] == i:                         # maps of many crops are large
                exact.pop(t, None), rounded.pop(t, None)
    return corrected
