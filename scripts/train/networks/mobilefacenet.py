"""MobileFaceNet (arXiv:1804.07573) as its teacher's file has it, which ships as mobilefacenet; 237 M MACs.

Without batch norms: a teacher's own folded weights fit (teachers/mobilefacenet.py). It sees 116x116 pixels of our crop as 112x112, as its
teacher does.
"""
from networks.facenet import FaceNet
from networks.layers import ConvAct, Crop, GlobalDepthwise, InvertedResidual, Tap


def bottleneck(in_chs, hidden, out_chs, stride=1):
    return InvertedResidual(in_chs, hidden, out_chs, stride, layer=ConvAct)


def mobilefacenet():
    return FaceNet(
        (140, 116),
        Crop(8, 0, 116, 116, size=(112, 112)),                      # 112x112x3
        ConvAct(3, 64, 3, stride=2),                                # 56x56x64
        ConvAct(64, 64, 3, depthwise=True, act="relu"),
        ConvAct(64, 64, 1, act="relu"),
        bottleneck(64, 128, 64, stride=2),                          # 28x28x64
        *[bottleneck(64, 128, 64) for _ in range(4)],
        bottleneck(64, 256, 128, stride=2),                         # 14x14x128
        *[bottleneck(128, 256, 128) for _ in range(6)], Tap("middle"),
        bottleneck(128, 512, 128, stride=2),                        # 7x7x128
        *[bottleneck(128, 256, 128) for _ in range(2)], Tap("last"),
        GlobalDepthwise(128, 512, size=7),                          # 1x1x512
        out=(512, 1, 1))
