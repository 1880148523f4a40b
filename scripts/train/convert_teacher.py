#!/usr/bin/env python3
"""The MobileFaceNet teacher's own layers as a run's model.pt, which export.py and train.py --init read; nothing is trained, no picture read.

    python3 scripts/train/convert_teacher.py MobileFaceNet.onnx --out runs/mobilefacenet/model.pt
"""
import argparse
from pathlib import Path

from learning import checkpoint
from mistake import command
from networks import NETWORKS
from teachers.mobilefacenet import take_over

NET = "mobilefacenet"


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("teacher", help="its ONNX file")
    p.add_argument("--out", required=True, type=Path)
    args = p.parse_args(argv)
    model = NETWORKS[NET]()
    take_over(model, args.teacher)
    checkpoint.save(args.out, {"model": model.state_dict(), "step": 0,
                               "args": {"net": NET, "recipe": "convert", "init_from_teacher": args.teacher, "data": []}})


if __name__ == "__main__":
    command(main)
