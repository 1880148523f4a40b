import type { TemplateUndecided, Undecided } from '../../worker/face/verify.ts';

/** The answer, which has to be a decision. */
export function decided<A extends object>(answer: A | Undecided | TemplateUndecided): A {
  if ('reasons' in answer) throw new Error(`undecided: ${JSON.stringify(answer.reasons)}`);
  return answer as A;
}
