/** Values that samples of several operations have. */

export const SUBJECT_ID = '3f6a1c0e-5b1d-4c39-9d6a-0c5a2f5f7b11';

export const CHALLENGE_ID = '5b0d3f55-7c0e-4d3b-8a53-2f4b6d1f0a9c';

export const TEMPLATE = 'eyJhbGciOiJkaXIi…..9xGvVw…';

export const NONCE = 'mB2Yx1o0Z8rXq4v7';

export const AUDIENCE = 'https://shop.example';

/** Face of examples/portrait.jpg, rounded. */
export const FACE = {
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
    reliability: 0.9,
    faceWidth: 102.8,
    sharpness: 0.76,
    exposure: 0.7,
    burntOut: 0.003,
    noise: 1.1,
    mouthCovered: 0.001,
    eyesCovered: 0.002,
    yaw: 0.3,
    pitch: -2.1,
    roll: 2.6,
  },
};

export const LIFE = { issuedAt: '2026-11-25T12:00:00.000Z', expiresAt: '2027-11-25T12:00:00.000Z' };

export const MODEL_ID = 'mobilefacenet-int8-22465c8852b8e0c0-576841ec3cd3c131';
export const CHALLENGE_TOKEN = 'eyJhbGciOiJkaXIi…..Qm4nXw…';
