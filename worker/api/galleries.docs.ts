/** Answers of `/v1/galleries`, and the documentation. */

import * as z from 'zod/mini';
import {
  LISTED_GALLERIES,
  LISTED_SUBJECTS,
  MAX_LISTED_GALLERIES,
  MAX_LISTED_SUBJECTS,
  MAX_SUBJECT_TEMPLATES,
} from '../limits.ts';
import { GALLERY_IMPORT, GALLERY_PUT } from './galleries.request.ts';
import { described, pictures, sealed, timestamp, uniqueSearch } from './schema/answers.ts';
import {
  BODY_ERRORS,
  FPIR,
  type Operation,
  PICTURE,
  PICTURE_ERRORS,
  STORE_ERRORS,
  TEMPLATE_ERRORS,
} from './schema/operation.ts';
import { LIFE, SUBJECT_ID, TEMPLATE } from './schema/sample.ts';

export const GallerySubject = z.strictObject({
  subject: z.string(),
  enrolledAt: timestamp(),
  templates: z.array(z.strictObject({ model: z.string(), pictures: pictures() })),
  outdated: described(z.boolean(), 'No template is of the network that serves: enrol anew.'),
});

export type GallerySubject = z.infer<typeof GallerySubject>;

export const EnrolledSubject = z.extend(GallerySubject, { unique: z.optional(uniqueSearch()) });

export type EnrolledSubject = z.infer<typeof EnrolledSubject>;

const cursor = () =>
  described(z.nullable(z.string()), 'The `cursor` of the next page; null after the last.');

export const GallerySubjects = z.strictObject({
  subjects: z.array(GallerySubject),
  cursor: cursor(),
});

export type GallerySubjects = z.infer<typeof GallerySubjects>;

export const GalleryReport = z.strictObject({
  gallery: z.string(),
  subjects: z.int(),
  templates: described(z.int(), 'Number of templates of the network that serves.'),
  outdated: described(z.int(), 'Subjects to be enrolled anew: their templates are of others.'),
  model: z.string(),
  changedAt: described(
    timestamp(),
    'Time of the last change: an enrolment, a deletion, an import.',
  ),
});

export type GalleryReport = z.infer<typeof GalleryReport>;

export const Galleries = z.strictObject({
  galleries: described(z.array(GalleryReport), 'May be fewer than `limit` before the last page.'),
  cursor: cursor(),
});

export type Galleries = z.infer<typeof Galleries>;

export const GalleryPage = z.strictObject({
  page: sealed('Some of its subjects and templates'),
  subjects: z.int(),
  cursor: cursor(),
});

export type GalleryPage = z.infer<typeof GalleryPage>;

export const GalleryImport = z.strictObject({ subjects: z.int() });

export type GalleryImport = z.infer<typeof GalleryImport>;

const PAGES = {
  cursor: 'The `cursor` of the page before.',
  limit: `Most subjects of a page, up to ${MAX_LISTED_SUBJECTS}. Without it ${LISTED_SUBJECTS}.`,
};

const PERSON = {
  subject: SUBJECT_ID,
  enrolledAt: LIFE.issuedAt,
  templates: [{ model: 'mobilefacenet-int8', pictures: 3 }],
  outdated: false,
};

const GALLERY = {
  gallery: 'staff',
  subjects: 250,
  templates: 250,
  outdated: 0,
  model: 'mobilefacenet-int8',
  changedAt: LIFE.issuedAt,
};

