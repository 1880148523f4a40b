"""An Inception network for int8 arithmetic on WebAssembly: 219 M MACs, 2.1 M parameters, one crop a face.

Modules of Inception-ResNet (arXiv:1602.07261) in the budget of FaceNet's NNS1 (arXiv:1503.03832, section 3.3: 220 M MACs).
What int8 arithmetic in onnxruntime-web asks for (EXPERIMENTS.md has the times): dense convolutions alone in the trunk,
pools only where the map shrinks, additions instead of wider maps.

The maps at the taps are those of a MobileFaceNet teacher (arXiv:1804.07573): the student learns them at first, or each stage
between them is taught by itself, from the teacher's own map to the teacher's next one (`--recipe staged`); the teacher's head fits.
"""
import torch.nn as nn

from networks.facenet import FaceNet
from networks.layers import ConvNormAct, Crop, GlobalDepthwise, Inception, InceptionResidual, Tap


def module_early():
    """28x28x64 -> 28x28x64."""
    return InceptionResidual(
        64, 32 + 32,
        nn.Sequential(ConvNormAct(64, 32, 1), ConvNormAct(32, 32, 3)),
        ConvNormAct(64, 32, 1))


def module_a():
    """14x14x128 -> 14x14x128."""
    return InceptionResidual(
        128, 24 + 64 + 32,
        ConvNormAct(128, 24, 1),
        nn.Sequential(ConvNormAct(128, 48, 1), ConvNormAct(48, 64, 3)),
        nn.Sequential(ConvNormAct(128, 24, 1), ConvNormAct(24, 32, 3), ConvNormAct(32, 32, 3)))


def module_b():
    """7x7x256 -> 7x7x256."""
    return InceptionResidual(
        256, 64 + 112 + 48,
        ConvNormAct(256, 64, 1),
        nn.Sequential(ConvNormAct(256, 80, 1), ConvNormAct(80, 112, 3)),
        nn.Sequential(ConvNormAct(256, 32, 1), ConvNormAct(32, 48, 3), ConvNormAct(48, 48, 3)))


def inception(middle=6, last=6):
    """`middle`, `last`: modules at 14x14 and at 7x7."""
    return FaceNet(
        (140, 116),
        Crop(10, 2, 112, 112),                              # 112x112x3: the middle of what the teacher sees
        ConvNormAct(3, 32, 3, stride=2),                    # 56x56x32
        ConvNormAct(32, 64, 3, stride=2),                   # 28x28x64
        module_early(), module_early(),
        nn.Conv2d(64, 64, 1), Tap("early"),                 # 28x28x64
        Inception(
            ConvNormAct(64, 64, 3, stride=2),
            nn.MaxPool2d(3, 2, 1)),                         # 14x14x128
        *[module_a() for _ in range(middle)],
        nn.Conv2d(128, 128, 1), Tap("middle"),              # 14x14x128
        Inception(
            nn.Sequential(ConvNormAct(128, 80, 1), ConvNormAct(80, 128, 3, stride=2)),
            nn.MaxPool2d(3, 2, 1)),                         # 7x7x256
        *[module_b() for _ in range(last)],
        nn.Conv2d(256, 128, 1), Tap("last"),                # 7x7x128
        GlobalDepthwise(128, 512, size=7),                  # 1x1x512
        out=(512, 1, 1))


def inception_small():
    """148 M MACs: two modules at 28x28, four at 14x14, two at 7x7. It goes on from the large one (`--init … --leave-out …`), whose first layers it can keep."""
    return inception(middle=4, last=2)
