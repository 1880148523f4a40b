/** Time as tokens have it (seconds since 1970, RFC 7519 section 2) and as answers do (RFC 3339). */

/** Time now, in whole seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
