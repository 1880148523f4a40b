/** `/v1/galleries`: enrolled subjects that are kept here, to be searched among. */
import type { Context, Handler } from 'hono';
import * as z from 'zod/mini';
import { parseGallery, parseSubject } from '../auth/subject.ts';
import { Refusal } from '../errors.ts';
import { isIdOf } from '../face/embedding/model-id.ts';
import { listGalleries, openGallery } from '../gallery/durable-object.ts';
import { openExport, sealExport } from '../gallery/export.ts';
import type {
  Counts,
  Description,
  GalleryStore,
  Listed,
  Put,
  StoredTemplate,
} from '../gallery/gallery-store.ts';
import type { Valid } from '../http/body.ts';
import type { Api, Models } from '../http/context.ts';
import { readParameters } from '../http/query.ts';
import {
  EXPORTED_SUBJECTS,
  LISTED_GALLERIES,
  LISTED_SUBJECTS,
  MAX_LISTED_GALLERIES,
  MAX_LISTED_SUBJECTS,
} from '../limits.ts';
import { keyRing } from '../login/sealed-token.ts';
import { openTemplate } from '../login/template-token.ts';
import { resolveFpir } from './far.ts';
import type {
  EnrolledSubject,
  Galleries,
  GalleryImport,
  GalleryPage,
  GalleryReport,
  GallerySubject,
  GallerySubjects,
} from './galleries.docs.ts';
import type { GALLERY_IMPORT, GALLERY_PUT } from './galleries.request.ts';
import type { UniqueSearch } from './schema/answers.ts';
import { limit } from './schema/fields.ts';
import { currentModel } from './serving.ts';
import { now, timestamp } from './time.ts';

const list = (most: number) =>
  z.strictObject({ cursor: z.optional(z.string()), limit: z.optional(limit(most)) });

const GALLERIES = list(MAX_LISTED_GALLERIES);

const SUBJECTS = list(MAX_LISTED_SUBJECTS);

const EXPORT = z.strictObject({ cursor: z.optional(z.string()) });

/** The gallery of this name of the caller's tenant. */
export function galleryOf(c: Context<Api>, name: string): GalleryStore {
  return openGallery(c.env, c.get('caller').tenant.id, name);
}

/** One that is empty and one that never was are the same. */
export function noGallery(field?: string): Refusal {
  const detail = 'There is no such gallery: the first subject makes it.';
  return new Refusal({ code: 'not_found', detail, ...(field && { field }) });
}

const noSubject = () =>
  new Refusal({ code: 'not_found', detail: 'The gallery has no such subject.' });

/** Handler behind `body(GALLERY_PUT)`. */
export const putSubject =
  (models: Models): Handler<Api, string, Valid<typeof GALLERY_PUT>> =>
  async (c) => {
    const { store } = named(c);
    const subject = parseSubject(c.req.param('subject'));
    await keyRing(c.env); // before anybody's face is looked at in vain
    const model = currentModel(models, c.env).id;
    const { image, templates, ...form } = c.req.valid('form');
    const network = await c.get('load')(c.env.MODEL);
    const { calibration } = network;
    const fpir = resolveFpir(form.fpir, calibration);
    const stored: StoredTemplate[] = image
      ? [{ model, ...(await network.enrol(image, 'search')) }]
      : await openAll(templates ?? [], { subject, model, models, c });
    const entry = {
      subject,
      enrolledAt: now(),
      templates: stored.map(({ model, pictures, embedding }) => ({ model, pictures, embedding })),
    };
    const unique = form.unique ? { model, fpir, calibration } : undefined;
    const { searched } = checkPut(await store.put(entry, unique), c);
    const answer: EnrolledSubject = {
      ...listed(entry, model),
      ...(searched && { unique: uniqueSearch(searched) }),
    };
    return c.json(answer);
  };

/** @throws Refusal for whatever kept the subject out */
function checkPut(put: Put, c: Context<Api>): Extract<Put, { readonly kind: 'stored' }> {
  if (put.kind === 'full') throw full(put.most);
  if (put.kind === 'taken') throw alreadyEnrolled(put.subject, c);
  return put;
}

export function uniqueSearch({ size: templates, subjects, outdated }: Counts): UniqueSearch {
  return { templates, subjects, outdated };
}

/** The subject found, told only to those who may ask. */
export function alreadyEnrolled(subject: string, c: Context<Api>): Refusal {
  const told = c.get('caller').scopes.has('identify') ? { subject } : {};
  return new Refusal({ code: 'already_enrolled', ...told });
}

