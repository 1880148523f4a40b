/** Refusal of a second step by face, on the wire between a relying party and its pages. */
import { VisavisError } from './errors.ts';

/** Codes that a browser is told and may act on; the reason of a refused assertion is none of them. */
export type StepUpCode =
  | 'signed_out'
  | 'face_required'
  | 'not_enrolled'
  | 'enrol_again'
  | 'confirm_first'
  | 'picture'
  | 'wait'
  | 'locked'
  | 'refused'
  | 'unavailable';

const STATUS = {
  signed_out: 401,
  face_required: 403,
  not_enrolled: 409,
  enrol_again: 409,
  confirm_first: 403,
  picture: 422,
  wait: 429,
  locked: 423,
  refused: 403,
  unavailable: 503,
} as const satisfies Record<StepUpCode, number>;

export function isStepUpCode(code: unknown): code is StepUpCode {
  return typeof code === 'string' && Object.hasOwn(STATUS, code);
}

export interface StepUpDetails {
  /** Seconds, with `wait`. */
  readonly retryAfterSeconds?: number | undefined;
  /** Fault of a picture, and which picture: with `picture`. */
  readonly reasons?: readonly string[] | undefined;
  readonly field?: string | undefined;
}

/** The second step is refused: `code` says how to go on. */
export class StepUpRefused extends VisavisError<StepUpCode> {
  override readonly name = 'StepUpRefused';

  constructor(
    code: StepUpCode,
    readonly details: StepUpDetails = {},
    options?: ErrorOptions,
  ) {
    super(code, `The second step is refused: ${code}.`, options);
  }

  /** HTTP status that goes with the code. */
  get status() {
    return STATUS[this.code];
  }

  /** The body that tells a browser. */
  toJSON(): { code: StepUpCode } & StepUpDetails {
    return { code: this.code, ...this.details };
  }
}
