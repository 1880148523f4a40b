/** A manifest and secrets as servers of one's own have them. */
import { readManifest } from '../../../scripts/self-host/bundle.ts';
import {
  DEVELOPMENT_ASSERTION_KEYS,
  DEVELOPMENT_TEMPLATE_KEYS,
} from '../../../worker/auth/development.ts';

export const MANIFEST = readManifest(['index.js', 'a-network.onnx', 'b-codec.wasm']);
export const SECRETS = { API_KEYS: '[]', TEMPLATE_KEYS: 'secret-key', ASSERTION_KEYS: '[{}]' };
export const READABLE = {
  API_KEYS: '[]',
  TEMPLATE_KEYS: DEVELOPMENT_TEMPLATE_KEYS,
  ASSERTION_KEYS: DEVELOPMENT_ASSERTION_KEYS,
};
