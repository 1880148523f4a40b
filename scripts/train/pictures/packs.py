"""Crop packs: what `npm run tool -- crops` writes, held whole in memory (or on the GPU).

A pack is a folder with `crops.u8` (N x 140 x 116 x 3, RGB), `crops.jsonl` (a line a crop: file, person or null) and
any number of `teacher-NAME.f32` (N x D unit rows; a row of zeros is a crop that the teacher has not seen), and at will
`overlap.txt` (numbers of crops to leave out, see deduplicate.py) and `maps-TAP.i8` with `maps.json` (a
teacher's inner layers, see teacher_features.py).
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from mistake import Mistake


def read_pack(folder, teachers=()):
    """One pack: crops uint8 [N, H, W, 3] (memory-mapped), person of each crop or None, {teacher: float32 [N, D]}. Raises Mistake where it is
    none, or lacks a teacher's embeddings."""
    folder = Path(folder)
    if not (folder / "pack.json").exists():
        raise Mistake(f"{folder} holds no whole pack: `npm run tool -- crops --from PHOTOS --out {folder}` makes it")
    info = json.loads((folder / "pack.json").read_text())
    n, h, w = info["count"], info["height"], info["width"]
    if not n or (folder / "crops.u8").stat().st_size != n * h * w * 3:
        raise Mistake(f"{folder}: crops.u8 does not hold the {n} crops of pack.json: make the pack anew, with `npm run tool -- crops`")
    crops = np.memmap(folder / "crops.u8", np.uint8, "r", shape=(n, h, w, 3))
    with open(folder / "crops.jsonl") as f:
        persons = [json.loads(line).get("person") for line in f]
    if len(persons) != n:
        raise Mistake(f"{folder}: {len(persons)} lines in crops.jsonl for {n} crops")
    targets = {}
    for name in teachers:
        if not (folder / f"teacher-{name}.f32").exists():
            raise Mistake(f"{folder} has no labels of the teacher {name}: `npm run tool -- teach --teacher {name} --weights FILE.onnx {folder}` "
                          "makes them, and teacher_features.py mobilefacenet's")
        rows = np.fromfile(folder / f"teacher-{name}.f32", np.float32)
        if not rows.size or rows.size % n:
            raise Mistake(f"{folder}: teacher-{name}.f32 does not fit {n} crops: remove it, and make it anew")
        targets[name] = rows.reshape(n, -1)
    return crops, persons, targets


def read_files(folder):
    """Path of the picture that each crop of a pack is from."""
    with open(Path(folder) / "crops.jsonl") as f:
        return [json.loads(line)["file"] for line in f]


def read_maps(folder):
    """{tap: (int8 [N, 2, h, w, C], memory-mapped, scale)}; of each crop and of its mirror image."""
    folder = Path(folder)
    if not (folder / "maps.json").exists():
        raise Mistake(f"{folder} has no maps of the teacher: `python3 scripts/train/teacher_features.py {folder} --weights MobileFaceNet.onnx` makes them")
    info = json.loads((folder / "maps.json").read_text())
    return {tap: (np.memmap(folder / f"maps-{tap}.i8", np.int8, "r", shape=tuple(about["shape"])), about["scale"])
            for tap, about in info.items()}


