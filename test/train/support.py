"""What the trainer's tests share: the modules under test on the path, a tiny network, and a pack of made-up faces."""
import contextlib
import io
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts" / "train"))

from learning import distributed  # noqa: F401  before torch
import numpy as np
import torch

import torch.nn as nn

from networks.facenet import FaceNet
from networks.layers import CondConv1x1, ConvAct, ConvNormAct, Crop, GlobalDepthwise, Inception, InceptionResidual, InvertedResidual, L2Pool, Maxout, Tap
from networks import NETWORKS

torch.set_num_threads(1)      # as many sums in as many orders on any machine


def tiny():
    return FaceNet(
        (28, 24),
        ConvNormAct(3, 8, 3, stride=2),                                                             # 14x12x8
        Inception(ConvNormAct(8, 8, 3, stride=2), nn.MaxPool2d(3, 2, 1)),                           # 7x6x16
        Inception(ConvNormAct(16, 8, 1), nn.Sequential(ConvNormAct(16, 8, 1), ConvNormAct(8, 8, 3)),
                  nn.Sequential(ConvNormAct(16, 4, 1), ConvNormAct(4, 4, 5)),
                  nn.Sequential(nn.MaxPool2d(3, 1, 1), ConvNormAct(16, 4, 1))),                     # 7x6x24
        out=(24, 7, 6), dim=16)


def tapped():
    """Layers of the other kinds that are exported as int8: with a window, taps and the head of a teacher."""
    return FaceNet(
        (28, 24),
        Crop(3, 2, 20, 20), ConvNormAct(3, 8, 3, stride=2),                                         # 10x10x8
        Inception(ConvNormAct(8, 4, 1), ConvNormAct(8, 8, 3)),                                      # 10x10x12
        nn.Conv2d(12, 12, 1), Tap("middle"),                                                        # signed, as its pool below
        Inception(nn.Sequential(ConvNormAct(12, 4, 1), ConvNormAct(4, 8, 3, stride=2)), nn.MaxPool2d(3, 2, 1)),   # 5x5x20
        InceptionResidual(20, 10, ConvNormAct(20, 4, 1), ConvNormAct(20, 6, 3)),
        InvertedResidual(20, 8, 10), InvertedResidual(10, 8, 10),                                   # 5x5x10
        InvertedResidual(10, 8, 6, layer=ConvAct), InvertedResidual(6, 6, 6, layer=ConvAct), Tap("last"),
        GlobalDepthwise(6, 12, 5),
        out=(12, 1, 1), dim=16)


def scaled():
    """A window at another scale, as mobilefacenet sees it."""
    return FaceNet(
        (28, 24),
        Crop(3, 2, 20, 20, size=(18, 18)), ConvNormAct(3, 8, 3, stride=2),                          # 9x9x8
        InvertedResidual(8, 12, 8, layer=ConvAct), GlobalDepthwise(8, 12, 9),
        out=(12, 1, 1), dim=16)


def dynamic(experts=(3, 2, 2)):
    return FaceNet(
        (28, 24),
        ConvNormAct(3, 8, 3, stride=2),                                                             # 14x12x8
        InvertedResidual(8, 12, 10, stride=2, experts=experts[0]), InvertedResidual(10, 8, 10, experts=experts[1]),
        CondConv1x1(nn.Conv2d(10, 6, 1), experts[2]) if experts[2] else nn.Conv2d(10, 6, 1),        # 7x6x6
        GlobalDepthwise(6, 12, (7, 6)),
        out=(12, 1, 1), dim=16)


def still():
    """The same with one kernel a convolution."""
    return dynamic((0, 0, 0))


def paper():
    """Layers that only FaceNet's own networks have."""
    return FaceNet(
        (28, 24),
        ConvNormAct(3, 8, 3, stride=2), nn.LocalResponseNorm(5),                                    # 14x12x8
        Inception(ConvNormAct(8, 4, 1), nn.Sequential(L2Pool(), ConvNormAct(8, 6, 1))),             # 14x12x10
        ConvNormAct(10, 12, 3, stride=2),                                                           # 7x6x12
        Maxout(12, 9, (7, 6), 2),
        out=(9, 1, 1), dim=16)


def averaged():
    return FaceNet((28, 28), ConvNormAct(3, 8, 3, stride=2), ConvNormAct(8, 12, 3, stride=2), nn.AvgPool2d(7), out=(12, 1, 1), dim=16)


NETWORKS.update(tiny=tiny, tapped=tapped, scaled=scaled, dynamic=dynamic, still=still, paper=paper, averaged=averaged)
TAPS = {"middle": (10, 10, 5), "last": (5, 5, 6)}      # of its made-up teacher: height, width, channels


def unit(rng, *shape):
    x = rng.standard_normal(shape).astype(np.float32)
    return torch.from_numpy(x / np.linalg.norm(x, axis=-1, keepdims=True))


def write_pack(folder, persons=6, each=8, unlabelled=4, dim=16, seed=0):
    """A person is a pattern in the upper half of the crop; the lower half, stronger, is another one each time."""
    rng = np.random.default_rng(seed)
    folder = Path(folder)
    folder.mkdir(parents=True)

    def patterns(n, rows, contrast):
        half = contrast * rng.choice([-1, 1], (n, rows, 3, 3)).repeat(4, 1).repeat(4, 2)
        return np.concatenate([half, half[:, :, ::-1]], 2)                   # symmetric, as faces nearly are

    who = np.r_[np.repeat(np.arange(persons), each), np.arange(persons, persons + unlabelled)]
    crops = np.concatenate([patterns(persons + unlabelled, 3, 25)[who], patterns(len(who), 4, 60)], 1)
    crops = (128 + crops + rng.normal(0, 8, crops.shape)).clip(0, 255).astype(np.uint8)
    crops.tofile(folder / "crops.u8")
    with open(folder / "crops.jsonl", "w") as f:
        for i, p in enumerate(who):
            f.write(json.dumps({"file": f"{i}.jpg", "person": f"p{p}" if p < persons else None}) + "\n")
    directions = unit(rng, persons + unlabelled, dim).numpy()
    t = directions[who] + 0.05 * rng.standard_normal((len(who), dim)).astype(np.float32)
    (t / np.linalg.norm(t, axis=1, keepdims=True)).astype(np.float32).tofile(folder / "teacher-made.f32")
    (folder / "pack.json").write_text(json.dumps({"count": len(who), "height": 28, "width": 24}))
    about = {}
    for tap, (h, w, c) in TAPS.items():
        shape = [len(who), 2, h, w, c]
        rng.integers(-127, 128, shape).astype(np.int8).tofile(folder / f"maps-{tap}.i8")
        about[tap] = {"shape": shape, "scale": 0.02}
    (folder / "maps.json").write_text(json.dumps(about))
    return folder


def quietly(function, *args):
    """Its result and what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        result = function(*args)
    return result, out.getvalue()
