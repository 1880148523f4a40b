/** Names that clients chose, as problems give them back. */

/** Names of fields, with the brackets that some forms append: `images[]`. */
const PLAIN = /^[\w.[\]-]{1,64}$/;

/** The name, where it is short and plain; a client's own text is not given back otherwise. */
export function plainName(name: string): string | undefined {
  return PLAIN.test(name) ? name : undefined;
}
