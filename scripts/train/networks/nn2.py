"""FaceNet's NN2, NN3 and NN4 (arXiv:1503.03832, Table 2 and section 3.3): Inception networks of one plan at three sizes.

NN2, 224x224: 7.5 M parameters, 1.6 B MACs. NN3: the same at 160x160. NN4, 96x96: 285 M MACs, "doesn't use 5x5
convolutions in the higher layers"; left out of 4e, 5a and 5b, the three with a 3x3 map, it comes to 285 M.
"""
import torch.nn as nn

from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Inception, L2Pool


def inception(in_chs, n1, b3, b5, pool=0, stride=1, kind="max"):
    """A row of the table: 1x1; 1x1 reduce, 3x3; 1x1 reduce, 5x5; a 3x3 pool ("max" or "l2"), 1x1.

    With stride 2 the pool passes its input on, as in rows 3c and 4e.
    """
    branches = [ConvNormAct(in_chs, n1, 1)] if n1 else []
    for kernel, branch in ((3, b3), (5, b5)):
        if branch:
            reduce, n = branch
            branches.append(nn.Sequential(ConvNormAct(in_chs, reduce, 1), ConvNormAct(reduce, n, kernel, stride)))
    if pool or stride > 1:
        pooled = L2Pool() if kind == "l2" else nn.MaxPool2d(3, stride, 1)
        branches.append(nn.Sequential(pooled, *([ConvNormAct(in_chs, pool, 1)] if pool else [])))
    return Inception(*branches)


def plan(side, high=True):
    """Table 2 at side x side; `high`: with 5x5 convolutions on the smallest maps. Shapes below are NN2's."""
    last = -(-side // 32)
    return FaceNet(
        (side, side),
        ConvNormAct(3, 64, 7, stride=2),                                               # 112x112x64
        nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(5),                                # 56x56x64
        ConvNormAct(64, 64, 1), ConvNormAct(64, 192, 3),                               # inception (2), 56x56x192
        nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2, 1),                                # 28x28x192
        inception(192, 64, (96, 128), (16, 32), 32),                                   # 3a, 28x28x256
        inception(256, 64, (96, 128), (32, 64), 64, kind="l2"),                        # 3b, 28x28x320
        inception(320, 0, (128, 256), (32, 64), stride=2),                             # 3c, 14x14x640
        inception(640, 256, (96, 192), (32, 64), 128, kind="l2"),                      # 4a, 14x14x640
        inception(640, 224, (112, 224), (32, 64), 128, kind="l2"),                     # 4b
        inception(640, 192, (128, 256), (32, 64), 128, kind="l2"),                     # 4c
        inception(640, 160, (144, 288), (32, 64), 128, kind="l2"),                     # 4d
        inception(640, 0, (160, 256), (64, 128) if high else None, stride=2),          # 4e, 7x7x1024
        inception(1024 if high else 896, 384, (192, 384), (48, 128) if high else None, 128, kind="l2"),   # 5a, 7x7x1024
        inception(1024 if high else 896, 384, (192, 384), (48, 128) if high else None, 128),              # 5b
        nn.AvgPool2d(last),                                                            # 1x1x1024
        out=(1024 if high else 896, 1, 1))


def nn2():
    return plan(224)


def nn3():
    return plan(160)


def nn4():
    return plan(96, high=False)
