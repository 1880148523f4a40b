/**
 * Reads what an ONNX file says of itself: its metadata, inputs, outputs and operators.
 *
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 */

export interface OnnxInfo {
  readonly name: string;
  readonly producer: string;
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Number of nodes of each kind. */
  readonly operators: Readonly<Record<string, number>>;
  /** Metadata of the exporter: recipe, data, revision. */
  readonly metadata: Readonly<Record<string, string>>;
}

type Field = { readonly number: number; readonly value: number | Uint8Array };

/**
 * The fields of a protobuf message in order (https://protobuf.dev/programming-guides/encoding/).
 */
function* fields(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('not an ONNX file: cut short');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('not an ONNX file: a number without end');
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        at += 8; // a double: none of what we read
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) throw new Error('not an ONNX file: cut short');
        yield { number, value: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        yield { number, value: view.getFloat32(at, true) };
        at += 4;
        break;
      default:
        throw new Error('not an ONNX file: unknown wire type');
    }
  }
}

const decoder = new TextDecoder();

/** The first string of a field. */
function string(bytes: Uint8Array, number: number): string {
  for (const field of fields(bytes)) {
    if (field.number === number && typeof field.value !== 'number')
      return decoder.decode(field.value);
  }
  return '';
}

/** @throws Error when the bytes are no ONNX model */
export function readOnnx(bytes: Uint8Array): OnnxInfo {
  const metadata: Record<string, string> = {};
  let producer = '';
  let opset = 0;
  let graph: Uint8Array | undefined;
  for (const { number, value } of fields(bytes)) {
    if (typeof value === 'number') continue;
    if (number === 2) producer = decoder.decode(value);
    else if (number === 7) graph = value;
    else if (number === 8 && string(value, 1) === '') {
      for (const field of fields(value)) if (field.number === 2) opset = Number(field.value);
    } else if (number === 14) metadata[string(value, 1)] = string(value, 2);
  }
  if (graph === undefined) throw new Error('not an ONNX file: no graph');
  const operators: Record<string, number> = {};
  const inputs: string[] = [];
  const outputs: string[] = [];
  let name = '';
  for (const { number, value } of fields(graph)) {
    if (typeof value === 'number') continue;
    if (number === 1) {
      const kind = string(value, 4);
      operators[kind] = (operators[kind] ?? 0) + 1;
    } else if (number === 2) name = decoder.decode(value);
    else if (number === 11) inputs.push(string(value, 1));
    else if (number === 12) outputs.push(string(value, 1));
  }
  return { name, producer, opset, inputs, outputs, operators, metadata };
}
