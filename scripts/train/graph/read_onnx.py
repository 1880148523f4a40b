"""ONNX files that are read here: teachers, and networks to go on from."""
import onnx
from google.protobuf.message import DecodeError

from mistake import Mistake


def read_onnx(path):
    """The model in a file. Raises Mistake for a file of another kind."""
    try:
        return onnx.load(path)
    except DecodeError as error:
        raise Mistake(f"{path}: not an ONNX file") from error
