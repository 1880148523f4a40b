/** Galleries: subjects that the deployment keeps, to be searched among. */
import { appendPictures, queryOf, setText } from './form.ts';
import type { CallOptions } from './transport.ts';
import type {
  EnrolledSubject,
  GalleryPage,
  GalleryReport,
  GallerySubject,
  GallerySubjects,
  Picture,
} from './types.ts';

/** Sends a request below the gallery's path. */
export type Send = <T>(
  method: string,
  path: string,
  call?: CallOptions,
  body?: FormData | object,
) => Promise<T>;

export interface PutOptions {
  /** Pictures of the person, 1 to 5, which make one template; or, instead, `templates`. */
  readonly images?: readonly Picture[] | undefined;
  /** Templates of this subject, 1 to 5. */
  readonly templates?: readonly string[] | undefined;
  /** Refused as `already_enrolled` where the person is there under another subject. */
  readonly unique?: boolean | undefined;
  /** False-positive identification rate of that search. */
  readonly fpir?: number | undefined;
}

/**
 * A gallery of the tenant, by `visavis.gallery(name)`. The key needs the scope `galleries`.
 *
 * @example
 * ```ts
 * const staff = visavis.gallery('staff');
 * await staff.put('user-17', { images: [front, left, right] });
 * const { faces } = await visavis.identify({ probe, gallery: 'staff' });
 * ```
 */
export class Gallery {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Enrols a subject, in place of what it had there. */
  async put(subject: string, options: PutOptions, call?: CallOptions): Promise<EnrolledSubject> {
    const form = new FormData();
    const { images, templates, unique, fpir } = options;
    appendPictures(form, 'image', images);
    setText(form, { templates: templates?.join('\n'), unique, fpir });
    return this.#send('PUT', pathOf(subject), call, form);
  }

  /** Entry of a subject, without its embeddings. */
  get(subject: string, call?: CallOptions): Promise<GallerySubject> {
    return this.#send('GET', pathOf(subject), call);
  }

  /** Deletes a subject. */
  remove(subject: string, call?: CallOptions): Promise<void> {
    return this.#send('DELETE', pathOf(subject), call);
  }

  /** A page of subjects, in the order of their names. */
  list(
    options: {
      readonly cursor?: string | null | undefined;
      readonly limit?: number | undefined;
    } = {},
    call?: CallOptions,
  ): Promise<GallerySubjects> {
    return this.#send('GET', `/subjects${queryOf(options)}`, call);
  }

  /** Numbers of subjects, and of those to be enrolled anew. */
  describe(call?: CallOptions): Promise<GalleryReport> {
    return this.#send('GET', '', call);
  }

  /** Deletes the gallery and all that is in it. */
  clear(call?: CallOptions): Promise<void> {
    return this.#send('DELETE', '', call);
  }

  /** A sealed page of the gallery, for `importPage`; its `cursor` leads to the next. */
  exportPage(cursor = '', call?: CallOptions): Promise<GalleryPage> {
    return this.#send('GET', `/export${queryOf({ cursor: cursor || undefined })}`, call);
  }

  /**
   * All pages of the gallery, one after the other.
   *
   * @example
   * ```ts
   * for await (const page of visavis.gallery('staff').exportPages()) {
   *   await elsewhere.gallery('staff').importPage(page);
   * }
   * ```
   */
  async *exportPages(call?: CallOptions): AsyncGenerator<GalleryPage, void> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: GalleryPage = await this.exportPage(cursor, call);
      yield page;
      cursor = page.cursor;
    }
  }

  /** Puts the subjects of an exported page into this gallery: the page, or all that came with it. */
  importPage(
    page: string | GalleryPage,
    call?: CallOptions,
  ): Promise<{ readonly subjects: number }> {
    return this.#send('POST', '/import', call, typeof page === 'string' ? { page } : page);
  }
}

function pathOf(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`;
}
