"""A trained network as a flat list of operators: for int8 arithmetic, and for ONNX."""
