#!/usr/bin/env python3
"""Teach a network of MobileFaceNet's geometry towards two teachers on one GPU that holds all pictures: a step is one CUDA graph.

    python3 scripts/train/resident.py --shards FOLDER --val FOLDER --mobilefacenet FILE.onnx --dlib FILE.onnx --init FILE.pt --run RUN --seconds 560

The same teaching as `train.py --recipe mixed --ensemble` at twice its pace or more: batches are drawn, moved, recoloured and degraded on
the device, with nothing left to Python. Faces that nobody has (views.py) are made a few hundred a step into a pool, labelled by the teachers once, and
seen some four times before new ones take their places. FOLDER is what shards.py writes; sheets that arrive during the run are taken up until there is
a file `complete` in it. The schedule follows the clock. RUN gets `log.txt`, `last.pt` now and then, and at the end `model.pt` (averaged weights,
norms measured) and `raw.pt` (not averaged: `--init` of a run that goes on). Seconds in a file RUN/seconds take the place of --seconds.
"""
import argparse
import json
import sys
import time
from pathlib import Path

import distributed   # noqa: F401  first: it sets what must be set before PyTorch is loaded
import numpy as np
import torch
import torch.nn.functional as F

import losses
import views
from degrade import HIGHEST, LOWEST
from degrade_rows import degraded
from ensemble import LEFT as DLIB_LEFT, SEEN, SIDE, SPAN, TOP as DLIB_TOP, Ensemble
from metrics import verification
from networks import NETWORKS
from optim import ChainedOptimizer, Muon, is_matrix, measure_norms
from options import arguments
from shards import HEIGHT, LEFT, TOP, WIDTH, read_sheet
from store import ABOVE, EDGE, Shards, Store, Whole, gather, normalised

# From which progress on: share of made faces, share of degraded pictures.
PHASES = (0.0, 0.5, 1 / 8), (0.4, 0.375, 1 / 8), (0.65, 0.25, 1 / 8), (0.82, 0.25, 1 / 16)


def seen(pixels, generator, strength, degraded_share):
    """What a student is shown of windows uint8 [B, 112, 112, 3]: a quarter turned and scaled, all recoloured, some degraded."""
    x = normalised(pixels)
    turned = len(x) // 4
    x = torch.cat([views.sample(x[:turned], views.grid(turned, EDGE, EDGE, generator, strength)), x[turned:]])
    x = views.recoloured(x, generator, strength)
    worse = round(len(x) * degraded_share)
    if worse:
        x = torch.cat([x[:-worse], degraded(x[-worse:], generator)])
    return x.clamp(LOWEST, HIGHEST).contiguous(memory_format=torch.channels_last)


def embedded(model, x):
    """Windows [B, 3, 112, 112] -> unit embeddings [B, D]: what FaceNet.forward does behind its Crop."""
    for layer in model.trunk[1:]:
        x = layer(x)
    return F.normalize(model.fc(x).flatten(1).float())


class Teachers:
    """Both teachers on windows of crops float [N, 3, 128, 112]; what they want them to be embedded as is unit [N, 128]."""

    def __init__(self, args, device):
        self.ensemble = Ensemble(args.mobilefacenet, args.dlib, device)
        x, y = (torch.arange(SIDE) + 0.5) * SPAN / SIDE + DLIB_LEFT - LEFT, (torch.arange(SIDE) + 0.5) * SPAN / SIDE + DLIB_TOP - TOP
        y, x = torch.meshgrid(y / HEIGHT * 2 - 1, x / WIDTH * 2 - 1, indexing="ij")
        self.ensemble.dlib.places = torch.stack([x, y], 2)[None].to(device)

    @torch.no_grad()
    def __call__(self, x):
        window = x[:, :, ABOVE:ABOVE + EDGE].contiguous(memory_format=torch.channels_last)
        both = torch.cat([window, window.flip(3)])
        with torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False):
            _, e = self.ensemble.mobilefacenet(both)
            d = self.ensemble.dlib(torch.cat([x, x.flip(3)]))
        n = len(x)
        return self.ensemble.target(F.normalize(e[:n] + e[n:]), F.normalize(d[:n] + d[n:]))


