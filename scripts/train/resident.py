#!/usr/bin/env python3
"""Teach a network of MobileFaceNet's geometry towards two teachers on one GPU that holds all pictures: a step is one CUDA graph.

    python3 scripts/train/resident.py --shards FOLDER --val FOLDER --mobilefacenet FILE.onnx --dlib FILE.onnx --init FILE.pt --run RUN --seconds 560

The same teaching as `train.py --recipe mixed --ensemble` at twice its pace or more: batches are drawn, moved, recoloured and degraded on
the device, with nothing left to Python. Faces that nobody has (views.py) are made a few hundred a step into a pool, labelled by the teachers once, and
seen some four times before new ones take their places. FOLDER is what shards.py writes; sheets that arrive during the run are taken up until there is
a file `complete` in it. The schedule follows the clock. RUN gets `log.txt`, `last.pt` now and then, and at the end `model.pt` (averaged weights,
norms measured) and with --rounding-seconds `int8.pt` (quantize.py, trained through the rounding).
"""
import argparse
import json
import math
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import losses
import quantize
import views
from augment import grey                                                # noqa: F401  views needs it
from degrade import HIGHEST, LOWEST, jpeg_constants
from ensemble import SEEN, SIDE, SPAN, Ensemble
from ensemble import LEFT as DLIB_LEFT, TOP as DLIB_TOP
from graph import graph_of
from metrics import verification
from networks import NETWORKS
from optim import ChainedOptimizer, Muon, is_matrix, measure_norms
from options import arguments
from shards import HEIGHT, LEFT, TOP, WIDTH, read_sheet
from staged import WINDOW

ABOVE, EDGE = WINDOW[0].start - TOP, 112              # first row of a kept window that the student sees, and its side
# From which progress on: share of made faces, share of degraded pictures.
PHASES = (0.0, 0.5, 1 / 8), (0.4, 0.375, 1 / 8), (0.65, 0.25, 1 / 8), (0.82, 0.25, 1 / 16)


def uniform(shape, low, high, generator):
    return torch.rand(shape, device=generator.device, generator=generator) * (high - low) + low


def gather(store, index, generator, shift=1):
    """Windows of crops, mirrored by chance and shifted by up to `shift` pixels: uint8 [B, 112, 112, 3]; the edge is repeated."""
    n, device = len(index), store.device
    dy, dx = torch.randint(-shift, shift + 1, (2, n, 1), device=device, generator=generator)
    line = torch.arange(EDGE, device=device)
    rows, columns = (ABOVE + line + dy).clamp(0, HEIGHT - 1), (line + dx).clamp(0, WIDTH - 1)
    mirrored = torch.rand((n, 1), device=device, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    return store[index[:, None, None], rows[:, :, None], columns[:, None, :]]


def normalised(pixels):
    """uint8 [B, H, W, 3] -> float [B, 3, H, W], channels last."""
    return (pixels.permute(0, 3, 1, 2).float() - 128) / 128


def jpeg(x, quality):
    """Rounding of the 8x8 DCT coefficients as JPEGs of these qualities [N] do it (degrade.jpeg, with one for each row)."""
    basis, tables, to_ycc, to_rgb = jpeg_constants(x.device)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality).view(-1, 1, 1, 1)
    steps = ((tables * scale + 50) / 100).floor().clamp(1, 255)[:, :, None, None]
    blocks = torch.einsum("oc,nchw->nohw", to_ycc, x * 128).unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)
    rounded = (basis @ blocks @ basis.t() / steps).round() * steps
    return torch.einsum("oc,nchw->nohw", to_rgb, (basis.t() @ rounded @ basis).transpose(3, 4).flatten(4, 5).flatten(2, 3)) / 128


def blur(x, sigma, reach=8):
    """Gaussians of these standard deviations [N], in pixels."""
    n, c, h, w = x.shape
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1.0, device=x.device) / sigma[:, None]) ** 2)
    line = (line / line.sum(1, keepdim=True)).repeat_interleave(c, 0)
    y = F.pad(x, (reach,) * 4, mode="replicate").reshape(1, n * c, h + 2 * reach, w + 2 * reach)
    y = F.conv2d(F.conv2d(y, line[:, None, :, None], groups=n * c), line[:, None, None, :], groups=n * c)
    return y.view(n, c, h, w)


