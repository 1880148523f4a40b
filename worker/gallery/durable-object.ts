/**
 * A gallery as a Durable Object: one of each name of a tenant, in the engine that is configured.
 *
 * `GALLERY_ENGINE` says which: `embedded`, or `vectorize` with an index bound as `VECTORS`.
 */
import { DurableObject } from 'cloudflare:workers';
import { Refusal } from '../errors.ts';
import type { SealConfig } from '../login/sealed-token.ts';
import { EmbeddedGallery } from './embedded.ts';
import type { Entry, GalleryStore, UniqueTerms } from './gallery-store.ts';
import { VectorizeGallery } from './vectorize.ts';

export interface GalleryConfig extends SealConfig {
  /** Engine of galleries: `embedded` where there is none named. */
  readonly GALLERY_ENGINE?: string;
  /** Index of the engine `vectorize`: 128 dimensions, metric cosine. */
  readonly VECTORS?: Vectorize;
}

export class Gallery extends DurableObject<GalleryConfig> implements GalleryStore {
  readonly #engine: EmbeddedGallery | VectorizeGallery;

  constructor(ctx: DurableObjectState, env: GalleryConfig) {
    super(ctx, env);
    const id = ctx.id.toString();
    const { VECTORS } = env;
    this.#engine =
      env.GALLERY_ENGINE === 'vectorize' && VECTORS
        ? new VectorizeGallery(ctx.storage, VECTORS, id)
        : new EmbeddedGallery(ctx.storage, env, id);
  }

  put(entry: Entry, unique?: UniqueTerms) {
    return this.#engine.put(entry, unique);
  }

  putAll(entries: readonly Entry[]) {
    return this.#engine.putAll(entries);
  }

  get(subject: string) {
    return this.#engine.get(subject);
  }

  remove(subject: string) {
    return this.#engine.remove(subject);
  }

  list(cursor: string, most: number) {
    return this.#engine.list(cursor, most);
  }

  read(cursor: string, most: number) {
    return this.#engine.read(cursor, most);
  }

  describe(model: string) {
    return this.#engine.describe(model);
  }

  search(probe: Float32Array, model: string, top: number) {
    return this.#engine.search(probe, model, top);
  }

  clear() {
    return this.#engine.clear();
  }

  /** Vectors that the index did not take the deletion of. */
  override async alarm(): Promise<void> {
    if (this.#engine instanceof VectorizeGallery) await this.#engine.sweep();
  }
}

type Bindings = GalleryConfig & { readonly GALLERY?: DurableObjectNamespace<Gallery> };

/**
 * The gallery of this name of this tenant.
 *
 * @throws Refusal `not_configured` without the bindings, or for an engine that there is none of
 */
export function openGallery(env: Bindings, tenant: string, gallery: string): GalleryStore {
  const { GALLERY, GALLERY_ENGINE = 'embedded', VECTORS } = env;
  if (!GALLERY) throw notConfigured('The binding GALLERY is missing.');
  if (!['embedded', 'vectorize'].includes(GALLERY_ENGINE)) {
    throw notConfigured('GALLERY_ENGINE is neither embedded nor vectorize.');
  }
  if (GALLERY_ENGINE === 'vectorize' && !VECTORS) {
    throw notConfigured('GALLERY_ENGINE is vectorize, and the binding VECTORS is missing.');
  }
  // JSON, so that no two pairs make one name, whatever is in them.
  return GALLERY.get(GALLERY.idFromName(JSON.stringify([tenant, gallery])));
}

function notConfigured(detail: string): Refusal {
  return new Refusal({ code: 'not_configured', detail });
}
