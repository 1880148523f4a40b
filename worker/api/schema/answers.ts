/** Parts that several answers have: the names of `fields.ts` are those of requests. */
import * as z from 'zod/mini';
import { MAX_TEMPLATE_PICTURES } from '../../limits.ts';

/** A schema with its sentence in the documentation. */
export const described = <Schema extends z.ZodMiniType>(
  schema: Schema,
  description: string,
): Schema => schema.check(z.meta({ description })) as Schema;

export const timestamp = () => described(z.iso.datetime(), 'RFC 3339, in UTC.');

/** A share or a probability. */
export const share = () => z.number().check(z.minimum(0), z.maximum(1));

export const rate = () => described(z.number().check(z.gt(0), z.lt(1)), 'False-accept rate.');

export const fpir = () =>
  described(z.number().check(z.gt(0), z.lt(1)), 'False-positive identification rate of a search.');

/** A squared L2 distance of unit vectors. */
export const squaredL2 = () => z.number().check(z.minimum(0), z.maximum(4));

export const pictures = () =>
  described(
    z.int().check(z.minimum(1), z.maximum(MAX_TEMPLATE_PICTURES)),
    'Number of pictures that the template is made of.',
  );

/** Mark of a template that should be replaced. */
export const enrolAgain = () =>
  described(
    z.boolean(),
    'True for a template of the former network (`MODEL_PREVIOUS`): it is good until it expires, or ' +
      'until that network is taken away. Enrol the person again before.',
  );

/** Numbers of a gallery whose people a new one was held against. */
export const uniqueSearch = () =>
  described(
    z.strictObject({
      templates: described(z.int(), 'Number of templates that were compared.'),
      subjects: z.int(),
      outdated: described(
        z.int(),
        'Subjects whose templates are all of other networks: the person may be there as one of them.',
      ),
    }),
    'Search of `unique`, where it was asked for: the gallery as it was before.',
  );

export type UniqueSearch = z.infer<ReturnType<typeof uniqueSearch>>;

/** A template, a challenge or a page of an export. */
export const sealed = (what: string) => described(z.string(), `${what}: opaque, a sealed token.`);
