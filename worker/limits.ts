/**
 * Bounds of sizes, counts and times, with the unit in the name and the reason beside it. What a
 * picture has to show is in `face/quality/quality-floor.ts` and `face/quality/enrolment-gates.ts`.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

/** Base64 writes 3 bytes as 4 characters. */
const inBase64 = (bytes: number) => Math.ceil((bytes * 4) / 3);

/** One picture. A 12-megapixel phone photo is 3 to 6 MiB; 10 leaves room for 50 megapixels. */
export const MAX_PICTURE_BYTES = 10 * MiB;

/** A multipart request: two pictures and the form's own lines. */
export const MAX_REQUEST_BYTES = 2 * MAX_PICTURE_BYTES + 1 * MiB;

/** The same as JSON. */
export const MAX_JSON_REQUEST_BYTES = inBase64(MAX_REQUEST_BYTES);

/** JPEG is decoded scaled (to 1/8), so the full size never exists in memory. */
export const MAX_JPEG_PIXELS = 50_000_000;

/** JPEG's own field is 16 bits; browsers and phones stop here. */
export const MAX_SIDE_PIXELS = 16_384;

/**
 * Pixels that one call may decode to, of any format. RGB once in the codec and once upright outside
 * it: 8 megapixels take 48 MB, of the isolate's 128. Larger pictures decode at 1/2 and less.
 */
export const MAX_DECODED_PIXELS = 8_000_000;

/**
 * A progressive JPEG keeps every coefficient until its last scan: 3 bytes a pixel at 4:2:0, 6 at
 * 4:4:4. Enough for 12 megapixels at 4:2:0 (37 MB), the most a phone or an editor writes so.
 */
export const MAX_JPEG_COEFFICIENT_BYTES = 40_000_000;

/**
 * Each scan is one pass over all coefficients, however little data it has: at 12 megapixels 3 ms
 * for 26 bytes. Encoders write 10 to 20.
 */
export const MAX_JPEG_SCANS = 64;

/**
 * The same as time: bytes of coefficients that all scans together may pass over. A photo of 12
 * megapixels at 4:2:0 may have 32 scans.
 */
export const MAX_JPEG_SCANNED_BYTES = 1_200_000_000;

/**
 * Padding between a JPEG's data and its end: a few bytes, more means the data went astray. Zeros
 * may be more: some cameras fill up to a round size.
 */
export const MAX_JPEG_PADDING_BYTES = 64;

/** Left over before a restart marker or between scans: some webcams pad by 1 to 3 bytes. */
export const MAX_JPEG_STRAY_BYTES = 3;

/** Start-of-image markers after the first, in the header: a mistake of some writer, who makes one. */
export const MAX_JPEG_REPEATED_STARTS = 8;

/** Warnings of one JPEG: a webcam that pads every block row of 1080p gives 135, every block 16,200. */
export const MAX_JPEG_WARNINGS = 20_000;

/**
 * A codec's wasm memory only grows: above this an instance is given up after use, not kept idle.
 * JPEG: what a progressive photo of 12 megapixels takes. Decoding is synchronous, so one instance
 * serves all; given up after each such photo, the dead ones pile up by 40 MB until the collector
 * comes (measured: 870 MB after eight pairs at once, against one instance's 50).
 */
export const KEEP_JPEG_CODEC_BYTES = 64 * MiB;

/** Memory of a JPEG codec that pictures of usual sizes never need. */
export const USUAL_JPEG_CODEC_BYTES = 16 * MiB;

/**
 * Pictures in a row that would have done with that, until a codec with more is given up: so late that the
 * one before has been collected by then, whatever pictures come.
 */
export const MAX_OVERSIZED_JPEG_PICTURES = 64;

/** WebP: libwebp's memory begins at this size, of which a small picture touches little. */
export const KEEP_WEBP_CODEC_BYTES = 16 * MiB;

/** Width of a face's box at full size: under this too little is left to tell people apart. */
export const MIN_FACE_PIXELS = 24;

/**
 * A PNG is decoded row by row and averaged on the way (10 megapixels at 1/2: 24 MB), so this is
 * about time; an interlaced one may have half. Of a photo, 10 MiB hold about 6 megapixels.
 */
export const MAX_PNG_PIXELS = 10_500_000;

/**
 * The same as time: bytes of a PNG's rows, twice those of an interlaced one. 8.5 megapixels of RGB, 6.3
 * with alpha, 3.1 of 16-bit RGBA: each costs five to eight ordinary pictures.
 */
