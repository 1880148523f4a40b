"""A trained network as a flat list of operators, its batch norms folded into the convolutions.

One description for three readers: PyTorch (`run`, in float or as the int8 arithmetic will have it), the fp32 ONNX file
and the int8 ONNX file (export.py).
"""
from typing import List, NamedTuple, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

from networks.layers import CondConv1x1, ConvAct, ConvNormAct, Crop, GlobalDepthwise, Inception, InceptionResidual, InvertedResidual, L2Pool, Maxout, Tap

INPUT = "x"                              # crops after (pixel - 128) / 128
INPUT_SCALE, INPUT_ZERO = 1 / 128, 128   # which makes the uint8 crop itself the quantized input


INT8_KINDS = ("conv", "fc", "pool", "concat", "add", "window", "resize")    # these have int8 arithmetic here; a resize is computed in floats and rounded to bytes
FLOAT_KINDS = ("dynamic", "mean", "average", "l2pool", "lrn", "maxout")


class Op(NamedTuple):
    kind: str                            # one of INT8_KINDS or FLOAT_KINDS
    name: str                            # also of its output
    inputs: List[str]
    weight: Optional[torch.Tensor] = None
    bias: Optional[torch.Tensor] = None
    kernel: Tuple[int, int] = (1, 1)     # of a "resize": the height and width that it makes
    stride: int = 1
    pad: int = 0
    activation: str = "relu"             # of a "conv", "dynamic" or "add": "relu", "relu6", "tanh" or "" for none
    groups: int = 1
    window: Tuple[int, int, int, int] = (0, 0, 0, 0)      # top, left, height, width; of a "resize": the window that it scales
    kernels: Optional[torch.Tensor] = None                # [K, O, C] of a "dynamic": its second input says how much of each
    size: int = 0                        # of a "lrn": channels in its window; of a "maxout": its pieces

    @property
    def signed(self):
        """True where the output can be negative."""
        return self.kind == "fc" or self.kind in ("conv", "add") and not self.activation