class Trainer:
    """The student, its average, its teachers and all pictures, on one device."""

    def __init__(self, args, device):
        self.args, self.device = args, device
        cuda = device.type == "cuda"
        if cuda:
            torch.cuda.init()
        self.generator = torch.cuda.default_generators[device.index or 0] if cuda else torch.default_generator
        state = torch.load(args.init, map_location="cpu")
        if "ensemble" not in state:
            sys.exit(f"{args.init} has no fitted ensemble: make one with train.py --recipe mixed --ensemble")
        self.model = NETWORKS[args.net]()
        self.model.load_state_dict(state["model"])
        self.model = self.model.to(device, memory_format=torch.channels_last).float().train()
        self.teachers = Teachers(args, device)
        self.teachers.ensemble.load_state_dict({k: v.to(device) for k, v in state["ensemble"].items()})
        self.average = NETWORKS[args.net]().to(device, memory_format=torch.channels_last)
        self.average.load_state_dict(self.model.state_dict())
        self.average.eval().requires_grad_(False)
        pairs = zip(self.average.state_dict().values(), self.model.state_dict().values())
        self.mine, self.theirs = zip(*[pair for pair in pairs if pair[0].is_floating_point()])
        self.optimizer = self.optimizer_for(cuda)
        dim = self.model.dim
        self.real, self.made = Store(args.most, dim, device), Store(args.pool, dim, device)
        self.sums = {name: torch.zeros((), device=device) for name in ("cosine", "relational", "tail")}
        self.order = torch.randperm(args.batch, device=device)

    def optimizer_for(self, cuda):
        """Muon for dense convolutions, AdamW for the rest; the head, which was the teacher's, learns at 0.3 of the rate. On a GPU the rates are
        tensors there, which a captured step reads."""
        head, rates = {id(p) for m in (self.model.trunk[-1], self.model.fc) for p in m.parameters()}, {}
        parts = {True: [], False: []}
        for p in self.model.parameters():
            share = 0.3 if id(p) in head else 1.0
            rate = rates.setdefault(share, torch.zeros((), device=self.device)) if cuda else 0.0
            parts[is_matrix(p)].append({"params": [p], "lr": rate, "share": share, "weight_decay": self.args.weight_decay if p.ndim > 1 else 0.0})
        matrices, others = (merged(groups) for groups in (parts[True], parts[False]))
        options = {"capturable": True, "foreach": True} if cuda else {}
        return ChainedOptimizer(Muon(matrices, 0.0), torch.optim.AdamW(others, 0.0, betas=(0.9, 0.99), **options))

    def set_rate(self, rate):
        for group in self.optimizer.param_groups:
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate * group["share"])
            else:
                group["lr"] = rate * group["share"]

    def forget(self, before):
        """The weights `before` and an optimizer that has done nothing."""
        self.model.load_state_dict(before)
        self.average.load_state_dict(before)
        for optimizer in self.optimizer.optimizers:
            for state in optimizer.state.values():
                for value in state.values():
                    if torch.is_tensor(value):
                        value.zero_()

    @torch.no_grad()
    def make(self, count):
        """`count` new faces that nobody has, into the pool."""
        a, b = (normalised(self.real.images[self.real.draw(count, self.generator)]) for _ in "ab")
        pixels = (views.mixed(a, b, self.generator).clamp(LOWEST, HIGHEST) * 128 + 128).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
        self.made.put(pixels, self.teachers(normalised(pixels).contiguous(memory_format=torch.channels_last)))

    def batch(self, made_share, degraded_share):
        """Pictures [B, 3, 112, 112] and their targets [B, D]."""
        with torch.no_grad():
            made = round(self.args.batch * made_share)
            picked = [(store, store.draw(n, self.generator)) for store, n in ((self.real, self.args.batch - made), (self.made, made)) if n]
            pixels = torch.cat([gather(store.images, index, self.generator) for store, index in picked])[self.order]
            target = torch.cat([store.targets[index] for store, index in picked])[self.order]
            return seen(pixels, self.generator, self.args.augment, degraded_share), target

    def step(self, made_share, degraded_share):
        """One step on a batch with these shares of made faces and of degraded pictures."""
        if made_share:
            self.make(max(1, round(self.args.batch * made_share / self.args.views)))
        x, target = self.batch(made_share, degraded_share)
        with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False):
            e = embedded(self.model, x)
        terms = {"cosine": losses.cosine(e, target), "relational": losses.relational(e, target), "tail": losses.tail(e, target)}
        (terms["cosine"] + 10 * terms["relational"] + self.args.tail * terms["tail"]).backward()
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(self.mine, self.args.ema)
            torch._foreach_add_(self.mine, self.theirs, alpha=1 - self.args.ema)
            for name, value in terms.items():
                self.sums[name] += value.detach()

    def captured(self, phase, pool=None):
        """The step of a phase, as a function without arguments: on a GPU one graph's replay."""
        made, worse = phase[1:]

        def once():
            self.optimizer.zero_grad(set_to_none=True)
            self.step(made, worse)

        if self.device.type != "cuda" or self.args.no_graph:
            return once, None
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                once()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=pool):
                self.step(made, worse)
        except RuntimeError as error:                                    # slower, but it goes on
            print(f"no graph: {error}", flush=True)
            self.args.no_graph = True
            return once, None
        return graph.replay, graph

    def add(self, sheets):
        """Crops of sheets, and their targets, to those that are taught."""
        for part in torch.from_numpy(np.concatenate(sheets)).split(SEEN):
            part = part.to(self.device)
            self.real.put(part, self.teachers(normalised(part).contiguous(memory_format=torch.channels_last)))

    @torch.no_grad()
    def validate(self, crops, label):
        """VAL of the averaged weights."""
        self.average.eval()
        with torch.autocast(self.device.type, torch.bfloat16):
            e = [embedded(self.average, normalised(part)[:, :, ABOVE:ABOVE + EDGE]) for part in crops.split(333)]
        return verification(torch.cat(e).cpu(), label)


