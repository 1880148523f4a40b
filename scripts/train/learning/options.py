"""The command line of train.py, and recipes: JSON files of its options, which the command line overrides."""
import argparse
import json
import os
from pathlib import Path

import torch

from learning import losses
from mistake import Mistake
from networks import NETWORKS

RECIPES = Path(__file__).parents[1] / "recipes"


def read_recipe(name):
    """`distill` (recipes/distill.json) or a path; the options in it, without its "about"."""
    path = Path(name) if name.endswith(".json") else RECIPES / f"{name}.json"
    if not path.exists():
        raise Mistake(f"--recipe: there is no {path}; those here are {', '.join(sorted(f.stem for f in RECIPES.glob('*.json')))}")
    options = json.loads(path.read_text())
    options.pop("about", None)
    return {key.replace("-", "_"): value for key, value in options.items()}


def parser(description):
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = p.add_argument_group("data").add_argument
    add("--recipe", help=f"options from a file: {', '.join(sorted(f.stem for f in RECIPES.glob('*.json')))}, or a path")
    add("--data", nargs="+", default=[], help="crop packs to train on")
    add("--val", help="crop pack of other people, to validate on")
    add("--exclude", nargs="*", default=[], help="files of person names to leave out, one a line")
    add("--teacher", nargs="*", default=[], help="first: the target of the embedding itself; others by a head of their own")
    add("--singles", action="store_true", help="a crop without a person is a person of its own")
    add("--augment", type=float, default=0.3, help="strength; the last tenth of the budget has half of it")
    add("--degrade", type=float, default=0.0, help="share of the batch that looks as bad uploads do (pictures/degrade.py)")

    add = p.add_argument_group("run").add_argument
    add("--run", help="folder of the run")
    add("--init-from-teacher", help="ONNX file of the MobileFaceNet teacher: start with its layers where they fit (teachers/mobilefacenet.py)")
    add("--teacher-network", help="with --mixed: checkpoint of a trained network that labels all pictures as they are made, and whose maps are learnt (teachers/network.py), instead of --init-from-teacher")
    add("--unfreeze-at", type=float, default=0.0, help="share of the budget after which layers taken over learn too")
    add("--teacher-lr", type=float, default=1.0, help="rate of layers taken over, as a share of --lr")
    add("--staged", type=float, default=0.0, help="share of the budget in which each stage between taps is taught apart, from the teacher's own maps (teachers/staged.py); needs --init-from-teacher")
    add("--mixed", type=float, default=0.0, help="share of the batch that shows nobody: faces made of two crops, labelled by the teacher as they are made (pictures/mixed.py); needs --init-from-teacher")
    add("--ensemble", help="with --mixed, the target is two teachers' (teachers/ensemble.py): ONNX file of dlib's network, which the tool convert-dlib writes; fitted to --data, unless --init has one")
    add("--dlib-weight", type=float, default=1.2, help="weight of dlib's embeddings beside the other's 1 where --ensemble is fitted")
    add("--frozen", type=int, default=0, help="first layers of the trunk that keep their weights, and their norms' statistics")
    add("--fit-head", action=argparse.BooleanOptionalAction, default=False, help="begin with a last layer fitted to the target by least squares (learning/fit_head.py); needs a --teacher")
    add("--resume", action="store_true", help="go on from RUN/last.pt")
    add("--init", help="checkpoint, model.pt or exported .onnx to take the first weights from")
    add("--leave-out", type=int, nargs="*", default=[], metavar="LAYER", help="layers of --init's trunk, by number, that this network does not have")
    add("--minutes", type=float, default=60, help="budget by the clock; 0: only write down what it starts with")
    add("--steps", type=int, default=0, help="budget in steps instead")
    add("--cooldown", type=float, default=0.0, help="minutes: bring the rate of a resumed run down to 0 and write RUN/model.pt, but leave RUN/last.pt as it is, to go on from")
    add("--save-every", type=float, default=60, help="seconds between checkpoints")
    add("--validate-every", type=float, default=240, help="seconds between validations")
    add("--log-every", type=float, default=15, help="seconds between log lines")
    add("--seed", type=int, default=0)
    add("--deterministic", action="store_true", help="on a GPU: only operators that give the same bits each time")

    add = p.add_argument_group("optimization").add_argument
    add("--net", default="nns2", choices=NETWORKS)
    add("--batch", type=int, default=128, help="over all processes")
    add("--per-person", type=int, default=1, help="crops of one person in a row within a batch, at most")
    add("--random-negatives", type=int, default=0, help="of the batch: drawn from everyone")
    add("--optimizer", default="adamw", choices=["adamw", "muon", "sgd", "adagrad"], help="muon: for dense convolutions, AdamW for the rest")
    add("--lr", type=float, default=3e-3)
    add("--weight-decay", type=float, default=0.02)
    add("--schedule", default="cosine", choices=["cosine", "linear", "constant", "trapezoid"], help="trapezoid: constant, then in a straight line to 0")
    add("--warmup", type=float, default=0.03, help="share of the budget")
    add("--warmup-steps", type=int, default=0, help="of a constant rate, in steps after each start, resumed ones too, instead")
    add("--ema", type=float, default=0.998, help="decay of the averaged weights")
    add("--clip", type=float, default=0.0, help="norm that gradients are clipped to; 0: none")

    add = p.add_argument_group("losses: weights, 0 leaves one out").add_argument
    add("--cosine", type=float, default=0.0, help="1 - cosine to the teacher")
    add("--relational", type=float, default=0.0, help="the batch's similarity matrices, student's and teacher's")
    add("--tail", type=float, default=0.0, help="similarities of the pairs that are most alike")
    add("--contrast", type=float, default=0.0, help="find one's own teacher embedding in the batch")
    add("--feature-distill", type=float, default=0.0, help="the teacher's inner layers at the network's taps (teacher_features.py)")
    add("--centres", type=float, default=0.0, help="margin softmax on the persons' fixed mean teacher embeddings")
    add("--softmax", type=float, default=0.0, help="margin softmax on learnt centres")
    add("--softmax-margin", type=float, default=0.1)
    add("--classes", type=int, default=8192, help="of either softmax, drawn anew each step; 0: all")
    add("--triplet", type=float, default=0.0, help="triplet loss on the persons")
    add("--margin", type=float, default=0.2, help="of the triplets")
    add("--negatives", default="semi-hard", choices=["semi-hard", "hard", "all"])
    add("--positives", default="all", choices=["all", "hard"])

    add = p.add_argument_group("machine").add_argument
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--threads", type=int, default=os.cpu_count(), help="on a CPU; by itself PyTorch may take one of two cores")
    add("--amp", action="store_true", help="mixed precision (bfloat16)")
    add("--compile", action="store_true", help="torch.compile, where this PyTorch has it")
    return p


def arguments(description, argv=None):
    p = parser(description)
    recipe = p.parse_known_args(argv)[0].recipe
    if recipe:
        options = read_recipe(recipe)
        unknown = set(options) - {action.dest for action in p._actions}
        if unknown:
            p.error(f"recipe {recipe}: no such option: {', '.join(sorted(unknown))}")
        p.set_defaults(**options)
    args = p.parse_args(argv)
    if not args.data or not args.run:
        p.error("--data and --run are needed")
    below = [name for name in ("minutes", "steps", "cooldown") if getattr(args, name) < 0]
    if below:
        p.error(f"--{below[0]} is below 0")
    if args.per_person < 1:
        p.error("--per-person is below 1")
    if args.cooldown:
        args.resume = True
    if not args.teacher and (args.cosine or args.relational or args.tail or args.contrast or args.centres):
        p.error("these losses need a --teacher")
    if args.leave_out and not (args.init or "").endswith(".pt"):
        p.error("--leave-out needs an --init FILE.pt")
    if args.fit_head and not args.teacher:
        p.error("--fit-head needs a --teacher")
    if not any(getattr(args, name) for name in losses.ALL):
        p.error("every loss has weight 0: take a --recipe, or set one")
    return args