class Crops:
    """Several packs as one: `images` uint8 [N, H, W, 3], `label` [N] (-1: unknown), `targets` {teacher: [N, D]}.

    With `singles` a crop without a person is a person of its own (generated faces, one portrait each). With `maps` there
    are a teacher's inner layers too: on the device if `resident` (63 KB a crop; by itself, on a GPU), else on disk.
    """

    def __init__(self, folders, teachers=(), exclude=(), device="cpu", singles=False, maps=False, resident=None):
        packs = [read_pack(folder, teachers) for folder in folders]
        for name in teachers:
            sizes = {targets[name].shape[1] for _, _, targets in packs}
            if len(sizes) > 1:
                raise Mistake(f"teacher-{name}.f32 has rows of {' and '.join(map(str, sorted(sizes)))} numbers in these packs: label all by one network")
        keep = [np.array([str(p) not in exclude for p in persons]) for _, persons, _ in packs]
        for folder, k in zip(folders, keep):
            overlap = Path(folder) / "overlap.txt"
            if overlap.exists():
                k[[int(line) for line in overlap.read_text().split()]] = False
        for (_, _, targets), k in zip(packs, keep):
            for rows in targets.values():
                k &= np.abs(rows).sum(1) > 0
        total, (h, w) = int(sum(k.sum() for k in keep)), packs[0][0].shape[1:3]
        self.images = torch.empty(total, h, w, 3, dtype=torch.uint8)
        names, start = [], 0
        for (crops, persons, _), k in zip(packs, keep):
            for rows in np.array_split(np.flatnonzero(k), len(persons) // 4096 + 1):
                self.images[start:start + len(rows)] = torch.from_numpy(crops[rows])
                start += len(rows)
            names += [persons[i] for i in np.flatnonzero(k)]
        if singles:
            names = [f"crop {i}" if p is None else p for i, p in enumerate(names)]
        self.persons = sorted({str(p) for p in names if p is not None})
        number = {p: i for i, p in enumerate(self.persons)}
        self.label = torch.tensor([number[str(p)] if p is not None else -1 for p in names])
        self.targets = {name: torch.from_numpy(np.concatenate([t[name][k] for (_, _, t), k in zip(packs, keep)]))
                        for name in teachers}
        self.maps = [read_maps(folder) for folder in folders] if maps else []
        self.rows = [np.flatnonzero(k) for k in keep]
        self.starts = np.cumsum([0] + [len(rows) for rows in self.rows])
        self.resident = None
        if maps and (torch.device(device).type != "cpu" if resident is None else resident):
            self.resident = {tap: torch.cat([torch.from_numpy(pack[tap][0][rows]) for pack, rows in zip(self.maps, self.rows)]).to(device)
                             for tap in self.maps[0]}
        self.images, self.label = self.images.to(device), self.label.to(device)
        self.targets = {name: F.normalize(t.to(device)) for name, t in self.targets.items()}

    def __len__(self):
        return len(self.label)

    def batch(self, index):
        """uint8 [B, 3, H, W] in channels-last memory (a view: the pack is HWC already)."""
        return self.images[index].permute(0, 3, 1, 2)

    def normalised(self, index):
        """float [B, 3, H, W], (pixel - 128) / 128: what the networks see."""
        return (self.batch(index).float() - 128) / 128

    def teacher_maps(self, index, mirrored):
        """{tap: float [B, C, h, w]} of the crops, or of their mirror images where `mirrored` [B] says so."""
        if self.resident is not None:
            return {tap: rows[index, mirrored.long()].permute(0, 3, 1, 2).float() * self.maps[0][tap][1] for tap, rows in self.resident.items()}
        index, mirrored = index.cpu().numpy(), mirrored.cpu().numpy().astype(int)
        pack = np.searchsorted(self.starts, index, side="right") - 1
        found = {}
        for tap, (_, scale) in self.maps[0].items():
            out = None
            for i in np.unique(pack):
                here = pack == i
                rows = self.maps[i][tap][0][self.rows[i][index[here] - self.starts[i]], mirrored[here]]
                out = np.empty((len(index), *rows.shape[1:]), np.int8) if out is None else out
                out[here] = rows
            found[tap] = torch.from_numpy(out).to(self.images.device).permute(0, 3, 1, 2).float() * scale
        return found

    def labels(self, index):
        """Persons [B] and {teacher: [B, D]}."""
        return self.label[index], {name: t[index] for name, t in self.targets.items()}

    def centres(self, teacher):
        """The mean teacher embedding of each person, unit length [P, D]."""
        t, known = self.targets[teacher], self.label >= 0
        sums = torch.zeros(len(self.persons), t.shape[1], device=t.device)
        return F.normalize(sums.index_add_(0, self.label[known], t[known]))


class Sampler:
    """Every crop once an epoch, in random order; crops of one person in runs of at most `per_person`.

    With `random_negatives` so many of a batch are drawn from all its other crops instead (FaceNet, section 3.2). Its whole
    state is (seed, epoch, position): a resumed run goes on with the very next batch.
    """

    def __init__(self, label, batch, per_person=1, random_negatives=0, seed=0):
        self.label, self.per_person, self.seed = label.cpu().numpy(), per_person, seed
        self.fresh, self.random = batch - random_negatives, random_negatives
        if self.fresh < 1 or batch > len(label):
            raise Mistake(f"no batch of {batch}, {random_negatives} of them random negatives, from {len(label)} crops: give another --batch, or more packs")
        self.epoch = self.position = 0
        self.order = self.shuffle()

    def shuffle(self):
        rng = np.random.default_rng((self.seed, self.epoch))
        order = rng.permutation(len(self.label))
        if self.per_person == 1:
            return torch.from_numpy(order)
        label = self.label[order].copy()
        unknown = label < 0
        label[unknown] = label.max() + 1 + np.arange(unknown.sum())          # each unlabelled crop is a run of its own
        order, label = (a[np.argsort(label, kind="stable")] for a in (order, label))
        at = np.arange(len(label))
        starts = np.where(np.r_[True, label[1:] != label[:-1]], at, 0)
        nth = at - np.maximum.accumulate(starts)                             # position within the person
        runs = np.split(order, np.flatnonzero(nth % self.per_person == 0)[1:])
        return torch.from_numpy(np.concatenate([runs[i] for i in rng.permutation(len(runs))]))

    def next(self):
        if self.position + self.fresh > len(self.order):
            self.epoch, self.position = self.epoch + 1, 0
            self.order = self.shuffle()
        self.position += self.fresh
        index = self.order[self.position - self.fresh:self.position]
        if self.random:
            rng = np.random.default_rng((self.seed, self.epoch, self.position))
            others = torch.ones(len(self.order), dtype=torch.bool).index_fill_(0, index, False).nonzero().flatten()
            index = torch.cat([index, others[torch.from_numpy(rng.choice(len(others), self.random, replace=False))]])
        return index

    def state_dict(self):
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state):
        self.epoch, self.position = state["epoch"], state["position"]
        self.order = self.shuffle()
