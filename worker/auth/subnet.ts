/**
 * Subnet of who sends a request, by its network address: for rates, and never kept.
 *
 * An IPv6 subscriber has 2^64 addresses to choose from (RFC 6177), so the network counts.
 *
 * @param address `CF-Connecting-IP`: an IPv4 or IPv6 address in text
 */
export function clientSubnet(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address); // as a proxy on both protocols has it
  if (mapped) return mapped[1] as string;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const network = [...before, ...zeros, ...after].slice(0, 4);
  return `${network.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