def merged(groups):
    """Groups of one rate and decay as one."""
    found = {}
    for group in groups:
        key = group["share"], group["weight_decay"]
        found.setdefault(key, {**group, "params": []})["params"] += group["params"]
    return list(found.values())


def save(path, state):
    torch.save(state, f"{path}.part")
    Path(f"{path}.part").rename(path)


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
    val = torch.from_numpy(np.concatenate(val)).to(device)
    names = (Path(args.val) / "labels.txt").read_text().split()
    label = torch.tensor([{name: i for i, name in enumerate(sorted(set(names)))}[name] for name in names])
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
        time.sleep(0.05)
    log(f"{taken:,} crops to begin with")
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    while int(trainer.made.count) < min(args.pool, 2 * args.batch):      # so that nothing is drawn of an empty pool
        trainer.make(min(512, args.pool))

    pool, replays, graphs = None, {}, []
    for phase in PHASES:
        replays[phase], graph = trainer.captured(phase, pool)
        if graph:
            pool = pool or graph.pool()
            graphs.append(graph)
    if cuda:
        log(f"captured; {torch.cuda.memory_reserved() / 2**30:.1f} GiB")
    trainer.forget(before)                                               # as if none of this had been

    begun = logged = saved = checked = time.monotonic()
    end, step, last = began + args.seconds, 0, 0
    while True:
        now = time.monotonic()
        if (out / "seconds").exists():                                   # how long there is may become known later
            end = began + float((out / "seconds").read_text())
        progress = (now - begun) / (end - begun)
        if progress >= 1:
            break
        rate = args.lr * min(1, (step + 1) / 100, (1 - progress) / args.falling)
        trainer.set_rate(rate)
        phase = [p for p in PHASES if p[0] <= progress][-1]
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
    main()
