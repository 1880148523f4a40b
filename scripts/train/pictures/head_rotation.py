"""Aligned crops as if the head were rotated: in space, as one generic head, and aligned again.

Generated faces look straight ahead, people in photographs do not (EXPERIMENTS.md, "Seventeen million crops of few pictures"). One 3-D shape serves for
all faces, as in Hassner et al. (arXiv:1411.7964), who rotate them to the front by one: an ellipsoid with a nose. What a rotation uncovers is stretched
from what lies beside it, and beyond the crop its edge is repeated.

Places are in pixels of the 140x116 crop, (x, y) from the head's axis and middle.
"""
import math
from functools import lru_cache

import torch
import torch.nn.functional as F

from pictures.degrade_rows import uniform

AXIS, MIDDLE = 58.0, 76.0                             # column and row that the head is rotated about
EYE, EYES, NOSE, MOUTH = 18.25, -14.6, 6.3, 27.6      # the template of worker/face/alignment/align.ts: eyes' distance from the axis, rows
YAW, PITCH = math.radians(35), math.radians(15)       # most of each, either way
STEPS, RELAXATION = 12, 0.6                           # of the fixed point that finds a pixel's place before the rotation


@lru_cache(maxsize=None)
def template(device):
    """Eyes, nose and mouth: (x, y), each [1, 4]. Kept, since a CUDA graph cannot copy from the host."""
    return torch.tensor([[-EYE, EYE, 0, 0]], device=device), torch.tensor([[EYES, EYES, NOSE, MOUTH]], device=device)


def depth(x, y):
    """Pixels towards the camera of the head's surface at (x, y), tensors of one shape."""
    head = 50 * torch.sqrt((1 - (x / 52) ** 2 - (y / 68) ** 2).clamp_min(0) + 0.02)
    below = y - NOSE
    nose = 13 * torch.exp(-(x / 9) ** 2 - torch.where(below > 0, below / 10, below / 22) ** 2)
    return head + nose


class Rotation:
    """A yaw, a pitch and a share of the depth for each row, radians and numbers [N, 1]."""

    def __init__(self, yaw, pitch, deep):
        self.cos_yaw, self.sin_yaw, self.cos_pitch, self.sin_pitch, self.deep = yaw.cos(), yaw.sin(), pitch.cos(), pitch.sin(), deep

    def of(self, x, y):
        """Places (x, y) [N, P] on the head -> where they are seen after it."""
        z = self.deep * depth(x, y)
        return x * self.cos_yaw + z * self.sin_yaw, y * self.cos_pitch + (z * self.cos_yaw - x * self.sin_yaw) * self.sin_pitch

    def undone(self, seen_x, seen_y):
        """The inverse of `of`, by a fixed point; of two places where one hides the other, about either."""
        x, y = seen_x, seen_y
        for _ in range(STEPS):
            z = self.deep * depth(x, y)
            before_x = (seen_x - z * self.sin_yaw) / self.cos_yaw
            before_y = (seen_y - (z * self.cos_yaw - x * self.sin_yaw) * self.sin_pitch) / self.cos_pitch
            x, y = x + RELAXATION * (before_x - x), y + RELAXATION * (before_y - y)
        return x, y


class Similarity:
    """Rotation in the plane, one scale and a shift that take points `source` to `target` best, each (x, y) [N, P] (worker/face/alignment/align.ts; Umeyama 1991)."""

    def __init__(self, source, target):
        self.source, self.target = (tuple(v.mean(1, keepdim=True) for v in points) for points in (source, target))
        (x, y), (u, v) = (tuple(p - m for p, m in zip(points, middle)) for points, middle in ((source, self.source), (target, self.target)))
        size = (x * x + y * y).sum(1, keepdim=True)
        self.cos, self.sin = (x * u + y * v).sum(1, keepdim=True) / size, (x * v - y * u).sum(1, keepdim=True) / size

    def of(self, x, y):
        x, y = x - self.source[0], y - self.source[1]
        return self.cos * x - self.sin * y + self.target[0], self.sin * x + self.cos * y + self.target[1]


def grid(rotation, h, w, device, top=0):
    """Sampling grid [N, H, W, 2] of windows that begin at row `top` of the crop."""
    landmarks = template(device)
    aligned = Similarity(landmarks, rotation.of(*landmarks))                 # from the new crop to what is seen after the rotation
    y, x = torch.meshgrid(torch.arange(h, device=device) + top - MIDDLE, torch.arange(w, device=device) - AXIS, indexing="ij")
    x, y = rotation.undone(*aligned.of(x.flatten()[None], y.flatten()[None]))
    return torch.stack([(x + AXIS + 0.5) / w * 2 - 1, (y + MIDDLE - top + 0.5) / h * 2 - 1], 2).view(-1, h, w, 2)


def rotated(x, generator, top=0):
    """Windows [N, 3, H, W] of aligned crops as if each head were rotated, by up to 35 degrees to a side and 15 up or down."""
    n, _, h, w = x.shape
    drawn = (uniform((n, 1), low, high, generator) for low, high in ((-YAW, YAW), (-PITCH, PITCH), (0.85, 1.15)))
    return F.grid_sample(x, grid(Rotation(*drawn), h, w, x.device, top), padding_mode="border", align_corners=False)
