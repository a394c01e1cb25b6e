import { describe, expect, it } from 'vitest';
import { soloConfig, takesPart } from '../../../src-shared/model/ledger-config.ts';
import { LongMessage, readLongHead } from '../../../src-main/node/peers/link/long-message.ts';
import type { HostedReplica } from '../../../src-main/node/replicas/hosted-replica.ts';
import { LongPayloads } from '../../../src-main/node/replicas/long-payloads.ts';
import { messageSamples } from '../../support/peer-messages.ts';
import { otherId, serverId } from '../../support/records.ts';

const stranger = 'e'.repeat(64);
const { rows: write } = messageSamples({ number: 2, member: otherId });

function makeLong(members: string[] = [serverId, otherId]) {
  const config = soloConfig(serverId);
  const view = { config: { ...config, membership: { ...config.membership, members } } };
  const replica = { view: () => view } as unknown as HostedReplica;
  const complaints: string[] = [];
  const strange: string[] = [];
  const long = new LongPayloads({
    replicaOf: (ledger) => (ledger === 'ledger-1' ? replica : undefined),
    calls: {
      longestCall: (_from, method) => (method === 'ledger.order' ? 100_000 : 'no call is so long'),
      longestAnswer: (_from, id) => (id === 1 ? 100_000 : 'nobody asked'),
    },
    complaints: { note: (_from, what) => complaints.push(what) },
    hears: (kept, from) => takesPart(kept.view().config, from),
    onStrangeLedger: (_from, ledger) => strange.push(ledger),
  });
  const taken: unknown[] = [];
  const take = (from: string, payload: object) => {
    const text = JSON.stringify({ type: 'payload', data: payload });
    long.take(from, new LongMessage(readLongHead(text), text), async (parsed) => {
      taken.push(parsed.ok ? parsed.value : parsed.problem);
    });
  };
  const settled = () => expect.poll(() => long.isBusy(otherId)).toBe(false);
  return { long, complaints, strange, taken, take, settled };
}

const padded = { ...write, root: '0'.repeat(16) };
const inLedger = (ledger: string, message: object) => ({ type: 'ledger', ledger, message });

describe('a long payload', () => {
  it('of a member is parsed as a short one is, and what follows comes after it', async () => {
    const { long, taken, take, settled } = makeLong();
    take(otherId, inLedger('ledger-1', padded));
    expect(long.isBusy(otherId)).toBe(true);
    long.inTurn(otherId, () => taken.push('after'));
    await settled();
    expect(taken).toEqual([inLedger('ledger-1', padded), 'after']);
  });

  it.each([
    ['a stranger', stranger, inLedger('ledger-1', padded), 'it takes no part in this ledger'],
    ['a kind that is never long', otherId, inLedger('ledger-1', { type: 'vote' }), null],
    ['a kind that is not known', otherId, inLedger('ledger-1', { type: 'sing' }), null],
    ['another call', otherId, { type: 'call', id: 1, method: 'sing' }, 'no call is so long'],
    ['an answer to nothing', otherId, { type: 'answer', id: 2, answer: {} }, 'nobody asked'],
    ['something else', otherId, { type: 'song' }, 'what it is is never so long'],
  ])('of %s is not parsed', async (_, from, payload, complaint) => {
    const { complaints, taken, take } = makeLong();
    // That it is no JSON would be noticed.
    const text = `${JSON.stringify({ type: 'payload', data: payload })}${'x'.repeat(70_000)}`;
    const { long } = makeLong();
    expect(long.wants(from, readLongHead(text), 3 * 70_000)).toBe(false);
    take(from, { ...payload, padding: 'x'.repeat(70_000) });
    expect(taken).toEqual([]);
    expect(complaints).toEqual([complaint ?? 'it is longer than 65536 characters']);
  });

  it('for a ledger that is not kept here is told so, and not parsed', () => {
    const { strange, complaints, taken, take } = makeLong();
    take(otherId, inLedger('ledger-2', padded));
    expect({ strange, complaints, taken }).toEqual({
      strange: ['ledger-2'],
      complaints: [],
      taken: [],
    });
  });

  it('that is wrong in its first row is not looked at further', async () => {
    const { taken, take, settled } = makeLong();
    take(otherId, inLedger('ledger-1', { ...write, rows: Array(100_000).fill([]) }));
    await settled();
    expect(taken).toEqual([expect.stringContaining('rows')]);
  });

  it('is no more than waits already is room for', async () => {
    const { complaints, taken, take, settled } = makeLong();
    const huge = inLedger('ledger-1', { ...write, root: 'x'.repeat(15_000_000) });
    for (let n = 0; n < 4; n++) take(otherId, huge);
    expect(complaints).toEqual(Array(2).fill('more of it waits already than can be taken'));
    await settled();
    expect(taken).toEqual(Array(2).fill('a text in it is too long'));
  });
});