export const MAX_PNG_ROW_BYTES = 25_500_000;

/** Bodies of one tenant in memory at once, in an isolate: any one request. */
export const MAX_TENANT_HELD_BYTES = MAX_JSON_REQUEST_BYTES + 1 * MiB;

/** Bodies of all tenants: whatever one holds, the others have room for a pair of usual photos. */
export const MAX_HELD_BYTES = MAX_TENANT_HELD_BYTES + 3 * MiB;

/** Wait of a body for room, and of work on faces for its turn, before `overloaded`. */
export const MAX_TURN_WAIT_MS = 5_000;

/** A turn whose request the platform dropped without a word ends after this. */
export const MAX_TURN_MS = 10_000;

/** An upload that sent nothing for so long gives way to whoever wants its room. */
export const STALLED_MS = 500;

/** Wait for room after which the slowest upload gives way, though it moves. */
export const UPLOAD_PATIENCE_MS = 2_000;

/** The least that a body has to bring on the mean: a tenth of what a bad phone sends. */
export const MIN_BODY_BYTES_PER_SECOND = 16 * KiB;

/** Grace before that pace is asked for: to begin, and for a connection that stalls for a moment. */
export const PACE_GRACE_MS = 5_000;

/** Wait that `overloaded` tells the caller: a few verifications later there is room again. */
export const OVERLOADED_RETRY_SECONDS = 2;

/**
 * Time from the first to the last byte of a body: 21 MiB at 3 Mbit/s, an upload from a bad phone.
 */
export const MAX_BODY_MS = 60_000;

/** Room held by a request that the platform dropped without a word is given to others after this. */
export const MAX_HOLD_MS = 120_000;

/**
 * Bytes of a refused body that are read and thrown away before the answer: a connection that is closed
 * while the client is still sending is reset, and the client never sees why.
 */
export const MAX_DRAINED_BYTES = 64 * MiB;

/** The same, in time. */
export const MAX_DRAIN_MS = 10_000;

/**
 * Bytes waited for by one read, where so many are still to come: pieces of one byte would take 35 µs
 * of CPU each. At the least pace they are there in a quarter of a second.
 */
export const LEAST_READ_BYTES = 4 * KiB;

/** One piece of a body that is read and thrown away. */
export const DRAIN_BUFFER_BYTES = 64 * 1024;

/** Bodies drained at once: each takes a buffer, and whoever sends them needs no key. */
export const MAX_DRAINS = 64;

/** The header lines of one part of a form: a disposition with a long file name, a type. */
export const MAX_PART_HEADER_BYTES = 4 * KiB;

/** A sealed token. The longest challenge, with every field at its own bound, has 2,100. */
export const MAX_TOKEN_CHARACTERS = 4096;

/**
 * Bytes of a body without a key, until it is known who answers for it: its challenge, and what is
 * around.
 */
export const MAX_HEAD_BYTES = MAX_TOKEN_CHARACTERS + MAX_PART_HEADER_BYTES + 512;

/** The first buffer of every body; it doubles as the body arrives. */
export const FIRST_BUFFER_BYTES = MAX_HEAD_BYTES;

/**
 * Bytes of bodies of one subnet while it is not known who answers for them: many of one office may log in
 * at the same time.
 */
export const MAX_SUBNET_UNAUTHENTICATED_BYTES = 32 * MAX_HEAD_BYTES;

/**
 * Bytes of all such bodies. Where they are used up, the slowest of the subnet with the most is
 * dropped.
 */
export const MAX_UNAUTHENTICATED_BYTES = 256 * MAX_HEAD_BYTES;

/** A form field that is not a picture: `far`, `faces`. */
export const MAX_TEXT_FIELD_BYTES = 1024;

/** A JSON string longer than this is taken out of the text before it is parsed: a template is. */
export const MAX_INLINE_JSON_STRING_BYTES = 512;

/**
 * JSON without its long strings, with a mark for each: an array of 1,000 templates has 22 KiB. JSON.parse
 * makes objects of up to 20 times this size.
 */
export const MAX_JSON_SKELETON_BYTES = 32 * 1024;

/** Characters of an error's message in the log. */
export const MAX_LOGGED_CHARACTERS = 200;

/** libwebp makes RGBA of the whole: 4.2 bytes a pixel measured, and twice the file: 35 MB at 4K. */
export const MAX_WEBP_PIXELS = 8_300_000;

