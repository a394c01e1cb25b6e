import { expect, it } from 'vitest';
import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import { beginTerm, restoreLedger } from '../../../src-main/node/core/ledger/ledger-start.ts';
import { withdrawEntries } from '../../../src-main/node/core/ledger/ledger.ts';
import { rowsOfLedger } from '../../../src-main/node/core/ledger/rows-of-ledger.ts';
import { decide } from '../../../src-main/node/core/ledger/step.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { CoreHost, proofOf } from '../../support/core-host.ts';
import {
  makeInstalledLicense,
  makeLease,
  makeStoredLedger,
  nowMs,
  otherId,
  serverId,
} from '../../support/records.ts';

/** A server with one unit, which is out, and the token that another one signed for a seat more. */
function makeFull() {
  const other = new CoreHost();
  other.install({ units: 1, ttlSeconds: 60 });
  const proof = { ...proofOf(other.checkout({ instance: 'ada' })), signer: otherId };
  const host = new CoreHost();
  host.install({ units: 1, ttlSeconds: 60 });
  host.nextLeaseId();
  host.checkout({ instance: 'bob' });
  return { host, proof };
}

const overdraftOf = ({ state }: CoreHost) => state.meta.overdraft;

const isOfOverdraft = (kind: string) => kind.startsWith('overdraft');

const overdraftSaidIn = (changes: readonly Change[]) =>
  changes
    .flatMap((change) => (change.type === 'event' ? change.after.kind : []))
    .filter(isOfOverdraft);

const saidBy = (host: CoreHost) => host.eventKinds().filter(isOfOverdraft);

it('an overdraft that began while a majority decided goes on when rows are kept, and after a restart', () => {
  const { host, proof } = makeFull();
  host.pass(1_000);
  host.changeRule('majority');
  host.renew(proof.lease.id, proof);
  const recorded = overdraftOf(host);
  expect(recorded?.units).toBe(1);
  host.pass(2_000);
  host.changeRule('continuity');
  expect(overdraftOf(host)).toEqual(recorded);
  host.crash();
  host.pass(1_000);
  expect(overdraftOf(host)).toEqual(recorded);
  expect(saidBy(host)).toEqual(['overdraftBegan']);
});

it('an overdraft that was noticed with the first write of a spell, which failed, begins with the next one', () => {
  const at = { monotonicMs: 1_000, wallMs: nowMs };
  const stored = makeStoredLedger({
    config: soloConfig(serverId),
    licenses: [makeInstalledLicense({ units: 1 })],
    leases: [makeLease(1), makeLease(2)],
  });
  const options = { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1' };
  const state = restoreLedger({ ...stored, rows: rowsOfLedger(stored) }, options, at);
  const spell = { member: serverId, boot: 'ffee00aa11bb22cc' };
  const changes = beginTerm(state, 4, spell, at, () => undefined);
  expect(overdraftSaidIn(changes)).toEqual(['overdraftBegan']);
  withdrawEntries(state, changes);
  expect(state.meta.overdraft).toBeNull();
  const next = decide(state, [{ type: 'clockTicked' }], at);
  expect(overdraftSaidIn(next.changes)).toEqual(['overdraftBegan']);
  expect(state.meta.overdraft?.units).toBe(1);
});

it('an overdraft of a request that met a bug is not recorded', () => {
  const { host, proof } = makeFull();
  const names = new Map<string, string>();
  names.get = () => {
    throw new Error('a bug');
  };
  const at = { monotonicMs: host.monotonicMs, wallMs: host.wallMs };
  const { id: leaseId } = proof.lease;
  const state = { ...host.state, names };
  const { failed } = decide(
    state,
    [{ type: 'renewalRequested', requestId: 1, leaseId, proof }],
    at,
  );
  expect(failed).toHaveLength(1);
  expect([state.leases.has(leaseId), state.meta.overdraft]).toEqual([false, null]);
});
