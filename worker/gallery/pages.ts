/**
 * Pages: a gallery as it is stored, some subjects in each, encrypted.
 *
 * A page is a header in JSON (whose templates, of which network, of how many pictures) and behind
 * it the codes, 128 bytes each. AES-256-GCM seals it with a key of this gallery alone, derived from
 * a key of TEMPLATE_KEYS (HKDF, RFC 5869), and bound to its number: a page of another gallery, or
 * at another place, does not open.
 */
import { Refusal } from '../errors.ts';
import { DIMENSION } from '../face/embedding/embed.ts';
import type { KeyRing } from '../login/sealed-token.ts';
import type { Entry } from './gallery-store.ts';

/** Lists side by side, which are read several times as fast as a list of lists. */
interface Header {
  readonly v: 2;
  readonly models: readonly string[];
  readonly subjects: readonly string[];
  /** Time of each subject's enrolment, in seconds since 1970, and number of its templates. */
  readonly enrolledAt: readonly number[];
  readonly templates: readonly number[];
  /** Network of each template, by its place in `models`, and number of its pictures. */
  readonly networks: readonly number[];
  readonly pictures: readonly number[];
}

/** A page as it is laid out: the header, and the codes of all templates one after the other. */
export interface OpenedPage extends Header {
  readonly codes: Int8Array;
}

/** @returns the header's length (32 bits, little-endian), the header, the codes */
export function encodePage(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const templates = entries.flatMap((entry) => entry.templates);
  const models = [...new Set(templates.map(({ model }) => model))];
  const header: Header = {
    v: 2,
    models,
    subjects: entries.map(({ subject }) => subject),
    enrolledAt: entries.map(({ enrolledAt }) => enrolledAt),
    templates: entries.map((entry) => entry.templates.length),
    networks: templates.map(({ model }) => models.indexOf(model)),
    pictures: templates.map(({ pictures }) => pictures),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const page = new Uint8Array(4 + json.length + templates.length * DIMENSION);
  new DataView(page.buffer).setUint32(0, json.length, true);
  page.set(json, 4);
  for (const [i, { embedding: code }] of templates.entries()) {
    const bytes = new Uint8Array(code.buffer, code.byteOffset, code.length);
    page.set(bytes, 4 + json.length + i * DIMENSION);
  }
  return page;
}

/** @throws Error for what `encodePage` never made */
export function openPage(page: Uint8Array): OpenedPage {
  const length = new DataView(page.buffer, page.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(page.subarray(4, 4 + length))) as Header;
  if (header.v !== 2) throw new Error('a gallery page of another version');
  const start = 4 + length;
  const bytes = header.networks.length * DIMENSION;
  if (start + bytes !== page.length) {
    throw new Error('a gallery page that is too short or too long');
  }
  return { ...header, codes: new Int8Array(page.buffer, page.byteOffset + start, bytes) };
}

/** Entries of a page, whose codes are views of it. @throws Error for what `encodePage` never made */
export function decodePage(page: Uint8Array): Entry[] {
  const { models, subjects, enrolledAt, templates, networks, pictures, codes } = openPage(page);
  let row = 0;
  const template = () => {
    const embedding = codes.subarray(row * DIMENSION, (row + 1) * DIMENSION);
    const model = models[networks[row] as number] as string;
    return { model, pictures: pictures[row++] as number, embedding };
  };
  return subjects.map((subject, i) => ({
    subject,
    enrolledAt: enrolledAt[i] as number,
    templates: Array.from({ length: templates[i] as number }, template),
  }));
}

const IV_BYTES = 12;
const KID_CHARACTERS = 11; // 8 bytes in base64url
const INFO = new TextEncoder().encode('visavis gallery page');

/** Seals and opens the pages of one gallery. */
export class PageSealer {
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  /** @param gallery id that no other gallery has */
  constructor(
    private readonly ring: KeyRing,
    private readonly gallery: string,
  ) {}

  /** @returns the key's name, the IV, the sealed page */
  async seal(number: number, page: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const [{ kid }] = this.ring;
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const sealed = await crypto.subtle.encrypt(algorithm(iv, number), await this.#key(kid), page);
    const out = new Uint8Array(KID_CHARACTERS + IV_BYTES + sealed.byteLength);
    out.set(new TextEncoder().encode(kid));
    out.set(iv, KID_CHARACTERS);
    out.set(new Uint8Array(sealed), KID_CHARACTERS + IV_BYTES);
    return out;
  }

  /**
   * @throws Refusal `not_configured` for a page whose key is not known any more; Error for one that was changed or
   * moved
   */
  async open(number: number, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const kid = new TextDecoder().decode(sealed.subarray(0, KID_CHARACTERS));
    const iv = sealed.subarray(KID_CHARACTERS, KID_CHARACTERS + IV_BYTES);
    const body = sealed.subarray(KID_CHARACTERS + IV_BYTES);
    const page = await crypto.subtle.decrypt(algorithm(iv, number), await this.#key(kid), body);
    return new Uint8Array(page);
  }

  #key(kid: string): Promise<CryptoKey> {
    let key = this.#keys.get(kid);
    if (key === undefined) {
      key = this.#derive(kid);
      this.#keys.set(kid, key);
    }
    return key;
  }

  async #derive(kid: string): Promise<CryptoKey> {
    const found = this.ring.find((candidate) => candidate.kid === kid);
    if (!found) {
      const detail = 'The gallery is sealed with a key that TEMPLATE_KEYS does not have any more.';
      throw new Refusal({ code: 'not_configured', detail });
    }
    const secret = await crypto.subtle.importKey('raw', Uint8Array.from(found.key), 'HKDF', false, [
      'deriveKey',
    ]);
    const salt = new TextEncoder().encode(this.gallery);
    return crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt, info: INFO },
      secret,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
  }
}

function algorithm(iv: Uint8Array<ArrayBuffer>, number: number) {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`page ${number}`) };
}
