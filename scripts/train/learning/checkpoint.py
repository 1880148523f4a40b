"""Checkpoints as files: written whole or not at all, and read with a word on what else a file may be."""
import io
import os
from contextlib import contextmanager
from pathlib import Path

import torch

from mistake import Mistake


def save(path, state):
    """File written beside and renamed: a run killed while saving keeps its last checkpoint. Raises OSError as `replace` does.

    Through memory: PyTorch (1.13) writing to a full disk itself aborts the process.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    replace(path, buffer.getbuffer())


def replace(path, content):
    """The bytes `content` as a file, in a folder that need not be there yet. Raises OSError, with the path, where it does not fit; the file
    of before then stays."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    os.replace(part, path)


def read(path, device="cpu"):
    """State that `save` wrote. Raises Mistake for another file."""
    try:
        state = torch.load(path, map_location=device)
    except OSError:
        raise
    except Exception as error:                            # pickle's, the archive's, PyTorch's: each other file has one of its own
        raise Mistake(f"{path}: not a checkpoint; train.py writes RUN/model.pt") from error
    if not isinstance(state, dict) or not {"model", "args", "step"} <= state.keys():
        raise Mistake(f"{path}: not a checkpoint of this trainer, whose weights come with the options and the step")
    return state


def finished_at(path):
    """The step that a run's `model.pt` is of; None where there is none."""
    return read(path)["step"] if path.exists() else None


@contextmanager
def fitting(path, advice):
    """Errors raised within, where a checkpoint does not fit, become a Mistake that names the file and gives the advice."""
    try:
        yield
    except (KeyError, RuntimeError, ValueError) as error:
        first = str(error).strip().splitlines()
        raise Mistake(f"{path} is of another network or other options: {advice} ({first[-1].strip()[:160] if first else error!r})") from error
