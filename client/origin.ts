/** Origin of a deployment, as somebody writes it. */
import { ConfigurationError } from './errors.ts';

/** @throws ConfigurationError where it is no origin: a path would be lost without a word */
export function parseOrigin(given: string | URL | undefined): URL {
  const refused = (fault: string, instead: string, cause?: unknown) =>
    new ConfigurationError('invalid_url', `\`url\` ${fault}: write ${instead}.`, { cause });
  let url: URL;
  try {
    url = new URL(given as string | URL);
  } catch (cause) {
    throw refused(`is no URL: ${given}`, 'the origin, like https://faces.example', cause);
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw refused(
      `has no http:// or https:// in front: ${given}`,
      `http://${given} or https://${given}`,
    );
  }
  if (url.href !== `${url.origin}/`) throw refused('is more than an origin', url.origin);
  return url;
}
