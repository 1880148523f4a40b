#!/usr/bin/env python3
"""List the crops that may show a person kept for choosing, calibrating or reporting, so that training leaves them out.

    python3 scripts/train/deduplicate.py PACK... --kept PACK... --teacher NAME [--far 3e-6]

Pictures without identities may show anyone. A crop is listed when the teacher finds it as near to any crop of the kept
packs as only a share `far` of those packs' own pairs of two people are. Writes `overlap.txt` in each PACK: a line a
crop, its number; pictures/packs.py leaves these out. Each crop meets every kept one, so about `far` times their number of the
innocent are lost.
"""
import argparse
from pathlib import Path

from learning import distributed  # noqa: F401  before torch
import numpy as np
import torch

from mistake import Mistake, command
from pictures.packs import Crops, read_pack
from learning.losses import products


def limit(kept, teacher, far, chunk=512):
    """The cosine that a share `far` of the pairs of two people exceeds, over all pairs of labelled crops."""
    t, label = kept.targets[teacher], kept.label
    top, pairs = [], 0
    for i in range(0, len(t), chunk):
        other = label[i:i + chunk, None] != label[None]
        pairs += int(other.sum())
        found = products(t[i:i + chunk], t)[other]
        top.append(found.topk(min(len(found), 20_000)).values)
    # every pair was seen twice, once from each side
    return torch.cat(top).sort(descending=True).values[max(0, int(far * pairs) - 1)].item()


def overlapping(rows, kept, cosine, chunk=512):
    """Numbers of the `rows` [N, D] whose cosine to any of `kept` [M, D] is above the limit."""
    near = [products(part, kept).max(1).values for part in rows.split(chunk)]
    return (torch.cat(near) > cosine).nonzero().flatten().tolist()


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("packs", nargs="+")
    p.add_argument("--kept", nargs="+", required=True, help="packs of the people kept, labelled")
    p.add_argument("--teacher", required=True)
    p.add_argument("--far", type=float, default=3e-6)
    args = p.parse_args(argv)
    kept = Crops(args.kept, [args.teacher])
    if len(kept.persons) < 2:
        raise Mistake(f"--kept: pairs of two people are needed, and {' '.join(args.kept)} names {len(kept.persons)}: `npm run tool -- crops --person PATTERN`")
    cosine = limit(kept, args.teacher, args.far)
    print(f"{len(kept):,} crops of {len(kept.persons):,} people kept; a cosine above {cosine:.3f} is an overlap")
    for folder in args.packs:
        rows = torch.from_numpy(np.array(read_pack(folder, [args.teacher])[2][args.teacher]))
        rows = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)
        found = overlapping(rows, kept.targets[args.teacher], cosine)
        (Path(folder) / "overlap.txt").write_text("".join(f"{i}\n" for i in found))
        print(f"{folder}: {len(found):,} of {len(rows):,} left out")


if __name__ == "__main__":
    command(main)
