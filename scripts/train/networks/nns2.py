"""nns2 as shipped: 24.8 M MACs, in the budget of FaceNet's NNS2 (arXiv:1503.03832: 4.3 M parameters, 20 M MACs).

- 1x1 convolutions that choose their kernel by the picture (`CondConv1x1`): such a budget has few MACs and many parameters,
  and these turn parameters into accuracy at next to no MACs. They have no int8 arithmetic.
- Convolutions of stride 2 have a multiple of 16 channels: in bfloat16 on a CPU others take fifty times as long.
- A head that keeps position: on an aligned crop the place of a feature is half its meaning.
"""
from networks.facenet import FaceNet
from networks.layers import CondConv1x1, ConvNormAct, Crop, GlobalDepthwise, InvertedResidual, Tap
import torch.nn as nn


def nns2():
    return FaceNet(
        (140, 116),
        Crop(10, 2, 112, 112),                                      # 112x112x3
        ConvNormAct(3, 16, 3, stride=2),                            # 56x56x16
        ConvNormAct(16, 32, 3, stride=2),                           # 28x28x32
        InvertedResidual(32, 80, 64, stride=2, experts=4),          # 14x14x64
        InvertedResidual(64, 128, 64, experts=4),
        InvertedResidual(64, 128, 64, experts=4), Tap("middle"),
        InvertedResidual(64, 176, 96, stride=2, experts=4),         # 7x7x96
        InvertedResidual(96, 192, 96, experts=4),
        CondConv1x1(nn.Conv2d(96, 128, 1), experts=4), Tap("last"), # 7x7x128
        GlobalDepthwise(128, 512, size=7),                          # 1x1x512
        out=(512, 1, 1))


def nns2_residual():
    """The same shape with one kernel a convolution, and room for a wider first block: what nns2 started from."""
    return FaceNet(
        (140, 116),
        Crop(10, 2, 112, 112),                                      # 112x112x3
        ConvNormAct(3, 16, 3, stride=2),                            # 56x56x16
        ConvNormAct(16, 32, 3, stride=2),                           # 28x28x32
        InvertedResidual(32, 96, 64, stride=2),                     # 14x14x64
        InvertedResidual(64, 128, 64),
        InvertedResidual(64, 128, 64), Tap("middle"),
        InvertedResidual(64, 176, 96, stride=2),                    # 7x7x96
        InvertedResidual(96, 192, 96),
        nn.Conv2d(96, 128, 1), Tap("last"),                         # 7x7x128
        GlobalDepthwise(128, 512, size=7),                          # 1x1x512
        out=(512, 1, 1))
