/**
 * A gallery as a Durable Object: one of each name of a tenant, in the engine that is configured. While
 * anybody is in it, its name stands in the tenant's directory.
 *
 * `GALLERY_ENGINE` says which: `embedded`, or `vectorize` with an index bound as `VECTORS`. Where
 * storage holds the other engine's data alone, every call is refused: it would answer that nobody is
 * there.
 */
import { DurableObject } from 'cloudflare:workers';
import { Refusal } from '../errors.ts';
import { logUndeleted } from '../log.ts';
import type { SealConfig } from '../login/sealed-token.ts';
import { type DirectoryBinding, openDirectory } from './directory.ts';
import { EmbeddedGallery } from './embedded.ts';
import { awaitsDeletions, hasPages, hasRegister } from './engine-data.ts';
import type {
  Description,
  Entry,
  GalleryStore,
  ModelSearchTerms,
  Page,
  PutAll,
} from './gallery-store.ts';
import { Mutex } from './mutex.ts';
import { VectorizeGallery } from './vectorize.ts';

export interface GalleryConfig extends SealConfig, DirectoryBinding {
  /** Engine of galleries: `embedded` where there is none named. */
  readonly GALLERY_ENGINE?: string;
  /** Index of the engine `vectorize`: 128 dimensions, metric cosine. */
  readonly VECTORS?: Vectorize;
}

type Engine = 'embedded' | 'vectorize';

const HAS_DATA = { embedded: hasPages, vectorize: hasRegister } as const;

/** Wait of an alarm that finds no index. */
const NO_INDEX_MS = 60 * 60_000;

export class Gallery extends DurableObject<GalleryConfig> implements GalleryStore {
  readonly #configured: EmbeddedGallery | VectorizeGallery;
  readonly #own: Engine;
  readonly #other: Engine;
  readonly #writes = new Mutex();
  /** The name stands in the directory. */
  #listed = false;

  constructor(ctx: DurableObjectState, env: GalleryConfig) {
    super(ctx, env);
    const vectorize = env.GALLERY_ENGINE === 'vectorize' ? this.#vectorize() : undefined;
    this.#configured = vectorize ?? new EmbeddedGallery(ctx.storage, env, ctx.id.toString());
    [this.#own, this.#other] = vectorize ? ['vectorize', 'embedded'] : ['embedded', 'vectorize'];
  }

  async put(entry: Entry, unique?: ModelSearchTerms) {
    return this.#fill((engine) => engine.put(entry, unique));
  }

  /** Enrols many. Without entries nothing is written: the last page of an export may be empty. */
  async putAll(entries: readonly Entry[]): Promise<PutAll> {
    if (entries.length === 0) return { kind: 'stored' };
    return this.#fill((engine) => engine.putAll(entries));
  }

  async get(subject: string) {
    return this.#engine().get(subject);
  }

  async remove(subject: string) {
    return this.#write(() => this.#engine().remove(subject));
  }

  async list(cursor: string, most: number) {
    return this.#engine().list(cursor, most);
  }

  async read(cursor: string, most: number) {
    return this.#engine().read(cursor, most);
  }

  async describe(model: string) {
    return this.#engine().describe(model);
  }

  async search(probe: Float32Array, terms: ModelSearchTerms, top: number) {
    return this.#engine().search(probe, terms, top);
  }

  async clear() {
    return this.#writes.runExclusive(async () => {
      const cleared = await this.#engine().clear();
      await this.#unlist();
      return cleared;
    });
  }

  /** Takes an empty gallery out of the directory, where a call that broke off left its name. */
  async tidy() {
    return this.#write(async () => {});
  }

  /**
   * The configured engine, unless only the other one has data here. Where both have, it serves its own.
   *
   * @throws Refusal `not_configured` where only the other engine has data here
   */
  #engine(): EmbeddedGallery | VectorizeGallery {
    if (this.#has(this.#own) || !this.#has(this.#other)) return this.#configured;
    const gallery = this.#name?.gallery;
    if (this.#other === 'vectorize' && awaitsDeletions(this.ctx.storage)) {
      throw notConfigured(
        `Of the gallery ${gallery} vectors are still to be deleted. Bind VECTORS to the index that ` +
          'served before, until they are.',
        'vectors are still to be deleted',
      );
    }
    throw notConfigured(
      `GALLERY_ENGINE is ${this.#own}, and the gallery ${gallery} was stored by ${this.#other}. ` +
        'Set it back, export the gallery and delete it; then change it, and import.',
      `stored by ${this.#other}`,
    );
  }

  #has(engine: Engine): boolean {
    return HAS_DATA[engine](this.ctx.storage);
  }

  #vectorize(): VectorizeGallery | undefined {
    const { VECTORS } = this.env;
    return VECTORS && new VectorizeGallery(this.ctx.storage, VECTORS, this.ctx.id.toString());
  }

  /** Names the gallery in the directory first: what is stored is never unlisted. */
  #fill<T>(work: (engine: EmbeddedGallery | VectorizeGallery) => Promise<T>): Promise<T> {
    return this.#write(async () => {
      const engine = this.#engine();
      if (!this.#listed) await this.#directory((directory, name) => directory.add(name));
      this.#listed = true;
      return work(engine);
    });
  }

  #write<T>(work: () => Promise<T>): Promise<T> {
    return this.#writes.runExclusive(async () => {
      const done = await work();
      if ((await this.#configured.describe('')).subjects === 0) await this.#unlist();
      return done;
    });
  }

  /** Takes an empty gallery out of the directory. A failure is ignored: lists show no empty gallery anyway. */
  async #unlist(): Promise<void> {
    if (this.#has(this.#other)) return;
    this.#listed = false;
    await this.#directory((directory, name) => directory.remove(name)).catch(() => {});
  }

  async #directory(
    change: (directory: ReturnType<typeof openDirectory>, gallery: string) => Promise<void>,
  ): Promise<void> {
    if (this.#name === undefined || !this.env.GALLERY_DIRECTORY) return;
    const { tenant, gallery } = this.#name;
    await change(openDirectory(this.env, tenant), gallery);
  }

  get #name(): { readonly tenant: string; readonly gallery: string } | undefined {
    const { name } = this.ctx.id;
    if (name === undefined) return undefined;
    const [tenant, gallery] = JSON.parse(name) as [string, string];
    return { tenant, gallery };
  }

  /** Asks the index for the deletions that are still due, whichever engine is configured by now. */
  override async alarm(): Promise<void> {
    if (!this.#has('vectorize')) return;
    const gallery =
      this.#configured instanceof VectorizeGallery ? this.#configured : this.#vectorize();
    if (gallery) return gallery.sweep();
    logUndeleted(this.ctx.id.toString(), new Error('the binding VECTORS is missing'));
    await this.ctx.storage.setAlarm(Date.now() + NO_INDEX_MS);
  }
}