def low_resolution(x):
    """A quarter of the rows each at 1 / 1.5, 1 / 2, 1 / 3 and 1 / 4.5 of its size, enlarged again."""
    size = x.shape[2:]
    small = (F.interpolate(part, size=[round(s / factor) for s in size], mode="area") for part, factor in zip(x.chunk(4), (1.5, 2, 3, 4.5)))
    return torch.cat([F.interpolate(part, size=size, mode="bilinear", align_corners=False) for part in small])


def covered(x, box, colour):
    """A rectangle of one colour [N, 3] over each row; `box` [N, 4]: top, bottom, left, right in shares of the crop."""
    n, _, h, w = x.shape
    y, x_ = (torch.arange(h, device=x.device) / h).view(1, h, 1), (torch.arange(w, device=x.device) / w).view(1, 1, w)
    top, bottom, left, right = box.view(n, 4, 1, 1).unbind(1)
    inside = (y >= top) & (y < bottom) & (x_ >= left) & (x_ < right)
    return torch.where(inside[:, None], colour.view(n, 3, 1, 1), x)


def degraded(x, generator):
    """Rows [N, 3, H, W] made worse as pictures that people upload are, a sixth of them in each of six ways."""
    def u(low, high):
        return uniform((n,), low, high, generator)

    parts = list(x.chunk(6))
    for kind, part in enumerate(parts):
        n = len(part)
        if kind == 0:
            parts[kind] = jpeg(part, u(8, 50))
        elif kind == 1:
            parts[kind] = blur(part, u(0.8, 3))
        elif kind == 2:
            parts[kind] = jpeg(low_resolution(part), u(30, 90))
        elif kind == 3:
            light = ((part + 1) / 2).clamp(0, 1) * u(0.1, 0.5).view(-1, 1, 1, 1)
            noise = torch.randn(part.shape, device=x.device, generator=generator) * (u(0, 8) / 128).view(-1, 1, 1, 1)
            parts[kind] = light.clamp_min(1e-6) ** u(0.8, 1.4).view(-1, 1, 1, 1) * 2 - 1 + noise
        elif kind == 4:                                                 # half with a mask over nose and mouth, half with dark glasses
            colour = uniform((n, 3), -1, 1, generator)
            mask = torch.stack([u(0.55, 0.68), u(1, 1.01), u(0, 0.15), u(0.85, 1)], 1)
            glasses = torch.stack([u(0.3, 0.36), u(0.44, 0.5), u(0.1, 0.101), u(0.9, 0.901)], 1)
            first = (torch.arange(n, device=x.device) % 2 == 0)[:, None]
            parts[kind] = covered(part, torch.where(first, mask, glasses), torch.where(first, colour, colour * 0.2 - 0.7))
        else:
            top, left, height, width = u(0, 0.7), u(0, 0.7), u(0.15, 0.45), u(0.15, 0.45)
            parts[kind] = covered(part, torch.stack([top, top + height, left, left + width], 1), uniform((n, 3), -1, 1, generator))
    return torch.cat(parts)


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


def tail(e, t, from_=0.2):
    """Mean squared difference of similarities, weighed by how far the greater of the two is above `from_`: strangers that look most
    alike decide the threshold of a low false-accept rate, and are too few to count in `losses.relational`."""
    mine, theirs = e @ e.t(), t @ t.t()
    weight = (torch.maximum(mine.detach(), theirs) - from_).clamp_min(0).pow(2).fill_diagonal_(0)
    return (weight * (mine - theirs).pow(2)).sum() / weight.sum().clamp_min(1e-6)


