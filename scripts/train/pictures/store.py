"""Crops held on the device that trains, as windows that shards.py writes, and how they come and go."""
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from shards import HEIGHT, TOP, WIDTH, read_sheet
from teachers.mobilefacenet import SIDE, TOP as FIRST

ABOVE = FIRST - TOP                                   # first row of a window that the teacher sees; students see it or a part


def gather(store, index, generator, shift=1):
    """Windows of crops, mirrored by chance and shifted by up to `shift` pixels: uint8 [B, 116, 116, 3]; the edge is repeated."""
    n, device = len(index), store.device
    dy, dx = torch.randint(-shift, shift + 1, (2, n, 1), device=device, generator=generator)
    line = torch.arange(SIDE, device=device)
    rows, columns = (ABOVE + line + dy).clamp(0, HEIGHT - 1), (line + dx).clamp(0, WIDTH - 1)
    mirrored = torch.rand((n, 1), device=device, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    return store[index[:, None, None], rows[:, :, None], columns[:, None, :]]


def normalised(pixels):
    """uint8 [B, H, W, 3] -> float [B, 3, H, W], channels last."""
    return (pixels.permute(0, 3, 1, 2).float() - 128) / 128


class Store:
    """Crops and targets on the device; `count` of `size` places are in use."""

    def __init__(self, size, dim, device):
        self.images = torch.zeros(size, HEIGHT, WIDTH, 3, dtype=torch.uint8, device=device)
        self.targets = torch.zeros(size, dim, device=device)
        self.count = torch.zeros((), dtype=torch.long, device=device)
        self.next = torch.zeros((), dtype=torch.long, device=device)
        self.place = torch.arange(size, device=device)

    def put(self, images, targets):
        """Into the next places, the first ones again after the last."""
        size = len(self.images)
        images, targets = images[-size:], targets[-size:]
        n = len(images)
        places = (self.next + self.place[:n]) % size
        self.images.index_copy_(0, places, images)
        self.targets.index_copy_(0, places, targets)
        self.next += n
        self.count.copy_((self.count + n).clamp_max(size))

    def draw(self, n, generator):
        """Numbers of n random crops [n]."""
        return (torch.rand(n, device=generator.device, generator=generator) * self.count).long().clamp_min(0)


class Shards:
    """Sheets of a folder, decoded as they arrive."""

    def __init__(self, folder, workers=8):
        self.folder, self.pool, self.pending, self.known = Path(folder), ThreadPoolExecutor(workers), [], set()

    def look(self):
        for path in sorted(self.folder.rglob("*.webp")):
            if path not in self.known:
                self.known.add(path)
                self.pending.append(self.pool.submit(read_sheet, path))

    def take(self, count):
        """So many decoded sheets, or none while there are fewer; the rest when all have come. A GPU likes one shape."""
        ready = [f for f in self.pending[:4 * count] if f.done()][:count]
        if len(ready) < count and not ((self.folder / "complete").exists() and len(ready) == len(self.pending)):
            return []
        self.pending = [f for f in self.pending if f not in ready]
        return [f.result() for f in ready]


class Whole:
    """Some of a store's crops as `packs.Crops` gives them, whole 140x116 crops with their first and last rows repeated."""

    def __init__(self, store, count, teacher, seed=0):
        index = torch.randperm(int(store.count), generator=torch.Generator().manual_seed(seed))[:count].to(store.images.device)
        rows = (torch.arange(140, device=index.device) - TOP).clamp(0, HEIGHT - 1)
        self.images = torch.cat([store.images[part][:, rows] for part in index.split(1024)])
        self.label, self.persons = torch.arange(len(index), device=index.device), [str(i) for i in range(len(index))]
        self.targets, self.maps = {teacher: store.targets[index]}, []

    def __len__(self):
        return len(self.label)

    def batch(self, index):
        return self.images[index].permute(0, 3, 1, 2)

    def normalised(self, index):
        return normalised(self.images[index])

    def labels(self, index):
        return self.label[index], {name: t[index] for name, t in self.targets.items()}
