#!/usr/bin/env python3
"""Teach a network of MobileFaceNet's geometry towards two teachers on one GPU that holds all pictures: a step is one CUDA graph.

    python3 scripts/train/resident.py --shards FOLDER --val FOLDER --mobilefacenet FILE.onnx --dlib FILE.onnx --init FILE.pt --run RUN --seconds 560

The same teaching as `train.py --recipe mixed --ensemble` at half as much again of its pace: batches are drawn, moved, recoloured and degraded on
the device, with nothing left to Python. Faces that nobody has (pictures/views.py) are made a few hundred a step into a pool, labelled by the teachers once, and
seen some four times before new ones take their places. FOLDER is what shards.py writes; sheets that arrive during the run are taken up until there is
a file `complete` in it. The schedule follows the clock. RUN gets `log.txt`, `last.pt` now and then, and at the end `model.pt` (averaged weights,
norms measured) and `raw.pt` (not averaged: `--init` of a run that goes on). Seconds in a file RUN/seconds take the place of --seconds.
"""
import argparse
import sys
import time
from pathlib import Path

from learning import distributed   # noqa: F401  first: it sets what must be set before PyTorch is loaded
import numpy as np
import torch

from networks import NETWORKS
from learning.optim import measure_norms
from learning.checkpoint import save
from learning.metrics import require_pairs
from learning.options import arguments
from mistake import Mistake, command
from shards import read_sheet
from pictures.store import Shards, Whole
from learning.trainer import Trainer


def phases(made):
    """Phases of a run: progress at which each begins, its share of made faces (`made` in the first), its share of degraded pictures."""
    return (0.0, made, 1 / 8), (0.4, 0.75 * made, 1 / 8), (0.65, 0.5 * made, 1 / 8), (0.82, 0.5 * made, 1 / 16)


def options(argv):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = p.add_argument
    add("--shards", required=True, help="folder of sheets (shards.py)")
    add("--val", required=True, help="folder of sheets with labels.txt")
    add("--mobilefacenet", required=True, help="the teachers' ONNX files")
    add("--dlib", required=True)
    add("--init", required=True, help="a checkpoint of the network with a fitted `ensemble`, its target")
    add("--run", required=True)
    add("--net", default="inception", choices=sorted(NETWORKS))
    add("--seconds", type=float, default=560, help="from the start of this command to the end of the training")
    add("--batch", type=int, default=2048)
    add("--lr", type=float, default=0.004)
    add("--falling", type=float, default=0.65, help="share of the time in which the rate falls to 0")
    add("--weight-decay", type=float, default=0.02)
    add("--augment", type=float, default=0.2)
    add("--tail", type=float, default=2.0, help="weight of the most alike pairs' term")
    add("--ema", type=float, default=0.999)
    add("--made", type=float, default=0.5, help="share of made faces in a batch at first; half of it at the end. More where there are few pictures")
    add("--views", type=int, default=4, help="how often a made face is seen, on average")
    add("--pool", type=int, default=150_000, help="made faces that are kept")
    add("--most", type=int, default=200_000, help="real crops that there is room for")
    add("--first", type=int, default=4096, help="real crops to begin with")
    add("--no-graph", action="store_true", help="each step from Python; so always on a CPU")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--threads", type=int, default=2)
    return p.parse_args(argv)


