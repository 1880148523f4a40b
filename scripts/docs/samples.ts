/**
 * Samples of each operation for its readers: where it belongs, a request in curl and in TypeScript,
 * and an answer. A test holds the answers to their schemas, and compiles the TypeScript.
 */
import type { OPERATIONS } from '../../worker/api/schema/operations.ts';

/** Groups of operations, in the order of the documentation. */
export const TAGS = {
  Verification: 'Do two pictures, or a template and a picture, show one person?',
  Enrolment: 'Sealed templates of people, which you keep.',
  Identification: 'Who is it, of many? Galleries of people, searches, and groups of like faces.',
  Login: 'Look at the camera: a challenge, four frames, an assertion.',
  Deployment: 'The network that answers, the keys of assertions, and whether it runs.',
} as const;

export interface Sample {
  readonly tag: keyof typeof TAGS;
  /** Fields of a form, as curl takes them; or a JSON body. */
  readonly form?: readonly string[];
  readonly json?: object;
  /** Call of the client, where it has a method; `visavis` is one that was made. */
  readonly typescript?: string;
  /** Answers of success, by the name of their schema. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

const SUBJECT = '3f6a1c0e-5b1d-4c39-9d6a-0c5a2f5f7b11';
const CHALLENGE_ID = '5b0d3f55-7c0e-4d3b-8a53-2f4b6d1f0a9c';
const TEMPLATE = 'eyJhbGciOiJkaXIi…..9xGvVw…';
const NONCE = 'mB2Yx1o0Z8rXq4v7';
const AUDIENCE = 'https://shop.example';

/** Face of examples/portrait.jpg, rounded. */
const FACE = {
  box: { x: 170.7, y: 72.7, width: 102.8, height: 102.8 },
  confidence: 0.94,
  landmarks: {
    rightEye: { x: 203.6, y: 101.8 },
    leftEye: { x: 247.0, y: 103.8 },
    nose: { x: 223.7, y: 131.6 },
    mouth: { x: 223.7, y: 140.4 },
    rightEar: { x: 178.8, y: 111.9 },
    leftEar: { x: 270.5, y: 116.2 },
  },
  quality: {
    faceWidth: 102.8,
    sharpness: 0.76,
    exposure: 0.7,
    burntOut: 0.003,
    mouthCovered: 0.001,
    eyesCovered: 0.002,
    yaw: 0.3,
    pitch: -2.1,
    roll: 2.6,
  },
};
const VERDICT = {
  same: true,
  distance: 0.412,
  threshold: 1.2983,
  far: 0.001,
  score: 5,
  model: 'nns1',
  probe: FACE,
};
const UNDECIDED = { distance: 1.71, reasons: { probe: ['too_dark'] }, model: 'nns1', probe: FACE };
const LIFE = { issuedAt: '2026-11-25T12:00:00.000Z', expiresAt: '2027-11-25T12:00:00.000Z' };
const MODEL_ID = 'nns1-82163b6abef56b83-576841ec3cd3c131';
const PERSON = {
  subject: SUBJECT,
  enrolledAt: LIFE.issuedAt,
  templates: [{ model: 'nns1', pictures: 3 }],
  outdated: false,
};
const GALLERY = { gallery: 'staff', subjects: 250, templates: 250, outdated: 0, model: 'nns1' };
const WEIGHTS = {
  name: 'nns1',
  sha256: '82163b6abef56b83c1e428d55578b26d1eb399d96df50c2e5b93960161405680',
  detectorSha256: '576841ec396fb969284efec60f03f36adbda79b87a4a905188db398164cacd76',
  landmarkerSha256: '3cd3c1317ebe7c3c64a720f27bf733381d6be15b98a082658f479de611fff9a9',
  input: { width: 116, height: 140 },
  dimension: 128,
};

export const SAMPLES: Readonly<Record<(typeof OPERATIONS)[number]['id'], Sample>> = {
  verify: {
    tag: 'Verification',
    form: ['reference=@reference.jpg', 'probe=@probe.jpg', 'far=0.001'],
    typescript:
      'const { same, distance } = await visavis.verify({ reference, probe, far: 0.001 });\n\n' +
      '// Against a template of an enrolled person:\n' +
      'const { score } = await visavis.verify({ reference: template, subject, probe });',
    answers: {
      Undecided: { kind: 'picture', ...UNDECIDED, reference: FACE },
      TemplateUndecided: {
        kind: 'template',
        ...UNDECIDED,
        reference: { pictures: 3, ...LIFE, enrolAgain: false },
      },
      Verification: { kind: 'picture', ...VERDICT, reference: FACE },
      TemplateVerification: {
        kind: 'template',
        ...VERDICT,
        reference: { pictures: 3, ...LIFE, enrolAgain: false },
      },
    },
  },
  enrol: {
    tag: 'Enrolment',
    form: ['image=@front.jpg', 'image=@left.jpg', 'image=@right.jpg', `subject=${SUBJECT}`],
    typescript: 'const { template, expiresAt } = await visavis.enrol({ subject, images });',
    answers: {
      Enrolment: {
        template: TEMPLATE,
        subject: SUBJECT,
        model: MODEL_ID,
        pictures: 3,
        ...LIFE,
        images: [FACE, FACE, FACE],
        largestDistance: 0.41,
      },
    },
  },
  identify: {
    tag: 'Identification',
    form: ['probe=@probe.jpg', 'gallery=staff', 'top=3'],
    answers: {
      Identification: {
        faces: [
          {
            subject: SUBJECT,
            candidates: [
              { subject: SUBJECT, distance: 0.412, threshold: 0.871, match: true, pictures: 3 },
            ],
            face: FACE,
          },
        ],
        fpir: 0.01,
        basis: 'measured',
        templates: 250,
        subjects: 250,
        outdated: 0,
        model: 'nns1',
      },
    },
  },
  cluster: {
    tag: 'Identification',
    form: ['image=@one.jpg', 'image=@two.jpg', 'image=@three.jpg'],
    answers: {
      Clusters: {
        faces: [
          { image: 0, group: 0, face: FACE },
          { image: 1, group: 0, face: FACE },
        ],
        groups: 1,
        refused: [{ image: 2, code: 'no_face' }],
        far: 0.001,
        threshold: 1.2983,
        model: 'nns1',
      },
    },
  },
  describeGallery: { tag: 'Identification', answers: { GalleryReport: GALLERY } },
  deleteGallery: { tag: 'Identification' },
  listSubjects: {
    tag: 'Identification',
    answers: { GallerySubjects: { subjects: [PERSON], cursor: null } },
  },
  putSubject: {
    tag: 'Identification',
    form: ['image=@front.jpg', 'image=@left.jpg', 'image=@right.jpg'],
    answers: { GallerySubject: PERSON },
  },
  getSubject: { tag: 'Identification', answers: { GallerySubject: PERSON } },
  deleteSubject: { tag: 'Identification' },
  exportGallery: {
    tag: 'Identification',
    answers: { GalleryPage: { page: TEMPLATE, subjects: 250, cursor: null } },
  },
  importGallery: {
    tag: 'Identification',
    json: { page: TEMPLATE },
    answers: { GalleryImport: { subjects: 250 } },
  },
  challenge: {
    tag: 'Login',
    json: { subject: SUBJECT, template: TEMPLATE, audience: AUDIENCE, nonce: NONCE },
    typescript:
      'const nonce = crypto.randomUUID(); // keep it in the session\n' +
      `const audience = '${AUDIENCE}';\n` +
      'const challenge = await visavis.challenge({ subject, template, audience, nonce });',
    answers: {
      Challenge: {
        id: CHALLENGE_ID,
        challenge: 'eyJhbGciOiJkaXIi…..Qm4nXw…',
        actions: ['turn-left', 'look-up', 'turn-right'],
        expiresAt: '2026-11-25T12:02:00.000Z',
        far: 0.0001,
      },
    },
  },
  respond: {
    tag: 'Login',
    form: [
      'challenge=eyJhbGciOiJkaXIi…..Qm4nXw…',
      ...['frontal=@frontal.jpg', 'action=@first.jpg', 'action=@second.jpg', 'action=@third.jpg'],
    ],
    typescript:
      "import { answerChallenge, Camera, PROMPTS, timed } from 'visavis/browser';\n\n" +
      'const camera = await Camera.open(video);\n' +
      'const guide = timed(({ pose }, left) => show(PROMPTS[pose], left), 5);\n' +
      'const { assertion } = await answerChallenge({ url, challenge, camera, guide });',
    answers: {
      LoginAnswer: {
        assertion: 'eyJhbGciOiJFUzI1NiIsInR5cCI6InZpc2F2aXMtYXNzZXJ0aW9uK2p3dCJ9.eyJpc3Mi….Mt8k…',
        expiresAt: '2026-11-25T12:01:20.000Z',
      },
    },
  },
  readAttempts: {
    tag: 'Login',
    typescript: 'const { failures, delayedUntil, locked } = await visavis.attempts(subject);',
    answers: {
      AttemptsReport: { subject: SUBJECT, failures: 2, delayedUntil: null, locked: false },
    },
  },
  resetAttempts: { tag: 'Login', typescript: 'await visavis.resetAttempts(subject);' },
  model: {
    tag: 'Deployment',
    typescript: 'const { name, id, calibration } = await visavis.model();',
    answers: {
      Model: {
        ...WEIGHTS,
        id: MODEL_ID,
        calibration: {
          fpirs: [0.1, 0.01],
          rates: [{ far: 0.001, threshold: 1.2983, val: 0.8838 }],
          templates: [{ pictures: 1, rates: [{ far: 0.001, threshold: 1.2983, val: 0.8838 }] }],
        },
      },
    },
  },
  modelCard: {
    tag: 'Deployment',
    typescript: 'const { accuracy } = await visavis.modelCard();',
    answers: { ModelCard: { ...WEIGHTS, calibration: { identities: 600 }, accuracy: {} } },
  },
  jwks: {
    tag: 'Deployment',
    typescript:
      "import { verifyAssertion } from 'visavis/assertion'; // fetches the keys itself\n\n" +
      'const expected = { issuer: url, audience, tenant, nonce, subject, seen };\n' +
      'const claims = await verifyAssertion(assertion, expected);',
    answers: {
      Jwks: {
        keys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x: '5pRXpFJy4s6Uyv495cmEJCtx-nnAsfKtwNctKVXeaEs',
            y: 'b2ZWZ9KM9X1fh32xkI9QVD3dumD8UIQyyZgUT691jtA',
            kid: 'Ue1wW5cUUtk2kC0u2B3j3yqf0Q7l3a4k9m5c8Xr2s1A',
            use: 'sig',
            alg: 'ES256',
          },
        ],
      },
    },
  },
  ready: {
    tag: 'Deployment',
    typescript: "const { ok } = await fetch(new URL('/readyz', url));",
    answers: { Ready: { status: 'ready' } },
  },
  health: {
    tag: 'Deployment',
    typescript: "const { ok } = await fetch(new URL('/healthz', url));",
    answers: { Health: { status: 'ok' } },
  },
};

/** The sample of an operation; a test asks for those that are missing. */
export function sampleOf(id: string): Sample {
  return SAMPLES[id] ?? { tag: 'Deployment' };
}

/** A deployment's address, as samples have it. */
const URL_OF_SAMPLES = 'https://faces.example';

export function curlOf(method: string, path: string, keyed: boolean, sample: Sample): string {
  const { form, json } = sample;
  const filled = path
    .replace('{id}', CHALLENGE_ID)
    .replace('{subject}', SUBJECT)
    .replace('{gallery}', 'staff');
  const verb = ['delete', 'put'].includes(method) ? `-X ${method.toUpperCase()} ` : '';
  const lines = [
    `curl ${verb}${URL_OF_SAMPLES}${filled}`,
    ...(keyed ? ["-H 'Authorization: Bearer KEY'"] : []),
    ...(form ?? []).map((field) => `-F '${field}'`),
    ...(json ? [`--json '${JSON.stringify(json, null, 2)}'`] : []),
  ];
  return lines.join(' \\\n  ');
}