class Teachers:
    """Both teachers on windows of crops; targets are unit [N, 128]."""

    def __init__(self, args, device):
        self.ensemble = Ensemble(args.mobilefacenet, args.dlib, device)
        x, y = (torch.arange(SIDE) + 0.5) * SPAN / SIDE + DLIB_LEFT - LEFT, (torch.arange(SIDE) + 0.5) * SPAN / SIDE + DLIB_TOP - TOP
        y, x = torch.meshgrid(y / HEIGHT * 2 - 1, x / WIDTH * 2 - 1, indexing="ij")
        self.ensemble.dlib.places = torch.stack([x, y], 2)[None].to(device)

    @torch.no_grad()
    def __call__(self, x):
        """float [N, 3, 128, 112]"""
        window = x[:, :, ABOVE:ABOVE + EDGE].contiguous(memory_format=torch.channels_last)
        both = torch.cat([window, window.flip(3)])
        with torch.autocast(x.device.type, torch.bfloat16, cache_enabled=False):
            _, e = self.ensemble.mobilefacenet(both)
            d = self.ensemble.dlib(torch.cat([x, x.flip(3)]))
        n = len(x)
        return self.ensemble.target(F.normalize(e[:n] + e[n:]), F.normalize(d[:n] + d[n:]))


class Store:
    """Crops and targets on the device; `count` of `size` places are in use."""

    def __init__(self, size, dim, device):
        self.images = torch.zeros(size, HEIGHT, WIDTH, 3, dtype=torch.uint8, device=device)
        self.targets = torch.zeros(size, dim, device=device)
        self.count = torch.zeros((), dtype=torch.long, device=device)
        self.next = torch.zeros((), dtype=torch.long, device=device)
        self.place = torch.arange(size, device=device)

    def put(self, images, targets):
        """Into the next places, the first ones again after the last."""
        n, size = len(images), len(self.images)
        places = (self.next + self.place[:n]) % size
        self.images.index_copy_(0, places, images)
        self.targets.index_copy_(0, places, targets)
        self.next += n
        self.count.copy_((self.count + n).clamp_max(size))

    def draw(self, n, generator):
        """Numbers of n random crops [n]."""
        return (torch.rand(n, device=generator.device, generator=generator) * self.count).long().clamp_min(0)


class Shards:
    """Sheets of a folder, decoded as they arrive."""

    def __init__(self, folder, workers=8):
        self.folder, self.pool, self.pending, self.known = Path(folder), ThreadPoolExecutor(workers), [], set()

    def look(self):
        for path in sorted(self.folder.rglob("*.webp")):
            if path not in self.known:
                self.known.add(path)
                self.pending.append(self.pool.submit(read_sheet, path))

    def take(self, count):
        """So many decoded sheets, or none while there are fewer; the rest when all have come. A GPU likes one shape."""
        ready = [f for f in self.pending[:4 * count] if f.done()][:count]
        if len(ready) < count and not ((self.folder / "complete").exists() and len(ready) == len(self.pending)):
            return []
        self.pending = [f for f in self.pending if f not in ready]
        return [f.result() for f in ready]


