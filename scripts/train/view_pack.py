#!/usr/bin/env python3
"""Write a pack of faces that nobody has, made of crops of other packs, with the teacher's labels.

    python3 scripts/train/view_pack.py OUT PACK... --weights MobileFaceNet.onnx [--count 20000] [--amp]

What `--recipe mixed` makes for each batch anew (pictures/views.py), made once: for a CPU, where the teacher would take longer than the student.
OUT gets `crops.u8`, `crops.jsonl`, `pack.json` and `teacher-mobilefacenet.f32`, as `npm run tool -- crops` and `teach` write them.
"""
import argparse
import json
import os
from pathlib import Path

from learning import distributed   # first: it sets what must be set before PyTorch is loaded
import numpy as np
import torch

from mistake import Mistake, command
from pictures import views
from pictures.packs import Crops
from teachers.mobilefacenet import MobileFaceNet

STRENGTH, WARP = 0.5, 5.0
AT_ONCE = 192


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("packs", nargs="+")
    p.add_argument("--weights", required=True)
    p.add_argument("--count", type=int, default=20000)
    p.add_argument("--amp", action="store_true", help="compute in bfloat16")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--deterministic", action="store_true")
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args(argv)
    if (Path(args.out) / "pack.json").exists():
        raise Mistake(f"{args.out} is a pack already: name the new one first, or remove that")
    distributed.prepare(args)
    write(Path(args.out), Crops(args.packs, device=args.device, singles=True), MobileFaceNet(args.weights).to(args.device), args)
    print(f"{args.out}: {args.count:,} crops", flush=True)


def write(out, crops, teacher, args):
    """Into the folder `out`, `args.count` views of `crops`; its `pack.json` last: a folder that has it is whole."""
    out.mkdir(parents=True, exist_ok=True)
    chosen, generator = (torch.Generator(device).manual_seed(args.seed) for device in ("cpu", args.device))
    with open(out / "crops.u8", "wb") as pixels, open(out / "teacher-mobilefacenet.f32", "wb") as labels:
        for start in range(0, args.count, AT_ONCE):
            n = min(AT_ONCE, args.count - start)
            a, b = (crops.normalised(torch.randint(len(crops), (n,), generator=chosen).to(args.device)) for _ in range(2))
            made = (views.made(a, b, generator, STRENGTH, WARP) * 128 + 128).round().clamp(0, 255).to(torch.uint8)
            _, e = teacher.look((made.float() - 128) / 128, args.amp)
            pixels.write(made.permute(0, 2, 3, 1).contiguous().cpu().numpy().tobytes())
            labels.write(e.float().cpu().numpy().astype(np.float32).tobytes())
    height, width = crops.images.shape[1:3]
    with open(out / "crops.jsonl", "w") as f:
        for i in range(args.count):
            f.write(json.dumps({"file": f"views/{args.seed}-{i}", "person": None}) + "\n")
    (out / "pack.json").write_text(json.dumps({"height": height, "width": width, "count": args.count}, indent=1))


if __name__ == "__main__":
    command(main)
