/**
 * Directory of a tenant's galleries: a Durable Object a tenant, which holds their names alone. What is
 * in a gallery is asked of the gallery itself, so that the two cannot differ.
 *
 * Each gallery writes its own name here before its first subject, and takes it out after its last
 * (`durable-object.ts`): one that holds anybody is always listed.
 */
import { DurableObject } from 'cloudflare:workers';
import { Refusal } from '../errors.ts';

const NAME = 'name:';

export class GalleryDirectory extends DurableObject {
  /** Adds a gallery. One that is there stays. */
  add(gallery: string): void {
    this.ctx.storage.kv.put(NAME + gallery, true);
  }

  /** Takes a gallery out. After the last nothing is stored any more: a name alone may tell of people. */
  async remove(gallery: string): Promise<void> {
    this.ctx.storage.kv.delete(NAME + gallery);
    if (this.after('', 1).names.length === 0) await this.ctx.storage.deleteAll();
  }

  /** Names in the order of their code units, up to `most` of those after `cursor`. */
  after(cursor: string, most: number): { readonly names: string[]; readonly more: boolean } {
    const asked = { prefix: NAME, startAfter: NAME + cursor, limit: most + 1 };
    const names = [...this.ctx.storage.kv.list(asked)].map(([key]) => key.slice(NAME.length));
    return { names: names.slice(0, most), more: names.length > most };
  }
}

export interface DirectoryBinding {
  /** Directories of galleries, one object a tenant. Without it galleries are not listed. */
  readonly GALLERY_DIRECTORY?: DurableObjectNamespace<GalleryDirectory>;
}

/** @throws Refusal `not_configured` without the binding */
export function openDirectory(
  { GALLERY_DIRECTORY }: DirectoryBinding,
  tenant: string,
): DurableObjectStub<GalleryDirectory> {
  if (GALLERY_DIRECTORY) return GALLERY_DIRECTORY.get(GALLERY_DIRECTORY.idFromName(tenant));
  const detail = 'The binding GALLERY_DIRECTORY is missing.';
  throw new Refusal({ code: 'not_configured', detail });
}
