/** What both apps are made of, and what they are. */
import type { Visavis } from 'visavis';

export interface StepUpOptions {
  /** This app, and the deployment that it trusts. */
  readonly relyingParty: {
    readonly visavis: Visavis;
    readonly issuer: string;
    readonly audience: string;
    readonly tenant: string;
  };
  /** The deployment, as browsers reach it. */
  readonly visavisUrl: string;
  /** What browsers load: path to media type and content. */
  readonly files: ReadonlyMap<string, readonly [type: string, content: string]>;
}

export interface StepUpApp {
  fetch(request: Request): Response | Promise<Response>;
}
