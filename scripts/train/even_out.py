#!/usr/bin/env python3
"""Even out a trained network's embeddings between origins: take away most of what people of one origin have in common.

    python3 scripts/train/even_out.py RUN/model.pt --ensemble RUN/model.pt --dlib 0.5 --keep 0.2 --apart ASIAN CELEBA --apart GENERATED:/black/ GENERATED:/white/ \\
      --out RUN/even.pt

A direction is the difference of two sets' mean embeddings; strangers of one set lie alike by what they share along it, and are taken for
one person more often. It is brought down to --keep of its length. Likewise dlib's part of an `--ensemble` target, under which such
sets lie closest together (EXPERIMENTS.md), to --dlib. Both are linear, and become part of the last layer: nothing is added at inference.
"""
import argparse
import re
from functools import partial

from learning.distributed import has_bfloat16   # first: it sets what must be set before PyTorch is loaded
import numpy as np
import torch

from learning import checkpoint
from mistake import Mistake, command
from pictures.packs import read_files, read_pack
from teachers.ensemble import Ensemble
from export import load
from networks.facenet import FaceNet


@torch.no_grad()
def embedded(model, crops, batch=100):
    """uint8 crops [N, H, W, 3] -> unit embeddings [N, D], in bfloat16 where the machine has it."""
    device = model.fc.weight.device
    with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device.type)):
        e = [model(torch.from_numpy(np.array(crops[i:i + batch])).to(device).permute(0, 3, 1, 2)).float() for i in range(0, len(crops), batch)]
    return torch.cat(e).double()


def mean_of(embed, name, most):
    """Mean of what `embed` makes of a set, `PACK` or `PACK:PART` of the crops in whose file's path the regular expression PART is found; of at most
    about `most` crops."""
    folder, _, part = name.partition(":")
    crops = read_pack(folder)[0]
    rows = [i for i, file in enumerate(read_files(folder)) if re.search(part, f"/{file}")]
    if not rows:
        raise Mistake(f"{name}: no such crops")
    return embed(crops[rows[::max(1, len(rows) // most)]]).mean(0)


@torch.no_grad()
def target_of(ensemble, crops, batch=100):
    """uint8 crops [N, H, W, 3] -> what `ensemble`, fitted, wants them to be embedded as."""
    pictures = (torch.from_numpy(np.array(crops[i:i + batch])).permute(0, 3, 1, 2) for i in range(0, len(crops), batch))
    return torch.cat([ensemble.look((x.float() - 128) / 128, amp=has_bfloat16("cpu"))[1] for x in pictures]).double()


def without(directions, keep):
    """Linear map [D, D] that leaves `keep` of what lies along the `directions` [K, D]."""
    basis = torch.linalg.qr(directions.t())[0]
    return torch.eye(directions.shape[1], dtype=directions.dtype) - (1 - keep) * basis @ basis.t()


def weighed(components, weight):
    """Linear map [D, D] of embeddings by an `Ensemble` of these components [2D, D], as if dlib's part had this weight more."""
    d = torch.ones(len(components), dtype=torch.double)
    d[components.shape[1]:] = weight ** 2
    values, vectors = torch.linalg.eigh(components.double().t() @ (d[:, None] * components.double()))
    return vectors @ values.clamp_min(0).sqrt().diag() @ vectors.t()


def components_of(path):
    """Components [2D, D] of the `Ensemble` that was fitted for a run."""
    state = checkpoint.read(path)
    if "ensemble" not in state:
        raise Mistake(f"{path} has no fitted target: train.py --ensemble gives it")
    return state["ensemble"]["components"]


@torch.no_grad()
def fold(model: FaceNet, change):
    """Last layer's weight and bias changed, so that embeddings e become unit e @ change."""
    weight = model.fc.weight
    weight.copy_((change.t() @ weight.flatten(1).double()).view_as(weight))
    model.fc.bias.copy_(change.t() @ model.fc.bias.double())


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model")
    p.add_argument("--apart", nargs=2, action="append", metavar=("PACK", "PACK"), default=[], help="two sets, PACK or PACK:PART, a regular expression for files' paths")
    p.add_argument("--keep", type=float, default=0.2, help="share that is left of each of these differences")
    p.add_argument("--ensemble", help="model.pt of a run with --ensemble, or a kept checkpoint of it, for --dlib")
    p.add_argument("--dlib", type=float, default=1.0, help="weight of dlib's part, as a share of what it was")
    p.add_argument("--target", nargs=2, metavar=("MOBILEFACENET", "DLIB"),
                   help="the teachers' ONNX files: even out what an `--ensemble` wants, before a network is taught it, and MODEL with it")
    p.add_argument("--count", type=int, default=2000, help="crops of a set, at most about so many")
    p.add_argument("--out", required=True)
    args = p.parse_args(argv)
    if args.dlib != 1 and not args.ensemble:
        p.error("--dlib needs --ensemble")
    model, state = load(args.model)
    change, target = torch.eye(model.dim, dtype=torch.double), state.get("ensemble")
    embed = partial(embedded, model)
    if args.target and not target:
        raise Mistake(f"{args.model} has no fitted target: train.py --ensemble gives it")
    if args.target:
        ensemble = Ensemble(*args.target, "cpu")
        ensemble.load_state_dict(target)
        embed = partial(target_of, ensemble)
    if args.apart:
        change = without(torch.stack([mean_of(embed, a, args.count) - mean_of(embed, b, args.count) for a, b in args.apart]), args.keep)
    if args.dlib != 1:
        change = change @ weighed(components_of(args.ensemble), args.dlib)
    fold(model, change)
    if args.target:
        target = {**target, "components": (target["components"].double() @ change).float()}
    checkpoint.save(args.out, {**state, "model": model.state_dict(), "args": {**state["args"], "evened": not args.target},
                                **({"ensemble": target} if target else {})})


if __name__ == "__main__":
    command(main)
