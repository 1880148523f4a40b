#!/usr/bin/env python3
"""The networks: FaceNet's (arXiv:1503.03832, section 3.3) and ours, one table a network.

    python3 scripts/train/nns.py NAME        prints its layers: output, parameters, multiply-accumulates

A network is its input size (height, width) and a list of rows, read top to bottom like Tables 1 and 2 of the paper:

    Conv(out, kernel, stride)              convolution, batch norm, ReLU
    Pool(kernel, stride)                   max-pool
    Norm()                                 local response norm (the paper's "rnorm")
    Mix(n1, (r3, n3), (r5, n5), ...)       an Inception module, see `Inception`
    Maxout(out, pieces)                    fully connected, the largest of `pieces` linear maps
    Average()                              mean over the map
    Window(top, left, height, width)       a part of the crop
    Linear(out, kernels)                   1x1 convolution, nothing after it; `Dynamic` with so many kernels, or 0
    Bare(out, kernel, stride, ...)         convolution and activation, no batch norm
    Bottleneck(hidden, out, stride)        MobileNet's inverted residual (arXiv:1801.04381), no batch norm
    Residual(hidden, out, stride, kernels) the same with batch norms and ReLU, to train from nothing
    Tap(name)                              where a teacher's inner layer is imitated; nothing once trained
    Global(out)                            MobileFaceNet's global depthwise convolution (arXiv:1804.07573), see `GlobalConv`
    Head(dim)                              flatten, fully connected; the L2 norm follows

Crops go in as uint8 [N, 3, H, W], RGB, 0..255; unit embeddings [N, dim] come out. Padding keeps sizes: a stride of 2
gives ceil(n / 2), as in the paper's tables. The paper trained without batch norm; we put one after every convolution,
since it folds into the convolution at export and parameters and MACs are counted so folded (weights and one bias).
"""
import sys
from typing import NamedTuple, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F


class Conv(NamedTuple):
    out: int
    kernel: int
    stride: int = 1


class Pool(NamedTuple):
    kernel: int = 3
    stride: int = 2


class Norm(NamedTuple):
    size: int = 5


class Mix(NamedTuple):
    n1: int                                   # 1x1
    b3: Optional[Tuple[int, int]]             # 1x1 reduce (0: none), 3x3
    b5: Optional[Tuple[int, int]] = None      # 1x1 reduce (0: none), 5x5
    pool: int = 0                             # 1x1 after the 3x3 pool; 0: none, and no pool either at stride 1
    stride: int = 1                           # of the 3x3, the 5x5 and the pool
    kind: str = "max"                         # of pool: "max", or "l2", the root of the sum of squares


class Maxout(NamedTuple):
    out: int
    pieces: int = 2


class Average(NamedTuple):
    pass


class Window(NamedTuple):
    top: int
    left: int
    height: int
    width: int


class Linear(NamedTuple):
    out: int
    kernels: int = 0        # 0: not dynamic


class Bare(NamedTuple):
    out: int
    kernel: int
    stride: int = 1
    depthwise: bool = False
    activation: str = "relu6"


class Bottleneck(NamedTuple):
    hidden: int
    out: int
    stride: int = 1


class Residual(NamedTuple):
    hidden: int
    out: int
    stride: int = 1
    kernels: int = 0        # of each of its 1x1 convolutions


class Tap(NamedTuple):
    name: str


class Global(NamedTuple):
    out: int


class Head(NamedTuple):
    dim: int = 128


# Table 1. Zeiler & Fergus with 1x1 convolutions: 140 M parameters, 1.6 B MACs.
NN1 = ((220, 220), [
    Conv(64, 7, 2), Pool(), Norm(),
    Conv(64, 1), Conv(192, 3), Norm(), Pool(),
    Conv(192, 1), Conv(384, 3), Pool(),
    Conv(384, 1), Conv(256, 3),
    Conv(256, 1), Conv(256, 3),
    Conv(256, 1), Conv(256, 3), Pool(),
    Maxout(4096, 2), Maxout(4096, 2), Head(),
])


