import { expect, test } from 'vitest';
import { deriveAttention } from '../../../src-shared/view/attention.ts';
import {
  makeLedger,
  makeLicense,
  makeNode,
  makePair,
  serverA,
  serverB,
} from '../../support/snapshot-builders.ts';

test('a server that failed with licences of its own and with others given to it is one notice', () => {
  const lost = { active: serverA, synchronised: [serverA] };
  const pair = makePair({
    ledger: { ...lost, placed: serverB },
    relationship: { mutual: true },
    backup: { connected: false, synchronised: false },
    ready: false,
  });
  const ofB = { ledger: 'ledger-b', primary: serverB };
  const [given] = pair.licenses ?? [];
  const servedBy = given?.servedBy ?? null;
  const configured = { failover: { configured: true }, servedBy, inUse: 2 };
  const node = makeNode({
    ...pair,
    ledgers: [
      ...(pair.ledgers ?? []),
      makeLedger({ ...lost, id: 'ledger-b', members: [serverB, serverA] }),
    ],
    licenses: [
      ...(pair.licenses ?? []),
      makeLicense({ id: 'only-a', servedBy }),
      makeLicense({ ...ofB, ...configured, id: 'covered' }),
      makeLicense({ ...ofB, id: 'only-b', servedBy: null, validity: 'expired', inUse: 0 }),
    ],
  });
  const failures = deriveAttention(node).filter(({ key }) => key.startsWith('failover:'));
  expect(failures).toEqual([
    expect.objectContaining({
      key: `failover:${serverB}:${serverA}`,
      severity: 'error',
      title: 'SRV-B stopped responding',
    }),
  ]);
  const [failure] = failures;
  expect(failure?.text).toMatch(
    /^SRV-A is serving 2 licences, 6 seats kept\. 1 licence is not covered and waits for SRV-B\. /,
  );
});

test('a server that says why it does not serve is not said to be silent', () => {
  const reclaim = { to: serverB, stopped: false, failures: 1, waitMs: 1_000, leftMs: null };
  const titleOf = (more: object) => {
    const ledger = { members: [serverB, serverA], active: serverA, synchronised: [serverA] };
    const pair = makePair({
      ledger: { ...ledger, reclaim: { ...reclaim, ...more } },
      backup: { connected: false, synchronised: false },
      ready: false,
    });
    return deriveAttention(makeNode(pair)).find(({ key }) => key.startsWith('failover:'))?.title;
  };
  expect(titleOf({})).toBe('SRV-B stopped responding');
  expect(titleOf({ hindrance: 'incomplete' })).toBe(
    'SRV-B does not serve: some of its data is missing',
  );
});

test('a server whose word is that it is paired with this one is told of as that', () => {
  const strangers = [{ id: serverB, name: 'SRV-B', at: makeNode({}).at }];
  const [notice] = deriveAttention(makeNode({ strangers }));
  expect(notice).toMatchObject({
    title: 'SRV-B says that it is paired with this server',
    text: expect.stringContaining('understudy relationship accept SRV-B') as string,
  });
});

test('a relationship that another server does not take part in is not being set up', () => {
  const pending = 'SRV-B has no part in the licences of SRV-A any more.';
  const relationship = { state: 'forming' as const, pending, outside: [serverB] };
  const attention = deriveAttention(makeNode(makePair({ relationship })));
  expect(attention).toContainEqual(
    expect.objectContaining({
      severity: 'warning',
      title: 'The relationship is not kept by all',
      text: pending,
    }),
  );
});
