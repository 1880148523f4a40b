"""FaceNet's NN1 (arXiv:1503.03832, Table 1): Zeiler & Fergus with 1x1 convolutions; 140 M parameters, 1.6 B MACs.

The paper trained without batch norm; here one follows every convolution, since it folds into it at export.
"""
import torch.nn as nn

from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Maxout


def nn1():
    return FaceNet(
        (220, 220),
        ConvNormAct(3, 64, 7, stride=2),                    # conv1, 110x110x64
        nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(5),     # 55x55x64
        ConvNormAct(64, 64, 1), ConvNormAct(64, 192, 3),    # conv2, 55x55x192
        nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2, 1),     # 28x28x192
        ConvNormAct(192, 192, 1), ConvNormAct(192, 384, 3), # conv3, 28x28x384
        nn.MaxPool2d(3, 2, 1),                              # 14x14x384
        ConvNormAct(384, 384, 1), ConvNormAct(384, 256, 3), # conv4, 14x14x256
        ConvNormAct(256, 256, 1), ConvNormAct(256, 256, 3), # conv5
        ConvNormAct(256, 256, 1), ConvNormAct(256, 256, 3), # conv6
        nn.MaxPool2d(3, 2, 1),                              # 7x7x256
        Maxout(256, 4096, size=7, pieces=2),                # fc1, 1x1x4096
        Maxout(4096, 4096, size=1, pieces=2),               # fc2
        out=(4096, 1, 1))                                   # fc7128
