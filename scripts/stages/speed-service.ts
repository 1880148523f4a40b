/** A service that only runs networks, for the tool `speed`: PUT makes one, GET runs it. */
import type { Network } from '../../worker/face/network.ts';
import { runMany } from './run-many.ts';

/** wrangler.toml names them, so they have to be exported; nothing calls them. */
export class Attempts {}
export class Gallery {}
export class GalleryDirectory {}

/** @param make a network of these weights, or the one of this SHA-256 */
export function speedService<Env>(
  make: (weights: Uint8Array, sha256: string, env: Env) => Promise<Network>,
) {
  const networks = new Map<string, Network>();
  return {
    async fetch(request: Request, env: Env): Promise<Response> {
      const url = new URL(request.url);
      const name = url.pathname;
      if (request.method === 'PUT') {
        const weights = new Uint8Array(await request.arrayBuffer());
        networks.set(name, await make(weights, url.searchParams.get('sha256') ?? '', env));
        return new Response();
      }
      const network = networks.get(name);
      if (network === undefined) return new Response(null, { status: 404 });
      await runMany(network, Number(url.searchParams.get('runs')));
      return new Response();
    },
  };
}
