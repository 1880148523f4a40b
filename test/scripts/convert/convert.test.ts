import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blazefaceModel } from '../../../scripts/convert/blazeface.ts';
import { dlibGraph, dlibModel, folded } from '../../../scripts/convert/dlib.ts';
import { facemeshModel } from '../../../scripts/convert/facemesh.ts';
import { readOnnx } from '../../../scripts/convert/onnx-reader.ts';
import { readTfjs } from '../../../scripts/convert/tfjs.ts';
import {
  faceModelSha256,
  openModel,
  readCalibration,
  shippedModels,
} from '../../../scripts/engine/model-folder.ts';
import { compileStockRuntime } from '../../../scripts/engine/modules.ts';
import { DETECTOR, LANDMARKER } from '../../../scripts/engine/networks.ts';
import { sha256 } from '../../../scripts/engine/sha256.ts';
import { createNetwork } from '../../../worker/runtime/onnx.ts';
import { METADATA, standIn } from '../../support/node/stand-in.ts';

describe('readTfjs', () => {
  const quantization = { dtype: 'uint8', scale: 0.5, min: -1 };
  const manifest = [
    {
      weights: [
        { name: 'a', shape: [3], dtype: 'float32', quantization },
        { name: 'b', shape: [1, 2], dtype: 'float32' },
      ],
    },
  ];
  const bytes = Uint8Array.from([0, 2, 255, ...new Uint8Array(Float32Array.of(1.5, -2).buffer)]);

  it('gives bytes as byte * scale + min, and floats as they are', () => {
    // A Buffer, as files are read: its slices share memory, which must not show.
    const weights = readTfjs(manifest, Buffer.from(bytes));
    expect(weights.get('a')).toEqual({ shape: [3], values: Float32Array.of(-1, 0, 126.5) });
    expect(weights.get('b')).toEqual({ shape: [1, 2], values: Float32Array.of(1.5, -2) });
  });

  it('reads halves, and whole numbers', () => {
    const half = { name: 'a', shape: [4], dtype: 'float32', quantization: { dtype: 'float16' } };
    const whole = { name: 'b', shape: [], dtype: 'int32' };
    const values = [
      new Uint8Array(Uint16Array.of(0x3c00, 0xc500, 0x0001, 0x7bff).buffer),
      new Uint8Array(Int32Array.of(-7).buffer),
    ].flatMap((part) => [...part]);
    const weights = readTfjs([{ weights: [half, whole] }], Uint8Array.from(values));
    expect([...(weights.get('a')?.values ?? [])]).toEqual([1, -5, 2 ** -24, 65504]);
    expect([...(weights.get('b')?.values ?? [])]).toEqual([-7]);
  });

  it('refuses bytes that do not fit', () => {
    expect(() => readTfjs(manifest, bytes.subarray(1))).toThrow('cut short');
    expect(() => readTfjs(manifest, Uint8Array.from([...bytes, 0]))).toThrow('left over');
  });
});

describe('dlib', () => {
  it('folds the affine layer into filters turned from HWIO to OIHW', () => {
    // 1 x 2 filters, 2 inputs, 2 outputs.
    const weight = { shape: [1, 2, 2, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const two = (a: number, b: number) => Float32Array.of(a, b);
    const { filter, bias } = folded(weight, two(1, 2), two(10, 100), two(5, 6));
    expect(filter.shape).toEqual([2, 2, 1, 2]);
    expect([...filter.values]).toEqual([10, 50, 30, 70, 200, 600, 400, 800]);
    expect([...bias]).toEqual([15, 206]);
  });

  it('names a weight that is missing', () => {
    expect(() => dlibGraph(new Map())).toThrow('conv32_down/conv/filters');
  });

  it('has 29 convolutions and gives what the original runtime gives', async () => {
    const model = dlibModel();
    const { operators, metadata } = readOnnx(model);
    expect(operators.Conv).toBe(29);
    expect(metadata.license).toBe('CC0-1.0');
    const network = await createNetwork(model, compileStockRuntime());
    const side = 150;
    const data = new Float32Array(3 * side * side);
    const means = [122.782, 117.001, 104.298];
    for (let i = 0; i < data.length; i++) {
      const [c, y, x] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
      data[i] = (((x * 7 + y * 13 + c * 31) % 256) - (means[c] as number)) / 255;
    }
    const { embedding } = await network.run({ data, shape: [1, 3, side, side] });
    // From @vladmandic/face-api 1.7.15 (tfjs, cpu) on these pixels; it divides by 255.
    expect(embedding).toHaveLength(128);
    for (const [i, wanted] of FROM_TFJS.entries()) expect(embedding?.[i]).toBeCloseTo(wanted, 5);
  });
});

const FROM_TFJS = [
  -0.0506839, 0.1290334, 0.0614264, -0.0118609, -0.0420278, -0.0383819, -0.0840111, -0.0050299,
  0.1176239, -0.0048701, 0.240492, 0.0061188, -0.241924, -0.0347575, -0.0023744, 0.0740325,
] as const;

describe('what faces are found and cut out by', () => {
  it('is what the converters make of the npm packages, to the byte', () => {
    expect(Buffer.from(blazefaceModel()).equals(readFileSync(DETECTOR))).toBe(true);
    expect(Buffer.from(facemeshModel()).equals(readFileSync(LANDMARKER))).toBe(true);
  });

  it('is what the shipped networks were calibrated with', () => {
    for (const name of shippedModels()) {
      const model = openModel(name);
      expect(readCalibration(model), name).toMatchObject({
        sha256: sha256(model.network),
        ...faceModelSha256(),
      });
    }
  });
});

describe('readOnnx', () => {
  it('reads back what was written', () => {
    expect(readOnnx(standIn(1))).toEqual({
      name: 'standin',
      producer: 'visavis',
      opset: 13,
      inputs: ['crop'],
      outputs: ['embedding'],
      operators: {
        Cast: 1,
        AveragePool: 1,
        Sub: 1,
        Flatten: 1,
        MatMul: 1,
        ReduceL2: 1,
        Div: 1,
      },
      metadata: METADATA,
    });
  });

  it('refuses what is no model', () => {
    expect(() => readOnnx(new Uint8Array())).toThrow('no graph');
    expect(() => readOnnx(standIn(1).subarray(0, 1000))).toThrow('cut short');
    expect(() => readOnnx(Uint8Array.of(7))).toThrow('not an ONNX file');
  });
});
