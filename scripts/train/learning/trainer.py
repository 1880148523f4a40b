"""A student, its average, its teachers and all pictures on one device, and a step of its teaching (resident.py)."""
from learning.distributed import has_bfloat16   # first: it sets what must be set before PyTorch is loaded
import numpy as np
import torch
import torch.nn.functional as F

from learning import checkpoint, losses
from mistake import Mistake
from pictures import views
from pictures.degrade import HIGHEST, LOWEST
from pictures.degrade_rows import degraded
from teachers.ensemble import LEFT as DLIB_LEFT, SEEN, SIDE as DLIB_SIDE, SPAN, TOP as DLIB_TOP, Ensemble
from networks.layers import Crop
from learning.metrics import verification
from networks import NETWORKS
from learning.optim import ChainedOptimizer, Muon, is_matrix
from shards import HEIGHT, TOP, WIDTH
from pictures.store import ABOVE, Store, gather, normalised
from teachers.mobilefacenet import SIDE, TOP as FIRST


def seen(pixels, generator, strength, degraded_share):
    """Pictures that a student is shown of windows uint8 [B, 116, 116, 3]: a quarter turned and scaled, all recoloured, some degraded."""
    x = normalised(pixels)
    turned = len(x) // 4
    x = torch.cat([views.sample(x[:turned], views.grid(turned, SIDE, SIDE, generator, strength)), x[turned:]])
    x = views.recoloured(x, generator, strength)
    worse = round(len(x) * degraded_share)
    if worse:
        x = torch.cat([x[:-worse], degraded(x[-worse:], generator)])
    return x.clamp(LOWEST, HIGHEST).contiguous(memory_format=torch.channels_last)


def embedded(model, x):
    """Windows [B, 3, 116, 116] -> unit embeddings [B, D]: FaceNet.forward of crops of which only these are left."""
    top, left, height, width = model.trunk[0].window
    x = Crop(top - FIRST, left, height, width, model.trunk[0].size)(x)
    for layer in model.trunk[1:]:
        x = layer(x)
    return F.normalize(model.fc(x).flatten(1).float())


class Teachers:
    """Both teachers on windows of crops float [N, 3, 128, 116]; what they want them to be embedded as is unit [N, 128]."""

    def __init__(self, args, device):
        self.ensemble = Ensemble(args.mobilefacenet, args.dlib, device)
        x, y = ((torch.arange(DLIB_SIDE) + 0.5) * SPAN / DLIB_SIDE + first for first in (DLIB_LEFT, DLIB_TOP - TOP))
        y, x = torch.meshgrid(y / HEIGHT * 2 - 1, x / WIDTH * 2 - 1, indexing="ij")
        self.ensemble.dlib.places = torch.stack([x, y], 2)[None].to(device)

    @torch.no_grad()
    def __call__(self, x):
        both = torch.cat([x, x.flip(3)])
        with torch.autocast(x.device.type, torch.bfloat16, has_bfloat16(x.device.type), cache_enabled=False):
            _, e = self.ensemble.mobilefacenet.embedded(both[:, :, ABOVE:ABOVE + SIDE])
            d = self.ensemble.dlib(both)
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
        state = checkpoint.read(args.init)
        if "ensemble" not in state:
            raise Mistake(f"{args.init} has no fitted ensemble: make one with train.py --recipe mixed --ensemble")
        self.model = NETWORKS[args.net]()
        crop = self.model.trunk[0]
        top, left, height, width = crop.window if isinstance(crop, Crop) else (0, 0, self.model.height, self.model.width)
        if top < FIRST or left < 0 or top + height > FIRST + SIDE or left + width > SIDE:
            raise Mistake(f"{args.net} sees more of a crop than the {SIDE}x{SIDE} pixels that its teacher sees")
        with checkpoint.fitting(args.init, f"it was made with --net {state['args'].get('net')}, this is {args.net}"):
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
        x = views.made(a, b, self.generator, top=TOP)
        pixels = (x.clamp(LOWEST, HIGHEST) * 128 + 128).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
        self.made.put(pixels, self.teachers(normalised(pixels).contiguous(memory_format=torch.channels_last)))

    def batch(self, made_share, degraded_share):
        """Pictures [B, 3, 116, 116] and their targets [B, D]."""
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
        with torch.autocast(self.device.type, torch.bfloat16, has_bfloat16(self.device.type), cache_enabled=False):
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
        with torch.autocast(self.device.type, torch.bfloat16, has_bfloat16(self.device.type)):
            e = [embedded(self.average, normalised(part)[:, :, ABOVE:ABOVE + SIDE]) for part in crops.split(333)]
        return verification(torch.cat(e).cpu(), label)


def merged(groups):
    """Groups of one rate and decay as one."""
    found = {}
    for group in groups:
        key = group["share"], group["weight_decay"]
        found.setdefault(key, {**group, "params": []})["params"] += group["params"]
    return list(found.values())
