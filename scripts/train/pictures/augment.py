"""Augmentation of a batch on tensors, on the device, cheap enough for two CPU cores.

What is dear (resampling) is done to a part of the batch; what is cheap to all of it. Parts are taken by position: the
order of a batch is random already.
"""
import math

import torch
import torch.nn.functional as F


def uniform(shape, low, high, device, generator):
    return torch.rand(shape, generator=generator).mul_(high - low).add_(low).to(device)


def augment(crops, strength=1.0, generator=None, parts=8):
    """uint8 [B, 3, H, W] -> float [B, 3, H, W] ((x - 128) / 128, not clamped), flipped, moved, recoloured, degraded;
    and bool [B], which of them were flipped.

    `strength` scales the ranges; at 0 only the mirror is left.
    """
    b, _, h, w = crops.shape
    device = crops.device

    # Mirror and whole-pixel shift, on bytes: one of each for every part, half of the parts mirrored; new pixels are 128.
    span, backwards = round(3 * strength), torch.arange(w - 1, -1, -1, device=device)
    moved = torch.full_like(crops, 128)
    mirrored = torch.zeros(b, dtype=torch.bool, device=device)
    for k, order in enumerate(torch.randperm(parts, generator=generator).tolist()):
        source, target = crops[order::parts], moved[order::parts]
        if k % 2:
            mirrored[order::parts] = True
            source = source.contiguous(memory_format=torch.channels_last).index_select(3, backwards)
        dy, dx = torch.randint(-span, span + 1, (2,), generator=generator).tolist()
        target[:, :, max(dy, 0):h + min(dy, 0), max(dx, 0):w + min(dx, 0)] = \
            source[:, :, max(-dy, 0):h + min(-dy, 0), max(-dx, 0):w + min(-dx, 0)]

    # Contrast and brightness, and a tint by channel, in the one multiply-add that also normalises.
    gain = 1 + strength * (uniform((b, 1), -0.25, 0.25, device, generator) + uniform((b, 3), -0.08, 0.08, device, generator))
    lift = strength * (uniform((b, 1), -0.2, 0.2, device, generator) + uniform((b, 3), -0.04, 0.04, device, generator))
    x = moved.to(torch.float32, memory_format=torch.channels_last)
    x = torch.addcmul((lift - gain).view(b, 3, 1, 1), x, (gain / 128).view(b, 3, 1, 1))
    if strength == 0:
        return x, mirrored

    part = x[: b // 4]                                                 # rotation and scale
    if len(part):
        part.copy_(affine(part, strength, generator))
    part = x[b // 8: b // 4]                                           # a far face, enlarged
    if len(part):
        factor = 1 - 0.8 * strength * torch.rand(1, generator=generator).item()
        small = F.interpolate(part, size=(round(h * factor), round(w * factor)), mode="bilinear", align_corners=False)
        part.copy_(F.interpolate(small, size=(h, w), mode="bilinear", align_corners=False))
    part = x[b // 4: b // 4 + b // 16]                                 # grey
    part.copy_(grey(part).expand_as(part))
    for part in x[b // 2: b // 2 + b // 8].chunk(4):                   # an occlusion: a rectangle of one colour
        eh, ew = (int(n * (0.1 + 0.3 * strength * torch.rand(1, generator=generator).item())) for n in (h, w))
        top, left = (int(torch.randint(0, n, (1,), generator=generator)) for n in (h - eh, w - ew))
        part[:, :, top:top + eh, left:left + ew] = uniform((3, 1, 1), -1, 1, device, generator)
    return x, mirrored


def grey(x):
    r, g, b = x.split(1, 1)
    return 0.299 * r + 0.587 * g + 0.114 * b


def affine(x, strength, generator):
    """Random rotation (up to 10 degrees), scale (8 %) and shift (3 %) about the centre."""
    n, _, h, w = x.shape
    angle = uniform((n,), -1, 1, x.device, generator) * (strength * 10 * math.pi / 180)
    scale = 1 + uniform((n,), -1, 1, x.device, generator) * (strength * 0.08)
    shift = uniform((n, 2), -1, 1, x.device, generator) * (strength * 0.06)         # in half sizes
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = torch.stack([cos, -sin * h / w, shift[:, 0], sin * w / h, cos, shift[:, 1]], 1).view(n, 2, 3)
    return F.grid_sample(x, F.affine_grid(rows, list(x.shape), align_corners=False), align_corners=False)