def inception(side, high=True):
    """Table 2 for a square input; `high`: with 5x5 convolutions where the output map is the last, smallest one."""
    def five(*branch):
        return branch if high else None
    return ((side, side), [
        Conv(64, 7, 2), Pool(), Norm(),
        Conv(64, 1), Conv(192, 3), Norm(), Pool(),                               # "inception (2)"
        Mix(64, (96, 128), (16, 32), 32),                                        # 3a
        Mix(64, (96, 128), (32, 64), 64, kind="l2"),                             # 3b
        Mix(0, (128, 256), (32, 64), stride=2),                                  # 3c
        Mix(256, (96, 192), (32, 64), 128, kind="l2"),                           # 4a
        Mix(224, (112, 224), (32, 64), 128, kind="l2"),                          # 4b
        Mix(192, (128, 256), (32, 64), 128, kind="l2"),                          # 4c
        Mix(160, (144, 288), (32, 64), 128, kind="l2"),                          # 4d
        Mix(0, (160, 256), five(64, 128), stride=2),                             # 4e
        Mix(384, (192, 384), five(48, 128), 128, kind="l2"),                     # 5a
        Mix(384, (192, 384), five(48, 128), 128),                                # 5b
        Average(), Head(),
    ])


NN2 = inception(224)                # Table 2: 7.5 M parameters, 1.6 B MACs
NN3 = inception(160)                # the same at 160x160
# 96x96, 285 M MACs, "doesn't use 5x5 convolutions in the higher layers". Left out of 4e, 5a and 5b, the three with a
# 3x3 map, it comes to 285 M.
NN4 = inception(96, high=False)

# The paper gives no layers for NNS1 (165x165, 26 M parameters, 220 M MACs) and NNS2 (140x116, 4.3 M, 20 M), only these
# totals. Our reconstruction: NN2's plan with fewer channels, no local response norm, and a flattened fully connected
# layer, without which so few MACs could not hold so many parameters.
NNS1_PAPER = ((165, 165), [
    Conv(24, 7, 2), Pool(), Conv(24, 1), Conv(64, 3), Pool(),
    Mix(32, (32, 64), (8, 16), 16), Mix(48, (48, 80), (16, 32), 32, kind="l2"), Mix(0, (64, 128), (16, 32), stride=2),
    Mix(128, (64, 128), (16, 32), 64, kind="l2"), Mix(96, (80, 160), (16, 32), 64, kind="l2"),
    Mix(0, (96, 192), (32, 64), stride=2), Mix(256, (128, 256), None, 128),
    Maxout(528, 2), Head(),
])
NNS2_PAPER = ((140, 116), [
    Conv(16, 5, 4), Conv(16, 1), Conv(32, 3, 2),
    Mix(16, (16, 32), None, 16), Mix(0, (32, 64), (8, 16), stride=2),
    Mix(48, (32, 64), (16, 32), 32, kind="l2"), Mix(0, (64, 128), (16, 32), stride=2),
    Mix(128, (64, 128), None, 64),
    Maxout(304, 2), Head(),
])

# Ours see the 112x112 in the middle of what an ArcFace crop shows, so that their maps lie on those of a MobileFaceNet
# teacher (28, 14, 7), whose inner layers they imitate at the taps and whose last layers they take over (README.md).
ARCFACE = Window(10, 2, 112, 112)

# nns2, in the budget of 4.3 M parameters and 25 M MACs. Its choices, for accuracy and for training on a CPU:
# - 1x1 convolutions that choose their kernel by what they see (`Dynamic`): such a budget has few MACs and many parameters,
#   and these turn parameters into accuracy at next to no MACs;
# - convolutions of stride 2 have a multiple of 16 channels: in bfloat16 on a CPU others take fifty times as long;
# - depthwise convolutions only where maps are small: they cost memory traffic, not MACs;
# - a head that keeps position: on an aligned crop the place of a feature is half its meaning.
NNS2 = ((140, 116), [
    ARCFACE,
    Conv(16, 3, 2), Conv(32, 3, 2),                                      # 28x28x32
    Residual(80, 64, 2, 4), *[Residual(128, 64, 1, 4)] * 2, Tap("middle"),   # 14x14x64
    Residual(176, 96, 2, 4), Residual(192, 96, 1, 4),                    # 7x7x96
    Linear(128, 4), Tap("last"),                                         # 7x7x128
    Global(512), Head(128),
])

