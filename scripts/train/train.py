#!/usr/bin/env python3
"""Train a face embedding network on packed crops.

    python3 scripts/train/train.py --recipe distill --data PACK... --val PACK --run RUN [--minutes 90] [--resume]
    torchrun --nproc-per-node 8 scripts/train/train.py ...                    (several GPUs)

A flat loop: batch, augment, embed, losses, step. The schedule follows the clock (--minutes) or the step count
(--steps), so a run always ends with its rate annealed, however busy the machine. RUN gets `last.pt` (all state: a
resumed run goes on as if never stopped), `log.csv` (step, seconds, name, value) and at the end `model.pt` (the
averaged weights, norms measured anew). A long run at one rate (--schedule constant) is brought down now and then in a
copy (--cooldown MINUTES), and goes on from where it was.
"""
import copy
import csv
import json
import os
import sys
import time
from pathlib import Path

import distributed   # first: it sets what must be set before PyTorch is loaded
import torch

import losses
from augment import augment
from degrade import degrade
from data import Crops, Sampler
from fit_head import fit_head
from load_checkpoint import load_checkpoint
from metrics import verification
from networks import NETWORKS
from optim import Average, learning_rate, measure_norms, optimizer_for
from options import arguments


@torch.no_grad()
def validate(model, crops, batch=100, amp=False):
    """VAL and AUC over all pairs of a pack; `amp`: computed in bfloat16, three times as fast on a CPU that has it."""
    model.eval()
    with torch.autocast(crops.images.device.type, torch.bfloat16, enabled=amp):
        e = [model(part.permute(0, 3, 1, 2)).float() for part in crops.images.split(batch)]
    return verification(torch.cat(e).cpu(), crops.label.cpu())


def save(path, state):
    """Written beside and renamed: a run killed while saving keeps its last checkpoint."""
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)


def finished_at(path):
    """The step that a run's `model.pt` is of; None where there is none."""
    return torch.load(path, map_location="cpu")["step"] if path.exists() else None


class Log:
    """A line for people, and a row a value for machines."""

    def __init__(self, path):
        self.path = path

    def write(self, progress, step, seconds, values):
        line = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        print(f"{100 * progress:5.1f} %  step {step:,}  {seconds / 60:.1f} min  {line}", flush=True)
        with open(self.path, "a", newline="") as f:
            csv.writer(f).writerows([step, round(seconds, 1), name, f"{value:.6g}"] for name, value in values.items())


