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
