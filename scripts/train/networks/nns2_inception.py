"""An Inception network for int8 arithmetic near the budget of FaceNet's NNS2 (arXiv:1503.03832, section 3.3: 20 M MACs): 23.8 M MACs, one crop a face.

`inception.py` made narrow: 64 channels at 14x14, 128 at 7x7.
"""
import torch.nn as nn

from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Crop, GlobalDepthwise, Inception, InceptionResidual, Tap


def module_a():
    """14x14x64 -> 14x14x64."""
    return InceptionResidual(
        64, 16 + 32 + 16,
        ConvNormAct(64, 16, 1),
        nn.Sequential(ConvNormAct(64, 24, 1), ConvNormAct(24, 32, 3)),
        nn.Sequential(ConvNormAct(64, 12, 1), ConvNormAct(12, 16, 3), ConvNormAct(16, 16, 3)))


def module_b():
    """7x7x128 -> 7x7x128."""
    return InceptionResidual(
        128, 32 + 48 + 24,
        ConvNormAct(128, 32, 1),
        nn.Sequential(ConvNormAct(128, 32, 1), ConvNormAct(32, 48, 3)),
        nn.Sequential(ConvNormAct(128, 16, 1), ConvNormAct(16, 24, 3), ConvNormAct(24, 24, 3)))


def nns2_inception():
    return FaceNet(
        (140, 116),
        Crop(10, 2, 112, 112),                              # 112x112x3
        ConvNormAct(3, 16, 3, stride=2),                    # 56x56x16
        ConvNormAct(16, 24, 3, stride=2),                   # 28x28x24
        Inception(
            ConvNormAct(24, 40, 3, stride=2),
            nn.MaxPool2d(3, 2, 1)),                         # 14x14x64
        module_a(), module_a(),
        Inception(
            nn.Sequential(ConvNormAct(64, 48, 1), ConvNormAct(48, 64, 3, stride=2)),
            nn.MaxPool2d(3, 2, 1)),                         # 7x7x128
        module_b(), module_b(),
        nn.Conv2d(128, 128, 1), Tap("last"),                # 7x7x128
        GlobalDepthwise(128, 512, size=7),                  # 1x1x512
        out=(512, 1, 1))
