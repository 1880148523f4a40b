"""Aligned crops as if the head were turned: rotated in space as a mean head, and aligned again.

Generated faces look straight ahead, people in photographs do not (EXPERIMENTS.md, "Seventeen million crops of few pictures"). Depth is that of
an ellipsoid with a nose, the same for everybody but for its scale (2D+3D face rotation with a generic model: Hassner et al., arXiv:1411.7964).
What a turn uncovers is stretched from what lies beside it; up to some 40 degrees that looks like a face.
"""
import math

import torch
import torch.nn.functional as F

from degrade_rows import uniform

AXIS, MIDDLE = 58.0, 76.0                             # column and row of the 140x116 crop that the head turns about
EYE, EYES, NOSE, MOUTH = 18.25, 61.4, 82.3, 103.6     # columns from the axis, rows: the template of worker/face/align.ts
YAW, PITCH = math.radians(40), math.radians(15)       # most of each, either way
STEPS, SHARE = 6, 0.6                                 # of the fixed point that finds a pixel's place before the turn


def depth(x, y):
    """Pixels towards the camera, of places from the middle."""
    head = 50 * torch.sqrt((1 - (x / 52) ** 2 - (y / 68) ** 2).clamp_min(0) + 0.02)
    below = y - (NOSE - MIDDLE)
    nose = 15.5 * torch.exp(-(x / 6.7) ** 2 - torch.where(below > 0, below / 9.3, below / 20.7) ** 2)
    return head + nose


def places(n, h, w, generator, top, left):
    """Sampling grid [N, H, W, 2] of windows whose first pixel is (`top`, `left`) of the crop; each row's turn and depth are drawn."""
    device = generator.device
    yaw, pitch, scale = (uniform((n, 1), low, high, generator) for low, high in ((-YAW, YAW), (-PITCH, PITCH), (0.85, 1.15)))
    across, along, up, down = yaw.cos(), yaw.sin() * scale, pitch.cos(), pitch.sin() * scale
    tx = torch.tensor([[-EYE, EYE, 0, 0]], device=device)
    ty = torch.tensor([[EYES, EYES, NOSE, MOUTH]], device=device) - MIDDLE
    z = depth(tx, ty)
    qx, qy = tx * across + z * along, ty * up + z * down                     # the landmarks, turned
    mx, my, nx, ny = (v.mean(1, keepdim=True) for v in (qx, qy, tx, ty))
    x, y, s, t = qx - mx, qy - my, tx - nx, ty - ny
    size = (s * s + t * t).sum(1, keepdim=True)                              # from template to turned picture (align.ts, Umeyama 1991)
    cos, sin = (x * s + y * t).sum(1, keepdim=True) / size, (y * s - x * t).sum(1, keepdim=True) / size
    row, column = torch.meshgrid(torch.arange(h, device=device) + top - MIDDLE, torch.arange(w, device=device) + left - AXIS, indexing="ij")
    px, py = column.flatten()[None] - nx, row.flatten()[None] - ny
    px, py = cos * px - sin * py + mx, sin * px + cos * py + my              # pixels of the window, in the turned picture
    x, y = px, py
    for _ in range(STEPS):                                                   # where they were: x * across + depth * along = px
        z = depth(x, y)
        x = SHARE * (px - z * along) / across + (1 - SHARE) * x
        y = SHARE * (py - z * down) / up + (1 - SHARE) * y
    x, y = (x + AXIS - left + 0.5) / w * 2 - 1, (y + MIDDLE - top + 0.5) / h * 2 - 1
    return torch.stack([x, y], 2).view(n, h, w, 2)


def turned(x, generator, top=0, left=0):
    """Windows [N, 3, H, W] of aligned crops, each turned by up to 40 degrees to a side and 15 up or down."""
    n, _, h, w = x.shape
    return F.grid_sample(x, places(n, h, w, generator, top, left), padding_mode="border", align_corners=False)