export const operations: readonly Operation[] = [
  {
    id: 'listGalleries',
    tag: 'Identification',
    method: 'get',
    path: '/v1/galleries',
    summary: 'The galleries of the tenant, in the order of their names',
    key: 'galleries',
    query: {
      cursor: PAGES.cursor,
      limit: `Most galleries of a page, up to ${MAX_LISTED_GALLERIES}. Without it ${LISTED_GALLERIES}.`,
    },
    success: [200, Galleries],
    errors: ['invalid_request', 'rate_limited', ...STORE_ERRORS],
    sample: {
      typescript: 'const { galleries } = await visavis.galleries();',
      answers: { Galleries: { galleries: [GALLERY], cursor: null } },
    },
  },
  {
    id: 'describeGallery',
    tag: 'Identification',
    method: 'get',
    path: '/v1/galleries/{gallery}',
    summary: 'How many are in a gallery, and how many have to be enrolled anew',
    key: 'galleries',
    success: [200, GalleryReport],
    errors: ['invalid_request', 'not_found', 'rate_limited', ...STORE_ERRORS],
    sample: {
      answers: { GalleryReport: GALLERY },
    },
  },
  {
    id: 'deleteGallery',
    tag: 'Identification',
    method: 'delete',
    path: '/v1/galleries/{gallery}',
    summary: 'Delete a gallery and all that is in it',
    key: 'galleries',
    success: [204],
    errors: ['invalid_request', 'not_found', 'rate_limited', ...STORE_ERRORS],
    sample: {},
  },
  {
    id: 'listSubjects',
    tag: 'Identification',
    method: 'get',
    path: '/v1/galleries/{gallery}/subjects',
    summary: 'Who is in a gallery, in the order of their names',
    key: 'galleries',
    query: PAGES,
    success: [200, GallerySubjects],
    errors: ['invalid_request', 'not_found', 'rate_limited', ...STORE_ERRORS],
    sample: {
      answers: { GallerySubjects: { subjects: [PERSON], cursor: null } },
    },
  },
  {
    id: 'putSubject',
    tag: 'Identification',
    method: 'put',
    path: '/v1/galleries/{gallery}/subjects/{subject}',
    summary: 'Enrol a subject in a gallery',
    description:
      'By pictures, which make one template, or by templates of this subject. What it had there ' +
      'before is replaced. It stays until it is deleted.',
    key: 'galleries',
    body: GALLERY_PUT,
    fields: {
      image: `Pictures of the person. ${PICTURE}`,
      templates: `In place of pictures: up to ${MAX_SUBJECT_TEMPLATES} templates, as one string with white space between, or in JSON as an array.`,
      unique:
        '`true`: refused where the person is there under another subject. The first of a gallery is unique.',
      fpir: `Rate of that search. ${FPIR}`,
    },
    success: [200, EnrolledSubject],
    errors: [
      ...BODY_ERRORS,
      ...PICTURE_ERRORS,
      ...TEMPLATE_ERRORS,
      'low_quality',
      'already_enrolled',
      'gallery_full',
      'rate_limited',
    ],
    sample: {
      form: ['image=@front.jpg', 'image=@left.jpg', 'image=@right.jpg', 'unique=true'],
      answers: {
        EnrolledSubject: { ...PERSON, unique: { templates: 249, subjects: 249, outdated: 0 } },
      },
    },
  },
  {
    id: 'getSubject',
    tag: 'Identification',
    method: 'get',
    path: '/v1/galleries/{gallery}/subjects/{subject}',
    summary: 'What is stored of a subject',
    key: 'galleries',
    success: [200, GallerySubject],
    errors: ['invalid_request', 'not_found', 'rate_limited', ...STORE_ERRORS],
    sample: {
      answers: { GallerySubject: PERSON },
    },
  },
  {
    id: 'deleteSubject',
    tag: 'Identification',
    method: 'delete',
    path: '/v1/galleries/{gallery}/subjects/{subject}',
    summary: 'Delete a subject from a gallery',
    key: 'galleries',
    success: [204],
    errors: ['invalid_request', 'not_found', 'rate_limited', ...STORE_ERRORS],
    sample: {},
  },
  {
    id: 'exportGallery',
    tag: 'Identification',
    method: 'get',
    path: '/v1/galleries/{gallery}/export',
    summary: 'A page of a gallery, sealed',
    description:
      'For `import`, into any gallery of the same tenant on a deployment with the same ' +
      '`TEMPLATE_KEYS`. Each answer can be kept as it comes.',
    key: 'galleries',
    query: { cursor: PAGES.cursor },
    success: [200, GalleryPage],
    errors: ['invalid_request', 'not_found', 'rate_limited', ...STORE_ERRORS],
    sample: {
      answers: { GalleryPage: { page: TEMPLATE, subjects: 250, cursor: null } },
    },
  },
  {
    id: 'importGallery',
    tag: 'Identification',
    method: 'post',
    path: '/v1/galleries/{gallery}/import',
    summary: 'Put the subjects of an exported page into a gallery',
    key: 'galleries',
    body: GALLERY_IMPORT,
    description:
      'The body is an answer of `export`, as it came. Subjects that are there already are replaced.',
    fields: {
      page: 'A page, as `export` gave it.',
      subjects: 'As `export` gave it. It may be left out.',
      cursor: 'As `export` gave it. It may be left out.',
    },
    success: [200, GalleryImport],
    errors: [...BODY_ERRORS, 'export_invalid', 'gallery_full', 'rate_limited', ...STORE_ERRORS],
    sample: {
      json: { page: TEMPLATE, subjects: 250, cursor: null },
      answers: { GalleryImport: { subjects: 250 } },
    },
  },
];
