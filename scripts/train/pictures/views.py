"""Views of a batch of faces, made at once for all rows on the device that trains: moved, and mixed to faces that nobody has.

Blends and warps of two aligned crops, rotated in space and in other lights, are face-like pictures that the teacher can label, so that a student need not see a picture twice
(Knowledge distillation: a good teacher is patient and consistent, arXiv:2106.05237; mixup, arXiv:1710.09412).
Crops are float [N, 3, H, W], (pixel - 128) / 128.
"""
import math

import torch
import torch.nn.functional as F

from pictures.augment import grey
from pictures.degrade_rows import blur, uniform
from pictures.head_rotation import rotated

SOFT = 0.3, 1.2                                       # standard deviations of blur, in pixels, that the teacher labels


def flip(x, generator):
    """Each row mirrored with a chance of one half."""
    mirrored = torch.rand(len(x), device=x.device, generator=generator) < 0.5
    return torch.where(mirrored.view(-1, 1, 1, 1), x.flip(3), x)


def grid(n, h, w, generator, strength, warp=0.0):
    """Sampling grid [N, H, W, 2]: at a `strength` of 1 rotation of up to 10 degrees either way, 8 % of scale, 3 % of shift;
    and a smooth displacement of up to `warp` pixels, less in some rows."""
    turn = uniform(n, -1, 1, generator) * (strength * 10 * math.pi / 180)
    size = 1 + strength * 0.08 * uniform(n, -1, 1, generator)
    dx, dy = strength * 0.06 * uniform((2, n), -1, 1, generator)                # in half sizes
    cos, sin = torch.cos(turn) * size, torch.sin(turn) * size
    rows = torch.stack([cos, -sin * h / w, dx, sin * w / h, cos, dy], 1).view(n, 2, 3)
    places = F.affine_grid(rows, [n, 3, h, w], align_corners=False)
    if warp:
        nodes = uniform((n, 2, 6, 5), -1, 1, generator) * uniform((n, 1, 1, 1), 0, warp, generator)
        field = F.interpolate(nodes, size=(h, w), mode="bicubic", align_corners=True)
        places = places + torch.stack([field[:, 0] * 2 / w, field[:, 1] * 2 / h], 3)
    return places


def sample(x, places):
    return F.grid_sample(x, places, padding_mode="border", align_corners=False)


def shifted(x, generator, pixels):
    """Whole pixels up, down, left or right, an eighth of the rows alike; the edge is repeated."""
    host = torch.Generator().manual_seed(generator.initial_seed())           # indices of slices: not to be waited for
    dy, dx = torch.randint(-pixels, pixels + 1, (2, 8), generator=host).tolist()
    padded, (h, w) = F.pad(x, (pixels,) * 4, mode="replicate"), x.shape[2:]
    return torch.cat([part[:, :, pixels + dy[k]:pixels + dy[k] + h, pixels + dx[k]:pixels + dx[k] + w] for k, part in enumerate(padded.chunk(8))])


def moved(x, generator, strength=0.2):
    """Mirrored by chance; three quarters shifted by whole pixels, the others turned, scaled and shifted a little."""
    x, n, (h, w) = flip(x, generator), len(x) // 4, x.shape[2:]
    return torch.cat([sample(x[:n], grid(n, h, w, generator, strength)), shifted(x[n:], generator, round(3 * strength))])


def mixed(a, b, generator, strength=0.4, warp=4.0):
    """Faces that nobody has, of two batches of crops: a third are blends, a third parts of one beside parts of the other with
    a soft seam, the rest `a` alone; all of them warped."""
    n, _, h, w = a.shape
    a, b = flip(a, generator), flip(b, generator)
    third = n // 3
    share = torch.ones(n, 1, h, w, device=a.device)
    share[:third] = uniform((third, 1, 1, 1), 0.5, 0.9, generator)
    y, x = torch.meshgrid(torch.linspace(-1, 1, h, device=a.device), torch.linspace(-1, 1, w, device=a.device), indexing="ij")
    direction = uniform((third, 1, 1, 1), 0, 2 * math.pi, generator)
    offset, softness = uniform((third, 1, 1, 1), -0.3, 0.3, generator), uniform((third, 1, 1, 1), 0.04, 0.2, generator)
    share[third:2 * third] = torch.sigmoid((x * direction.cos() + y * direction.sin() + offset) / softness)
    both = share * a + (1 - share) * b
    return sample(both, grid(n, h, w, generator, strength, warp))


def recoloured(x, generator, strength=0.2):
    """Contrast, brightness and tint of each row; a sixteenth is grey."""
    n = len(x)
    gain = 1 + strength * (uniform((n, 1, 1, 1), -0.25, 0.25, generator) + uniform((n, 3, 1, 1), -0.08, 0.08, generator))
    lift = strength * (uniform((n, 1, 1, 1), -0.2, 0.2, generator) + uniform((n, 3, 1, 1), -0.04, 0.04, generator))
    y = (x + 1) * gain - 1 + lift
    return torch.where((torch.rand(n, device=x.device, generator=generator) < 1 / 16).view(-1, 1, 1, 1), grey(y), y)


def lit(x, generator, most=0.7):
    """Each row lit from one side: up to e^most times as bright at the middle of that edge, as much darker opposite."""
    n, _, h, w = x.shape
    down, right = torch.meshgrid(torch.linspace(-1, 1, h, device=x.device), torch.linspace(-1, 1, w, device=x.device), indexing="ij")
    direction, strength = uniform((n, 1, 1, 1), 0, 2 * math.pi, generator), uniform((n, 1, 1, 1), 0, most, generator)
    return (x + 1) * torch.exp(strength * (right * direction.cos() + down * direction.sin())) - 1


def made(a, b, generator, strength=0.4, warp=4.0, top=0):
    """Faces that nobody has, of two batches of windows that begin at row `top` of the crop, as photographs might show them: half of them
    rotated in space, all in other lights and colours, a third soft."""
    x = mixed(a, b, generator, strength, warp)
    x[1::2] = rotated(x[1::2], generator, top)
    x = recoloured(lit(x, generator), generator, strength=1)
    x[::3] = blur(x[::3], uniform((len(x[::3]),), *SOFT, generator))
    return x