def main(argv=None):
    args = arguments(__doc__, argv)
    if (args.staged or args.mixed) and not args.init_from_teacher:
        sys.exit("--staged and --mixed need --init-from-teacher MobileFaceNet.onnx, which then labels pictures as they are made")
    if args.staged and args.mixed:
        sys.exit("--staged and --mixed exclude each other")
    if args.ensemble and not args.mixed:
        sys.exit("--ensemble needs --mixed")
    distributed.prepare(args)
    world = distributed.World(args.device)
    first, device = world.rank == 0, world.device
    out = Path(args.run)
    out.mkdir(parents=True, exist_ok=True)

    exclude = {line.strip() for file in args.exclude for line in open(file)}
    untrained = not args.minutes and not args.steps           # then there is nothing to learn from either
    if untrained:
        args.teacher, args.feature_distill, args.centres = [], 0, 0
    crops = Crops(args.data, [] if args.ensemble else args.teacher, exclude, device, args.singles, maps=args.feature_distill > 0)
    val = Crops([args.val], device=device) if args.val and first else None
    model = NETWORKS[args.net]().to(device, memory_format=torch.channels_last)
    heads = losses.Heads(args, crops, model.dim, model.taps()).to(device)
    taken, stage_teacher = [], None
    if args.init_from_teacher:
        from teacher import take_over                         # needs the onnx package
        taken = take_over(model, args.init_from_teacher)
    if args.staged:
        from staged import feeds
        from teacher import MobileFaceNet
        taps = list(model.taps())
        stage_teacher = MobileFaceNet(args.init_from_teacher).to(device)
    fitted = None
    if args.init and args.init.endswith(".onnx"):
        from import_onnx import import_onnx                             # needs the onnx package, as nothing else here does
        sample = torch.randperm(len(crops), generator=torch.Generator().manual_seed(args.seed))[:512]
        import_onnx(model, args.init, crops.images[sample.to(device)])
    elif args.init:
        start = torch.load(args.init, map_location=device)
        load_checkpoint(model, start["model"])
        fitted = start.get("ensemble")
        del start
    if world.size > 1 and device.type == "cuda":
        model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    mixed, ensemble = None, None
    if args.mixed:
        from mixed import MixedBatches, maps_weight
        from teacher import MobileFaceNet
        if args.ensemble:
            from ensemble import Ensemble
            ensemble = Ensemble(args.init_from_teacher, args.ensemble, device, args.dlib_weight)
            if fitted:
                ensemble.load_state_dict(fitted)
                print(f"towards the target of {args.init}", flush=True)
        mixed = MixedBatches(crops, ensemble or MobileFaceNet(args.init_from_teacher).to(device), args.mixed, args.augment, args.degrade, device)
    model.trunk[:args.frozen].requires_grad_(False)
    average = Average(model, args.ema)
    optimizer = optimizer_for(args, [model, heads], taken)
    sampler = Sampler(crops.label, args.batch, args.per_person, args.random_negatives, args.seed)
    generator = torch.Generator()
    step, before = 0, 0.0                                     # `before`: seconds of earlier sessions of this run
    if args.resume and (out / "last.pt").exists():
        state = torch.load(out / "last.pt", map_location=device)
        model.load_state_dict(state["raw"])
        average.model.load_state_dict(state["model"])
        heads.load_state_dict(state["heads"])
        optimizer.load_state_dict(state["optimizer"])
        sampler.load_state_dict(state["sampler"])
        average.updates = step = state["step"]
        before = state["seconds"]
        if ensemble and "ensemble" not in state:
            sys.exit(f"{out / 'last.pt'} was taught without --ensemble")
        if ensemble:
            ensemble.load_state_dict(state["ensemble"])
    if ensemble:
        args.dlib_weight = ensemble.weight                    # that of the target which --init or --resume brought
    if ensemble and not untrained:
        crops.targets[args.teacher[0]] = ensemble.label(crops, args.amp)
    if args.fit_head and not step and not untrained:
        fit_head(model, crops, crops.targets[args.teacher[0]], args.seed, amp=args.amp)
        average = Average(model, args.ema)
    begun = step                                              # of this session
    called = world.wrap(model)
    if args.compile and hasattr(torch, "compile"):
        called = torch.compile(called)
    if first:
        (out / "args.json").write_text(json.dumps(vars(args), indent=1))
        print(f"{len(crops):,} crops, {len(crops.persons):,} persons, from step {step:,}", flush=True)

    start = time.monotonic()
    log = Log(out / "log.csv") if first else None

    def seconds():
        return before + time.monotonic() - start

    def fitted():
        return {"ensemble": ensemble.state_dict()} if ensemble else {}

    def checkpoint():
        save(out / "last.pt", {
            "model": average.model.state_dict(), "raw": model.state_dict(), "heads": heads.state_dict(),
            "optimizer": optimizer.state_dict(), "sampler": sampler.state_dict(),
            "step": step, "seconds": seconds(), "args": vars(args), **fitted()})

    saved = validated = logged = seconds()
    last, sums = step, {}
    while True:
        if args.cooldown:
            progress = (seconds() - before) / (60 * args.cooldown)
        else:
            progress = step / args.steps if args.steps else seconds() / (60 * args.minutes) if args.minutes else 1
        if world.size > 1:                                    # clocks differ: all stop, and anneal, by the first one's
            progress = world.agree(progress)
        if progress >= 1:
            break
        rate = args.lr * learning_rate(args, progress, step - begun)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]

        # A seed a step and process: what is drawn depends on nothing before, so a resumed run draws the same.
        generator.manual_seed((args.seed * 1_000_003 + step) * world.size + world.rank)
        model.train()
        index = sampler.next().to(device)
        share = world.share(index)
        label, targets = crops.labels(index)
        staged, fed, weight, first_mapped = progress < args.staged and not args.cooldown, None, None, 0
        if mixed:
            x, target, theirs = mixed.batch(share, crops.labels(share)[1][args.teacher[0]], generator, args.amp)
            targets = {args.teacher[0]: world.gather(target)}
            weight, first_mapped = 0 if args.cooldown or args.init else maps_weight(progress), mixed.split(len(share))
        else:
            x, mirrored = augment(crops.batch(share), args.augment * (0.5 if progress > 0.9 else 1), generator)
            x = degrade(x, generator, args.degrade)
        with torch.autocast(device.type, torch.bfloat16, enabled=args.amp):
            if staged:
                theirs, target = stage_teacher(x)
                targets, weight = {args.teacher[0]: world.gather(target)}, 1
                fed = feeds(theirs, taps, step, progress / args.staged)
            e, mine = called(x, taps=True, feeds=fed)
        e = world.gather(e)
        if not staged and not mixed:
            theirs = crops.teacher_maps(share, mirrored) if args.feature_distill else {}
        maps = {tap: (mine[tap][first_mapped:].float(), theirs[tap].float()) for tap in theirs if tap in mine and weight != 0}
        generator.manual_seed(2**40 + args.seed * 1_000_003 + step)   # the losses' draws: the same in all processes
        loss, values = losses.total(args, heads, e, label, targets, generator, maps, weight)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        world.average(heads.parameters())
        if progress < args.unfreeze_at and not args.cooldown:   # not requires_grad: DDP wants to know that from the start
            for parameter in taken:
                parameter.grad = None
        if args.clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip)
        optimizer.step()
        average.update(model)
        step += 1

        for name, value in {"loss": loss.detach(), **values}.items():
            sums[name] = sums.get(name, 0) + value
        now = seconds()
        if first and now - logged >= args.log_every:
            means = {name: (value / (step - last)).item() for name, value in sums.items()}
            log.write(progress, step, now, {"lr": rate, "crops": args.batch * step, "crops/s": args.batch * (step - last) / (now - logged),
                                            "epoch": sampler.epoch + sampler.position / len(crops), **means})
            logged, last, sums = now, step, {}
        if val and now - validated >= args.validate_every:
            log.write(progress, step, now, validate(average.model, val, amp=args.amp))
            validated = seconds()
        if first and now - saved >= args.save_every and not args.cooldown:
            checkpoint()
            saved = seconds()

    if begun == step and args.resume and finished_at(out / "model.pt") == step:
        if first:
            print("nothing is left to train: model.pt stays", flush=True)
        world.close()
        return
    final = copy.deepcopy(average.model)
    # The norms are measured in all processes: they may be synchronized.
    measure_norms(final, crops, amp=args.amp)
    if first:
        if not args.cooldown:
            checkpoint()
        if val:
            log.write(1, step, seconds(), validate(average.model, val, amp=args.amp))
            log.write(1, step, seconds(), {f"{name} (norms measured)": v for name, v in validate(final, val, amp=args.amp).items()})
        save(out / "model.pt", {"model": final.state_dict(), "step": step, "args": vars(args), **fitted()})
    world.close()


if __name__ == "__main__":
    main()
