/** `POST /v1/identify`: search for a person, among templates that come along or in a gallery. */
import type { Context, Handler } from 'hono';
import type * as z from 'zod/mini';
import { Refusal } from '../errors.ts';
import { weakestOf } from '../face/decision/identification-thresholds.ts';
import { decide, type RankedSubject } from '../face/decision/identify.ts';
import { isIdOf } from '../face/embedding/model-id.ts';
import type { FaceReport } from '../face/pipeline.ts';
import {
  enforceFloor,
  floorFailures,
  type QualityPolicy,
  undecidedProbe,
} from '../face/quality/quality-floor.ts';
import { Contents } from '../gallery/contents.ts';
import type { Found, ModelSearchTerms } from '../gallery/gallery-store.ts';
import type { Valid } from '../http/body.ts';
import type { Api, Models } from '../http/context.ts';
import { keyRing } from '../login/sealed-token.ts';
import { openAnyTemplate } from '../login/template-token.ts';
import { resolveFpir } from './far.ts';
import { galleryOf, noGallery } from './galleries.ts';
import type { Identification } from './identify.docs.ts';
import type { IDENTIFY } from './identify.request.ts';
import { roundedDistance } from './rounding.ts';
import { currentModel, type ServingModel } from './serving.ts';
import { now } from './time.ts';

type Search = (probe: Float32Array, terms: ModelSearchTerms, top: number) => Promise<Found>;

export const identify =
  (models: Models): Handler<Api, string, Valid<typeof IDENTIFY>> =>
  async (c) => {
    const form = c.req.valid('form');
    const { probe, top = 1, faces: choice = 'dominant', quality } = form;
    const { calibration, faces } = await c.get('load')(c.env.MODEL);
    const fpir = resolveFpir(form.fpir, calibration);
    const model = currentModel(models, c.env);
    const search = await searchOf(form, model, models, c);
    const terms = { model: model.id, fpir, calibration };
    const found = await Promise.all(
      (await faces(probe, choice, 'probe')).map(async ({ report, embedding }) => {
        // One of many faces is no reason to refuse the others.
        if (choice !== 'all') enforceFloor(undecidedProbe(report.quality), quality);
        const result = await search(embedding, terms, top);
        const subject = decide(result, terms);
        return { result, face: identified(report, result, subject, quality) };
      }),
    );
    const [{ result }] = found as [(typeof found)[number]];
    const answer: Identification = {
      faces: found.map(({ face }) => face),
      fpir,
      basis: weakestOf(found.map(({ result }) => result.basis)),
      templates: result.size,
      subjects: result.subjects,
      outdated: result.outdated,
      model: model.id,
    };
    return c.json(answer);
  };

/** A face below the quality floor is named to nobody. */
function identified(
  face: FaceReport,
  { candidates }: Found,
  subject: string | null,
  quality: QualityPolicy = 'enforce',
): Identification['faces'][number] {
  const reasons = floorFailures(face.quality);
  if (reasons.length === 0) return { subject, candidates: candidates.map(rounded), face };
  const told = quality === 'report' ? candidates : [];
  return {
    reasons,
    candidates: told.map(({ subject, distance, pictures }) => ({
      subject,
      distance: roundedDistance(distance, false),
      pictures,
    })),
    face,
  };
}

function rounded(candidate: RankedSubject): RankedSubject {
  const { distance, match } = candidate;
  return { ...candidate, distance: roundedDistance(distance, match) };
}

async function searchOf(
  { gallery, templates = [] }: z.output<typeof IDENTIFY.schema>,
  model: ServingModel,
  models: Models,
  c: Context<Api>,
): Promise<Search> {
  if (gallery === undefined) return searchAmong(templates, model, models, c);
  const store = galleryOf(c, gallery);
  return async (...asked) => {
    const found = await store.search(...asked);
    if (found.subjects === 0) throw noGallery('gallery');
    return found;
  };
}

/** @throws Refusal with the first template that cannot be used */
async function searchAmong(
  tokens: readonly string[],
  { id: model }: ServingModel,
  models: Models,
  c: Context<Api>,
): Promise<Search> {
  const keys = await keyRing(c.env);
  const { tenant } = c.get('caller');
  const card = models.card(c.env.MODEL);
  // One search is by one network: a template of the former one has no distance to the others.
  const modelOf = (id: string) => (isIdOf(id, card) ? model : undefined);
  const use = { tenant: tenant.id, modelOf, now: now() };
  const templates = await Promise.all(
    tokens.map((token, i) => openAnyTemplate(token, { ...use, field: `templates[${i}]` }, keys)),
  );
  const bySubject = Map.groupBy(templates, ({ subject }) => subject);
  const contents = new Contents();
  for (const [subject, own] of bySubject) {
    const templates = own.map((template) => ({ ...template, model }));
    contents.put({ subject, enrolledAt: 0, templates }, 1);
  }
  if (contents.templates !== tokens.length) throw new Refusal({ code: 'internal' });
  return async (...asked) => contents.search(...asked);
}
