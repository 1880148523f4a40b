#!/usr/bin/env python3
"""Make a trained network int8: choose the activations' scales on training crops, then fine-tune through the rounding.

    python3 scripts/train/quantize.py RUN/model.pt --data PACK... --val PACK --minutes 5 --out RUN/int8.pt

1. Batch norms are folded (graph/operators.py), and channels of one tensor brought to like ranges (graph/equalize.py).
2. Static calibration: for every group of activations that shares a scale, the clipping point with the least squared
   error over a histogram.
3. Biases are corrected for what rounding does to channels' means (graph/correct.py).
4. Quantization-aware fine-tuning (--minutes or --steps; 0 leaves it out) of the folded weights and of the scales
   themselves (Learned Step Size Quantization, arXiv:1902.08153), with the losses that the network was trained with, but for
   inner layers.
"""
import argparse
import math
import os
import time

from learning import distributed   # first: it sets what must be set before PyTorch is loaded
import torch
import torch.nn.functional as F

from learning import checkpoint, losses
from pictures.augment import augment
from pictures.packs import Crops, Sampler
from graph.correct import correct
from graph.equalize import SHARE, equalize
from export import load
from graph.operators import FLOAT_KINDS, graph_of, run, scale_groups, zero_points
from learning.metrics import require_pairs, verification
from mistake import Mistake, command

BINS = 2048


def best_step(histogram, top, steps):
    """The step of so many even ones that gives values in 0..top, clipped beyond the last, the least squared error."""
    centres = (torch.arange(BINS, dtype=torch.float64) + 0.5) * top / BINS
    best, least = top / steps, math.inf
    for share in torch.linspace(0.2, 1, 81, dtype=torch.float64).tolist():
        step = share * top / steps
        rounded = (centres / step).round().clamp(0, steps) * step
        error = (histogram * (centres - rounded) ** 2).sum().item()
        if error < least:
            best, least = step, error
    return best


def require_int8(ops):
    """A Mistake that names the operators without int8 arithmetic, where there are any."""
    floats = sorted({op.kind for op in ops} & set(FLOAT_KINDS))
    if floats:
        raise Mistake(f"no int8 arithmetic of {', '.join(floats)}: `export.py --weights int8` keeps weights as int8")


@torch.no_grad()
def calibrate(ops, crops, count=1024, batch=64, seed=0):
    """{group: scale} from `count` random crops."""
    require_int8(ops)
    groups, zeros = scale_groups(ops), zero_points(ops)
    index = torch.randperm(len(crops), generator=torch.Generator().manual_seed(seed))[:count].to(crops.images.device)
    top, histograms = {}, {}

    def highest(name, y):
        top[groups[name]] = max(top.get(groups[name], 1e-6), y.abs().max().item())

    def count_values(name, y):
        g, y = groups[name], y.abs()
        # Zeros are exact on any grid; what matters is the rest.
        histograms[g] = histograms.get(g, 0) + torch.histc(y[y > 0].float(), BINS, 0, top[g]).double().cpu()

    for watch in (highest, count_values):
        for part in index.split(batch):
            run(ops, crops.normalised(part), watch=watch)
    return {g: torch.tensor(best_step(histograms[g], top[g], 127 if zeros[g] else 255)) for g in top}


@torch.no_grad()
def output_scale(ops, scales, crops, count=1024, batch=64, seed=1):
    """Scale of a uint8 output with zero point 128: a tenth beyond the largest value of `count` random crops."""
    index = torch.randperm(len(crops), generator=torch.Generator().manual_seed(seed))[:count].to(crops.images.device)
    return torch.stack([run(ops, crops.normalised(part), scales).abs().max() for part in index.split(batch)]).max() * 1.1 / 127


