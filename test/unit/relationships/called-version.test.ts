import { expect, it } from 'vitest';
import { AwaitedConsents } from '../../../src-main/node/relationships/awaited-consents.ts';
import { Candidates } from '../../../src-main/node/relationships/candidates.ts';
import {
  Reconciler,
  type ReconcilerOptions,
} from '../../../src-main/node/relationships/reconciler.ts';
import { configure } from '../../../src-main/node/orders/config-orders.ts';
import type { PeerArguments } from '../../../src-shared/contract/peers.ts';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { makeStoredLedger, makeStoredReplica, otherId, serverId } from '../../support/records.ts';
import { SoloLedger } from '../../support/solo-ledger.ts';

const alone = soloConfig(serverId);
const goal = { ...alone.membership, members: [serverId, otherId] };

/** A server alone, which is to take another one in. */
const config: LedgerConfig = {
  ...alone,
  relationship: {
    id: '00000000-0000-4000-8000-000000000001',
    kind: 'pool',
    policy: 'available',
    mutual: false,
    members: goal.members,
    goal,
  },
};

/** `answer` runs while the other server is asked. */
function startReconciler(solo: SoloLedger, answer: (called: LedgerConfig) => Promise<void>) {
  const { replica, commits } = solo;
  const own = { id: serverId, name: 'Main', address: '', version: '1' };
  const candidates = new Candidates(
    () => own,
    () => [],
  );
  const call = async (_to: string, _method: string, args: PeerArguments<'ledger.join'>) => {
    await answer(args.config);
    return { ok: true, value: {} };
  };
  const reconciler = new Reconciler({
    replicas: { all: () => [replica] },
    calls: { call },
    candidates,
    consents: {},
    awaited: new AwaitedConsents(candidates),
    commits,
    log: { warn: () => undefined },
    note: () => undefined,
  } as unknown as ReconcilerOptions);
  reconciler.start();
  return reconciler;
}

it('a server is taken in by the very change that it was called for, whatever an admin orders meanwhile', async () => {
  const stored = makeStoredReplica({ ledger: makeStoredLedger({ config }) });
  const solo = await new SoloLedger({ stored }).start();
  const { replica } = solo;
  const called: number[] = [];
  const reconciler = startReconciler(solo, async ({ version }) => {
    called.push(version);
    if (called.length > 1) return;
    await configure(replica, { settings: config.settings }, 'relationshipChanged', 'm');
  });
  const membersNow = () => replica.view().config.membership.members;
  await expect.poll(membersNow, { timeout: 5_000 }).toEqual(goal.members);
  reconciler.stop();
  const { version } = config;
  expect(called).toEqual([version + 1, version + 2]);
  expect(replica.view().config.version).toBe(version + 2);
});
