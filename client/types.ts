/**
 * Requests and answers of the API, as its clients see them. A test holds these against the
 * Worker's.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Left and right are the person's own. */
export interface Landmarks {
  readonly rightEye: Point;
  readonly leftEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
  readonly rightEar: Point;
  readonly leftEar: Point;
}

export interface Quality {
  /**
   * Share of ordinary pictures of the same person that one taken like this is expected to match at a
   * false-accept rate of 1e-3: 0 to 1.
   */
  readonly reliability: number;
  /** Pixels of the upright picture. */
  readonly faceWidth: number;
  /** 0 to 1. */
  readonly sharpness: number;
  /** 0 (black) to 1 (white). */
  readonly exposure: number;
  /** Share of the face that is white in every channel, 0 to 1. */
  readonly burntOut: number;
  /** Deviation of the noise of the face's crop, in grey levels of 0 to 255. */
  readonly noise: number;
  /** Probability of a mask, or the like, over mouth and nose. */
  readonly mouthCovered: number;
  /** Probability of sunglasses, or the like. */
  readonly eyesCovered: number;
  /**
   * Degrees, estimated; positive when turned to the person's own left. Less than the true angle: 0.78
   * of it, of heads rendered at known angles.
   */
  readonly yaw: number;
  /**
   * Degrees, estimated; positive when looking up. Less than the true angle: 0.56 of it, of heads
   * rendered at known angles.
   */
  readonly pitch: number;
  /** Degrees, estimated; positive when the head leans to the person's own left shoulder. */
  readonly roll: number;
}

/** A face in a picture: pixels of the upright picture. */
export interface FaceReport {
  readonly box: Box;
  readonly landmarks: Landmarks;
  /** The detector's own, 0 to 1. */
  readonly confidence: number;
  readonly quality: Quality;
}