/** Lossless or with alpha it works on whole planes besides: 8.5 to 10.5 bytes a pixel, 44 MB. */
export const MAX_WEBP_PLANES_PIXELS = 4_200_000;

/**
 * Memory that libwebp gets in all: 56 MB were measured for 10 MiB of lossless noise, 4 megapixels.
 */
export const MAX_WEBP_CODEC_BYTES = 64 * MiB;

/** A tenant's id for a person. A UUID has 36; an OpenID Connect `sub` at most 255. */
export const MAX_SUBJECT_CHARACTERS = 128;

/** Logins that may fail in a row before each next one has to wait (NIST SP 800-63B-4, 3.2.3). */
export const FREE_LOGIN_FAILURES = 5;

/** The first wait; it doubles with every further failure. NIST asks for 30 s or more. */
export const MIN_LOGIN_DELAY_SECONDS = 30;

/**
 * Delay at which the doubling ends: an honest person who is shut out in the morning gets in by
 * noon.
 */
export const MAX_LOGIN_DELAY_SECONDS = 60 * 60;

/** Failures in a row after which only the tenant opens the subject again (NIST, as above). */
export const MAX_LOGIN_FAILURES = 50;

/** Attempts that ended by a fault of ours are not counted, so many between two successes. */
export const MAX_RETURNED_ATTEMPTS = 3;

/**
 * A finding of `/readyz` is good for so long: it costs an inference, and nobody needs a key for it.
 */
export const READY_SECONDS = 30;

/**
 * Difference allowed between two machines' clocks: used challenges are kept this long past their
 * end.
 */
export const CLOCK_LEEWAY_SECONDS = 60;

/** The id of a challenge; a UUID has 36. */
export const MAX_CHALLENGE_ID_CHARACTERS = 64;

/** Pictures that one template is made of: the mean of more gains little. */
export const MAX_TEMPLATE_PICTURES = 5;

/** A template's life: faces change, and so do models. One year, and a leap year's day. */
export const MAX_TEMPLATE_DAYS = 366;

/**
 * Time that failures are kept after the last attempt: the longest life of a template. So when
 * failures are forgotten, no template that they were guesses at is valid any more. A lock is never
 * forgotten.
 */
export const KEEP_LOGIN_FAILURES_SECONDS = MAX_TEMPLATE_DAYS * 24 * 60 * 60;

/** The life of a template whose request names none. */
export const DEFAULT_TEMPLATE_DAYS = 365;

/** Head poses in a challenge, next to the frontal frame. */
export const LOGIN_ACTIONS = 3;

/**
 * Frames sent of one pose, of which the first that will do counts: a blink, or a head still on its
 * way, is over after a quarter of a second. Opened only as far as they are needed.
 */
export const MAX_POSE_FRAMES = 3;

/**
 * Time from making a challenge to its answer: reading four prompts and posing takes half a minute.
 */
export const CHALLENGE_SECONDS = 120;

/** An assertion goes from the browser straight to the relying party's backend. */
export const ASSERTION_SECONDS = 60;

/** No login is decided at a looser false-accept rate, whatever a tenant asks for. */
export const MAX_LOGIN_FAR = 1e-3;

/** A relying party's name for itself, mostly its origin. */
export const MAX_AUDIENCE_CHARACTERS = 256;

/** The issuer of assertions, in every challenge: a deployment's origin. */
export const MAX_ISSUER_CHARACTERS = 256;

/** 16 characters of the 66 there are: 96 bits when they are random. */
export const MIN_NONCE_CHARACTERS = 16;

/** A signed or sealed session id of the relying party fits. */
export const MAX_NONCE_CHARACTERS = 128;

/** Parts of a form: no route has more fields than this, repeated ones counted each. */
export const MAX_FORM_PARTS = 16;

/** A request without pictures: a template and a few short fields. */
export const MAX_TEXT_REQUEST_BYTES = 16 * KiB;

/** Requests without pictures of one tenant, in memory at once. */
export const MAX_TENANT_TEXT_BYTES = 64 * MAX_TEXT_REQUEST_BYTES;

/** Requests without pictures of all tenants. */
export const MAX_HELD_TEXT_BYTES = 4 * MAX_TENANT_TEXT_BYTES;

