/**
 * A gallery as a Durable Object: one of each name of a tenant, in the engine that is configured. While
 * anybody is in it, its name stands in the tenant's directory.
 *
 * `GALLERY_ENGINE` says which: `embedded`, or `vectorize` with an index bound as `VECTORS`.
 */
import { DurableObject } from 'cloudflare:workers';
import { Refusal } from '../errors.ts';
import type { SealConfig } from '../login/sealed-token.ts';
import { type DirectoryBinding, openDirectory } from './directory.ts';
import { EmbeddedGallery } from './embedded.ts';
import type { Description, Entry, GalleryStore, ModelSearchTerms, Page } from './gallery-store.ts';
import { Mutex } from './mutex.ts';
import { VectorizeGallery } from './vectorize.ts';

export interface GalleryConfig extends SealConfig, DirectoryBinding {
  /** Engine of galleries: `embedded` where there is none named. */
  readonly GALLERY_ENGINE?: string;
  /** Index of the engine `vectorize`: 128 dimensions, metric cosine. */
  readonly VECTORS?: Vectorize;
}

export class Gallery extends DurableObject<GalleryConfig> implements GalleryStore {
  readonly #engine: EmbeddedGallery | VectorizeGallery;
  readonly #writes = new Mutex();
  /** The name stands in the directory. */
  #listed = false;

  constructor(ctx: DurableObjectState, env: GalleryConfig) {
    super(ctx, env);
    const id = ctx.id.toString();
    const { VECTORS } = env;
    this.#engine =
      env.GALLERY_ENGINE === 'vectorize' && VECTORS
        ? new VectorizeGallery(ctx.storage, VECTORS, id)
        : new EmbeddedGallery(ctx.storage, env, id);
  }

  put(entry: Entry, unique?: ModelSearchTerms) {
    return this.#fill(() => this.#engine.put(entry, unique));
  }

  putAll(entries: readonly Entry[]) {
    return this.#fill(() => this.#engine.putAll(entries));
  }

  get(subject: string) {
    return this.#engine.get(subject);
  }

  remove(subject: string) {
    return this.#write(() => this.#engine.remove(subject));
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

  search(probe: Float32Array, terms: ModelSearchTerms, top: number) {
    return this.#engine.search(probe, terms, top);
  }

  clear() {
    return this.#writes.runExclusive(async () => {
      const cleared = await this.#engine.clear();
      await this.#unlist();
      return cleared;
    });
  }

  /** Takes the name of a gallery that has nothing out of the directory: a call broke off before. */
  tidy() {
    return this.#write(async () => {});
  }

  /** Names the gallery in the directory first: what is stored is never unlisted. */
  #fill<T>(work: () => Promise<T>): Promise<T> {
    return this.#write(async () => {
      if (!this.#listed) await this.#directory((directory, name) => directory.add(name));
      this.#listed = true;
      return work();
    });
  }

  #write<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.runExclusive(async () => {
      const done = await work();
      if ((await this.#engine.describe('')).subjects === 0) await this.#unlist();
      return done;
    });
  }

  /** A gallery that has nothing is not shown, though its name should stay: nothing fails by that. */
  async #unlist(): Promise<void> {
    this.#listed = false;
    await this.#directory((directory, name) => directory.remove(name)).catch(() => {});
  }

  async #directory(
    change: (directory: ReturnType<typeof openDirectory>, gallery: string) => Promise<void>,
  ): Promise<void> {
    const { name } = this.ctx.id;
    if (name === undefined || !this.env.GALLERY_DIRECTORY) return;
    const [tenant, gallery] = JSON.parse(name) as [string, string];
    await change(openDirectory(this.env, tenant), gallery);
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
export function openGallery(
  env: Bindings,
  tenant: string,
  gallery: string,
): GalleryStore & Pick<Gallery, 'tidy'> {
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

/** A gallery in its tenant's list. */
export interface ListedGallery extends Description {
  readonly gallery: string;
}

/**
 * The galleries of a tenant that hold anybody, by pages of the directory's names.
 *
 * @param model its numbers are for this network
 * @throws Refusal `not_configured` without the bindings
 */
export async function listGalleries(
  env: Bindings,
  tenant: string,
  {
    model,
    cursor,
    most,
  }: { readonly model: string; readonly cursor: string; readonly most: number },
): Promise<Page<ListedGallery>> {
  const { names, more } = await openDirectory(env, tenant).after(cursor, most);
  const described = await Promise.all(
    names.map(async (gallery) => {
      const store = openGallery(env, tenant, gallery);
      const found = { gallery, ...(await store.describe(model)) };
      if (found.subjects === 0) await store.tidy();
      return found;
    }),
  );
  const items = described.filter(({ subjects }) => subjects > 0);
  return { items, cursor: more ? (names.at(-1) as string) : null };
}

function notConfigured(detail: string): Refusal {
  return new Refusal({ code: 'not_configured', detail });
}
