"""Reconstructions of FaceNet's small networks, NNS1 and NNS2 (arXiv:1503.03832, section 3.3).

The paper gives no layers of them, only totals: NNS1 26 M parameters and 220 M MACs at 165x165, NNS2 4.3 M and 20 M at
140x116. These are NN2's plan with fewer channels, no local response norm, and a flattened fully connected layer, without
which so few MACs could not hold so many parameters.
"""
import torch.nn as nn

from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Maxout
from networks.nn2 import inception


def nns1_paper():
    return FaceNet(
        (165, 165),
        ConvNormAct(3, 24, 7, stride=2), nn.MaxPool2d(3, 2, 1),                  # 42x42x24
        ConvNormAct(24, 24, 1), ConvNormAct(24, 64, 3), nn.MaxPool2d(3, 2, 1),   # 21x21x64
        inception(64, 32, (32, 64), (8, 16), 16),                                # 21x21x128
        inception(128, 48, (48, 80), (16, 32), 32, kind="l2"),                   # 21x21x192
        inception(192, 0, (64, 128), (16, 32), stride=2),                        # 11x11x352
        inception(352, 128, (64, 128), (16, 32), 64, kind="l2"),                 # 11x11x352
        inception(352, 96, (80, 160), (16, 32), 64, kind="l2"),                  # 11x11x352
        inception(352, 0, (96, 192), (32, 64), stride=2),                        # 6x6x608
        inception(608, 256, (128, 256), None, 128),                              # 6x6x640
        Maxout(640, 528, size=6, pieces=2),                                      # 1x1x528
        out=(528, 1, 1))


def nns2_paper():
    return FaceNet(
        (140, 116),
        ConvNormAct(3, 16, 5, stride=4), ConvNormAct(16, 16, 1),                 # 35x29x16
        ConvNormAct(16, 32, 3, stride=2),                                        # 18x15x32
        inception(32, 16, (16, 32), None, 16),                                   # 18x15x64
        inception(64, 0, (32, 64), (8, 16), stride=2),                           # 9x8x144
        inception(144, 48, (32, 64), (16, 32), 32, kind="l2"),                   # 9x8x176
        inception(176, 0, (64, 128), (16, 32), stride=2),                        # 5x4x336
        inception(336, 128, (64, 128), None, 64),                                # 5x4x320
        Maxout(320, 304, size=(5, 4), pieces=2),                                 # 1x1x304
        out=(304, 1, 1))
