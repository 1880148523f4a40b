"""Degradations as pictures/degrade.py has them, with numbers of its own for each row, all drawn on the device: nothing waits for Python, and
a step can be captured as one CUDA graph (resident.py).

Crops are float [N, 3, H, W], (pixel - 128) / 128.
"""
import torch
import torch.nn.functional as F

from pictures.degrade import jpeg_constants


def uniform(shape, low, high, generator):
    """Uniform numbers of this shape, on the generator's device."""
    return torch.rand(shape, device=generator.device, generator=generator) * (high - low) + low


def jpeg(x, quality):
    """Rounding of the 8x8 DCT coefficients as JPEGs of these qualities [N] do it (degrade.jpeg, with one for each row)."""
    basis, tables, to_ycc, to_rgb = jpeg_constants(x.device)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality).view(-1, 1, 1, 1)
    steps = ((tables * scale + 50) / 100).floor().clamp(1, 255)[:, :, None, None]
    h, w = x.shape[2:]
    ycc = F.pad(torch.einsum("oc,nchw->nohw", to_ycc, x * 128), (0, -w % 8, 0, -h % 8), mode="replicate")
    blocks = ycc.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)
    rounded = (basis @ blocks @ basis.t() / steps).round() * steps
    ycc = (basis.t() @ rounded @ basis).transpose(3, 4).flatten(4, 5).flatten(2, 3)[:, :, :h, :w]
    return torch.einsum("oc,nchw->nohw", to_rgb, ycc) / 128


def blur(x, sigma, reach=8):
    """Gaussians of these standard deviations [N], in pixels."""
    n, c, h, w = x.shape
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1.0, device=x.device) / sigma[:, None]) ** 2)
    line = (line / line.sum(1, keepdim=True)).repeat_interleave(c, 0)
    y = F.pad(x, (reach,) * 4, mode="replicate").reshape(1, n * c, h + 2 * reach, w + 2 * reach)
    y = F.conv2d(F.conv2d(y, line[:, None, :, None], groups=n * c), line[:, None, None, :], groups=n * c)
    return y.view(n, c, h, w)


def low_resolution(x):
    """A quarter of the rows each at 1 / 1.5, 1 / 2, 1 / 3 and 1 / 4.5 of its size, enlarged again."""
    size = x.shape[2:]
    small = (F.interpolate(part, size=[round(s / factor) for s in size], mode="area") for part, factor in zip(x.chunk(4), (1.5, 2, 3, 4.5)))
    return torch.cat([F.interpolate(part, size=size, mode="bilinear", align_corners=False) for part in small])


def covered(x, box, colour):
    """A rectangle of one colour [N, 3] over each row; `box` [N, 4]: top, bottom, left, right in shares of the crop."""
    n, _, h, w = x.shape
    y, x_ = (torch.arange(h, device=x.device) / h).view(1, h, 1), (torch.arange(w, device=x.device) / w).view(1, 1, w)
    top, bottom, left, right = box.view(n, 4, 1, 1).unbind(1)
    inside = (y >= top) & (y < bottom) & (x_ >= left) & (x_ < right)
    return torch.where(inside[:, None], colour.view(n, 3, 1, 1), x)


def degraded(x, generator):
    """Rows [N, 3, H, W] made worse as pictures that people upload are, a sixth of them in each of six ways."""
    def u(low, high):
        return uniform((n,), low, high, generator)

    parts = list(x.chunk(6))
    for kind, part in enumerate(parts):
        n = len(part)
        if kind == 0:
            parts[kind] = jpeg(part, u(8, 50))
        elif kind == 1:
            parts[kind] = blur(part, u(0.8, 3))
        elif kind == 2:
            parts[kind] = jpeg(low_resolution(part), u(30, 90))
        elif kind == 3:
            light = ((part + 1) / 2).clamp(0, 1) * u(0.1, 0.5).view(-1, 1, 1, 1)
            noise = torch.randn(part.shape, device=x.device, generator=generator) * (u(0, 8) / 128).view(-1, 1, 1, 1)
            parts[kind] = light.clamp_min(1e-6) ** u(0.8, 1.4).view(-1, 1, 1, 1) * 2 - 1 + noise
        elif kind == 4:                                                 # half with a mask over nose and mouth, half with dark glasses
            colour = uniform((n, 3), -1, 1, generator)
            mask = torch.stack([u(0.55, 0.68), u(1, 1.01), u(0, 0.15), u(0.85, 1)], 1)
            glasses = torch.stack([u(0.3, 0.36), u(0.44, 0.5), u(0.1, 0.101), u(0.9, 0.901)], 1)
            first = (torch.arange(n, device=x.device) % 2 == 0)[:, None]
            parts[kind] = covered(part, torch.where(first, mask, glasses), torch.where(first, colour, colour * 0.2 - 0.7))
        else:
            top, left, height, width = u(0, 0.7), u(0, 0.7), u(0.15, 0.45), u(0.15, 0.45)
            parts[kind] = covered(part, torch.stack([top, top + height, left, left + width], 1), uniform((n, 3), -1, 1, generator))
    return torch.cat(parts)
