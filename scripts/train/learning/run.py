"""A run of train.py: its pictures, network, teachers and optimizer, a step, and what it leaves in its folder."""
import copy
import json
import time
from pathlib import Path
from typing import Dict, NamedTuple, Optional

from learning import distributed   # first: it sets what must be set before PyTorch is loaded
import torch

from learning import checkpoint, losses
from pictures.augment import augment
from pictures.packs import Crops, Sampler
from pictures.degrade import degrade
from learning.fit_head import fit_head
from networks.load_checkpoint import load_checkpoint, shortened
from learning.requirements import require_persons, require_size
from learning.metrics import require_pairs, verification
from mistake import Mistake
from networks import NETWORKS
from learning.log import Log
from learning.optim import Average, learning_rate, measure_norms, optimizer_for


@torch.no_grad()
def validate(model, crops, batch=100, amp=False):
    """VAL and AUC over all pairs of a pack; `amp`: computed in bfloat16, three times as fast on a CPU that has it."""
    model.eval()
    with torch.autocast(crops.images.device.type, torch.bfloat16, enabled=amp):
        e = [model(part.permute(0, 3, 1, 2)).float() for part in crops.images.split(batch)]
    return verification(torch.cat(e).cpu(), crops.label.cpu())


class Shown(NamedTuple):
    """A batch as the student is shown it."""
    x: torch.Tensor                          # pictures of this process [B, 3, H, W]
    targets: Dict[str, torch.Tensor]         # {teacher: [B, D]}, of all processes
    maps: Dict[str, torch.Tensor] = {}       # the teacher's, {tap: [M, C, h, w]} of the M last rows
    maps_weight: Optional[float] = None      # of each in the loss; None: that of --feature-distill
    first_mapped: int = 0                    # row that the maps begin with
    feeds: Optional[Dict[str, torch.Tensor]] = None     # maps that the student goes on from (FaceNet.forward)


