/**
 * Subnet of who sends a request, by its network address: for rates, and never kept.
 *
 * An IPv6 subscriber has 2^64 addresses to choose from (RFC 6177), so the network counts. An IPv4
 * address may come in an IPv6 one (RFC 4291, 2.5.5.2), as a proxy on both protocols has it: as a
 * subnet of IPv6, all of IPv4 would share one rate.
 *
 * @param address `CF-Connecting-IP`: an IPv4 or IPv6 address in text
 */
export function clientSubnet(address: string): string {
  if (!address.includes(':')) return address;
  const groups = groupsOf(address.toLowerCase());
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') {
    return groups
      .slice(6)
      .map((group) => Number.parseInt(group, 16))
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.replace(/\d+(?:\.\d+){3}$/, inHexadecimal).split('::');
  const split = (text: string) => (text === '' ? [] : text.split(':'));
  const before = split(head);
  const after = tail === undefined ? [] : split(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** Two groups for the IPv4 address at the end of an IPv6 one. */
function inHexadecimal(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
}