def gain_of(norm):
    return (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()


def fold(conv, norm):
    """The convolution whose output is that of `norm(conv(x))` with its running statistics."""
    gain = gain_of(norm)
    return (conv.weight * gain.view(-1, 1, 1, 1)).detach(), (norm.bias - norm.running_mean * gain).detach()


def graph_of(model):
    """FaceNet -> list of Op in order of execution; the last one is the fully connected layer."""
    ops = []

    def emit(op):
        ops.append(op)
        return op.name

    def conditional(module, name, x, weight, bias, activation="", gain=1.0):
        mean = emit(Op("mean", f"{name}.mean", [x]))
        routing = emit(Op("conv", f"{name}.route", [mean], *fold(module.routing, module.norm), activation="tanh"))
        out, c = weight.shape[:2]
        kernels = module.experts.detach().view(-1, out, c) * gain
        return emit(Op("dynamic", name, [x, routing], weight, bias, activation=activation, kernels=kernels))

    def convolution(conv, name, x, activation, weight=None, bias=None):
        weight, bias = (conv.weight.detach(), conv.bias.detach()) if weight is None else (weight, bias)
        return emit(Op("conv", name, [x], weight, bias, tuple(conv.kernel_size), conv.stride[0], conv.padding[0], activation, conv.groups))

    def walk(module, name, x):
        if isinstance(module, ConvNormAct):
            weight, bias = fold(module.conv, module.bn)
            activation = "relu" if isinstance(module.act, nn.ReLU) else ""
            if isinstance(module.conv, CondConv1x1):
                return conditional(module.conv, name, x, weight, bias, activation, gain_of(module.bn).view(-1, 1))
            return convolution(module.conv, name, x, activation, weight, bias)
        if isinstance(module, CondConv1x1):
            return conditional(module, name, x, module.weight.detach(), module.bias.detach())
        if isinstance(module, nn.Conv2d):
            return convolution(module, name, x, "")
        if isinstance(module, ConvAct):
            return convolution(module.conv, name, x, module.act)
        if isinstance(module, InvertedResidual):
            y = walk(module.layers, f"{name}.layers", x)
            return emit(Op("add", name, [x, y], activation="")) if module.add else y
        if isinstance(module, GlobalDepthwise):
            return convolution(module.place, f"{name}.place", convolution(module.widen, f"{name}.widen", x, "relu6"), "")
        if isinstance(module, Crop):
            y = emit(Op("window", f"{name}.window" if module.size else name, [x], window=tuple(module.window)))
            return emit(Op("resize", name, [y], kernel=tuple(module.size), window=tuple(module.window))) if module.size else y
        if isinstance(module, Tap):
            return x
        if isinstance(module, nn.MaxPool2d):
            return emit(Op("pool", name, [x], kernel=(module.kernel_size,) * 2, stride=module.stride, pad=module.padding))
        if isinstance(module, Inception):
            outs = [walk(branch, f"{name}.{i}", x) for i, branch in enumerate(module.branches)]
            return emit(Op("concat", name, outs)) if len(outs) > 1 else outs[0]
        if isinstance(module, InceptionResidual):
            y = walk(module.inception, f"{name}.inception", x)
            return emit(Op("add", name, [x, walk(module.project, f"{name}.project", y)], activation="relu"))
        if isinstance(module, L2Pool):
            return emit(Op("l2pool", name, [x]))
        if isinstance(module, nn.LocalResponseNorm):
            return emit(Op("lrn", name, [x], size=module.size))
        if isinstance(module, nn.AvgPool2d):
            return emit(Op("average", name, [x]))
        if isinstance(module, Maxout):
            return emit(Op("maxout", name, [convolution(module.linear, f"{name}.linear", x, "")], size=module.pieces))
        if isinstance(module, nn.Sequential):
            for i, part in enumerate(module):
                x = walk(part, f"{name}.{i}" if name else str(i), x)
            return x
        raise TypeError(f"no operator for {type(module).__name__}")

    x = walk(model.trunk, "", INPUT)
    emit(Op("fc", "fc", [x], model.fc.weight.detach(), model.fc.bias.detach(), tuple(model.fc.kernel_size)))
    return ops


def signed_tensors(ops):
    """Names of the tensors that can be negative. A pool, concat, window or resize hands on what it is given."""
    signed = {INPUT}
    for op in ops:
        if op.signed or op.kind in ("pool", "concat", "window", "resize") and signed & set(op.inputs):
            signed.add(op.name)
    return signed


def scale_groups(ops):
    """Tensor -> the name of its scale. A pool moves bytes: its input and output have one scale.

    So has a concat, but for inputs after a ReLU beside others that can be negative: they keep the zero point of 0 whose
    clipping is the ReLU, and the concat (onnxruntime's QLinearConcat) puts them on its own grid.
    """
    parent, signed = {INPUT: INPUT}, signed_tensors(ops)

    def find(t):
        while parent[t] != t:
            t = parent[t]
        return t

    for op in ops:
        parent[op.name] = op.name
        if op.kind == "window":
            parent[op.name] = find(op.inputs[0])
        if op.kind in ("pool", "concat"):
            for t in op.inputs:
                if (t in signed) == (op.name in signed):
                    parent[find(t)] = find(op.name)
    return {t: find(t) for t in parent}


def zero_points(ops):
    """{scale group: zero point}: 0 where nothing is negative, as after a ReLU, else 128."""
    groups, signed = scale_groups(ops), signed_tensors(ops)
    zeros = {group: 0 for group in groups.values()}
    zeros.update({groups[t]: 128 for t in signed})
    zeros[INPUT] = INPUT_ZERO
    return zeros


def activate(op, y):
    if op.kind not in ("conv", "dynamic", "add"):
        return y
    return {"relu": F.relu, "relu6": F.relu6, "tanh": torch.tanh, "": lambda y: y}[op.activation](y)


def fake_quant(x, scale, zero, low, high):
    """Round to the integer grid and back; the gradient passes through what was not clipped, and to the scale (LSQ)."""
    q = x / scale + zero
    clipped = q.clamp(low, high)
    return ((clipped.round() - clipped).detach() + clipped - zero) * scale


def weight_scale(weight):
    """Symmetric int8, one scale an output channel: [O, 1, 1, 1]."""
    return weight.detach().flatten(1).abs().amax(1).clamp_min(1e-8).div(127).view(-1, 1, 1, 1)


def sums_of_four(weight):
    """Sums [O, n] of weights [O, C, h, w] of one sign, by fours whose products scripts/wasm/int8/int8.c adds up in 16 bits.

    Of eight weights, by kernel row, kernel column and input channel, these are 0, 1, 4 and 5, and 2, 3, 6 and 7.
    """
    depths = weight.permute(0, 2, 3, 1).flatten(1)
    return F.pad(depths, (0, -depths.shape[1] % 8)).unflatten(1, (-1, 2, 2, 2)).sum((2, 4)).flatten(1)


MOST_SUM = 126 - 4 / 2                   # that of int8.c, less what rounding adds to four weights


def int8_scale(op):
    """Scale of a convolution's weights in int8 arithmetic [O, 1, 1, 1]: products of dense ones fit into 16 bits four at a time.

    So bytes are multiplied without AVX-VNNI, too. On average that makes the grid 0.6 times as fine (EXPERIMENTS.md), at worst a quarter.
    It is of no use to a head of `export.py --head float`, which multiplies otherwise.
    """
    scale = weight_scale(op.weight)
    if op.groups > 1:
        return scale
    weight = op.weight.detach()
    largest = torch.cat([sums_of_four((sign * weight).clamp_min(0)) for sign in (1, -1)], 1).amax(1)
    return torch.maximum(scale, largest.div(MOST_SUM).view(-1, 1, 1, 1))


def rounded_weight(op):
    return fake_quant(op.weight, int8_scale(op), 0, -127, 127)


def output_of(op, xs, weight):
    """Output of an operator of inputs `xs`, before its activation; `weight`: its own, or that as int8 arithmetic has it."""
    x = xs[0]
    if op.kind == "pool":
        return F.max_pool2d(x, op.kernel, op.stride, op.pad)
    if op.kind == "concat":
        return torch.cat(xs, 1)
    if op.kind == "add":
        return x + xs[1]
    if op.kind in ("mean", "average"):
        return x.mean((2, 3), keepdim=True)
    if op.kind == "l2pool":
        return F.avg_pool2d(x ** 2, 3, 1, 1).mul(9).sqrt()
    if op.kind == "lrn":
        return F.local_response_norm(x, op.size)
    if op.kind == "maxout":
        return x.unflatten(1, (-1, op.size)).amax(2)
    if op.kind == "dynamic":
        kernel = weight.flatten(1) + torch.einsum("nk,koc->noc", xs[1].flatten(1), op.kernels)
        return (kernel @ x.flatten(2)).unflatten(2, x.shape[2:]) + op.bias.view(-1, 1, 1)
    if op.kind == "window":
        top, left, height, width = op.window
        return x[:, :, top:top + height, left:left + width]
    if op.kind == "resize":
        return F.interpolate(x, size=op.kernel, mode="bilinear", align_corners=False)
    return F.conv2d(x, weight, op.bias, op.stride, op.pad, groups=op.groups)


def has_grid(op, groups):
    """True where the output has a scale of its own in int8 arithmetic: pools and the like move bytes, and the last layer makes the embedding."""
    if op.kind == "concat":
        return len({groups[t] for t in (*op.inputs, op.name)}) > 1
    return op.kind in ("conv", "dynamic", "add", "resize")


def run(ops, crops, scales=None, watch=None):
    """Normalised crops [N, 3, H, W] -> embedding before normalisation [N, dim].

    With `scales` {group: scale} every convolution sees what int8 arithmetic would give it. `watch(name, tensor)` is
    shown each output of which `has_grid` is true.
    """
    groups, zeros = scale_groups(ops), zero_points(ops)
    values = {INPUT: crops}
    for op in ops:
        weight = op.weight if scales is None or op.weight is None else rounded_weight(op)
        y = activate(op, output_of(op, [values[t] for t in op.inputs], weight))
        if has_grid(op, groups):
            if watch:
                watch(op.name, y)
            if scales is not None:
                y = fake_quant(y, scales[groups[op.name]], zeros[groups[op.name]], 0, 255)
        values[op.name] = y
    return values[ops[-1].name].flatten(1)
