/**
 * Model ids: one text for everything that moves an embedding. Embeddings of two ids are not
 * compared, since their distance means nothing.
 */
import { CROP_HEIGHT, CROP_TEMPLATE, CROP_WIDTH } from '../alignment/align.ts';
import { ROI_SCALE, VERTICES_OF } from '../alignment/facemesh.ts';

/** The files of a model, by name and by SHA-256 in hex. */
export interface ModelFiles {
  readonly name: string;
  readonly sha256: string;
  readonly detectorSha256: string;
  readonly landmarkerSha256: string;
}

/** Everything that places a face in its crop, besides the networks. */
export const CROP_GEOMETRY = {
  width: CROP_WIDTH,
  height: CROP_HEIGHT,
  template: CROP_TEMPLATE,
  vertices: VERTICES_OF,
  roiScale: ROI_SCALE,
} as const;

/**
 * The geometry of the crops that ids without a geometry were made of. Those ids are still good
 * while the geometry is this one.
 */
export const UNNAMED_GEOMETRY = 'f2b06190';

/** The id of a model as it is deployed: name, weights, detector and landmarks, crop geometry. */
export function modelId(files: ModelFiles, geometry: object = CROP_GEOMETRY): string {
  return `${unnamedId(files)}-${geometryId(geometry)}`;
}

/** True for an id whose embeddings can be compared with those of this model. */
export function isIdOf(id: string, files: ModelFiles, geometry: object = CROP_GEOMETRY): boolean {
  if (id === modelId(files, geometry)) return true;
  return geometryId(geometry) === UNNAMED_GEOMETRY && id === unnamedId(files);
}

function unnamedId({ name, sha256, detectorSha256, landmarkerSha256 }: ModelFiles): string {
  const networks = detectorSha256.slice(0, 8) + landmarkerSha256.slice(0, 8);
  return [name, sha256.slice(0, 16), networks].join('-');
}

/** 8 hex digits of a geometry: FNV-1a over its JSON. It tells changes apart, and hides nothing. */
export function geometryId(geometry: object): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(geometry))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