class Trainer:
    def __init__(self, args, device):
        self.args, self.device = args, device
        cuda = device.type == "cuda"
        if cuda:
            torch.cuda.init()
        self.generator = torch.cuda.default_generators[device.index or 0] if cuda else torch.default_generator
        state = torch.load(args.init, map_location="cpu")
        self.init = state
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
        self.rate, self.head_rate = torch.zeros((), device=device), torch.zeros((), device=device)
        head = {id(p) for m in (self.model.trunk[-1], self.model.fc) for p in m.parameters()}
        groups = [{"params": [p for p in self.model.parameters() if (id(p) in head) == h and is_matrix(p) == m and (p.ndim > 1) == w],
                   "lr": self.head_rate if h else self.rate, "weight_decay": args.weight_decay if w else 0.0, "matrix": m}
                  for h in (False, True) for m in (False, True) for w in (False, True)]
        groups = [g for g in groups if g["params"]]
        strip = [{k: v for k, v in g.items() if k != "matrix"} for g in groups]
        more = {"capturable": True, "foreach": True} if cuda else {}
        rate = self.rate if cuda else 1e-4
        if not cuda:
            for g in strip:
                g["lr"] = 1e-4
        self.optimizer = ChainedOptimizer(Muon([s for s, g in zip(strip, groups) if g["matrix"]], rate),
                                          torch.optim.AdamW([s for s, g in zip(strip, groups) if not g["matrix"]], rate, betas=(0.9, 0.99), **more))
        dim = self.model.dim
        self.real, self.made = Store(args.most, dim, device), Store(args.pool, dim, device)
        self.sums = {name: torch.zeros((), device=device) for name in ("cosine", "relational", "tail")}
        self.order = torch.randperm(args.batch, device=device)
        self.layers, self.student = list(self.model.trunk[1:]), self.embed

    def embed(self, x):
        """Windows [B, 3, 112, 112] -> unit embeddings [B, D]; what FaceNet.forward does behind its Crop."""
        for layer in self.layers:
            x = layer(x)
        return F.normalize(self.model.fc(x).flatten(1).float())

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
        if made_share:
            self.make(round(self.args.batch * made_share / self.args.views))
        x, target = self.batch(made_share, degraded_share)
        with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False):
            e = self.student(x)
        terms = {"cosine": losses.cosine(e, target), "relational": losses.relational(e, target), "tail": tail(e, target)}
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

    def learn_sheets(self, sheets):
        for part in torch.from_numpy(np.concatenate(sheets)).split(SEEN):
            part = part.to(self.device)
            self.real.put(part, self.teachers(normalised(part).contiguous(memory_format=torch.channels_last)))

    @torch.no_grad()
    def validate(self, crops, label):
        self.average.eval()
        with torch.autocast(self.device.type, torch.bfloat16):
            e = [self.behind_crop(self.average, normalised(part)[:, :, ABOVE:ABOVE + EDGE]) for part in crops.split(333)]
        return verification(torch.cat(e).cpu(), label)

    @staticmethod
    def behind_crop(model, x):
        for layer in model.trunk[1:]:
            x = layer(x)
        return F.normalize(model.fc(x).flatten(1).float())


class Whole:
    """Some of a store's crops as `data.Crops` gives them, whole 140x116 crops with their edges repeated."""

    def __init__(self, store, count, teacher, seed=0):
        index = torch.randperm(int(store.count), generator=torch.Generator().manual_seed(seed))[:count].to(store.images.device)
        rows = (torch.arange(140, device=index.device) - TOP).clamp(0, HEIGHT - 1)
        columns = (torch.arange(116, device=index.device) - LEFT).clamp(0, WIDTH - 1)
        self.images = torch.cat([store.images[part][:, rows][:, :, columns] for part in index.split(1024)])
        self.label, self.persons = torch.arange(len(index), device=index.device), [str(i) for i in range(len(index))]
        self.targets, self.maps = {teacher: store.targets[index]}, []

    def __len__(self):
        return len(self.label)

    def batch(self, index):
        return self.images[index].permute(0, 3, 1, 2)

    def normalised(self, index):
        return (self.batch(index).float() - 128) / 128

    def labels(self, index):
        return self.label[index], {name: t[index] for name, t in self.targets.items()}


def save(path, state):
    torch.save(state, f"{path}.part")
    Path(f"{path}.part").rename(path)