def fine_tune(ops, scales, crops, recipe, minutes=0.0, steps=0, rate=2e-4, batch=128, seed=0, log_every=20):
    """The same ops and scales after training through the rounding."""
    device = crops.images.device
    ops = [op if op.weight is None else
           op._replace(weight=op.weight.clone().requires_grad_(), bias=op.bias.clone().requires_grad_()) for op in ops]
    logs = {g: s.log().to(device).requires_grad_() for g, s in scales.items()}      # a scale stays positive
    sixes = [scale_groups(ops)[op.name] for op in ops if op.activation == "relu6"]
    heads = losses.Heads(recipe, crops, ops[-1].weight.shape[0]).to(device)
    weights = [p for op in ops if op.weight is not None for p in (op.weight, op.bias)]
    optimizer = torch.optim.Adam([{"params": weights + list(heads.parameters()), "lr": rate},
                                  {"params": list(logs.values()), "lr": 5 * rate}], betas=(0.9, 0.99))
    rates = [group["lr"] for group in optimizer.param_groups]
    sampler = Sampler(crops.label, batch, recipe.per_person, seed=seed + 1)
    generator = torch.Generator().manual_seed(seed)
    start = logged = time.monotonic()
    step, mean = 0, 0.0
    while True:
        progress = step / steps if steps else (time.monotonic() - start) / (60 * minutes)
        if progress >= 1:
            break
        for group, full in zip(optimizer.param_groups, rates):
            group["lr"] = full * min(1, 20 * progress + 0.05) * (0.5 + 0.5 * math.cos(math.pi * progress))
        index = sampler.next().to(device)
        x, _ = augment(crops.batch(index), 0.5 * recipe.augment, generator)
        label, targets = crops.labels(index)
        e = F.normalize(run(ops, x, {g: s.exp() for g, s in logs.items()}))
        loss, values = losses.total(recipe, heads, e, label, targets, generator)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():                             # the quantizer's clipping is what makes a ReLU6 of it
            for group in sixes:
                logs[group].clamp_(max=math.log(6 / 255))
        step += 1
        mean = 0.95 * mean + 0.05 * loss.item() if step > 1 else loss.item()
        if time.monotonic() - logged > log_every:
            logged = time.monotonic()
            print(f"{100 * progress:5.1f} %  step {step}  crops/s {batch * step / (logged - start):.0f}  loss {mean:.4f}  "
                  + "  ".join(f"{k} {v.item():.4g}" for k, v in values.items()), flush=True)
    ops = [op if op.weight is None else op._replace(weight=op.weight.detach(), bias=op.bias.detach()) for op in ops]
    return ops, {g: s.detach().exp() for g, s in logs.items()}


@torch.no_grad()
def validate(title, ops, scales, val, batch=100):
    parts = torch.arange(len(val), device=val.images.device).split(batch)
    e = torch.cat([F.normalize(run(ops, val.normalised(part), scales)) for part in parts])
    print(f"{title:18}" + "  ".join(f"{k} {v:.4f}" for k, v in verification(e, val.label).items()), flush=True)
    return e


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = p.add_argument
    add("model", help="model.pt (or last.pt) of a run")
    add("--data", nargs="+", required=True, help="crop packs to calibrate and fine-tune on")
    add("--val", help="crop pack to validate on")
    add("--out", required=True)
    add("--count", type=int, default=1024, help="crops that the scales are chosen by")
    add("--equalize", type=float, default=SHARE, help="exponent by which channels' ranges are brought together; 0: not at all")
    add("--correct", type=int, default=384, help="crops that biases are corrected by, all at once: 10 MB each with mobilefacenet; 0: not at all")
    add("--minutes", type=float, default=0, help="of quantization-aware fine-tuning")
    add("--steps", type=int, default=0, help="instead of --minutes")
    add("--lr", type=float, default=2e-4)
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=os.cpu_count())
    add("--deterministic", action="store_true")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = p.parse_args()
    distributed.prepare(args)

    model, state = load(args.model)
    recipe = argparse.Namespace(**{**state["args"], "feature_distill": 0})
    tuned = args.minutes or args.steps                           # only then does it need labels
    crops = Crops(args.data, recipe.teacher if tuned else (), (), args.device, getattr(recipe, "singles", False))
    val = Crops([args.val], (), (), args.device) if args.val else None
    if val:
        require_pairs(val.label, args.val)
    if tuned and not any(getattr(recipe, name, 0) for name in losses.ON_EMBEDDINGS):
        p.error("no loss is left: this network was trained on inner layers alone")
    ops = graph_of(model.to(args.device))
    require_int8(ops)
    if val:
        full = validate("fp32", ops, None, val)
    chosen = torch.randperm(len(crops), generator=torch.Generator().manual_seed(args.seed)).to(args.device)
    if args.equalize:
        ops = equalize(ops, map(crops.normalised, chosen[:args.count].split(64)), args.equalize)
    scales = calibrate(ops, crops, args.count)
    if val:
        validate("int8, calibrated", ops, scales, val)
    if args.correct:
        ops = correct(ops, scales, crops.normalised(chosen[:args.correct]))
        if val:
            validate("int8, corrected", ops, scales, val)
    if tuned:
        ops, scales = fine_tune(ops, scales, crops, recipe, args.minutes, args.steps, args.lr, seed=args.seed)
        if val:
            e = validate("int8, fine-tuned", ops, scales, val)
            print(f"cosine to fp32: mean {(e * full).sum(1).mean():.4f}, least {(e * full).sum(1).min():.4f}")
    scales[ops[-1].name] = output_scale(ops, scales, crops, args.count)
    checkpoint.save(args.out, {**state, "ops": [{k: v.cpu() if torch.is_tensor(v) else v for k, v in op._asdict().items()} for op in ops],
                "scales": {g: s.item() for g, s in scales.items()}})


if __name__ == "__main__":
    command(main)
