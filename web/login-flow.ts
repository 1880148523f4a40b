/** The flow of the second tab: its stages, and what they share. */
import type { Camera } from '../client/browser.ts';
import type { Enrolment } from '../client/types.ts';
import type { Connector } from './connection.ts';

export const STAGES = ['consent', 'enrol', 'look', 'outcome'] as const;
export type Stage = (typeof STAGES)[number];

/** All that the page remembers of a person. Forgetting it is dropping this object. */
export interface Person {
  /** A made-up subject: it stands for nobody, and is new with every visit. */
  readonly subject: string;
  enrolment?: Enrolment;
}

export interface LoginFlow {
  readonly connector: Connector;
  person: Person;
  /** Aborted when the person forgets everything, or leaves the tab. */
  leaving: AbortController;
  go(stage: Stage): void;
  /** The camera, opened when it is not. @throws CameraError */
  camera(): Promise<Camera>;
  /** Dims the picture for a moment, as a shutter does. */
  flash(): void;
}

/** The person left before something was finished: nobody has to be told. */
export class Left extends Error {}
