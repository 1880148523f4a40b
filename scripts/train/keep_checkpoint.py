#!/usr/bin/env python3
"""A run's averaged weights as a file small enough to keep in the repository: in bfloat16, without the optimizer's state.

    python3 scripts/train/keep_checkpoint.py RUN/model.pt --out FILE.pt [--note "what it has seen"]

`train.py --init FILE.pt` goes on from it, `quantize.py` and `export.py` read it too. Statistics of the norms stay float32.
"""
import argparse
from pathlib import Path

from learning import checkpoint
from mistake import command


def without_folders(option):
    """An option without the folders of the machine: only the names of files, packs and runs."""
    if isinstance(option, list):
        return [without_folders(part) for part in option]
    return Path(option).name if isinstance(option, str) and "/" in option else option


def kept(state, note):
    """The kept part of a run's model.pt or last.pt: weights in bfloat16, the options of the training, a note, and the fitted `Ensemble`."""
    model = {name: value.bfloat16() if value.is_floating_point() and not name.endswith(("running_mean", "running_var")) else value
             for name, value in state["model"].items()}
    args = {name: without_folders(option) for name, option in state["args"].items()}
    return {"model": model, "step": state["step"], "args": args, "note": note, **({"ensemble": state["ensemble"]} if "ensemble" in state else {})}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model")
    p.add_argument("--out", required=True)
    p.add_argument("--note", default="")
    args = p.parse_args()
    checkpoint.save(args.out, kept(checkpoint.read(args.model), args.note))


if __name__ == "__main__":
    command(main)