class Run:
    def __init__(self, args):
        self.args, self.world = args, distributed.World(args.device)
        self.first, self.device = self.world.rank == 0, self.world.device
        self.out = Path(args.run)
        self.last = self.out / "last.pt"
        if self.last.exists() and not args.resume:
            raise Mistake(f"{self.out} holds a run: --resume goes on with it; a new one takes another --run, or {self.last} removed")
        if args.cooldown and not self.last.exists():
            raise Mistake(f"--cooldown takes a run that was begun: there is no {self.last}")
        self.out.mkdir(parents=True, exist_ok=True)
        self.untrained = not args.minutes and not args.steps           # then there is nothing to learn from either
        if self.untrained:
            args.teacher, args.feature_distill, args.centres = [], 0, 0
        exclude = {line.strip() for file in args.exclude for line in open(file)}
        self.crops = Crops(args.data, [] if args.ensemble or args.teacher_network else args.teacher, exclude, self.device, args.singles, maps=args.feature_distill > 0)
        if not self.untrained:
            require_persons(args, self.crops)
        self.val = Crops([args.val], device=self.device) if args.val and self.first else None
        if self.val:
            require_pairs(self.val.label, args.val)
        self.model = NETWORKS[args.net]().to(self.device, memory_format=torch.channels_last)
        require_size(args, self.crops, self.model.dim)
        self.heads = losses.Heads(args, self.crops, self.model.dim, self.model.taps()).to(self.device)
        self.taken, self.taps = [], list(self.model.taps())
        if args.init_from_teacher:
            from teachers.mobilefacenet import take_over                               # needs the onnx package
            self.taken = take_over(self.model, args.init_from_teacher)
        fitted = self.take_weights()
        if self.world.size > 1 and self.device.type == "cuda":
            self.model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(self.model)
        self.open_teachers(fitted)
        self.model.trunk[:args.frozen].requires_grad_(False)
        self.average = Average(self.model, args.ema)
        self.optimizer = optimizer_for(args, [self.model, self.heads], self.taken)
        self.sampler = Sampler(self.crops.label, args.batch, args.per_person, args.random_negatives, args.seed)
        self.generator = torch.Generator()
        self.step, self.before = 0, 0.0                                 # `before`: seconds of earlier sessions of this run
        if args.resume and self.last.exists():
            self.resume()
        elif self.first:
            (self.out / "log.csv").unlink(missing_ok=True)              # of a run whose last.pt was removed
        self.label()
        self.begun = self.step                                          # of this session
        self.called = self.world.wrap(self.model)
        if args.compile and hasattr(torch, "compile"):
            self.called = torch.compile(self.called)
        if self.first:
            (self.out / "args.json").write_text(json.dumps(vars(args), indent=1))
            print(f"{len(self.crops):,} crops, {len(self.crops.persons):,} persons, from step {self.step:,}", flush=True)
        self.start = time.monotonic()

    def take_weights(self):
        """The weights of --init. Returns the fitted target that came with them, or None."""
        args = self.args
        if args.init and args.init.endswith(".onnx"):
            from graph.import_onnx import import_onnx                         # needs the onnx package, as nothing else here does
            sample = torch.randperm(len(self.crops), generator=torch.Generator().manual_seed(args.seed))[:512]
            import_onnx(self.model, args.init, self.crops.images[sample.to(self.device)])
        elif args.init:
            start = checkpoint.read(args.init, self.device)
            with checkpoint.fitting(args.init, f"it was made with --net {start['args'].get('net')}, this is {args.net}"):
                load_checkpoint(self.model, shortened(start["model"], args.leave_out))
            return start.get("ensemble")
        return None

    def open_teachers(self, fitted):
        """The teachers that label pictures as they are made; `fitted`: an ensemble's target."""
        args, self.teacher, self.mixed, self.ensemble = self.args, None, None, None
        if args.ensemble:
            from teachers.ensemble import Ensemble
            self.ensemble = Ensemble(args.init_from_teacher, args.ensemble, self.device, args.dlib_weight)
            if fitted:
                self.ensemble.load_state_dict(fitted)
                print(f"towards the target of {args.init}", flush=True)
        elif (args.staged or args.mixed) and not args.teacher_network:
            from teachers.mobilefacenet import MobileFaceNet
            self.teacher = MobileFaceNet(args.init_from_teacher).to(self.device)
        if args.teacher_network:
            from teachers.network import TeacherNetwork
            self.teacher = TeacherNetwork(args.teacher_network, self.device)
            if self.teacher.size != (self.model.height, self.model.width) or self.teacher.dim != self.model.dim:
                raise Mistake(f"{args.teacher_network} and {args.net} do not take the same crops, or make embeddings of another size")
        if args.mixed:
            from pictures.mixed import MixedBatches
            self.mixed = MixedBatches(self.crops, self.ensemble or self.teacher, args.mixed, args.augment, args.degrade, self.device)

    def resume(self):
        """State of last.pt, taken over whole."""
        state = checkpoint.read(self.last, self.device)
        if self.ensemble and "ensemble" not in state:
            raise Mistake(f"{self.last} was taught without --ensemble")
        was = state["args"].get("optimizer")
        if was != self.args.optimizer:                                  # PyTorch takes some of another's state, and fails at the first step
            raise Mistake(f"{self.last} was made with --optimizer {was}, not {self.args.optimizer}: go on with that")
        with checkpoint.fitting(self.last, f"go on with those of {self.out / 'args.json'}, or begin with another --run"):
            self.model.load_state_dict(state["raw"])
            self.average.model.load_state_dict(state["model"])
            self.heads.load_state_dict(state["heads"])
            self.optimizer.load_state_dict(state["optimizer"])
        self.sampler.load_state_dict(state["sampler"])
        self.average.updates = self.step = state["step"]
        self.before = state["seconds"]
        if self.ensemble:
            self.ensemble.load_state_dict(state["ensemble"])

    def label(self):
        """An ensemble's labels of all crops, and a last layer fitted to the labels where --fit-head wants one."""
        args = self.args
        if self.ensemble:
            args.dlib_weight = self.ensemble.weight                     # that of the target which --init or --resume brought
        if self.untrained:
            return
        if self.ensemble:
            self.crops.targets[args.teacher[0]] = self.ensemble.label(self.crops, args.amp)
        if args.fit_head and not self.step:
            fit_head(self.model, self.crops, self.crops.targets[args.teacher[0]], args.seed, amp=args.amp)
            self.average = Average(self.model, args.ema)

    def seconds(self):
        """Seconds of all its sessions."""
        return self.before + time.monotonic() - self.start

    def progress(self):
        """Share of its budget that is spent; all processes stop, and anneal, by the first one's clock."""
        args = self.args
        if args.cooldown:
            progress = (self.seconds() - self.before) / (60 * args.cooldown)
        else:
            progress = self.step / args.steps if args.steps else self.seconds() / (60 * args.minutes) if args.minutes else 1
        return self.world.agree(progress) if self.world.size > 1 else progress

    def show(self, index, progress):
        """Crops `index` [B] of all processes -> a Shown."""
        args, share = self.args, self.world.share(index)
        _, targets = self.crops.labels(index)
        if self.mixed:
            from pictures.mixed import MAPS_WEIGHT, maps_weight
            if args.teacher_network:
                x, target, maps = self.mixed.batch(share, None, self.generator, args.amp)
                return Shown(x, {args.teacher[0]: self.world.gather(target)}, maps, MAPS_WEIGHT)
            target = self.crops.labels(share)[1][args.teacher[0]]
            x, target, maps = self.mixed.batch(share, target, self.generator, args.amp)
            weight = 0 if args.cooldown or args.init else maps_weight(progress)
            return Shown(x, {args.teacher[0]: self.world.gather(target)}, maps, weight, self.mixed.split(len(share)))
        x, mirrored = augment(self.crops.batch(share), args.augment * (0.5 if progress > 0.9 else 1), self.generator)
        x = degrade(x, self.generator, args.degrade)
        if progress < args.staged and not args.cooldown:
            from teachers.staged import feeds
            with torch.autocast(self.device.type, torch.bfloat16, enabled=args.amp):
                maps, target = self.teacher(x)
            return Shown(x, {args.teacher[0]: self.world.gather(target)}, maps, 1, feeds=feeds(maps, self.taps, self.step, progress / args.staged))
        return Shown(x, targets, self.crops.teacher_maps(share, mirrored) if args.feature_distill else {})

    def teach(self, progress, rate):
        """One step at this rate. Returns its loss, and its terms by name."""
        args = self.args
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        # A seed a step and process: what is drawn depends on nothing before, so a resumed run draws the same.
        self.generator.manual_seed((args.seed * 1_000_003 + self.step) * self.world.size + self.world.rank)
        self.model.train()
        self.model.trunk[:args.frozen].eval()
        index = self.sampler.next().to(self.device)
        shown = self.show(index, progress)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=args.amp):
            e, mine = self.called(shown.x, taps=True, feeds=shown.feeds)
        maps = {tap: (mine[tap][shown.first_mapped:].float(), theirs.float()) for tap, theirs in shown.maps.items() if tap in mine and mine[tap].requires_grad and shown.maps_weight != 0}
        self.generator.manual_seed(2**40 + args.seed * 1_000_003 + self.step)         # the losses' draws: the same in all processes
        loss, values = losses.total(args, self.heads, self.world.gather(e), self.crops.label[index], shown.targets, self.generator, maps, shown.maps_weight)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.world.average(self.heads.parameters())
        if progress < args.unfreeze_at and not args.cooldown:           # not requires_grad: DDP wants to know that from the start
            for parameter in self.taken:
                parameter.grad = None
        if args.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), args.clip)
        self.optimizer.step()
        self.average.update(self.model)
        self.step += 1
        return {"loss": loss.detach(), **values}

    def go(self):
        """Steps that are left, with their log, validations and checkpoints; then model.pt."""
        args = self.args
        log = Log(self.out / "log.csv") if self.first else None
        saved = validated = logged = self.seconds()
        last, sums = self.step, {}
        while (progress := self.progress()) < 1:
            rate = args.lr * learning_rate(args, progress, self.step - self.begun)
            for name, value in self.teach(progress, rate).items():
                sums[name] = sums.get(name, 0) + value
            now, step = self.seconds(), self.step
            if self.first and now - logged >= args.log_every:
                means = {name: (value / (step - last)).item() for name, value in sums.items()}
                log.write(progress, step, now, {"lr": rate, "crops": args.batch * step, "crops/s": args.batch * (step - last) / (now - logged),
                                                "epoch": self.sampler.epoch + self.sampler.position / len(self.crops), **means})
                logged, last, sums = now, step, {}
            if self.val and now - validated >= args.validate_every:
                log.write(progress, step, now, validate(self.average.model, self.val, amp=args.amp))
                validated = self.seconds()
            if self.first and now - saved >= args.save_every and not args.cooldown:
                self.checkpoint()
                saved = self.seconds()
        if self.begun == self.step and args.resume and checkpoint.finished_at(self.out / "model.pt") == self.step:
            if self.first:
                print("nothing is left to train: model.pt stays", flush=True)
        else:
            self.finish(log)
        self.world.close()

    def finish(self, log):
        """Checkpoint and model.pt; norms are measured in all processes, since they may be synchronized."""
        args, step = self.args, self.step
        final = copy.deepcopy(self.average.model)
        if not args.teacher_network:                                    # its faces are more various than the packs' are (EXPERIMENTS.md)
            measure_norms(final, self.crops, amp=args.amp, frozen=args.frozen)
        if not self.first:
            return
        if not args.cooldown:
            self.checkpoint()
        if self.val:
            log.write(1, step, self.seconds(), validate(self.average.model, self.val, amp=args.amp))
            if not args.teacher_network:
                log.write(1, step, self.seconds(), {f"{name} (norms measured)": v for name, v in validate(final, self.val, amp=args.amp).items()})
        checkpoint.save(self.out / "model.pt", {"model": final.state_dict(), "step": step, "args": vars(args), **self.target()})

    def target(self):
        return {"ensemble": self.ensemble.state_dict()} if self.ensemble else {}

    def checkpoint(self):
        """Checkpoint of all state: a resumed run goes on as if never stopped."""
        checkpoint.save(self.last, {
            "model": self.average.model.state_dict(), "raw": self.model.state_dict(), "heads": self.heads.state_dict(),
            "optimizer": self.optimizer.state_dict(), "sampler": self.sampler.state_dict(),
            "step": self.step, "seconds": self.seconds(), "args": vars(self.args), **self.target()})