/** Report of a template that stood in for the reference picture. */
export interface TemplateReport {
  readonly pictures: number;
  /** RFC 3339. */
  readonly issuedAt: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** A template as the reference of a verification. */
export interface ReferenceReport extends TemplateReport {
  /** True for a template of the former network: good until it expires; enrol the person again. */
  readonly enrolAgain: boolean;
}

interface Verdict {
  /** `distance <= threshold`. */
  readonly same: boolean;
  /** Squared L2 between the embeddings, 0 to 4; to be held against the threshold of the rate that was asked for alone. */
  readonly distance: number;
  readonly threshold: number;
  readonly far: number;
  /** -log10 of the false-accept rate at this distance. */
  readonly score: number;
  readonly model: string;
  readonly probe: FaceReport;
}

/** The answer to two pictures. */
export interface Verification extends Verdict {
  /** Kind of the reference: tells the two answers apart. */
  readonly kind: 'picture';
  readonly reference: FaceReport;
}

/** The answer to a template and a picture. */
export interface TemplateVerification extends Verdict {
  /** Kind of the reference: tells the two answers apart. */
  readonly kind: 'template';
  readonly reference: ReferenceReport;
}

/** Reasons that keep a picture from being decided on. */
export type FloorFailure =
  | 'too_dark'
  | 'too_bright'
  | 'blurred'
  | 'noisy'
  | 'turned'
  | 'mouth_covered'
  | 'eyes_covered';

interface NoVerdict extends Pick<Verdict, 'distance' | 'model' | 'probe'> {
  /** Why, by picture; a picture that is good enough is absent. */
  readonly reasons: {
    readonly reference?: readonly FloorFailure[] | undefined;
    readonly probe?: readonly FloorFailure[] | undefined;
  };
}

/** The answer to `quality: 'report'` where a picture is below the floor: nothing is decided. */
export interface Undecided extends NoVerdict {
  readonly kind: 'picture';
  readonly reference: FaceReport;
}

/** The same against a template. */
export interface TemplateUndecided extends NoVerdict {
  readonly kind: 'template';
  readonly reference: TemplateVerification['reference'];
}

/** Treatment of a picture below the quality floor: it is refused, or only reported. */
export type QualityPolicy = 'enforce' | 'report';

export type FacePolicy = 'dominant' | 'one' | 'largest';

/** A sealed template. Keep it with the account; the service keeps none. */
export interface Enrolment extends TemplateReport {
  readonly template: string;
  readonly subject: string;
  readonly model: string;
  readonly images: readonly FaceReport[];
  /** Squared L2 between the two pictures that are least alike; null where there is one. */
  readonly largestDistance: number | null;
  /** Search of `unique`, where it was asked for. */
  readonly unique?: UniqueSearch | undefined;
}

/** Action that a login asks of the person. Left and right are the person's own. */
export type Action =
  | 'turn-left'
  | 'turn-right'
  | 'look-up'
  | 'look-down'
  | 'look-up-left'
  | 'look-up-right';

/** Challenge for the browser, as it is; it says nothing about the person. */
export interface Challenge {
  readonly id: string;
  /** The sealed challenge itself. */
  readonly challenge: string;
  readonly actions: readonly Action[];
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly far: number;
  /** True for a template of the former network: good until it expires; enrol the person again. */
  readonly enrolAgain: boolean;
}

/** Assertion for the backend, which checks it (`visavis/assertion`). */
export interface LoginAnswer {
  readonly assertion: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

export interface AttemptsReport {
  readonly subject: string;
  /** Number of failures in a row. */
  readonly failures: number;
  /** RFC 3339, or null while the subject may try. */
  readonly delayedUntil: string | null;
  readonly locked: boolean;
}

export interface Rate {
  readonly far: number;
  readonly threshold: number;
  readonly val: number;
}

/** An embedding network, with what finds and cuts out faces for it. */
interface Weights {
  readonly name: string;
  /** SHA-256 of the weights, in hex. */
  readonly sha256: string;
  /** SHA-256 of the detector and of the landmark network, in hex. */
  readonly detectorSha256: string;
  readonly landmarkerSha256: string;
  /** Pixels of the crop that the network reads. */
  readonly input: { readonly width: number; readonly height: number };
  /** Length of an embedding. */
  readonly dimension: number;
}

/** The network that answers, and its thresholds. */
export interface Model extends Weights {
  /** Id of the model: only templates with this id can be used. */
  readonly id: string;
  /** Fast network of a cascade. */
  readonly fast?: string | undefined;
  readonly calibration: {
    /**
     * Thresholds of two pictures, those of the cascade where there is one; the rarest rate last. Each is for distances
     * that were asked for at its rate.
     */
    readonly rates: readonly Rate[];
    /** Thresholds of templates made of so many pictures, against one picture. */
    readonly templates: readonly { readonly pictures: number; readonly rates: readonly Rate[] }[];
    /** False-positive identification rates that searches can be asked for, rarest last. */
    readonly fpirs: readonly number[];
  };
}

/** Accuracy of the network as it was measured. Its members change with what is measured. */
export interface ModelCard extends Weights {
  readonly calibration: unknown;
  /** Thresholds of a cascade, of pictures and templates. */
  readonly cascade?: unknown;
  readonly accuracy: unknown;
}

/** A subject near to a face of which nothing is decided. */
export interface NearSubject {
  readonly subject: string;
  /** Squared L2 to the nearest of its templates. */
  readonly distance: number;
  /** Number of pictures that the template is made of. */
  readonly pictures: number;
}

/** A subject near to a face. */
export interface Candidate extends NearSubject {
  readonly threshold: number;
  readonly match: boolean;
}

export interface IdentifiedFace {
  /** The person found; null is *unknown*. */
  readonly subject: string | null;
  /** Each subject once, in the order of `distance` less `threshold`: the one named comes first. */
  readonly candidates: readonly Candidate[];
  readonly face: FaceReport;
  readonly reasons?: undefined;
}

/** A face below the quality floor, which is never named. */
export interface UndecidedFace {
  readonly reasons: readonly FloorFailure[];
  /** Distances, where `quality` is `report`; else empty. */
  readonly candidates: readonly NearSubject[];
  readonly face: FaceReport;
  readonly subject?: undefined;
}

/** Identification of a person among many. */
export interface Identification<Face = IdentifiedFace | UndecidedFace> {
  /** One; with `faces: 'all'` every face, the largest first. */
  readonly faces: readonly Face[];
  /** False-positive identification rate of the search. */
  readonly fpir: number;
  /** Origin of the thresholds; of those of the templates compared the weakest. */
  readonly basis: 'measured' | 'interpolated' | 'extrapolated';
  /** Number of templates that each face was compared with. */
  readonly templates: number;
  readonly subjects: number;
  /** Subjects to be enrolled anew: their templates are of other networks. */
  readonly outdated: number;
  readonly model: string;
}

/** Groups of faces that belong together. */
export interface Clusters {
  readonly faces: readonly {
    /** Index of the picture, from 0. */
    readonly image: number;
    /** Group, from 0; null for a face that is like no other, or has `reasons`. */
    readonly group: number | null;
    /** Reasons why the face is below the quality floor, and so in no group. */
    readonly reasons?: readonly FloorFailure[] | undefined;
    readonly face: FaceReport;
  }[];
  readonly groups: number;
  readonly refused: readonly { readonly image: number; readonly code: string }[];
  readonly far: number;
  readonly threshold: number;
  readonly model: string;
}

export interface GallerySubject {
  readonly subject: string;
  readonly enrolledAt: string;
  readonly templates: readonly { readonly model: string; readonly pictures: number }[];
  /** No template is of the network that serves. */
  readonly outdated: boolean;
}

/** Search for a person under other subjects: the gallery as it was before. */
export interface UniqueSearch {
  /** Number of templates that were compared. */
  readonly templates: number;
  readonly subjects: number;
  /** Subjects whose templates are all of other networks: the person may be there as one of them. */
  readonly outdated: number;
}

export interface EnrolledSubject extends GallerySubject {
  /** Search of `unique`, where it was asked for. */
  readonly unique?: UniqueSearch | undefined;
}

export interface GallerySubjects {
  readonly subjects: readonly GallerySubject[];
  /** Cursor of the next page; null after the last. */
  readonly cursor: string | null;
}

export interface GalleryReport {
  readonly gallery: string;
  readonly subjects: number;
  readonly templates: number;
  /** Subjects to be enrolled anew. */
  readonly outdated: number;
  readonly model: string;
  /** Time of the last change. */
  readonly changedAt: string;
}

export interface Galleries {
  readonly galleries: readonly GalleryReport[];
  /** Cursor of the next page; null after the last. */
  readonly cursor: string | null;
}

export interface GalleryPage {
  /** The sealed page. */
  readonly page: string;
  readonly subjects: number;
  readonly cursor: string | null;
}

/** A picture in a format that the deployment reads: a JPEG is always one. */
export type Picture = Blob | ArrayBuffer | Uint8Array;