def main(argv=None):
    began = time.monotonic()
    args = options(argv)
    device, out = torch.device(args.device), Path(args.run)
    cuda = device.type == "cuda"
    out.mkdir(parents=True, exist_ok=True)
    if cuda:
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True
    else:
        torch.set_num_threads(args.threads)

    def log(line):
        line = f"{time.monotonic() - began:7.1f} s  {line}"
        print(line, flush=True)
        with open(out / "log.txt", "a") as f:
            f.write(line + "\n")

    torch.manual_seed(0)
    trainer, shards = Trainer(args, device), Shards(args.shards)
    val = [read_sheet(path) for path in sorted(Path(args.val).rglob("*.webp"))]
    if not val:
        raise Mistake(f"{args.val} holds no sheets: `python3 scripts/train/shards.py CHOOSE --labels --out {args.val}` makes them")
    val = torch.from_numpy(np.concatenate(val)).to(device)
    names = (Path(args.val) / "labels.txt").read_text().split()
    label = torch.tensor([{name: i for i, name in enumerate(sorted(set(names)))}[name] for name in names])
    if len(label) != len(val):
        raise Mistake(f"{args.val}: labels.txt has {len(label)} lines for {len(val)} crops: make the folder anew, with shards.py --labels")
    require_pairs(label, args.val)
    log("ready")
    taken = 0

    def take(count):
        nonlocal taken
        shards.look()
        sheets = shards.take(count)
        if sheets:
            trainer.add(sheets)
            taken += sum(len(s) for s in sheets)

    while taken < args.first:
        take(64)
        if (shards.folder / "complete").exists() and not shards.pending and taken < args.first:
            sys.exit(f"{args.shards}: {taken:,} crops, fewer than --first {args.first:,}")
        time.sleep(0.05)
    log(f"{taken:,} crops to begin with")
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    while int(trainer.made.count) < min(args.pool, 2 * args.batch):      # so that nothing is drawn of an empty pool
        trainer.make(min(512, args.pool))

    pool, replays, graphs = None, {}, []
    plan = phases(args.made)
    for phase in plan:
        replays[phase], graph = trainer.captured(phase, pool)
        if graph:
            pool = pool or graph.pool()
            graphs.append(graph)
    if cuda:
        log(f"captured; {torch.cuda.memory_reserved() / 2**30:.1f} GiB")
    trainer.forget(before)                                               # as if none of this had been

    begun = logged = saved = checked = time.monotonic()
    end, step, last = began + args.seconds, 0, 0
    if end <= begun and not (out / "seconds").exists():
        raise Mistake(f"--seconds {args.seconds:g} were over before the first step, after {begun - began:.0f}: give more")
    while True:
        now = time.monotonic()
        if (out / "seconds").exists():                                   # how long there is may become known later
            end = began + float((out / "seconds").read_text())
        progress = (now - begun) / (end - begun)
        if progress >= 1:
            break
        rate = args.lr * min(1, (step + 1) / 100, (1 - progress) / args.falling)
        trainer.set_rate(rate)
        phase = [p for p in plan if p[0] <= progress][-1]
        replays[phase]()
        step += 1
        if step % 2 == 0:
            take(16)
            if cuda:
                torch.cuda.synchronize()
        if now - logged > 10:
            values = {name: total.item() / (step - last) for name, total in trainer.sums.items()}
            for total in trainer.sums.values():
                total.zero_()
            log(f"{100 * progress:5.1f} %  step {step:,}  {(step - last) * args.batch / (now - logged):,.0f} crops/s  {taken:,} crops  lr {rate:.5f}  "
                + "  ".join(f"{name} {value:.5f}" for name, value in values.items()))
            logged, last = now, step
        if now - checked > 60:
            log("validation: " + "  ".join(f"{k} {v:.4f}" for k, v in trainer.validate(val, label).items()))
            checked = time.monotonic()
        if now - saved > 30:
            save(out / "last.pt", kept(trainer, trainer.average, step))
            saved = time.monotonic()

    log(f"{step:,} steps, {step * args.batch:,} crops seen")
    log("validation: " + "  ".join(f"{k} {v:.4f}" for k, v in trainer.validate(val, label).items()))
    whole = Whole(trainer.real, 20_000, "mobilefacenet")
    save(out / "last.pt", kept(trainer, trainer.average, step))
    measure_norms(trainer.average, whole, count=8192, batch=512, amp=cuda)
    log("validation, norms measured: " + "  ".join(f"{k} {v:.4f}" for k, v in trainer.validate(val, label).items()))
    save(out / "model.pt", kept(trainer, trainer.average, step))
    save(out / "raw.pt", kept(trainer, trainer.model, step))
    (out / "done").write_text("")


def recipe_of(args):
    """The options of train.py that this teaching has."""
    recipe = arguments("", ["--recipe", "mixed", "--data", "-", "--run", "-", "--augment", str(args.augment), "--net", args.net])
    recipe.feature_distill = 0
    return recipe


def kept(trainer, model, step):
    """A checkpoint as train.py writes it."""
    state = {k: v.detach().float().cpu() if v.is_floating_point() else v.cpu() for k, v in model.state_dict().items()}
    return {"model": state, "step": step, "args": {**vars(recipe_of(trainer.args)), **vars(trainer.args), "recipe": "resident", "ensemble": trainer.args.dlib},
            "ensemble": {k: v.cpu() for k, v in trainer.teachers.ensemble.state_dict().items()}}


if __name__ == "__main__":
    command(main)
