/** Samples of requests, as curl sends them. */
import type { Operation } from '../../worker/api/schema/operation.ts';
import { CHALLENGE_ID, SUBJECT_ID } from '../../worker/api/schema/sample.ts';

/** A deployment's address, as samples have it. */
const URL_OF_SAMPLES = 'https://faces.example';

/** The sample of a request. */
export function curlOf({ method, path, key, sample }: Operation): string {
  const { form, json } = sample;
  const filled = path
    .replace('{id}', CHALLENGE_ID)
    .replace('{subject}', SUBJECT_ID)
    .replace('{gallery}', 'staff');
  const verb = ['delete', 'put'].includes(method) ? `-X ${method.toUpperCase()} ` : '';
  const lines = [
    `curl ${verb}${URL_OF_SAMPLES}${filled}`,
    ...(key !== 'none' ? ["-H 'Authorization: Bearer KEY'"] : []),
    ...(form ?? []).map((field) => `-F '${field}'`),
    ...(json ? [`--json '${JSON.stringify(json, null, 2)}'`] : []),
  ];
  return lines.join(' \\\n  ');
}