# The same shape with kernels as usual, and room for a wider first block: what nns2 started from (EXPERIMENTS.md).
NNS2_RESIDUAL = ((140, 116), [
    ARCFACE,
    Conv(16, 3, 2), Conv(32, 3, 2),                                      # 28x28x32
    Residual(96, 64, 2), *[Residual(128, 64)] * 2, Tap("middle"),        # 14x14x64
    Residual(176, 96, 2), Residual(192, 96),                             # 7x7x96
    Linear(128), Tap("last"),                                            # 7x7x128
    Global(512), Head(128),
])

# An Inception network of as many MACs, the fastest of all in int8: in the trunk only convolution, ReLU, max-pool and
# concat, which all stay inside the int8 region, and a first convolution of stride 4, since a map of 56x56 would cost as
# much memory traffic as all the rest together.
NNS2_INCEPTION = ((140, 116), [
    ARCFACE,
    Conv(32, 5, 4),                                      # 28x28x32
    Mix(0, (0, 48), stride=2),                           # 14x14x80
    Mix(32, (24, 64)),                                   # 14x14x96
    Mix(32, (24, 56)), Tap("middle"),                    # 14x14x88
    Mix(0, (32, 96), stride=2),                          # 7x7x184
    Mix(64, (40, 96), (16, 32)),                         # 7x7x192
    Mix(80, (48, 96)),                                   # 7x7x176
    Linear(128), Tap("last"),                            # 7x7x128
    Global(512), Head(128),
])

# Its plan in the budget of 220 M MACs: finer first steps, wider and deeper. In int8 it takes less than half of nns1's
# time; it is not shipped, since nobody has yet trained it for long enough.
NNS1_INCEPTION = ((140, 116), [
    ARCFACE,
    Conv(32, 3, 2), Conv(64, 3, 2),                      # 28x28x64
    Mix(32, (32, 64)),                                   # 28x28x96
    Mix(32, (32, 64)),                                   # 28x28x96
    Mix(0, (48, 96), stride=2),                          # 14x14x192
    Mix(64, (64, 128), (16, 32), 32),                    # 14x14x256
    Mix(64, (64, 128), (16, 32), 32),                    # 14x14x256
    Mix(64, (64, 128), (16, 32), 32),                    # 14x14x256
    Mix(64, (64, 128), (16, 32), 32), Tap("middle"),     # 14x14x256
    Mix(0, (64, 160), stride=2),                         # 7x7x416
    Mix(160, (96, 192), (32, 64), 64),                   # 7x7x480
    Mix(160, (96, 192), (32, 64), 64),                   # 7x7x480
    Linear(128), Tap("last"),                            # 7x7x128
    Global(512), Head(128),
])

# nns1, in the budget of 220 M MACs: MobileFaceNet (arXiv:1804.07573) with fewer hidden channels where
# its maps are large, to start from a teacher's own weights (teacher.take_over) instead of from nothing.
NNS1 = ((140, 116), [
    ARCFACE,
    Bare(64, 3, 2), Bare(64, 3, depthwise=True, activation="relu"), Bare(64, 1, activation="relu"),      # 56x56x64
    Bottleneck(96, 64, 2), *[Bottleneck(112, 64)] * 4,                                                   # 28x28x64
    Bottleneck(224, 128, 2), *[Bottleneck(256, 128)] * 6, Tap("middle"),                                 # 14x14x128
    Bottleneck(512, 128, 2), *[Bottleneck(256, 128)] * 2, Tap("last"),                                   # 7x7x128
    Global(512), Head(128),
])

