/**
 * Reads what we need of a TensorFlow Lite model: its tensors, constants and operators.
 *
 * A tflite file is a FlatBuffer; the field numbers below are those of TensorFlow's
 * `schema.fbs` (tensorflow/compiler/mlir/lite/schema).
 */

/** A table of a FlatBuffer: fields are found through its vtable, absent ones are undefined. */
class Table {
  constructor(
    readonly view: DataView,
    readonly at: number,
  ) {}

  /** Position of a field's value, or undefined where the writer left it at its default. */
  private field(index: number): number | undefined {
    const vtable = this.at - this.view.getInt32(this.at, true);
    const slot = 4 + 2 * index;
    if (slot >= this.view.getUint16(vtable, true)) return undefined;
    const offset = this.view.getUint16(vtable + slot, true);
    return offset === 0 ? undefined : this.at + offset;
  }

  private follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  int8(index: number): number {
    const at = this.field(index);
    return at === undefined ? 0 : this.view.getInt8(at);
  }

  int32(index: number): number {
    const at = this.field(index);
    return at === undefined ? 0 : this.view.getInt32(at, true);
  }

  table(index: number): Table | undefined {
    const at = this.field(index);
    return at === undefined ? undefined : new Table(this.view, this.follow(at));
  }

  private vector<T>(index: number, read: (start: number, i: number) => T): T[] {
    const at = this.field(index);
    if (at === undefined) return [];
    const start = this.follow(at);
    return Array.from({ length: this.view.getUint32(start, true) }, (_, i) => read(start + 4, i));
  }

  tables(index: number): Table[] {
    return this.vector(index, (s, i) => new Table(this.view, this.follow(s + 4 * i)));
  }

  int32s(index: number): number[] {
    return this.vector(index, (s, i) => this.view.getInt32(s + 4 * i, true));
  }

  bytes(index: number): Uint8Array {
    const at = this.field(index);
    if (at === undefined) return new Uint8Array();
    const start = this.follow(at);
    const length = this.view.getUint32(start, true);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start + 4, length);
  }

  string(index: number): string {
    return new TextDecoder().decode(this.bytes(index));
  }
}

export type TensorType = 'float32' | 'float16' | 'int32';

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** The constant's bytes; empty for what is computed. */
  readonly data: Uint8Array;
}

export interface Operator {
  readonly kind: keyof typeof BUILTIN;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Table | undefined;
}

export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly Operator[];
}

/** BuiltinOperator codes of the operators we know. */
const BUILTIN = {
  ADD: 0,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEQUANTIZE: 6,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RESHAPE: 22,
  PAD: 34,
  SUB: 41,
  PRELU: 54,
  ABS: 101,
} as const;

/** Field of an operator's options that names the activation fused with it. */
const ACTIVATION: Partial<Record<Operator['kind'], number>> = {
  ADD: 0,
  CONCATENATION: 1,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  MAX_POOL_2D: 5,
  MUL: 0,
  SUB: 0,
};

/** Tells an operator with a fused activation: part of it, instead of an operator behind it. */
export function isFused({ kind, options }: Operator): boolean {
  const field = ACTIVATION[kind];
  return field !== undefined && (options?.int8(field) ?? 0) !== 0;
}

const TYPES: Record<number, TensorType> = { 0: 'float32', 1: 'float16', 2: 'int32' };

/** @throws Error naming the first operator or type that is not known here. */
export function readTflite(bytes: Uint8Array): Graph {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(4, 8)) !== 'TFL3')
    throw new Error('not a tflite file');
  const model = new Table(view, view.getUint32(0, true));
  const buffers = model.tables(4).map((buffer) => buffer.bytes(0));
  const codes = model.tables(1).map((code) => Math.max(code.int8(0), code.int32(3)));
  const kinds = codes.map((code) => {
    const kind = Object.entries(BUILTIN).find(([, value]) => value === code)?.[0];
    if (kind === undefined) throw new Error(`tflite operator ${code} is not known here`);
    return kind as keyof typeof BUILTIN;
  });
  const [graph] = model.tables(2);
  if (graph === undefined) throw new Error('tflite file without a graph');
  return {
    tensors: graph.tables(0).map((tensor) => {
      const type = TYPES[tensor.int8(1)];
      if (type === undefined)
        throw new Error(`tensor type of ${tensor.string(3)} is not known here`);
      return {
        name: tensor.string(3),
        shape: tensor.int32s(0),
        type,
        data: buffers[tensor.int32(2)] ?? new Uint8Array(),
      };
    }),
    inputs: graph.int32s(1),
    outputs: graph.int32s(2),
    operators: graph.tables(3).map((operator) => ({
      kind: kinds[operator.int32(0)] as keyof typeof BUILTIN,
      inputs: operator.int32s(1),
      outputs: operator.int32s(2),
      options: operator.table(4),
    })),
  };
}
