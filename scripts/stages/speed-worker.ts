/** A Worker that only runs networks, for the tool `speed`: PUT makes one, or opens one that is carried; GET runs it. */
import stock from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import type { Network } from '../../worker/face/network.ts';
import { createNetwork, openNetwork } from '../../worker/runtime/onnx.ts';
import deployed from '../../worker/runtime/onnxruntime.wasm';
import { runMany } from './run-many.ts';

const networks = new Map<string, Network>();

/** wrangler.toml names them, so they have to be here; nothing calls them. */
export class Attempts {}
export class Gallery {}
export class GalleryDirectory {}

export default {
  async fetch(request: Request, env: { readonly RUNTIME?: string }): Promise<Response> {
    const url = new URL(request.url);
    const name = url.pathname;
    if (request.method === 'PUT') {
      const weights = new Uint8Array(await request.arrayBuffer());
      const sha256 = url.searchParams.get('sha256') ?? '';
      const network =
        env.RUNTIME === 'deployed' ? openNetwork(sha256, deployed) : createNetwork(weights, stock);
      networks.set(name, await network);
      return new Response();
    }
    const network = networks.get(name);
    if (network === undefined) return new Response(null, { status: 404 });
    await runMany(network, Number(url.searchParams.get('runs')));
    return new Response();
  },
};