type Bindings = GalleryConfig & { readonly GALLERY?: DurableObjectNamespace<Gallery> };

/**
 * The gallery of this name of this tenant.
 *
 * @throws Refusal `not_configured` without the bindings, or for an engine that there is none of
 */
export function openGallery(env: Bindings, tenant: string, gallery: string): Opened {
  const { GALLERY, GALLERY_ENGINE = 'embedded', VECTORS } = env;
  if (!GALLERY) throw notConfigured('The binding GALLERY is missing.');
  if (!['embedded', 'vectorize'].includes(GALLERY_ENGINE)) {
    throw notConfigured('GALLERY_ENGINE is neither embedded nor vectorize.');
  }
  if (GALLERY_ENGINE === 'vectorize' && !VECTORS) {
    throw notConfigured('GALLERY_ENGINE is vectorize, and the binding VECTORS is missing.');
  }
  // JSON, so that no two pairs make one name, whatever is in them.
  return refusing(GALLERY.get(GALLERY.idFromName(JSON.stringify([tenant, gallery]))));
}

type Opened = GalleryStore & Pick<Gallery, 'tidy'>;

/** Calls of an object whose refusals are refusals here too: what comes from it is a plain error. */
function refusing(gallery: Opened): Opened {
  const told = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error) => {
      throw error?.failure ? new Refusal(error.failure, error.reason) : error;
    });
  return {
    put: (...args) => told(gallery.put(...args)),
    putAll: (...args) => told(gallery.putAll(...args)),
    get: (...args) => told(gallery.get(...args)),
    remove: (...args) => told(gallery.remove(...args)),
    list: (...args) => told(gallery.list(...args)),
    read: (...args) => told(gallery.read(...args)),
    describe: (...args) => told(gallery.describe(...args)),
    search: (...args) => told(gallery.search(...args)),
    clear: () => told(gallery.clear()),
    tidy: () => told(gallery.tidy()),
  };
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

/** @param reason the same for the log, which has no names of galleries */
function notConfigured(detail: string, reason?: string): Refusal {
  return new Refusal({ code: 'not_configured', detail }, reason);
}
