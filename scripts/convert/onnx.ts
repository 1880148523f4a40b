/**
 * Writes an ONNX model: the part of `onnx.proto3` that our converters need, as protobuf.
 *
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 */

/** Appends protobuf fields (https://protobuf.dev/programming-guides/encoding/). */
class Message {
  private readonly parts: Uint8Array[] = [];

  private varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    this.parts.push(Uint8Array.from(bytes));
  }

  int(field: number, value: number): this {
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint(field * 8 + 5);
    this.parts.push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.parts.push(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;

export type Attribute = number | readonly number[] | string;

export interface Value {
  readonly name: string;
  /** A string is a dimension left open. */
  readonly shape: readonly (number | string)[];
  /** Default: float. */
  readonly type?: 'uint8';
}

/** Collects nodes and constants; `finish` gives the file's bytes. */
export class OnnxGraph {
  private readonly graph = new Message();

  node(kind: string, inputs: string[], output: string, attributes: Record<string, Attribute> = {}) {
    const node = new Message();
    for (const input of inputs) node.string(1, input);
    node.string(2, output).string(3, output).string(4, kind);
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = new Message().string(1, name);
      if (typeof value === 'string') attribute.string(4, value).int(20, 3);
      else if (typeof value === 'number') attribute.int(3, value).int(20, 2);
      else {
        for (const item of value) attribute.int(8, item);
        attribute.int(20, 7);
      }
      node.message(5, attribute);
    }
    this.graph.message(1, node);
  }

  floats(name: string, shape: readonly number[], values: Float32Array) {
    this.constant(
      name,
      shape,
      FLOAT,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }

  ints(name: string, values: readonly number[]) {
    const data = BigInt64Array.from(values, BigInt);
    this.constant(name, [values.length], INT64, new Uint8Array(data.buffer));
  }

  private constant(name: string, shape: readonly number[], type: number, raw: Uint8Array) {
    const tensor = new Message();
    for (const side of shape) tensor.int(1, side);
    this.graph.message(5, tensor.int(2, type).string(8, name).bytes(9, raw));
  }

  /** @returns the model file, for opset 13, with `metadata` as its properties. */
  finish(
    name: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    metadata: Record<string, string>,
  ): Uint8Array {
    this.graph.string(2, name);
    const describe = ({ name, shape, type }: Value) => {
      const sides = new Message();
      for (const side of shape) {
        const dimension = new Message();
        if (typeof side === 'number') dimension.int(1, side);
        else dimension.string(2, side);
        sides.message(1, dimension);
      }
      const tensor = new Message().int(1, type === 'uint8' ? UINT8 : FLOAT).message(2, sides);
      return new Message().string(1, name).message(2, new Message().message(1, tensor));
    };
    for (const input of inputs) this.graph.message(11, describe(input));
    for (const output of outputs) this.graph.message(12, describe(output));
    const model = new Message().int(1, 8).string(2, 'visavis').message(7, this.graph);
    model.message(8, new Message().string(1, '').int(2, 13));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new Message().string(1, key).string(2, value));
    }
    return model.finish();
  }
}
