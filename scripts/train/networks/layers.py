"""Layers of the networks, named as timm and the papers name them. Maps are [N, C, H, W].

A layer that is to be exported needs its operator in graph/operators.py, and what writes it in export.py.

Padding keeps sizes: a stride of 2 gives ceil(n / 2). Weights start as PyTorch's do, those before a batch norm as
Kaiming normal (networks/facenet.py).
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Crop(nn.Module):
    """A window of the picture: rows top to top + height, columns left to left + width; with `size` (height, width) scaled to that, bilinearly."""

    def __init__(self, top, left, height, width, size=None):
        super().__init__()
        self.window, self.size = (top, left, height, width), size

    def forward(self, x):
        top, left, height, width = self.window
        window = x[:, :, top:top + height, left:left + width]
        if self.size:
            window = F.interpolate(window, size=self.size, mode="bilinear", align_corners=False)
        return window.contiguous(memory_format=torch.channels_last)     # of a view, the gradient is ten times slower


class ConvNormAct(nn.Module):
    """Convolution without bias, batch norm, ReLU (none with `act=False`); the norm folds into the convolution at export.

    `experts`: of a 1x1 convolution, how many kernels the picture chooses from (`CondConv1x1`).
    """

    def __init__(self, in_chs, out_chs, kernel_size, stride=1, depthwise=False, act=True, experts=0):
        super().__init__()
        conv = nn.Conv2d(in_chs, out_chs, kernel_size, stride, kernel_size // 2, groups=in_chs if depthwise else 1, bias=False)
        self.conv = CondConv1x1(conv, experts) if experts else conv
        self.bn = nn.BatchNorm2d(out_chs)
        self.act = nn.ReLU(inplace=True) if act else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class ConvAct(nn.Module):
    """Convolution and ReLU, ReLU6 or nothing (""); without batch norm, so that a teacher's folded layers fit."""

    def __init__(self, in_chs, out_chs, kernel_size, stride=1, depthwise=False, act="relu6"):
        super().__init__()
        self.conv = nn.Conv2d(in_chs, out_chs, kernel_size, stride, kernel_size // 2, groups=in_chs if depthwise else 1)
        self.act = act

    def forward(self, x):
        y = self.conv(x)
        if self.act == "relu6":
            return y.clamp(0, 6)                      # F.relu6 has no gradient in bfloat16 on a CPU (PyTorch 1.13)
        return F.relu(y) if self.act else y


class CondConv1x1(nn.Module):
    """1x1 convolution whose kernel the picture chooses: W + sum of g_k(x) D_k, with g = tanh(norm(R mean(x))).

    After CondConv (arXiv:1904.04971) and Dynamic Convolution (arXiv:1912.03458), with a kernel W that is always there: the
    experts D start at 0, so that a trained convolution can be made conditional without a change. The mean is over the map;
    the norm of the routing weights g is a batch norm.
    """

    def __init__(self, conv, experts):
        super().__init__()
        out_chs, in_chs = conv.weight.shape[:2]
        self.conv = conv
        self.experts = nn.Parameter(torch.zeros(experts, out_chs * in_chs))
        self.routing = nn.Conv2d(in_chs, experts, 1, bias=False)
        self.norm = nn.BatchNorm2d(experts)

    @property
    def weight(self):
        return self.conv.weight

    @property
    def bias(self):
        return self.conv.bias

    def forward(self, x):
        b, c, h, w = x.shape
        out = len(self.weight)
        g = torch.tanh(self.norm(self.routing(x.mean((2, 3), keepdim=True)).to(self.norm.weight.dtype))).flatten(1)
        if x.dtype == torch.float32 and x.device.type == "cpu" and not torch.backends.mkl.is_available():
            # Debian's PyTorch: four times as fast as its matrix products in float, for five times the arithmetic.
            y = F.conv2d(x, self.weight, self.bias)
            for weight, expert in zip(g.t(), self.experts):
                y = y + weight.view(-1, 1, 1, 1) * F.conv2d(x, expert.view(out, c, 1, 1))
            return y
        # Matrix products, one a picture: on a CPU, in bfloat16, a grouped convolution takes three times as long.
        with torch.autocast(x.device.type, enabled=False):
            kernel = (g.to(x.dtype) @ self.experts.to(x.dtype)).view(b, out, c) + self.weight.view(1, out, c).to(x.dtype)
            y = torch.bmm(x.permute(0, 2, 3, 1).reshape(b, h * w, c), kernel.transpose(1, 2))
        y = y.view(b, h, w, out).permute(0, 3, 1, 2)
        return y if self.bias is None else y + self.bias.view(1, -1, 1, 1)


class InvertedResidual(nn.Module):
    """Expand, depthwise 3x3, project; the input is added where the shapes allow it (MobileNetV2, arXiv:1801.04381).

    `layer`: ConvNormAct with batch norms, to train from nothing; ConvAct without, for a teacher's folded layers.
    """

    def __init__(self, in_chs, hidden, out_chs, stride=1, layer=ConvNormAct, experts=0):
        super().__init__()
        more = {"experts": experts} if experts else {}
        self.layers = nn.Sequential(
            layer(in_chs, hidden, 1, **more),
            layer(hidden, hidden, 3, stride, depthwise=True),
            layer(hidden, out_chs, 1, act=False if layer is ConvNormAct else "", **more))
        self.add = stride == 1 and in_chs == out_chs

    def forward(self, x):
        return x + self.layers(x) if self.add else self.layers(x)


class Inception(nn.Module):
    """Parallel branches, concatenated (Going Deeper with Convolutions, arXiv:1409.4842, figure 2b)."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class InceptionResidual(nn.Module):
    """ReLU(x + 1x1 of the concatenated branches) (Inception-ResNet, arXiv:1602.07261, figure 10).

    `mixed`: channels of the branches together. The norm before the addition starts at 0.3, that paper's scale of a
    residual: a stack of such modules then begins near the identity.
    """

    def __init__(self, chs, mixed, *branches):
        super().__init__()
        self.inception = Inception(*branches)
        self.project = ConvNormAct(mixed, chs, 1, act=False)
        nn.init.constant_(self.project.bn.weight, 0.3)

    def forward(self, x):
        return F.relu(x + self.project(self.inception(x)))


class L2Pool(nn.Module):
    """Root of the sum of squares over a 3x3 window (the paper's "L2" pool)."""

    def forward(self, x):
        return F.avg_pool2d(x * x, 3, 1, 1).mul(9).clamp_min(1e-12).sqrt()      # the gradient of sqrt at 0 is infinite


class Maxout(nn.Module):
    """The largest of `pieces` linear maps of the whole input (arXiv:1302.4389); [N, C, H, W] -> [N, out, 1, 1]."""

    def __init__(self, in_chs, out_chs, size, pieces=2):
        super().__init__()
        self.pieces = pieces
        self.linear = nn.Conv2d(in_chs, out_chs * pieces, size)

    def forward(self, x):
        return self.linear(x).unflatten(1, (-1, self.pieces)).amax(2)


class Tap(nn.Identity):
    """The place of a teacher's inner layer, which a student's is to resemble; nothing once trained."""

    def __init__(self, name):
        super().__init__()
        self.name = name


class GlobalDepthwise(nn.Module):
    """MobileFaceNet's head (arXiv:1804.07573): 1x1 convolution, ReLU6, and a weight for each place of each channel.

    [N, in_chs, size, size] -> [N, out_chs, 1, 1]. Without norms: a teacher's folded layers can be taken over as they are.
    """

    def __init__(self, in_chs, out_chs, size):
        super().__init__()
        self.widen = nn.Conv2d(in_chs, out_chs, 1)
        self.place = nn.Conv2d(out_chs, out_chs, size, groups=out_chs)

    def forward(self, x):
        if not self.training:
            return self.place(self.widen(x).clamp(0, 6))
        # The same as a product and a sum: on a CPU the gradient of the depthwise convolution over the whole map alone would
        # take a fifth of a step. In float, since F.relu6 has no gradient in bfloat16 there (1.13).
        y = F.relu6(self.widen(x).float()) * self.place.weight.transpose(0, 1)
        return y.sum((2, 3), keepdim=True) + self.place.bias.view(1, -1, 1, 1)
