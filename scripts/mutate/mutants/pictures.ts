/** Pictures: what they may cost, and what they have to show. */
import { line, type Mutant, none } from '../mutant.ts';

export const PICTURES: readonly Mutant[] = [
  // Costly pictures
  {
    lets: 'a PNG whose samples take seconds',
    check: 'Math.min(MAX_PNG_PIXELS, (MAX_PNG_ROW_BYTES * 8) / bitsPerPixel)',
    instead: 'MAX_PNG_PIXELS',
    tests: ['png/refused'],
  },
  {
    lets: 'a JPEG whose scans take seconds',
    check: 'MAX_JPEG_SCANNED_BYTES / scans',
    instead: 'MAX_JPEG_SCANNED_BYTES',
    tests: ['jpeg'],
  },
  {
    lets: 'five million numbers for a JPEG of as many starts',
    check: '      if (repeatedStarts.length === MAX_JPEG_REPEATED_STARTS) return undefined;\n',
    instead: none,
    tests: ['jpeg/oddities'],
  },
  {
    lets: 'a hundred faces, all looked at',
    check: 'return least === 0 ||',
    instead: 'return true ||',
    tests: ['policy'],
  },
  // The quality floor
  line(
    'pictures without information',
    "reasons === undefined || policy === 'report'",
    ['quality/floor'],
    'true',
  ),
  {
    lets: 'a face below the quality floor be named',
    check: '  if (reasons.length === 0) return { subject',
    instead: '  if (true) return { subject',
    tests: ['api/identify'],
  },
  {
    lets: 'a picture bent step by step until it passes, by the last digits of distances',
    check: 'return step(passes ? Math.floor : Math.ceil, distance, DISTANCE_STEPS);',
    instead: 'return distance;',
    tests: ['api/verify', 'api/identify'],
  },
  {
    lets: 'faces with the same weakness in one group',
    check: '      if (sharesWeakness(one.weaknesses, other.weaknesses)) continue;\n',
    instead: none,
    tests: ['face/cluster'],
  },
  {
    lets: 'two pairs of sunglasses as one person',
    check: '(one.includes(failure) && suspects(other, failure))',
    instead: 'false',
    tests: ['quality/floor', 'quality-floor'],
  },
  {
    lets: 'a face upside down as an upright one',
    check: '(turned?.confidence ?? 0) > (seen?.confidence ?? 0)',
    instead: 'false',
    tests: ['face/verify'],
  },
  {
    lets: 'a face in profile that passes for anybody',
    check: 'Math.abs(yaw) > FLOOR.yaw',
    instead: 'false',
    tests: ['detection/profile', 'quality-floor'],
  },
  {
    lets: 'two turned faces of different people as one',
    check: 'Math.abs(yaw) > SHARED.yaw',
    instead: 'false',
    tests: ['quality-floor'],
  },
  // Enrolment and pictures
  {
    lets: 'one picture for several at enrolment',
    check: '  refuseCopies(embeddings);\n',
    instead: none,
    tests: ['face/enrol'],
  },
  {
    lets: 'two people enrolled as one, at a looser rate',
    check: 'export const ENROLMENT_FAR = 1e-4;',
    instead: 'export const ENROLMENT_FAR = 1e-3;',
    tests: ['face/enrol'],
  },
  {
    lets: 'a damaged JPEG behind a harmless warning',
    check: '    if (!stray) throw new DecodeError(text);\n',
    instead: '    if (!stray) return;\n',
    tests: ['image/jpeg/oddities'],
  },
  {
    lets: 'a rate in the URL that nobody reads',
    check: "  refuseParameters(request.url, ': send it in the body');\n",
    instead: none,
    tests: ['api/verify'],
  },
  {
    lets: 'a crowd of which every face is looked at closely',
    check: 'CONFIRMED_PER_TAKEN * most',
    instead: 'Number.POSITIVE_INFINITY',
    tests: ['detection/locate'],
  },
];
