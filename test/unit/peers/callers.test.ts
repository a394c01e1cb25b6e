import { describe, expect, it } from 'vitest';
import { Callers } from '../../../src-main/node/peers/link/callers.ts';
import {
  strangersMax,
  strangersPerAddressMax,
} from '../../../src-main/node/peers/link/peer-limits.ts';
import { rawPeerSocket } from '../../support/peer-channel.ts';
import { connected, pair, startPair, startTwo } from '../../support/peer-server.ts';
import { skipFor } from '../../support/skip.ts';

const oneAddress =
  process.platform === 'linux' ? null : 'only Linux has all of 127.0.0.0/8 without being told';

function make() {
  const callers = new Callers();
  const closed: string[] = [];
  const call = (address: string, times = 1) =>
    Array.from({ length: times }, () => callers.admit(address, () => closed.push(address)));
  return { call, closed };
}

describe('servers that call', () => {
  it('of one address, or one /64, are so many at a time and no more', () => {
    const { call } = make();
    const all = [...call('192.0.2.1', 12), ...call('::ffff:192.0.2.1')];
    expect(all.filter((forget) => forget)).toHaveLength(strangersPerAddressMax);
    const sixes = Array.from({ length: 20 }, (_, i) => call(`2001:db8::${i + 1}`)[0]);
    expect(sixes.filter((forget) => forget)).toHaveLength(strangersPerAddressMax);
    all[0]?.();
    expect(call('192.0.2.1')[0]).toBeDefined();
  });

  it('from few addresses make room for one of another', () => {
    const { call, closed } = make();
    const addresses = [1, 2, 3, 4].map((n) => `192.0.2.${n}`);
    for (const address of addresses) call(address, strangersMax / 4);
    expect(call('198.51.100.1')[0]).toBeDefined();
    expect(closed).toHaveLength(1);
    // Nor can they push it out again.
    for (let round = 0; round < 50; round++) for (const address of addresses) call(address);
    expect(closed).not.toContain('198.51.100.1');
  });
});

describe('silent connections from four addresses', skipFor(oneAddress), () => {
  const sources = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
  const occupy = (to: Parameters<typeof rawPeerSocket>[0]) =>
    Promise.all(
      sources.flatMap((source) => Array.from({ length: 8 }, () => rawPeerSocket(to, source))),
    );

  it('keep no pairing out', async () => {
    const [a, b] = await startTwo();
    await occupy(a);
    await pair(a, b);
    await connected(a, b);
  });

  it('keep no link of a pair out', async () => {
    const { a, b } = await startPair();
    await b.crash();
    await occupy(a);
    await b.revive();
    await connected(a, b);
  });
});
