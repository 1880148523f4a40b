#!/usr/bin/env python3
"""Train a face embedding network on packed crops.

    python3 scripts/train/train.py --recipe distill --data PACK... --val PACK --run RUN [--minutes 90] [--resume]
    torchrun --nproc-per-node 8 scripts/train/train.py ...                    (several GPUs)

A flat loop (learning/run.py): batch, augment, embed, losses, step. The schedule follows the clock (--minutes) or the step count
(--steps), so a run always ends with its rate annealed, however busy the machine. RUN gets `last.pt` (all state: a
resumed run goes on as if never stopped), `log.csv` (step, seconds, name, value) and at the end `model.pt` (the
averaged weights, norms measured anew). A long run at one rate (--schedule constant) is brought down now and then in a
copy (--cooldown MINUTES), and goes on from where it was.
"""
import sys

from learning import distributed   # first: it sets what must be set before PyTorch is loaded
from learning.options import arguments
from learning.run import Run
from mistake import command


def main(argv=None):
    args = arguments(__doc__, argv)
    if args.teacher_network and (not args.mixed or args.ensemble or args.fit_head):
        sys.exit("--teacher-network needs --mixed, and excludes --ensemble and --fit-head")
    if (args.staged or args.mixed) and not args.init_from_teacher and not args.teacher_network:
        sys.exit("--staged and --mixed need --init-from-teacher MobileFaceNet.onnx, which then labels pictures as they are made")
    if args.staged and args.mixed:
        sys.exit("--staged and --mixed exclude each other")
    if args.ensemble and not args.mixed:
        sys.exit("--ensemble needs --mixed")
    distributed.prepare(args)
    Run(args).go()


if __name__ == "__main__":
    command(main, "stopped: --resume goes on from the last checkpoint, RUN/last.pt")
