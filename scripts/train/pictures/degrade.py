"""Degradations of a part of the batch, as pictures that people upload have them, for which the target stays that of the clean picture.

All on tensors, so that they run on the device that trains; crops are float [N, 3, H, W], (pixel - 128) / 128.
"""
import math
from functools import lru_cache

import torch
import torch.nn.functional as F

LOWEST, HIGHEST = -1.0, 127 / 128                     # of a crop's values: pixels 0 and 255

# Quantization tables of JPEG's annex K (ITU-T T.81), luminance and chrominance.
LUMA = (16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99)
CHROMA = (17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
          *[99] * 32)
YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
RGB = torch.linalg.inv(torch.tensor(YCC)).tolist()


def draw(generator, low, high):
    return low + (high - low) * torch.rand(1, generator=generator).item()


@lru_cache(maxsize=None)
def jpeg_constants(device):
    """DCT basis [8, 8], quantization tables [3, 8, 8], RGB to YCbCr and back [3, 3]; kept on the device, since a copy to a GPU waits
    for all that runs there."""
    k = torch.arange(8.0)
    basis = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) / 2
    basis[0] /= math.sqrt(2)
    tables = torch.tensor((LUMA, CHROMA, CHROMA), dtype=torch.float32).view(3, 8, 8)
    return tuple(t.to(device) for t in (basis, tables, torch.tensor(YCC), torch.tensor(RGB)))


def jpeg(x, quality):
    """Rounding of the 8x8 DCT coefficients as a JPEG of this quality (1 to 100) does it, with full-size chrominance."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    n, _, h, w = x.shape
    basis, tables, to_ycc, to_rgb = jpeg_constants(x.device)
    steps = ((tables * scale + 50) / 100).floor().clamp(1, 255)
    ycc = torch.einsum("oc,nchw->nohw", to_ycc, x * 128)
    ycc = F.pad(ycc, (0, -w % 8, 0, -h % 8), mode="replicate")
    blocks = ycc.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)            # n, 3, rows, columns, 8, 8
    steps = steps.view(1, 3, 1, 1, 8, 8)
    rounded = (basis @ blocks @ basis.t() / steps).round() * steps
    ycc = (basis.t() @ rounded @ basis).transpose(3, 4).flatten(4, 5).flatten(2, 3)[:, :, :h, :w]
    return torch.einsum("oc,nchw->nohw", to_rgb, ycc) / 128


def blur(x, sigma):
    """Gaussian of standard deviation `sigma`, in pixels."""
    reach = math.ceil(2.5 * sigma)
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1.0, device=x.device) / sigma) ** 2)
    line = (line / line.sum()).to(x)
    n, c, h, w = x.shape
    y = F.pad(x, (reach,) * 4, mode="replicate").flatten(0, 1)[:, None]
    y = F.conv2d(F.conv2d(y, line.view(1, 1, -1, 1)), line.view(1, 1, 1, -1))
    return y.view(n, c, h, w)


def low_resolution(x, factor):
    """Shrunk by area (no aliasing) to 1 / `factor` of its size, and enlarged again."""
    size = x.shape[2:]
    small = F.interpolate(x, size=[max(8, round(s / factor)) for s in size], mode="area")
    return F.interpolate(small, size=size, mode="bilinear", align_corners=False)


def dark(x, exposure, gamma, noise, generator):
    """Less light on a sensor of some noise: `exposure` of the light, then a curve, then noise of so many pixel values."""
    light = ((x + 1) / 2).clamp(0, 1) * exposure
    own = torch.Generator(x.device).manual_seed(torch.randint(2**31, (1,), generator=generator).item())    # drawn on the device
    return light ** gamma * 2 - 1 + torch.randn(x.shape, generator=own, device=x.device) * (noise / 128)


def cover(x, top, bottom, left, right, colour):
    """A mask, glasses or a hand: a rectangle, in shares of the crop, of one colour [3]."""
    h, w = x.shape[2:]
    y = x.clone()
    for channel, value in enumerate(colour.tolist()):
        y[:, channel, round(top * h):round(bottom * h), round(left * w):round(right * w)] = value
    return y


def one_of_all(x, generator):
    """Crops [N, 3, H, W], all degraded in one way drawn at random."""
    kind = torch.randint(6, (1,), generator=generator).item()
    if kind == 0:
        return jpeg(x, draw(generator, 8, 50))
    if kind == 1:
        return blur(x, draw(generator, 0.8, 3))
    if kind == 2:
        return jpeg(low_resolution(x, draw(generator, 1.5, 5)), draw(generator, 30, 90))
    if kind == 3:
        return dark(x, draw(generator, 0.1, 0.5), draw(generator, 0.8, 1.4), draw(generator, 0, 8), generator)
    colour = torch.rand(3, generator=generator) * 2 - 1
    if kind == 4:                                             # a mask over nose and mouth, or dark glasses
        if draw(generator, 0, 1) < 0.5:
            return cover(x, draw(generator, 0.55, 0.68), 1, draw(generator, 0, 0.15), draw(generator, 0.85, 1), colour)
        return cover(x, draw(generator, 0.3, 0.36), draw(generator, 0.44, 0.5), 0.1, 0.9, colour * 0.2 - 0.7)
    height, width, top, left = (draw(generator, *r) for r in ((0.15, 0.45), (0.15, 0.45), (0, 0.7), (0, 0.7)))
    return cover(x, top, top + height, left, left + width, colour)


def degrade(x, generator, share=0.125, together=1):
    """The last `share` of the batch, degraded, `together` rows alike; all of it clamped to what a crop can hold. Returns a new
    tensor."""
    n = round(len(x) * share)
    if n:
        x = torch.cat([x[:-n], *(one_of_all(part, generator) for part in x[-n:].split(together))])
    return x.clamp(LOWEST, HIGHEST).contiguous(memory_format=torch.channels_last)
