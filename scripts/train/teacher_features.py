#!/usr/bin/env python3
"""Write what the MobileFaceNet teacher makes of every crop of packs: its embedding, and the maps of its inner layers.

    python3 scripts/train/teacher_features.py PACK... --weights MobileFaceNet.onnx [--no-maps] [--amp]

Into each PACK: `teacher-mobilefacenet.f32` (as `npm run tool -- teach` writes it: the unit mean of crop and mirror image, N x 128),
`maps-TAP.i8` (N x 2 x h x w x C, the crop's and its mirror image's, in steps of `scale`) and `maps.json` (shapes, scales).
A run that was cut off goes on where it stopped. 63 KB a crop; speed in EXPERIMENTS.md.
"""
import argparse
import json
import os
from pathlib import Path

from learning import distributed   # first: it sets what must be set before PyTorch is loaded
import numpy as np
import torch
import torch.nn.functional as F

from mistake import command
from pictures.packs import read_pack
from teachers.mobilefacenet import TAPS, MobileFaceNet

STEPS = {"middle": 12 / 127, "last": 8 / 127}       # of the int8 maps: six of their standard deviations on either side
CHUNK = 128


@torch.no_grad()
def look(teacher, crops, amp):
    """uint8 [B, H, W, 3] -> {tap: int8 [B, 2, h, w, C]}, float32 [B, 128]."""
    x = torch.from_numpy(crops).to(next(teacher.parameters()).device).permute(0, 3, 1, 2)
    with torch.autocast(x.device.type, torch.bfloat16, enabled=amp):
        sides = [teacher(x), teacher(x.flip(3))]
    maps = {tap: torch.stack([side[tap].float() for side, _ in sides], 1).div(STEPS[tap]).round().clamp(-127, 127)
            .to(torch.int8).permute(0, 1, 3, 4, 2).contiguous().cpu() for tap in TAPS}
    return maps, F.normalize(sides[0][1] + sides[1][1]).cpu()


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("packs", nargs="+")
    p.add_argument("--weights", required=True)
    p.add_argument("--no-maps", action="store_true", help="the embeddings only, of packs that are not trained on")
    p.add_argument("--amp", action="store_true", help="compute in bfloat16")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--deterministic", action="store_true")
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args(argv)
    distributed.prepare(args)
    teacher = MobileFaceNet(args.weights).to(args.device)
    for folder in map(Path, args.packs):
        crops, _, _ = read_pack(folder)
        write(teacher, crops, folder, not args.no_maps, args.amp)
        print(f"{folder}: {len(crops):,} crops", flush=True)


def write(teacher, crops, folder, with_maps, amp):
    """Into `folder`, what the teacher makes of `crops` uint8 [N, 140, 116, 3]; nothing where all of it is there already.

    The embeddings get their name last: a folder that has both `maps.json` and them is whole.
    """
    files, shapes, n = {}, {}, len(crops)
    maps, e = look(teacher, np.array(crops[:1]), amp)
    for tap, first in maps.items():
        shapes[tap] = {"shape": [n, *first.shape[1:]], "scale": STEPS[tap]}
        files[folder / f"maps-{tap}.i8"] = first[0].numel()
    if not with_maps:
        files = {}
    target = folder / "teacher-mobilefacenet.f32"
    whole = {target: e[0].numel() * 4, **files}
    if all(f.exists() and f.stat().st_size == n * size for f, size in whole.items()) and (not with_maps or (folder / "maps.json").exists()):
        return
    files[target.with_suffix(".part")] = e[0].numel() * 4
    done = min((f.stat().st_size // size if f.exists() else 0) for f, size in files.items()) // CHUNK * CHUNK
    handles = {}
    for f, size in files.items():
        handles[f.stem] = open(f, "r+b" if f.exists() else "w+b")
        handles[f.stem].truncate(done * size)
        handles[f.stem].seek(done * size)
    for i in range(done, n, CHUNK):
        maps, e = look(teacher, np.array(crops[i:i + CHUNK]), amp)
        for tap, rows in maps.items():
            if with_maps:
                handles[f"maps-{tap}"].write(rows.numpy().tobytes())
        handles[target.stem].write(e.numpy().astype(np.float32).tobytes())
    for handle in handles.values():
        handle.close()
    if with_maps:
        (folder / "maps.json").write_text(json.dumps(shapes, indent=1))
    os.replace(target.with_suffix(".part"), target)


if __name__ == "__main__":
    command(main)
