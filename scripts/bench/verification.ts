/** Verifications over HTTP, and what came of each. */
import { Visavis } from '../../client/index.ts';
import { DEVELOPMENT_KEY } from '../../worker/auth/development.ts';
import { PICTURES, type PictureName, type Pictures } from './bench-pictures.ts';

/** A request of the benchmark: a pair of one picture, or a template and a picture. */
export interface Verification {
  readonly name: string;
  readonly makeForm: () => FormData;
}

export interface Answer {
  /** The right answer came: one person. */
  readonly right: boolean;
  /** `overloaded`, or whatever else was refused; empty where nothing was. */
  readonly code: string;
  /** Time from the first byte sent to the last received. */
  readonly milliseconds: number;
}

export const pairName = (picture: PictureName): string => `pair, ${picture}`;
export const TEMPLATE = 'template and 640x480 JPEG';

/** The pair that all others are held against. */
export const USUAL: PictureName = '640x480 JPEG';

export function pairOf(pictures: Pictures, name: PictureName): Verification {
  const blob = new Blob([pictures[name]]);
  return {
    name: pairName(name),
    makeForm: () => formOf({ reference: blob, probe: blob }),
  };
}

/** All kinds, the usual pair first; the template is made by the server. */
export async function verifications(url: URL, pictures: Pictures): Promise<Verification[]> {
  const probe = new Blob([pictures[USUAL]]);
  const subject = 'benchmark';
  const visavis = new Visavis({ url, key: DEVELOPMENT_KEY });
  const { template } = await visavis.enrol({ subject, images: [probe] });
  return [
    ...PICTURES.map((name) => pairOf(pictures, name)),
    { name: TEMPLATE, makeForm: () => formOf({ reference: template, subject, probe }) },
  ];
}

function formOf(fields: Readonly<Record<string, Blob | string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

export async function ask(url: URL, { makeForm }: Verification): Promise<Answer> {
  const body = makeForm();
  const start = performance.now();
  const response = await fetch(new URL('/v1/verify', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${DEVELOPMENT_KEY}` },
    body,
  });
  const { same, code = '' } = (await response.json()) as { same?: boolean; code?: string };
  return { right: same === true, code, milliseconds: performance.now() - start };
}

/** @throws Error for any answer but the right one */
export async function askRightly(url: URL, verification: Verification): Promise<number> {
  const { right, code, milliseconds } = await ask(url, verification);
  if (!right) throw new Error(`${verification.name}: ${code || 'another person'}`);
  return milliseconds;
}
