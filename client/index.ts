/** `visavis`: for backends. The browser's part is `visavis/browser`. */
export { type ChallengeOptions, type VerifyOptions, Visavis, type VisavisOptions } from './api.ts';
export {
  type ConfigurationCode,
  ConfigurationError,
  type ConnectionCode,
  ConnectionError,
  VisavisError,
} from './errors.ts';
export { ApiError, type ApiErrorCode, type Problem, type ProblemCode } from './problem.ts';
export type { CallOptions } from './transport.ts';
export type * from './types.ts';
