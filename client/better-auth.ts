/**
 * `visavis/better-auth`: the face as a second step in Better Auth. The client's plug-in is
 * `visavis/better-auth-client`.
 *
 * ```ts
 * export const auth = betterAuth({
 *   // …
 *   plugins: [face({ visavis, issuer, audience, tenant })],
 * });
 * // In a route of yours:
 * const session = await auth.api.getSession({ headers });
 * if (!isFaceFresh(session?.session, { maxAge: 300 })) return askForFace();
 * ```
 */
import type { BetterAuthPlugin } from 'better-auth';
import {
  APIError,
  createAuthEndpoint,
  createAuthMiddleware,
  freshSessionMiddleware,
  getSessionFromCtx,
  sessionMiddleware,
} from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import {
  beginStepUp,
  enrolFace,
  finishStepUp,
  forgetFailures,
  type RelyingParty,
  readEnrolment,
} from './step-up.ts';
import { StepUpRefused } from './step-up-error.ts';

export interface FaceOptions extends RelyingParty {
  /** Seconds after a sign-in within which a face may be set up or removed; 600 unless said. */
  readonly enrolWithin?: number | undefined;
}

/** A template as it is kept, in the table `faceTemplate`. */
interface FaceTemplate {
  readonly id: string;
  readonly userId: string;
  readonly template: string;
}

const MODEL = 'faceTemplate';
const NONCE_MS = 120_000;
const ENROL_WITHIN_SECONDS = 600;

const SCHEMA = {
  faceTemplate: {
    fields: {
      userId: {
        type: 'string',
        required: true,
        unique: true,
        references: { model: 'user', field: 'id', onDelete: 'cascade' },
      },
      template: { type: 'string', required: true, returned: false },
      expiresAt: { type: 'date', required: true },
      consentedAt: { type: 'date', required: true },
    },
  },
  session: { fields: { faceVerifiedAt: { type: 'date', required: false, input: false } } },
} as const satisfies BetterAuthPlugin['schema'];

/** True where this session's person has looked at the camera within `maxAge` seconds. */
export function isFaceFresh(
  session: object | null | undefined,
  { maxAge }: { readonly maxAge: number },
): boolean {
  const at = (session as { faceVerifiedAt?: Date | string | null } | null)?.faceVerifiedAt;
  return at != null && Date.now() - new Date(at).getTime() <= maxAge * 1000;
}

/** Guard for endpoints of your own: lets on who has looked at the camera within `maxAge` seconds. */
export const requireFace = ({ maxAge }: { readonly maxAge: number }) =>
  createAuthMiddleware(async (ctx) => {
    const session = await getSessionFromCtx(ctx, { disableCookieCache: true });
    if (!session) throw toApiError(new StepUpRefused('signed_out'));
    if (!isFaceFresh(session.session, { maxAge })) {
      throw toApiError(new StepUpRefused('face_required'));
    }
    return { session };
  });

/** The plug-in: `POST /face/enrol`, `/face/challenge`, `/face/finish`, `/face/remove`. */
export const face = (options: FaceOptions) => {
  const { enrolWithin = ENROL_WITHIN_SECONDS } = options;
  const nonceOf = (sessionId: string) => `visavis-nonce-${sessionId}`;

  return {
    id: 'visavis-face',
    schema: SCHEMA,
    endpoints: {
      enrolFace: createAuthEndpoint(
        '/face/enrol',
        {
          method: 'POST',
          use: [freshSessionMiddleware],
          requireRequest: true,
          disableBody: true,
          metadata: { allowedMediaTypes: ['multipart/form-data'] },
        },
        async (ctx) => {
          const { user, session } = ctx.context.session;
          requireRecent(session.createdAt, enrolWithin);
          const images = await readEnrolment(ctx.request as Request).catch(rethrow);
          const { adapter } = ctx.context;
          const where = [{ field: 'userId', value: user.id }];
          await enrolFace(options, {
            subject: user.id,
            images,
            // Update in place: a write that fails leaves the former template.
            async keep({ template, expiresAt }) {
              const row = { template, expiresAt: new Date(expiresAt), consentedAt: new Date() };
              const before = await adapter.findOne<FaceTemplate>({ model: MODEL, where });
              if (before) await adapter.updateMany({ model: MODEL, where, update: row });
              else await adapter.create({ model: MODEL, data: { userId: user.id, ...row } });
            },
          }).catch(rethrow);
          return ctx.json({ ok: true });
        },
      ),

      removeFace: createAuthEndpoint(
        '/face/remove',
        { method: 'POST', use: [freshSessionMiddleware] },
        async (ctx) => {
          const { user, session } = ctx.context.session;
          requireRecent(session.createdAt, enrolWithin);
          const where = [{ field: 'userId', value: user.id }];
          const { adapter, internalAdapter } = ctx.context;
          await adapter.deleteMany({ model: MODEL, where });
          const never = { faceVerifiedAt: null };
          for (const { token } of await internalAdapter.listSessions(user.id)) {
            await internalAdapter.updateSession(token, never);
          }
          await setSessionCookie(ctx, { session: { ...session, ...never }, user });
          await forgetFailures(options, user.id).catch(rethrow);
          return ctx.json({ ok: true });
        },
      ),

      beginFace: createAuthEndpoint(
        '/face/challenge',
        { method: 'POST', use: [sessionMiddleware] },
        async (ctx) => {
          const { user, session } = ctx.context.session;
          const where = [{ field: 'userId', value: user.id }];
          const kept = await ctx.context.adapter.findOne<FaceTemplate>({ model: MODEL, where });
          const person = { subject: user.id, template: kept?.template };
          const { nonce, challenge } = await beginStepUp(options, person).catch(rethrow);
          await ctx.context.internalAdapter.createVerificationValue({
            identifier: nonceOf(session.id),
            value: nonce,
            expiresAt: new Date(Date.now() + NONCE_MS),
          });
          return ctx.json(challenge);
        },
      ),

      finishFace: createAuthEndpoint(
        '/face/finish',
        { method: 'POST', use: [sessionMiddleware] },
        async (ctx) => {
          const { user, session } = ctx.context.session;
          const { assertion } = (ctx.body ?? {}) as { assertion?: unknown };
          // Taken out at once, whatever comes of it: so an assertion about it counts once.
          const { internalAdapter } = ctx.context;
          const nonce = await internalAdapter.consumeVerificationValue(nonceOf(session.id));
          if (!nonce || typeof assertion !== 'string') {
            throw toApiError(new StepUpRefused('refused'));
          }
          const login = { assertion, nonce: nonce.value, subject: user.id, seen: () => false };
          await finishStepUp(options, login).catch(rethrow);
          const faceVerifiedAt = new Date();
          const updated = await internalAdapter.updateSession(session.token, { faceVerifiedAt });
          const after = updated ?? { ...session, faceVerifiedAt };
          await setSessionCookie(ctx, { session: after, user });
          return ctx.json({ ok: true });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
};

function requireRecent(createdAt: Date | string, seconds: number): void {
  if (Date.now() - new Date(createdAt).getTime() <= seconds * 1000) return;
  throw toApiError(new StepUpRefused('confirm_first'));
}

function rethrow(error: unknown): never {
  throw error instanceof StepUpRefused ? toApiError(error) : error;
}

function toApiError(refused: StepUpRefused): APIError {
  return new APIError(refused.status, refused.toJSON());
}
