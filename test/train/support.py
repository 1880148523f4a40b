"""What the trainer's tests share: the modules under test on the path, a tiny network, and a pack of made-up faces."""
import contextlib
import io
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts" / "train"))

import machine  # noqa: F401  before torch
import numpy as np
import torch

import nns

torch.set_num_threads(1)      # as many sums in as many orders on any machine

nns.NETWORKS["tiny"] = ((28, 24), [
    nns.Conv(8, 3, 2), nns.Mix(0, (0, 8), stride=2), nns.Mix(8, (8, 8), (4, 4), 4), nns.Head(16)])
# Rows of the other kinds that are exported as int8: with a window, taps and the head of a teacher.
nns.NETWORKS["tapped"] = ((28, 24), [
    nns.Window(3, 2, 20, 20), nns.Conv(8, 3, 2), nns.Mix(4, (0, 8)), nns.Tap("middle"), nns.Mix(0, (4, 8), stride=2),
    nns.Residual(8, 10), nns.Residual(8, 10), nns.Bottleneck(8, 6), nns.Bottleneck(6, 6), nns.Tap("last"), nns.Global(12), nns.Head(16)])
nns.NETWORKS["dynamic"] = ((28, 24), [
    nns.Conv(8, 3, 2), nns.Residual(12, 10, 2, kernels=3), nns.Residual(8, 10, kernels=2), nns.Linear(6, kernels=2), nns.Global(12), nns.Head(16)])
TAPS = {"middle": (10, 10, 5), "last": (5, 5, 6)}      # of its made-up teacher: height, width, channels


def without_kernels(network):
    """Its table with plain convolutions instead of dynamic ones."""
    size, rows = nns.NETWORKS[network]
    return size, [row._replace(kernels=0) if "kernels" in row._fields else row for row in rows]


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
