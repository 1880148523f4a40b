"""The MobileFaceNet teacher (arXiv:1804.07573) with its inner layers, from the ONNX file that `npm run tool -- teach` also uses.

A student learns its maps at the taps (FitNets, arXiv:1412.6550) and takes over its last layers (SimKD, arXiv:2203.14001); networks/mobilefacenet.py has
room for all of them. Whatever a student sees of a crop, the teacher sees it at the scale that it was trained at.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

from graph.read_onnx import read_onnx
from mistake import Mistake
from networks.layers import ConvAct, GlobalDepthwise, InvertedResidual

MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
TOP, SIDE = 8, 116                         # first row of our 140x116 crop that it sees, and how many (teachers.ts)
SIZE = 112                                 # of its input
EARLY = 8                                  # layers up to its map of 28x28
TAPS = {"middle": 128, "last": 128}        # channels; 14x14 and 7x7


class Block(nn.Module):
    """Inverted residual: widen, depthwise, narrow; the input is added where the shapes allow it."""

    def __init__(self, conv, stride, add):
        super().__init__()
        self.layers, self.add = nn.Sequential(conv(1), conv(stride), conv(1, None)), add

    def forward(self, x):
        return x + self.layers(x) if self.add else self.layers(x)


class MobileFaceNet(nn.Module):
    def __init__(self, path):
        super().__init__()
        tensors = [torch.from_numpy(numpy_helper.to_array(t).copy()) for t in read_onnx(path).graph.initializer if "Conv" in t.name]
        if len(tensors) != 102:
            raise Mistake(f"{path}: not the MobileFaceNet this knows: {len(tensors)} tensors of convolutions, not 102")
        tensors = iter(tensors)

        def conv(stride=1, activation=nn.ReLU6):
            weight, bias = next(tensors), next(tensors)
            out, within, kernel, _ = weight.shape
            groups = out if within == 1 else 1
            layer = nn.Conv2d(within * groups, out, kernel, stride, 0 if kernel == 7 else kernel // 2, groups=groups)
            layer.weight.data, layer.bias.data = weight, bias
            return nn.Sequential(layer, activation()) if activation else layer

        first = [conv(2), conv(1, nn.ReLU), conv(1, nn.ReLU), Block(conv, 2, False)] + [Block(conv, 1, True) for _ in range(4)]
        self.middle = nn.Sequential(*first, Block(conv, 2, False), *[Block(conv, 1, True) for _ in range(6)])
        self.last = nn.Sequential(Block(conv, 2, False), *[Block(conv, 1, True) for _ in range(2)])
        self.widen, self.place, self.fc = conv(1, None), conv(1, None), conv(1, None)
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)

        for name, value in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(value).view(1, 3, 1, 1))

    @torch.no_grad()
    def forward(self, crops):
        """Crops [N, 3, 140, 116], uint8 or (pixel - 128) / 128 -> ({tap: map [N, C, h, w]}, unit embeddings [N, 128]). The taps are `early`
        (28x28x64), `middle` (14x14x128) and `last` (7x7x128)."""
        return self.embedded(crops[:, :, TOP:TOP + SIDE])

    @torch.no_grad()
    def embedded(self, window):
        """Rows of crops that it sees, [N, 3, 116, 116] -> as `forward`."""
        x = window.float() if window.dtype == torch.uint8 else window * 128 + 128
        x = F.interpolate(x, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
        x = ((x - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        early = self.middle[:EARLY](x)
        middle = self.middle[EARLY:](early)
        last = self.last(middle)
        e = self.fc(self.place(F.relu6(self.widen(last))))
        return {"early": early, "middle": middle, "last": last}, F.normalize(e.flatten(1).float())

    def look(self, crops, amp=False):
        """Crops [N, 3, 140, 116] -> their maps, and the mean of the embeddings of them and of their mirror images, unit [N, 128]."""
        with torch.autocast(crops.device.type, torch.bfloat16, enabled=amp):
            maps, e = self(torch.cat([crops, crops.flip(3)]))
        return {tap: m[:len(crops)] for tap, m in maps.items()}, F.normalize(e[:len(crops)] + e[len(crops):])


@torch.no_grad()
def take_over(model, path):
    """Gives a FaceNet the teacher's layers where they fit: all where its trunk is MobileFaceNet's (networks/mobilefacenet.py), else the
    last three, where it ends with a map of 128 channels, GlobalDepthwise and a fully connected layer. Returns the parameters that were taken.

    What the teacher does to pixels first goes into the first convolution.
    """
    teacher = MobileFaceNet(path)
    theirs = [*teacher.middle, *teacher.last]
    mine = [m for m in model.trunk if isinstance(m, ConvAct) or isinstance(m, InvertedResidual) and isinstance(m.layers[0], ConvAct)]
    if mine and len(mine) != len(theirs):
        raise Mistake(f"a network of {len(mine)} such layers cannot take over {len(theirs)}")
    head = model.trunk[-1]
    if not isinstance(head, GlobalDepthwise):
        raise Mistake("this network has no GlobalDepthwise for the teacher's last layers")
    if mine:
        take_first(mine[0], theirs[0][0])
    for m, t in zip(mine[1:], theirs[1:]):
        if isinstance(m, InvertedResidual):
            widen, around, narrow = t.layers
            for to, of in zip(m.layers, (widen[0], around[0], narrow)):
                to.conv.load_state_dict(of.state_dict())
        else:
            m.conv.load_state_dict(t[0].state_dict())
    for to, of in ((head.widen, teacher.widen), (head.place, teacher.place), (model.fc, teacher.fc)):
        to.load_state_dict(of.state_dict())
    return [p for m in (*mine, head, model.fc) for p in m.parameters()]


def take_first(layer, first):
    """The teacher's first convolution, of pixels minus their mean over their deviation, as one of (pixel - 128) / 128."""
    mean, deviation = first.weight.new_tensor(MEAN).view(1, 3, 1, 1), first.weight.new_tensor(DEVIATION).view(1, 3, 1, 1)
    gain, lift = 128 / deviation, (128 - mean) / deviation
    layer.conv.load_state_dict({"weight": first.weight * gain, "bias": first.bias + (first.weight * lift).sum((1, 2, 3))})
