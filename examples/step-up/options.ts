/** Options of both apps, and the shape of an app. */
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
  /** Assets that browsers load: path to media type and content. */
  readonly files: ReadonlyMap<string, readonly [type: string, content: string]>;
}

export interface StepUpApp {
  fetch(request: Request): Response | Promise<Response>;
}
