/**
 * Serving models: the one that enrols and compares (`MODEL`), and the former one
 * (`MODEL_PREVIOUS`), whose templates stay good until they expire, so that a new network locks
 * nobody out.
 */
import { isIdOf, modelId } from '../face/embedding/model-id.ts';
import type { Env, Models } from '../http/context.ts';

export interface ServingModel {
  /** The name that `Models` knows it by. */
  readonly name: string;
  /** Model id that its templates are bound to. */
  readonly id: string;
  /** True for `MODEL_PREVIOUS`: it opens templates, and makes none. */
  readonly former: boolean;
}

type ModelNames = Pick<Env, 'MODEL' | 'MODEL_PREVIOUS'>;

/** The model that new templates and pairs of pictures go to. @throws Refusal `not_configured` */
export function currentModel(models: Models, { MODEL }: ModelNames): ServingModel {
  return { name: MODEL, id: modelId(models.card(MODEL)), former: false };
}

/**
 * The serving model that an embedding of this id can be compared by.
 *
 * @param id of a template or a challenge, as `modelId` made it then
 * @returns undefined where no model that serves here is meant
 * @throws Refusal `not_configured` where a variable names a model that is not deployed
 */
export function servingModelOf(
  id: string,
  models: Models,
  env: ModelNames,
): ServingModel | undefined {
  const current = currentModel(models, env);
  if (isIdOf(id, models.card(env.MODEL))) return current;
  const { MODEL_PREVIOUS: name } = env;
  if (!name || !isIdOf(id, models.card(name))) return undefined;
  return { name, id: modelId(models.card(name)), former: true };
}
