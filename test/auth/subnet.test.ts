import { describe, expect, it } from 'vitest';
import { clientSubnet } from '../../worker/auth/subnet.ts';

describe('clientSubnet', () => {
  it('is the address itself for IPv4', () => {
    expect(clientSubnet('192.0.2.7')).toBe('192.0.2.7');
    expect(clientSubnet('')).toBe('');
    // RFC 4291, 2.5.5.2: as one subnet, all of IPv4 would share one rate.
    expect(clientSubnet('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(clientSubnet('::FFFF:192.0.2.8')).toBe('192.0.2.8');
  });

  it.each([
    ['::ffff:c000:207', '192.0.2.7'],
    ['::FFFF:C000:0208', '192.0.2.8'],
    ['0:0:0:0:0:ffff:c000:207', '192.0.2.7'],
    ['0000:0000:0000:0000:0000:ffff:c000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:0:7', '0.0.0.7'],
    ['::ffff:ff', '0:0:0:0::/64'], // an IPv6 address that ends in ffff:ff
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['::192.0.2.7', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.7', '1:2:3:4::/64'],
    ['1:2:3:4::ffff:c000:207', '1:2:3:4::/64'],
  ])('is IPv4 where IPv6 carries it, however it is written: %s', (address, subnet) => {
    expect(clientSubnet(address)).toBe(subnet);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['2001:db8::3:4:5:6:7', '2001:db8:0:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
  ])('is the first half of %s', (address, network) => {
    expect(clientSubnet(address)).toBe(network);
  });
});
