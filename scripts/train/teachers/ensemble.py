"""A teacher of two networks: MobileFaceNet's and dlib's embeddings, joined and brought down to one of 128 values.

The two were trained on other pictures with other losses, and err on other pairs: joined they are better than each (EXPERIMENTS.md).
The principal components of the joined embeddings are turned towards MobileFaceNet's own (orthogonal Procrustes), so that a student that
knows MobileFaceNet's embeddings goes on from there.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

from graph.read_onnx import read_onnx
from mistake import Mistake
from teachers.mobilefacenet import MobileFaceNet

BLOCKS = ("conv32_1", "conv32_2", "conv32_3", "conv64_down", "conv64_1", "conv64_2", "conv64_3", "conv128_down", "conv128_1", "conv128_2",
          "conv256_down", "conv256_1", "conv256_2", "conv256_down_out")
SIDE, LEFT, TOP, SPAN = 150, 6.25, 29.3, 103.5         # its input, and the part of our 140x116 crop that it sees (teachers.ts)
MEAN = 122.782, 117.001, 104.298                       # of its input: red, green, blue on 0..255
CENTRED, WEIGHT = 0.5, 1.2                             # share of dlib's mean embedding taken away; dlib's weight beside MobileFaceNet's 1, by itself
SEEN = 1024                                            # crops at a time


class Dlib(nn.Module):
    """dlib's ResNet-29 (dlib.net/dnn_face_recognition_ex.cpp.html), from the ONNX file of `npm run tool -- convert-dlib`."""

    def __init__(self, path):
        super().__init__()
        tensors = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in read_onnx(path).graph.initializer}
        if "fc" not in tensors or f"{BLOCKS[-1]}/conv2/w" not in tensors:
            raise Mistake(f"{path}: not dlib's network as convert-dlib writes it")

        def conv(name, stride=1):
            weight, bias = tensors[f"{name}/w"], tensors[f"{name}/b"]
            layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride, weight.shape[2] // 2 if stride == 1 else 0)
            layer.weight.data, layer.bias.data = weight, bias
            return layer

        self.first = conv("conv32_down", 2)
        self.blocks = nn.ModuleList(nn.ModuleList([conv(f"{b}/conv1", 2 if "down" in b else 1), conv(f"{b}/conv2")]) for b in BLOCKS)
        self.fc = nn.Parameter(tensors["fc"].view(tensors["fc"].shape[0], -1))
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        x, y = (torch.arange(SIDE) + 0.5) * SPAN / SIDE + LEFT, (torch.arange(SIDE) + 0.5) * SPAN / SIDE + TOP
        y, x = torch.meshgrid(y / 140 * 2 - 1, x / 116 * 2 - 1, indexing="ij")
        self.register_buffer("places", torch.stack([x, y], 2)[None])
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)

    @torch.no_grad()
    def forward(self, crops):
        """Crops [N, 3, 140, 116], (pixel - 128) / 128 -> unit embeddings [N, 128]."""
        x = F.grid_sample(crops, self.places.expand(len(crops), -1, -1, -1), padding_mode="border", align_corners=False)
        x = ((x * 128 + 128 - self.mean) / 256).contiguous(memory_format=torch.channels_last)
        x = F.max_pool2d(F.relu(self.first(x)), 3, 2)
        for one, two in self.blocks:
            y = two(F.relu(one(x)))
            if one.stride[0] == 2:
                x = F.avg_pool2d(x, 2)
                y = F.pad(y, (0, x.shape[3] - y.shape[3], 0, x.shape[2] - y.shape[2]))
                x = F.pad(x, (0, 0, 0, 0, 0, y.shape[1] - x.shape[1]))
            x = F.relu(x + y)
        return F.normalize(x.float().mean((2, 3)) @ self.fc.float())


class Ensemble:
    """The two as one teacher; `fit` it first, or `load_state_dict`."""

    def __init__(self, mobilefacenet, dlib, device, weight=WEIGHT):
        """Paths of the two ONNX files; `weight` of dlib's embeddings beside MobileFaceNet's 1."""
        self.mobilefacenet, self.dlib, self.weight = MobileFaceNet(mobilefacenet).to(device), Dlib(dlib).to(device), weight
        self.mean = self.components = None

    def pair(self, crops, amp=False):
        """Crops [N, 3, 140, 116], (pixel - 128) / 128 -> MobileFaceNet's maps, and each network's unit embeddings [N, 128], the mean of
        crop and mirror image."""
        maps, e = self.mobilefacenet.look(crops, amp)
        with torch.autocast(crops.device.type, torch.bfloat16, enabled=amp):
            both = self.dlib(torch.cat([crops, crops.flip(3)]))
        return maps, e, F.normalize(both[:len(crops)] + both[len(crops):])

    def look(self, crops, amp=False):
        """Crops [N, 3, 140, 116] -> MobileFaceNet's maps of them, and what the student is to embed them as, unit [N, 128]."""
        maps, *pair = self.pair(crops, amp)
        return maps, self.target(*pair)

    def label(self, crops, amp=False):
        """Targets [N, 128] of all of `crops` (packs.Crops); it is fitted to them first, if it was not before."""
        rows = torch.arange(len(crops), device=crops.images.device)
        pairs = [self.pair(crops.normalised(part), amp)[1:] for part in rows.split(SEEN)]
        mobilefacenet, dlib = (torch.cat(e) for e in zip(*pairs))
        if self.mean is None:
            self.fit(mobilefacenet, dlib)
        return self.target(mobilefacenet, dlib)

    def joined(self, mobilefacenet, dlib):
        """Embeddings by `pair` side by side [N, 256], dlib's less a share of their mean."""
        return torch.cat([mobilefacenet, self.weight * F.normalize(dlib - CENTRED * self.mean)], 1)

    def fit(self, mobilefacenet, dlib):
        """Embeddings by `pair` of some thousand crops -> the components that are kept."""
        self.mean = dlib.mean(0)
        joined = self.joined(mobilefacenet, dlib)
        components = torch.linalg.eigh(joined.double().t() @ joined.double())[1].flip(1)[:, :mobilefacenet.shape[1]]
        projected = F.normalize(joined.double() @ components)
        u, _, v = torch.linalg.svd(projected.t() @ mobilefacenet.double())
        self.components = (components @ (u @ v)).float()

    def target(self, mobilefacenet, dlib):
        """Embeddings by `pair` -> what the student is to learn, unit [N, 128]."""
        return F.normalize(self.joined(mobilefacenet, dlib) @ self.components)

    def state_dict(self):
        return {"mean": self.mean, "components": self.components, "weight": torch.tensor(self.weight)}

    def load_state_dict(self, state):
        self.mean, self.components, self.weight = state["mean"], state["components"], float(state.get("weight", WEIGHT))
