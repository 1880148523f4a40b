/**
 * Stand-in for Cloudflare Vectorize by its published shapes and limits (workers-types; "Vectorize
 * API" and "Limits" in its documentation). Nothing of it was compared with the service.
 *
 * Mutations are queued, and come to be when `process` is called: so the delay is the test's to choose.
 */
import { DIMENSION } from '../../worker/face/embedding/embed.ts';

const MAX_TOP_K = 100;
const MAX_TOP_K_WITH_DATA = 20;
const MAX_BATCH = 1000;
const MAX_ID_BYTES = 64;

type Mutation = { readonly id: string } & (
  | { readonly kind: 'insert' | 'upsert'; readonly vectors: readonly VectorizeVector[] }
  | { readonly kind: 'delete'; readonly ids: readonly string[] }
);

export class FakeVectorize implements Vectorize {
  /** The vectors that queries see. */
  readonly vectors = new Map<string, VectorizeVector>();
  /** Makes every mutation fail, while it is set. */
  failing = false;
  /** The same of every query. */
  unanswering = false;
  #held: Promise<void> | undefined;
  #queue: Mutation[] = [];
  #processed = '';

  /** @param immediate the delay is none: each mutation is there when its call returns */
  constructor(private readonly immediate = false) {}

  /** Holds every mutation back. @returns lets them go on */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  /** Carries out what is queued. */
  process(): void {
    for (const mutation of this.#queue) {
      if (mutation.kind === 'delete') for (const id of mutation.ids) this.vectors.delete(id);
      else {
        for (const vector of mutation.vectors) {
          if (mutation.kind === 'insert' && this.vectors.has(vector.id)) continue;
          this.vectors.set(vector.id, vector);
        }
      }
      this.#processed = mutation.id;
    }
    this.#queue = [];
  }

  async describe(): Promise<VectorizeIndexInfo> {
    return {
      vectorCount: this.vectors.size,
      dimensions: DIMENSION,
      processedUpToDatetime: 0,
      processedUpToMutation: this.#processed as unknown as number, // typed so, and is a UUID
    };
  }

  async query(
    vector: VectorFloatArray | number[],
    options: VectorizeQueryOptions = {},
  ): Promise<VectorizeMatches> {
    const { topK = 5, namespace, returnValues = false, returnMetadata = 'none', filter } = options;
    if (this.unanswering) throw fault('no answer');
    const withData = returnValues || returnMetadata === true || returnMetadata === 'all';
    if (vector.length !== DIMENSION) throw fault('the query has other dimensions than the index');
    if (!(topK >= 1 && topK <= (withData ? MAX_TOP_K_WITH_DATA : MAX_TOP_K))) throw fault('topK');
    if (filter) throw fault('the index has no metadata index');
    const matches = [...this.vectors.values()]
      .filter((stored) => namespace === undefined || stored.namespace === namespace)
      .map((stored) => ({
        id: stored.id,
        ...(stored.namespace !== undefined && { namespace: stored.namespace }),
        ...(returnValues && { values: stored.values }),
        // Scores are approximate unless the values are asked for.
        score: approximate(cosine(vector, stored.values), returnValues),
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, topK);
    return { matches, count: matches.length };
  }

  async queryById(id: string, options?: VectorizeQueryOptions): Promise<VectorizeMatches> {
    const [found] = await this.getByIds([id]);
    if (!found) throw fault('no such vector');
    return this.query(found.values, options);
  }

  insert(vectors: VectorizeVector[]): Promise<VectorizeAsyncMutation> {
    return this.#mutate({ id: crypto.randomUUID(), kind: 'insert', vectors: checked(vectors) });
  }

  upsert(vectors: VectorizeVector[]): Promise<VectorizeAsyncMutation> {
    return this.#mutate({ id: crypto.randomUUID(), kind: 'upsert', vectors: checked(vectors) });
  }

  deleteByIds(ids: string[]): Promise<VectorizeAsyncMutation> {
    if (ids.length > MAX_BATCH) return Promise.reject(fault('too many ids'));
    return this.#mutate({ id: crypto.randomUUID(), kind: 'delete', ids: [...ids] });
  }

  async getByIds(ids: string[]): Promise<VectorizeVector[]> {
    return ids.flatMap((id) => this.vectors.get(id) ?? []);
  }

  async #mutate(mutation: Mutation): Promise<VectorizeAsyncMutation> {
    await this.#held;
    if (this.failing) throw fault('unavailable');
    this.#queue.push(mutation);
    if (this.immediate) this.process();
    return { mutationId: mutation.id };
  }
}

/** A copy of vectors that the index takes. */
function checked(vectors: readonly VectorizeVector[]): VectorizeVector[] {
  if (vectors.length === 0 || vectors.length > MAX_BATCH) throw fault('too many vectors, or none');
  for (const { id, namespace = '', values } of vectors) {
    if (id === '' || bytes(id) > MAX_ID_BYTES) throw fault('the id of a vector');
    if (bytes(namespace) > MAX_ID_BYTES) throw fault('the name of a namespace');
    if (values.length !== DIMENSION) throw fault('other dimensions than the index');
    if (![...values].every(Number.isFinite)) throw fault('a vector that is none');
  }
  return vectors.map((vector) => ({ ...vector, values: Float32Array.from(vector.values) }));
}

const bytes = (text: string) => new TextEncoder().encode(text).length;

const fault = (what: string) => new Error(`VECTOR_ERROR: ${what}`);

function cosine(a: VectorFloatArray | number[], b: VectorFloatArray | number[]): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

/** Scores of a compressed index: off by up to a twentieth. */
function approximate(score: number, exact: boolean): number {
  return exact ? score : Math.round(score * 10) / 10;
}