/** One frame of a login: 640 x 480 as JPEG has 0.1 MiB, 1080p as JPEG 0.6, 640 x 480 as PNG 0.8. */
export const MAX_FRAME_BYTES = 1 * MiB;

/** A challenge's response: twelve frames of the usual 0.1 MiB, or four of the largest. */
export const MAX_RESPONSE_BYTES = (1 + LOGIN_ACTIONS) * MAX_FRAME_BYTES + 0.25 * MiB;

/** The same as JSON. */
export const MAX_JSON_RESPONSE_BYTES = inBase64(MAX_RESPONSE_BYTES);

/** Responses in memory at once that come from one subnet: any one, or four of the usual 1.2 MiB. */
export const MAX_SUBNET_FRAME_BYTES = MAX_JSON_RESPONSE_BYTES + 0.25 * MiB;

/** Responses of one tenant. */
export const MAX_TENANT_FRAME_BYTES = MAX_SUBNET_FRAME_BYTES + 1 * MiB;

/** Responses of all tenants, on top of `MAX_HELD_BYTES`: neither kind waits for the other. */
export const MAX_HELD_FRAME_BYTES = MAX_TENANT_FRAME_BYTES + 1 * MiB;

/**
 * Time that a browser may go by the answer to a preflight; Chromium keeps none for over 2 hours.
 */
export const CORS_MAX_AGE_SECONDS = 600;

/** Sealed templates in one request: each takes some 0.1 ms to open. */
export const MAX_IDENTIFY_TEMPLATES = 1000;

/** A picture, and templates of a KiB each, as a form. */
export const MAX_IDENTIFY_BYTES = MAX_PICTURE_BYTES + 4 * MiB;

/** The same as JSON; tokens are text in both. */
export const MAX_JSON_IDENTIFY_BYTES = inBase64(MAX_IDENTIFY_BYTES);

/** Tokens in one field: those of 1,000 templates have some 1 MiB, with the longest names 1.3. */
export const MAX_TOKENS_BYTES = 4 * MiB;

/** Faces of one picture that are embedded, the largest: 16 take as long as 8 verifications. */
export const MAX_FACES = 16;

/** Subjects that an answer ranks. */
export const MAX_TOP = 10;

/** Pictures in one clustering: mostly some seconds of CPU, at worst 45 of the 60 that wrangler.toml allows. */
export const MAX_CLUSTER_PICTURES = 64;

/** Faces in one clustering: 64 crowds of 16 faces would be over a minute of CPU. */
export const MAX_CLUSTER_FACES = 256;

/** The false-accept rate whose threshold groups are held to: chosen on 200 people. */
export const CLUSTER_FAR = 1e-3;

/** Templates of a subject in a gallery: of one face with and without a beard, say. */
export const MAX_SUBJECT_TEMPLATES = 5;

/** Templates of a gallery. Time and memory of a search: `npm run tool -- gallery-times`. */
export const MAX_GALLERY_TEMPLATES = 100_000;

/** Templates of a gallery in the engine `vectorize`: some 300 bytes each in its object's 10 GB. */
export const MAX_INDEXED_TEMPLATES = 1_000_000;

/**
 * Age from which a template is found by the index alone. Vectorize says that vectors are there after
 * a few seconds typically.
 */
export const INDEX_DELAY_MS = 10 * 60_000;

/** Vectors in one call of the index: it takes 1,000 from Workers. */
export const INDEX_BATCH = 500;

/** Templates in one stored page: a change writes its page anew, some 25 KB. */
export const PAGE_TEMPLATES = 128;

/** The name of a gallery, which stands in URLs. */
export const MAX_GALLERY_CHARACTERS = 64;

/** Subjects in one answer of a list that asks for no number. */
export const LISTED_SUBJECTS = 100;

/** Subjects in one answer of a list. */
export const MAX_LISTED_SUBJECTS = 1000;

/** Galleries in one answer of a list that asks for no number. */
export const LISTED_GALLERIES = 50;

/** Galleries in one answer of a list: each of them is asked for its numbers. */
export const MAX_LISTED_GALLERIES = 100;

/** Subjects in one page of an export: sealed, some 60 KB. */
export const EXPORTED_SUBJECTS = 200;

/** A sealed page of an export: 200 subjects of 5 templates each have 300 KB. */
export const MAX_EXPORT_CHARACTERS = 512 * 1024;

/** The false-positive identification rate of a search that names none. */
export const DEFAULT_FPIR = 0.01;