NETWORKS = {"nn1": NN1, "nn2": NN2, "nn3": NN3, "nn4": NN4, "nns1-paper": NNS1_PAPER, "nns2-paper": NNS2_PAPER,
            "nns1": NNS1, "nns1-inception": NNS1_INCEPTION, "nns2": NNS2, "nns2-inception": NNS2_INCEPTION,
            "nns2-residual": NNS2_RESIDUAL}


class Dynamic(nn.Module):
    """1x1 convolution whose kernel depends on the picture: W + sum of g_k(x) D_k, with g = tanh(norm(R mean(x))).

    After Dynamic Convolution (arXiv:1912.03458), with a kernel that is always there: D starts at 0, so that a trained
    convolution can be made dynamic without a change. The mean is over the map; the norm is a batch norm.
    """

    def __init__(self, conv, kernels):
        super().__init__()
        out, c = conv.weight.shape[:2]
        self.conv = conv
        self.kernels = nn.Parameter(torch.zeros(kernels, out * c))
        self.route = nn.Conv2d(c, kernels, 1, bias=False)
        self.norm = nn.BatchNorm2d(kernels)

    @property
    def weight(self):
        return self.conv.weight

    @property
    def bias(self):
        return self.conv.bias

    def forward(self, x):
        b, c, h, w = x.shape
        out = len(self.weight)
        g = torch.tanh(self.norm(self.route(x.mean((2, 3), keepdim=True)).to(self.norm.weight.dtype))).flatten(1)
        if x.dtype == torch.float32 and x.device.type == "cpu" and not torch.backends.mkl.is_available():
            # Debian's PyTorch: four times as fast as its matrix products in float, for five times the arithmetic.
            y = F.conv2d(x, self.weight, self.bias)
            for share, kernel in zip(g.t(), self.kernels):
                y = y + share.view(-1, 1, 1, 1) * F.conv2d(x, kernel.view(out, c, 1, 1))
            return y
        # As matrices, one a picture: on a CPU, in bfloat16, a grouped convolution takes three times as long.
        with torch.autocast(x.device.type, enabled=False):
            kernel = (g.to(x.dtype) @ self.kernels.to(x.dtype)).view(b, out, c) + self.weight.view(1, out, c).to(x.dtype)
            y = torch.bmm(x.permute(0, 2, 3, 1).reshape(b, h * w, c), kernel.transpose(1, 2))
        y = y.view(b, h, w, out).permute(0, 3, 1, 2)
        return y if self.bias is None else y + self.bias.view(1, -1, 1, 1)


class ConvBN(nn.Sequential):
    """Convolution without bias, batch norm, ReLU or nothing; the norm folds into the convolution at export."""

    def __init__(self, cin, out, kernel, stride=1, depthwise=False, activation=True, kernels=0):
        conv = nn.Conv2d(cin, out, kernel, stride, kernel // 2, groups=cin if depthwise else 1, bias=False)
        super().__init__(
            Dynamic(conv, kernels) if kernels else conv,
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True) if activation else nn.Identity())


class L2Pool(nn.Module):
    """Root of the sum of squares over a 3x3 window."""

    def forward(self, x):
        return F.avg_pool2d(x * x, 3, 1, 1).mul(9).clamp_min(1e-12).sqrt()      # the gradient of sqrt at 0 is infinite


class Inception(nn.Module):
    """Parallel 1x1, 3x3, 5x5 and pool branches, concatenated (Going Deeper with Convolutions, fig. 2b).

    With stride 2 the pool passes its input on, as in rows 3c and 4e of Table 2.
    """

    def __init__(self, cin, row: Mix):
        super().__init__()
        self.branches = nn.ModuleList()
        out = 0
        if row.n1:
            self.branches.append(ConvBN(cin, row.n1, 1))
            out += row.n1
        for kernel, branch in ((3, row.b3), (5, row.b5)):
            if branch:
                reduce, n = branch
                steps = [ConvBN(cin, reduce, 1)] if reduce else []
                steps.append(ConvBN(reduce or cin, n, kernel, row.stride))
                self.branches.append(nn.Sequential(*steps))
                out += n
        if row.pool or row.stride > 1:
            steps = [L2Pool() if row.kind == "l2" else nn.MaxPool2d(3, row.stride, 1)]
            if row.pool:
                steps.append(ConvBN(cin, row.pool, 1))
            self.branches.append(nn.Sequential(*steps))
            out += row.pool or cin
        self.out = out

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class MaxoutLayer(nn.Module):
    """The largest of `pieces` linear maps of the whole input (arXiv:1302.4389); [N, C, H, W] -> [N, out, 1, 1]."""

    def __init__(self, cin, size, row: Maxout):
        super().__init__()
        self.pieces = row.pieces
        self.linear = nn.Conv2d(cin, row.out * row.pieces, size)

    def forward(self, x):
        return self.linear(x).unflatten(1, (-1, self.pieces)).amax(2)


