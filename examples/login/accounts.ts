/** Accounts: a password, one-time codes, and the face template where there is one. In memory. */
import { createHash, randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';

export interface Account {
  readonly name: string;
  /** Subject of this person: opaque, so that nothing at the deployment tells who it is. */
  readonly subject: string;
  /** The sealed template; it is kept with the account, and nowhere else. */
  template?: string;
  /** Consent of the person, and when it was given: you have to be able to show it. */
  consent?: { readonly wording: string; readonly at: string };
}

interface Secrets {
  readonly salt: Buffer;
  readonly password: Buffer;
  /** SHA-256 of each code that is left. They have 50 random bits, so no slow hash is needed. */
  readonly codes: Set<string>;
}

const CODES = 8;
/** Crockford's base 32: nothing in it looks like something else. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARACTERS = 10;

export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #secrets = new Map<Account, Secrets>();
  /** Somebody's who does not exist: an unknown name must take as long as a wrong password. */
  readonly #nobody = this.#hash(randomUUID());

  /** @returns the one-time codes, which are shown once: here is only their digest */
  add(name: string, password: string): { account: Account; codes: readonly string[] } {
    const account: Account = { name, subject: randomUUID() };
    const codes = Array.from({ length: CODES }, newCode);
    this.#accounts.set(name, account);
    this.#secrets.set(account, { ...this.#hash(password), codes: new Set(codes.map(digest)) });
    return { account, codes };
  }

  /** The account, if the password is its own. */
  checkPassword(name: string, password: string): Account | undefined {
    const account = this.#accounts.get(name);
    const { salt, password: expected } = (account && this.#secrets.get(account)) ?? this.#nobody;
    const right = timingSafeEqual(scryptSync(password, salt, expected.length), expected);
    return right ? account : undefined;
  }

  /** Uses up a code, where it is one of those that are left. */
  useCode(account: Account, code: string): boolean {
    return this.#secrets.get(account)?.codes.delete(digest(code)) ?? false;
  }

  #hash(password: string): { salt: Buffer; password: Buffer; codes: Set<string> } {
    const salt = randomBytes(16);
    return { salt, password: scryptSync(password, salt, 32), codes: new Set() };
  }
}

/** `7K2QF-93MXD`: a stand-in for the authenticator app or security key that you should have. */
function newCode(): string {
  const text = Array.from(randomBytes(CODE_CHARACTERS), (byte) => ALPHABET[byte % 32]).join('');
  return `${text.slice(0, 5)}-${text.slice(5)}`;
}

/** However it is typed. */
function digest(code: string): string {
  const text = code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');
  return createHash('sha256').update(text).digest('base64url');
}
