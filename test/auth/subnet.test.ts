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
