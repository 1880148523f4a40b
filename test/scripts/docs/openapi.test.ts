import { readFileSync } from 'node:fs';
import { type Schema, Validator } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import type * as client from '../../../client/types.ts';
import { openapi, wireOf } from '../../../scripts/docs/openapi-document.ts';
import { docsPage } from '../../../scripts/docs/page.ts';
import type * as attempts from '../../../worker/api/attempts.docs.ts';
import type * as challenges from '../../../worker/api/challenges.docs.ts';
import type * as loginResponse from '../../../worker/api/login-response.docs.ts';
import type * as model from '../../../worker/api/model.docs.ts';
import type { FaceReport } from '../../../worker/api/schema/face-report.ts';
import { OPERATIONS } from '../../../worker/api/schema/operations.ts';
import { CODES } from '../../../worker/api/schema/problems.ts';
import type * as templates from '../../../worker/api/templates.docs.ts';
import type * as verify from '../../../worker/api/verify.docs.ts';
import { isSubject } from '../../../worker/auth/subject.ts';

const at = (path: string) => new URL(`../../../${path}`, import.meta.url);

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}
interface Operation {
  operationId: string;
  security: object[];
  requestBody?: { content: Record<string, { schema: { properties: Record<string, Property> } }> };
  responses: Record<string, object>;
}
interface Property {
  pattern?: string;
  description?: string;
}

const document = openapi() as unknown as Document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

describe('openapi.json', () => {
  it('is what `npm run openapi` writes', () => {
    const written = JSON.parse(readFileSync(at('worker/openapi.json'), 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(openapi())));
  });

  it('refers only to what it has', () => {
    const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
    for (const [, name] of refs) expect(document.components.schemas).toHaveProperty(name as string);
  });

  it('describes every field that is sent', () => {
    for (const { operationId, requestBody } of operations) {
      for (const { schema } of Object.values(requestBody?.content ?? {})) {
        for (const [name, property] of Object.entries(schema.properties)) {
          expect(property.description, `${operationId}: ${name}`).toBeTruthy();
        }
      }
    }
  });

  it('says of what needs a key that it may be refused, and of the rest that it needs none', () => {
    for (const { operationId, security, responses } of operations) {
      expect(security.length > 0, operationId).toBe('401' in responses);
    }
    expect(OPERATIONS.filter(({ key }) => key === 'none').map(({ id }) => id)).toEqual([
      'respond',
      'jwks',
      'health',
      'ready',
    ]);
  });

  it('spells the rule for subjects as it is', () => {
    const json = document.paths['/v1/challenges']?.post?.requestBody?.content['application/json'];
    const { pattern = '' } = json?.schema.properties.subject ?? {};
    const samples = ['a', 'A-b_c.d~e@f:g+h', 'x'.repeat(128), '...', 'a.', '.a', '0'];
    const wrong = ['', '.', '../..', 'x'.repeat(129), 'a b', 'a/b', 'ä', 'a\n', 'a%20'];
    for (const subject of [...samples, ...wrong]) {
      expect(new RegExp(pattern).test(subject), subject).toBe(isSubject(subject));
    }
    expect(samples.every(isSubject)).toBe(true);
  });

  it('has no type of an answer that the client does not have, nor the other way round', () => {
    // These fail to compile, not to run: `npm run check` is what tests them.
    type Same<A, B> = [A] extends [B] ? ([B] extends [Mutable<A>] ? true : A) : B;
    type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
    const same: [
      Same<z.infer<typeof FaceReport>, Mutable<client.FaceReport>>,
      Same<z.infer<typeof verify.Verification>, Mutable<client.Verification>>,
      Same<z.infer<typeof verify.TemplateVerification>, Mutable<client.TemplateVerification>>,
      Same<Mutable<z.infer<typeof verify.Undecided>>, Mutable<client.Undecided>>,
      Same<Mutable<z.infer<typeof verify.TemplateUndecided>>, Mutable<client.TemplateUndecided>>,
      Same<z.infer<typeof templates.Enrolment>, Mutable<client.Enrolment>>,
      Same<z.infer<typeof challenges.Challenge>, Mutable<client.Challenge>>,
      Same<z.infer<typeof loginResponse.LoginAnswer>, Mutable<client.LoginAnswer>>,
      Same<z.infer<typeof attempts.AttemptsReport>, Mutable<client.AttemptsReport>>,
      Same<z.infer<typeof model.Model>, Mutable<client.Model>>,
      Same<z.infer<typeof model.ModelCard>, Mutable<client.ModelCard>>,
    ] = [true, true, true, true, true, true, true, true, true, true, true];
    expect(same).not.toContain(false);
  });
});

describe('samples', () => {
  it('answer as their schemas say', () => {
    for (const { id, success, sample } of OPERATIONS) {
      const { answers = {} } = sample ?? {};
      const names = Object.keys(answers);
      expect(names, id).toHaveLength(success.length - 1);
      for (const [name, answer] of Object.entries(answers)) {
        const schema = { $ref: `#/components/schemas/${name}`, components: document.components };
        const { errors } = new Validator(schema as Schema, '2020-12', false).validate(answer);
        expect(errors, `${id}: ${name}`).toEqual([]);
      }
    }
  });

  it('send what their operations take', () => {
    for (const { id, body, sample } of OPERATIONS) {
      const { form = [], json = {} } = sample ?? {};
      const sent = [...form.map((field) => field.split('=')[0] as string), ...Object.keys(json)];
      const known = Object.keys(body?.schema.shape ?? {});
      for (const field of sent) expect(known, id).toContain(field);
      expect(sent.length > 0, id).toBe(body !== undefined);
    }
  });
});

describe('the page at /docs', () => {
  const page = docsPage();

  it('has an anchor for every code, with its status', () => {
    for (const code of CODES) {
      expect(page).toContain(`<dt id="${code}"><code>${code}</code> ${wireOf(code).status}:`);
    }
  });

  it('has no link that leads nowhere, and no id twice', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    expect([...page.matchAll(/(?:href|src)="([^#"]+)"/g)].map(([, url]) => url)).toEqual([
      '/assets/icon.svg',
      '/assets/docs.css',
      ...['/', '/', '/docs', '/openapi.json'], // the header
    ]);
  });
});
