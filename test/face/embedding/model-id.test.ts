import { describe, expect, it } from 'vitest';
import {
  CROP_GEOMETRY,
  geometryId,
  isIdOf,
  modelId,
  UNNAMED_GEOMETRY,
} from '../../../worker/face/embedding/model-id.ts';

const files = {
  name: 'mobilefacenet',
  sha256: '0123456789abcdef'.repeat(4),
  detectorSha256: 'a'.repeat(64),
  landmarkerSha256: 'b'.repeat(64),
};
/** Id of before ids named the crop's geometry. */
const UNNAMED = `mobilefacenet-0123456789abcdef-${'a'.repeat(8)}${'b'.repeat(8)}`;

describe('modelId', () => {
  it.each([
    ['the name', { ...files, name: 'inception-small-2' }],
    ['the weights', { ...files, sha256: 'f'.repeat(64) }],
    ['the detector', { ...files, detectorSha256: 'f'.repeat(64) }],
    ['the landmarks', { ...files, landmarkerSha256: 'f'.repeat(64) }],
  ])('changes with %s', (_, other) => {
    expect(modelId(other)).not.toBe(modelId(files));
  });

  it('changes with anything that places the crop', () => {
    const { template, vertices } = CROP_GEOMETRY;
    const moved = Object.fromEntries(
      Object.entries(template).map(([name, { x, y }]) => [name, { x, y: y + 6 }]),
    );
    const others = [
      { ...CROP_GEOMETRY, template: moved },
      { ...CROP_GEOMETRY, width: CROP_GEOMETRY.width - 4 },
      { ...CROP_GEOMETRY, height: CROP_GEOMETRY.height - 28 },
      { ...CROP_GEOMETRY, vertices: { ...vertices, nose: [4] } },
      { ...CROP_GEOMETRY, roiScale: 1.6 },
    ];
    const ids = [CROP_GEOMETRY, ...others].map((geometry) => modelId(files, geometry));
    expect(new Set(ids).size).toBe(ids.length);
    for (const geometry of others) expect(isIdOf(modelId(files), files, geometry)).toBe(false);
  });
});

describe('isIdOf', () => {
  it('knows the id of the model, and none of another', () => {
    expect(isIdOf(modelId(files), files)).toBe(true);
    expect(isIdOf(modelId({ ...files, name: 'inception-small-2' }), files)).toBe(false);
    expect(isIdOf('', files)).toBe(false);
  });

  it('knows ids from before they named the geometry, while it is the one of then', () => {
    expect(geometryId(CROP_GEOMETRY)).toBe(UNNAMED_GEOMETRY);
    expect(isIdOf(UNNAMED, files)).toBe(true);
    expect(isIdOf(UNNAMED, { ...files, sha256: 'f'.repeat(64) })).toBe(false);
    expect(isIdOf(UNNAMED, files, { ...CROP_GEOMETRY, roiScale: 1.6 })).toBe(false);
  });
});
