/** Price of a verification by what clouds say in public, in US dollars; nothing is bought to know it. */

interface PublicPrice {
  readonly page: string;
  /** Day on which the page said so. */
  readonly read: string;
}

/** Workers Paid beyond what its 5 dollars a month include. */
export const CLOUDFLARE = {
  perRequest: 0.3 / 1e6,
  perCpuMillisecond: 0.02 / 1e6,
  page: 'https://developers.cloudflare.com/workers/platform/pricing/',
  read: '2026-08-03',
} as const satisfies PublicPrice & Record<string, unknown>;

/**
 * Amazon Rekognition, CompareFaces: a call counts as an image, at the price of the first million a month.
 * The page shows it in its worked examples; those are of another group of calls at the same price.
 */
export const COMPARE_FACES = {
  perCall: 0.001,
  page: 'https://aws.amazon.com/rekognition/pricing/',
  read: '2026-10-07',
} as const satisfies PublicPrice & Record<string, unknown>;

/** @param cpu milliseconds of CPU a verification */
export function cloudflarePrice(cpu: number): number {
  return CLOUDFLARE.perRequest + cpu * CLOUDFLARE.perCpuMillisecond;
}