def timed(seconds, what):
    """Raises TimeoutError in `what` (a name for it) after so many seconds."""
    def stop(*_):
        raise TimeoutError(what)

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


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
    add("--rounding-seconds", type=float, default=0, help="of training through int8 rounding, after that")
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
    add("--no-compile", action="store_true")
    add("--no-graph", action="store_true")
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
    jpeg_constants(device)
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
            trainer.learn_sheets(sheets)
            taken += sum(len(s) for s in sheets)

    while taken < args.first:
        take(64)
        time.sleep(0.05)
    log(f"{taken:,} crops to begin with")
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    while int(trainer.made.count) < min(args.pool, 2 * args.batch):      # so that nothing is drawn of an empty pool
        trainer.make(min(512, args.pool))

    pool, replays, graphs = None, {}, []
    if cuda and not args.no_compile:
        try:
            timed(150, "compiling")
            compiled = torch.compile(trainer.embed, dynamic=False)
            x, _ = trainer.batch(0.25, 1 / 8)
            for _ in range(2):
                with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
                    compiled(x).square().sum().backward()
            torch.cuda.synchronize()
            signal.alarm(0)
            log("compiled")
            found = {}
            for name, student in (("eager", trainer.embed), ("compiled", compiled)):
                trainer.student = student
                replay, graph = trainer.captured(PHASES[0], pool)
                pool = pool or graph.pool()
                torch.cuda.synchronize()
                start = time.monotonic()
                for _ in range(8):
                    replay()
                torch.cuda.synchronize()
                found[name] = (time.monotonic() - start) / 8
                graphs.append(graph)
            log("seconds a step: " + json.dumps(found))
            trainer.student = compiled if found["compiled"] < found["eager"] else trainer.embed
            del replay, graph
            graphs.clear()
            pool = None
        except Exception as error:                                       # what a compiler may raise is anything
            signal.alarm(0)
            log(f"not compiled: {type(error).__name__}: {str(error)[:300]}")
            trainer.student = trainer.embed
    for phase in PHASES:
        replays[phase], graph = trainer.captured(phase, pool)
        if graph:
            pool = pool or graph.pool()
            graphs.append(graph)
    if cuda:
        log(f"captured; {torch.cuda.memory_reserved() / 2**30:.1f} GiB")
    trainer.model.load_state_dict(before)                                # as if none of this had been
    trainer.average.load_state_dict(before)
    for optimizer in trainer.optimizer.optimizers:
        for state in optimizer.state.values():
            for value in state.values():
                if torch.is_tensor(value):
                    value.zero_()

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
        trainer.rate.fill_(rate)
        trainer.head_rate.fill_(0.3 * rate)
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
    if args.rounding_seconds:
        replays.clear(), graphs.clear()
        ops = graph_of(trainer.average)
        scales = quantize.calibrate(ops, whole)
        judged = Whole(stored(val), len(val), "mobilefacenet")
        judged.label = label[torch.randperm(len(val), generator=torch.Generator().manual_seed(0))].to(device)

        def judge(title, ops, scales):
            quantize.validate(title, ops, scales, judged)

        judge("fp32", ops, None)
        judge("int8, calibrated", ops, scales)
        recipe = recipe_of(args)
        ops, scales = quantize.fine_tune(ops, scales, whole, recipe, args.rounding_seconds / 60, rate=1e-4, batch=min(512, len(whole) // 4))
        judge("int8, fine-tuned", ops, scales)
        scales[ops[-1].name] = quantize.output_scale(ops, scales, whole)
        save(out / "int8.pt", {"ops": [{k: v.cpu() if torch.is_tensor(v) else v for k, v in op._asdict().items()} for op in ops],
                               "scales": {g: s.item() for g, s in scales.items()}})
        log("rounding learnt")
    (out / "done").write_text("")


def stored(crops):
    """Crops as a Store without targets."""
    store = Store(len(crops), 1, crops.device)
    store.put(crops, torch.zeros(len(crops), 1, device=crops.device))
    return store


def recipe_of(args):
    """The options of train.py that this teaching has."""
    recipe = arguments("", ["--recipe", "mixed", "--data", "-", "--run", "-", "--augment", str(args.augment), "--net", args.net])
    recipe.feature_distill = 0
    return recipe


def kept(trainer, model, step):
    state = {k: v.detach().float().cpu() if v.is_floating_point() else v.cpu() for k, v in model.state_dict().items()}
    return {"model": state, "step": step, "args": {**vars(recipe_of(trainer.args)), **vars(trainer.args), "recipe": "resident", "ensemble": trainer.args.dlib},
            "ensemble": {k: v.cpu() for k, v in trainer.teachers.ensemble.state_dict().items()}}


if __name__ == "__main__":
    with nullcontext():
        main()
