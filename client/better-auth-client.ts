/**
 * `visavis/better-auth-client`: what a page does with the plug-in `visavis/better-auth`.
 *
 * ```ts
 * const client = createAuthClient({ plugins: [faceClient()] });
 * await client.face.enrol({ images, consent: true });
 * await client.face.verify({ url: 'https://faces.example', camera, guide });
 * await client.face.remove(); // soon after a sign-in
 * ```
 */
import type { BetterAuthClientPlugin } from 'better-auth/client';
import type { face } from './better-auth.ts';
import { enrolFace, type FaceLoginSteps, faceLogin } from './face-login.ts';

export { StepUpRefused } from './step-up-error.ts';

export interface FaceClientOptions {
  /** Path that Better Auth is mounted at; `/api/auth` unless said. */
  readonly basePath?: string | undefined;
}

export interface FacePictures {
  /** 1 to 5 pictures. */
  readonly images: readonly Blob[];
  readonly consent: true;
  readonly signal?: AbortSignal | undefined;
}

export const faceClient = ({ basePath = '/api/auth' }: FaceClientOptions = {}) =>
  ({
    id: 'visavis-face' as const,
    $InferServerPlugin: {} as ReturnType<typeof face>,
    // GET is its default for a call without a body.
    pathMethods: { '/face/challenge': 'POST', '/face/remove': 'POST' } as const,
    getActions: () => ({
      face: {
        /** Sets up a face. @throws StepUpRefused */
        enrol: ({ images, signal }: FacePictures): Promise<void> =>
          enrolFace(`${basePath}/face`, images, { signal }),
        /** Looks at the camera: `session.faceVerifiedAt` is then now. @throws StepUpRefused */
        verify: (steps: Omit<FaceLoginSteps, 'base'>): Promise<void> =>
          faceLogin({ ...steps, base: `${basePath}/face` }),
      },
    }),
  }) satisfies BetterAuthClientPlugin;
