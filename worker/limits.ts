/** Every bound of the Worker, with its unit in the name and the reason beside it. */

const MiB = 1024 * 1024;

/** One picture. A 12-megapixel phone photo is 3 to 6 MiB; 10 leaves room for 50 megapixels. */
export const MAX_PICTURE_BYTES = 10 * MiB;

/** A multipart request: two pictures and the form's own lines. */
export const MAX_REQUEST_BYTES = 21 * MiB;

/** The same as JSON: base64 writes 3 bytes as 4 characters. */
export const MAX_JSON_REQUEST_BYTES = 28 * MiB;

/** JPEG is decoded scaled (to 1/8), so the full size never exists in memory. */
export const MAX_JPEG_PIXELS = 50_000_000;

/** JPEG's own field is 16 bits; browsers and phones stop here. */
export const MAX_SIDE_PIXELS = 16_384;

/**
 * What one call may decode to, of any format. RGB once in the codec and once upright outside it:
 * 8 megapixels take 48 MB, of the isolate's 128. Larger pictures decode at 1/2 and less.
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

/** Between a JPEG's data and its end: padding of a few bytes, more means the data went astray. */
export const MAX_JPEG_PADDING_BYTES = 64;

/**
 * A codec's wasm memory only grows: above this an instance is given up after use, not kept idle.
 * JPEG: what a progressive photo of 12 megapixels takes. Decoding is synchronous, so one instance
 * serves all; given up after each such photo, the dead ones pile up by 40 MB until the collector
 * comes (measured: 870 MB after eight pairs at once, against one instance's 50).
 */
export const KEEP_JPEG_CODEC_BYTES = 64 * MiB;

/** WebP: libwebp's memory begins at this size, of which a small picture touches little. */
export const KEEP_WEBP_CODEC_BYTES = 16 * MiB;

/** Width of a face's box at full size: under this too little is left to tell people apart. */
export const MIN_FACE_PIXELS = 24;

/**
 * A PNG is decoded row by row and averaged on the way (16 megapixels at 1/2: 36 MB), so this is
 * about time: 50 ms a megapixel of 8-bit RGB on a busy core, twice that for 16-bit RGBA. Screens
 * have up to 15 megapixels; of a photo, 10 MiB hold about 6.
 */
export const MAX_PNG_PIXELS = 16_000_000;

/** Bodies held in memory at once in an isolate, by size: any one request, and a small one more. */
export const MAX_HELD_BYTES = 32 * MiB;

/** Bodies held at once, by number: each waits for the CPU behind all others, some 40 ms each. */
export const MAX_HELD_BODIES = 16;

/** How long a request waits for its turn to send its body, before `overloaded`. */
export const MAX_TURN_WAIT_MS = 5_000;

/** What `overloaded` tells the caller to wait: a few verifications later there is room again. */
export const OVERLOADED_RETRY_SECONDS = 2;

/** From the first to the last byte of a body: 21 MiB at 3 Mbit/s, an upload from a bad phone. */
export const MAX_BODY_MS = 60_000;

/** A place whose request the platform dropped without a word is given to another after this. */
export const MAX_HOLD_MS = 120_000;

/**
 * Of a body that is refused unread, this much is read and thrown away before the answer: a
 * connection closed while the client is still sending is reset, and the client never sees why.
 */
export const MAX_DRAINED_BYTES = 64 * MiB;

/** The same, in time. */
export const MAX_DRAIN_MS = 10_000;

/** Read and thrown away by the piece. */
export const DRAIN_BUFFER_BYTES = 64 * 1024;

/** First buffer for a body of unknown length; it doubles. Most pairs of web pictures fit. */
export const FIRST_BUFFER_BYTES = 512 * 1024;

/** The header lines of one part of a form: a disposition with a long file name, a type. */
export const MAX_PART_HEADER_BYTES = 4 * 1024;

/** A form field that is not a picture: `far`, `faces`. */
export const MAX_TEXT_FIELD_BYTES = 1024;

/** A JSON string longer than this is lifted out of the text before it is parsed. */
export const MAX_INLINE_JSON_STRING_BYTES = 1024;

/** JSON without its long strings. JSON.parse makes objects of up to 20 times this size. */
export const MAX_JSON_FRAME_BYTES = 16 * 1024;

/** Of an error's message in the log. */
export const MAX_LOGGED_CHARACTERS = 200;

/** libwebp makes RGBA of the whole: 4.2 bytes a pixel measured, and twice the file: 35 MB at 4K. */
export const MAX_WEBP_PIXELS = 8_300_000;

/** Lossless or with alpha it works on whole planes besides: 8.5 to 10.5 bytes a pixel, 44 MB. */
export const MAX_WEBP_PLANES_PIXELS = 4_200_000;

/** What libwebp gets in all: 56 MB were measured for 10 MiB of lossless noise, 4 megapixels. */
export const MAX_WEBP_CODEC_BYTES = 64 * MiB;