export const getSubject =
  (models: Models): Handler<Api> =>
  async (c) => {
    const { store } = named(c);
    const found = await store.get(parseSubject(c.req.param('subject')));
    if (!found) throw noSubject();
    return c.json(listed(found, currentModel(models, c.env).id));
  };

export const deleteSubject: Handler<Api> = async (c) => {
  const { store } = named(c);
  if (!(await store.remove(parseSubject(c.req.param('subject'))))) throw noSubject();
  return c.body(null, 204);
};

export const listSubjects =
  (models: Models): Handler<Api> =>
  async (c) => {
    const { store } = named(c);
    const { cursor = '', limit = LISTED_SUBJECTS } = readParameters(c, SUBJECTS);
    const page = await store.list(cursor, limit);
    if (page.items.length === 0 && cursor === '') throw noGallery();
    const model = currentModel(models, c.env).id;
    const answer: GallerySubjects = {
      subjects: page.items.map((item) => listed(item, model)),
      cursor: page.cursor,
    };
    return c.json(answer);
  };

export const describeGallery =
  (models: Models): Handler<Api> =>
  async (c) => {
    const { store, gallery } = named(c);
    const model = currentModel(models, c.env).id;
    const found = await store.describe(model);
    if (found.subjects === 0) throw noGallery();
    return c.json(reported(gallery, found, model));
  };

export const getGalleries =
  (models: Models): Handler<Api> =>
  async (c) => {
    const { cursor = '', limit = LISTED_GALLERIES } = readParameters(c, GALLERIES);
    const model = currentModel(models, c.env).id;
    const { tenant } = c.get('caller');
    const page = await listGalleries(c.env, tenant.id, { model, cursor, most: limit });
    const answer: Galleries = {
      galleries: page.items.map(({ gallery, ...found }) => reported(gallery, found, model)),
      cursor: page.cursor,
    };
    return c.json(answer);
  };

export const deleteGallery: Handler<Api> = async (c) => {
  if (!(await named(c).store.clear())) throw noGallery();
  return c.body(null, 204);
};

export const exportGallery: Handler<Api> = async (c) => {
  const { store } = named(c);
  const { cursor = '' } = readParameters(c, EXPORT);
  const keys = await keyRing(c.env);
  const page = await store.read(cursor, EXPORTED_SUBJECTS);
  if (page.items.length === 0 && cursor === '') throw noGallery();
  const answer: GalleryPage = {
    page: await sealExport(c.get('caller').tenant.id, page.items, keys),
    subjects: page.items.length,
    cursor: page.cursor,
  };
  return c.json(answer);
};

/** Handler behind `body(GALLERY_IMPORT)`. */
export const importGallery: Handler<Api, string, Valid<typeof GALLERY_IMPORT>> = async (c) => {
  const { store } = named(c);
  const keys = await keyRing(c.env);
  const { page } = c.req.valid('form');
  const entries = await openExport(page, c.get('caller').tenant.id, keys);
  const put = await store.putAll(entries);
  if (put.kind === 'full') throw full(put.most);
  return c.json({ subjects: entries.length } satisfies GalleryImport);
};

function named(c: Context<Api>): { gallery: string; store: GalleryStore } {
  const gallery = parseGallery(c.req.param('gallery'));
  return { gallery, store: galleryOf(c, gallery) };
}

interface Opening {
  readonly subject: string;
  /** Id of the network that serves. */
  readonly model: string;
  readonly models: Models;
  readonly c: Context<Api>;
}

async function openAll(tokens: readonly string[], opening: Opening): Promise<StoredTemplate[]> {
  const { subject, model, models, c } = opening;
  const keys = await keyRing(c.env);
  const card = models.card(c.env.MODEL);
  const modelOf = (id: string) => (isIdOf(id, card) ? model : undefined);
  const use = { tenant: c.get('caller').tenant.id, subject, modelOf, now: now() };
  const templates = await Promise.all(
    tokens.map((token, i) => openTemplate(token, { ...use, field: `templates[${i}]` }, keys)),
  );
  return templates.map((template) => ({ ...template, model }));
}

function reported(gallery: string, found: Description, model: string): GalleryReport {
  const { subjects, size: templates, outdated, changedAt } = found;
  return { gallery, subjects, templates, outdated, model, changedAt: timestamp(changedAt) };
}

function listed({ subject, enrolledAt, templates }: Listed, serving: string): GallerySubject {
  return {
    subject,
    enrolledAt: timestamp(enrolledAt),
    templates: templates.map(({ model, pictures }) => ({ model, pictures })),
    outdated: templates.every(({ model }) => model !== serving),
  };
}

function full(most: number): Refusal {
  const detail = `A gallery holds at most ${most} templates.`;
  return new Refusal({ code: 'gallery_full', detail });
}
