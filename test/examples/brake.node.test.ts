import { describe, expect, it } from 'vitest';
import { Brake, NameBrake } from '../../examples/login/brake.ts';

describe('the brake', () => {
  it('forgets what nobody tries any more', () => {
    let now = 1_000_000;
    const brake = new Brake(() => now);
    for (let i = 0; i < 1_000; i++) brake.admit(`name-${i}`);
    expect(brake.size).toBe(1_000);
    now += 25 * 60 * 60 * 1000;
    brake.admit('another');
    expect(brake.size).toBe(1);
  });

  it('locks out nobody from their own place who is guessed at from another', () => {
    const brake = new NameBrake(() => 1_000_000);
    const guesses = Array.from({ length: 20 }, () => brake.admit('ada', '192.0.2.7'));
    expect(guesses.filter((admitted) => admitted).length).toBe(5);
    expect(brake.admit('ada', '192.0.2.200')).toBe(false); // the same subnet
    expect(brake.admit('ada', '198.51.100.1')).toBe(true);
    expect(brake.admit('ada', '2001:db8:1:2::1')).toBe(true);
  });

  it('knows a subnet however its addresses are written', () => {
    for (const [one, other] of [
      ['192.0.2.7', '::ffff:192.0.2.8'],
      ['2001:db8::1', '2001:db8::2'],
      ['2001:db8:0:0:1:2:3:4', '2001:db8::5'],
      ['::1', '::2'],
    ] as const) {
      const brake = new NameBrake(() => 0);
      while (brake.admit('ada', one));
      expect(brake.admit('ada', other), other).toBe(false);
    }
  });

  it('ends guessing from many places', () => {
    const brake = new NameBrake(() => 1_000_000);
    let admitted = 0;
    for (let i = 0; i < 200; i++) if (brake.admit('ada', `10.0.${i}.1`)) admitted++;
    expect(admitted).toBe(50);
  });
});
