/** `visavis`: for backends. The browser's part is `visavis/browser`. */
export {
  type ChallengeOptions,
  type ClusterOptions,
  type IdentifyOptions,
  type VerifyOptions,
  Visavis,
  type VisavisOptions,
} from './api.ts';
export {
  type ConfigurationCode,
  ConfigurationError,
  type ConnectionCode,
  ConnectionError,
  VisavisError,
} from './errors.ts';
export { Gallery, type PutOptions } from './gallery.ts';
export { ApiError, type ApiErrorCode, type Problem, type ProblemCode } from './problem.ts';
export type { CallOptions } from './transport.ts';
export type * from './types.ts';