class Part(nn.Module):
    """A window of the crop."""

    def __init__(self, row: Window):
        super().__init__()
        self.row = row

    def forward(self, x):
        top, left, height, width = self.row
        part = x[:, :, top:top + height, left:left + width]
        return part.contiguous(memory_format=torch.channels_last)     # of a view, the gradient is ten times slower


class Mark(nn.Identity):
    def __init__(self, row: Tap):
        super().__init__()
        self.name = row.name


class BareConv(nn.Module):
    """Convolution and ReLU, ReLU6 or nothing; without batch norm, so that a teacher's folded layers fit."""

    def __init__(self, cin, row: Bare):
        super().__init__()
        self.conv = nn.Conv2d(cin, row.out, row.kernel, row.stride, row.kernel // 2, groups=cin if row.depthwise else 1)
        self.activation = row.activation

    def forward(self, x):
        y = self.conv(x)
        if self.activation == "relu6":
            return y.clamp(0, 6)                      # F.relu6 has no gradient in bfloat16 on a CPU (1.13)
        return F.relu(y) if self.activation else y


class InvertedResidual(nn.Module):
    """Widen, look around by channel, narrow; the input is added where the shapes allow it."""

    def __init__(self, cin, row):
        super().__init__()
        hidden, out, stride = row[:3]
        if isinstance(row, Residual):
            layers = (ConvBN(cin, hidden, 1, kernels=row.kernels), ConvBN(hidden, hidden, 3, stride, depthwise=True),
                      ConvBN(hidden, out, 1, activation=False, kernels=row.kernels))
        else:
            layers = BareConv(cin, Bare(hidden, 1)), BareConv(hidden, Bare(hidden, 3, stride, True)), BareConv(hidden, Bare(out, 1, activation=""))
        self.layers = nn.Sequential(*layers)
        self.add = stride == 1 and cin == out

    def forward(self, x):
        return x + self.layers(x) if self.add else self.layers(x)


class GlobalConv(nn.Module):
    """1x1 convolution, ReLU6, and a weight for each place of each of its channels; [N, C, H, W] -> [N, out, 1, 1].

    Without batch norms: a teacher's folded layers can be taken over as they are.
    """

    def __init__(self, cin, size, out):
        super().__init__()
        self.widen = nn.Conv2d(cin, out, 1)
        self.place = nn.Conv2d(out, out, size, groups=out)

    def forward(self, x):
        if not self.training:
            return self.place(self.widen(x).clamp(0, 6))
        # The same as a product and a sum: on a CPU the gradient of the depthwise convolution over the whole map alone would
        # take a fifth of a step. In float, since F.relu6 has no gradient in bfloat16 there (1.13).
        y = F.relu6(self.widen(x).float()) * self.place.weight.transpose(0, 1)
        return y.sum((2, 3), keepdim=True) + self.place.bias.view(1, -1, 1, 1)


class FaceNet(nn.Module):
    def __init__(self, table=NNS2):
        super().__init__()
        (self.height, self.width), rows = table
        self.taps = {}                                # channels of each tap
        layers, c, h, w = [], 3, self.height, self.width
        for row in rows[:-1]:
            if isinstance(row, Conv):
                layers.append(ConvBN(c, row.out, row.kernel, row.stride))
                c = row.out
            elif isinstance(row, Pool):
                layers.append(nn.MaxPool2d(row.kernel, row.stride, row.kernel // 2))
            elif isinstance(row, Norm):
                layers.append(nn.LocalResponseNorm(row.size))
            elif isinstance(row, Mix):
                layers.append(Inception(c, row))
                c = layers[-1].out
            elif isinstance(row, Maxout):
                layers.append(MaxoutLayer(c, (h, w), row))
                c, h, w = row.out, 1, 1
            elif isinstance(row, Average):
                layers.append(nn.AdaptiveAvgPool2d(1))
                h = w = 1
            elif isinstance(row, Window):
                layers.append(Part(row))
                h, w = row.height, row.width
            elif isinstance(row, Linear):
                conv = nn.Conv2d(c, row.out, 1)
                layers.append(Dynamic(conv, row.kernels) if row.kernels else conv)
                c = row.out
            elif isinstance(row, (Bare, Bottleneck, Residual)):
                layers.append((BareConv if isinstance(row, Bare) else InvertedResidual)(c, row))
                c = row.out
            elif isinstance(row, Tap):
                layers.append(Mark(row))
                self.taps[row.name] = c
            elif isinstance(row, Global):
                layers.append(GlobalConv(c, (h, w), row.out))
                c, h, w = row.out, 1, 1
            stride = getattr(row, "stride", 1)
            h, w = -(-h // stride), -(-w // stride)
        self.trunk = nn.Sequential(*layers)
        self.dim = rows[-1].dim
        self.fc = nn.Conv2d(c, self.dim, (h, w))      # fully connected: Debian's PyTorch has a fast convolution, no fast BLAS
        for m in self.modules():
            if isinstance(m, nn.Conv2d) and m.bias is None:
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, crops, taps=False):
        """uint8 crops, or crops normalised already, [N, 3, H, W] to unit embeddings [N, dim].

        (x - 128) / 128: zero padding is pixel 128, and an int8 network can read the crop as it is. With `taps` also
        {name: map [N, C, h, w]} of each tap.
        """
        x = (crops.float() - 128) / 128 if crops.dtype == torch.uint8 else crops
        maps = {}
        for layer in self.trunk:
            x = layer(x)
            if isinstance(layer, Mark):
                maps[layer.name] = x
        e = F.normalize(self.fc(x).flatten(1).float())
        return (e, maps) if taps else e


class Layer(NamedTuple):
    name: str
    shape: Tuple[int, ...]      # of the output, without the batch
    parameters: int             # weights, and one bias an output channel
    macs: int                   # for one crop, the addition of the bias counted as one


def layers(model):
    """Every convolution and fully connected layer in order of execution."""
    found, hooks = [], []

    def hook(name):
        def count(m, _, y):
            weights, out = m.weight.numel(), m.weight.shape[0]
            positions = y[0].numel() // out
            kernels = m.kernels.numel() if isinstance(m, Dynamic) else 0      # each weight once a crop, to add them up
            found.append(Layer(name, tuple(y.shape[1:]), weights + out + kernels, (weights + out) * positions + kernels))
        return count

    for name, m in model.named_modules():
        if isinstance(m, (nn.Conv2d, Dynamic)):
            hooks.append(m.register_forward_hook(hook(name)))
    training = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, model.height, model.width, dtype=torch.uint8))
    model.train(training)
    for h in hooks:
        h.remove()
    return found


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in NETWORKS:
        sys.exit(f"python3 scripts/train/nns.py {'|'.join(NETWORKS)}")
    model = FaceNet(NETWORKS[sys.argv[1]])
    rows = layers(model)
    print(f"{sys.argv[1]}: input {model.height}x{model.width}x3")
    for row in rows:
        print(f"{row.name:32}{'x'.join(map(str, row.shape)):>14}{row.parameters:>13,}{row.macs / 1e6:>11.3f} M")
    print(f"{'total':46}{sum(r.parameters for r in rows):>13,}{sum(r.macs for r in rows) / 1e6:>11.3f} M")


if __name__ == "__main__":
    main()
