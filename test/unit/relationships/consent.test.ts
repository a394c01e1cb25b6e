import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LedgerRelationship, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { makeVendor } from '../../support/licenses.ts';
import { startLyingPeer, stateOf } from '../../support/lying-peer.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import {
  ask,
  expectConnected,
  expectRefused,
  expectServing,
  install,
  order,
  pairNodes,
  patiently,
  protectedLicense,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

/** Two servers that are paired and nothing more. */
async function startStrangers(): Promise<[TestNode, TestNode]> {
  const [main, backup] = [await startTestNode(), await startTestNode()];
  await order(main, 'settings.set', { name: 'Main' });
  await order(backup, 'settings.set', { name: 'Backup' });
  await pairNodes(main, backup, 'nothing');
  return [main, backup];
}

const plan = { kind: 'backup', main: 'Main', backup: 'Backup' } as const;

async function requestsAt(node: TestNode) {
  const { requests } = await order(node, 'relationship.requests', {});
  expect(node.node.admin.snapshot().requests).toEqual(requests);
  return requests;
}

async function requestAt(node: TestNode) {
  await expect.poll(() => requestsAt(node), patiently).toHaveLength(1);
  const [request] = await requestsAt(node);
  if (!request) throw new Error('nothing is asked');
  return request;
}

function relationshipOf(node: TestNode) {
  return node.node.admin.snapshot().relationship;
}

const consentOf = (node: TestNode, other: TestNode) =>
  node.node.admin.snapshot().servers.find(({ id }) => id === other.node.id)?.consent;

function relationshipWith(from: string, own: string): LedgerRelationship {
  const members = [own, from];
  const goal = { members, witness: null, rule: 'continuity' as const };
  return { id: randomUUID(), kind: 'backup', policy: 'available', mutual: false, members, goal };
}

describe('a server that is paired and nothing more', unhurried, () => {
  it('gets no part of the other, whatever it orders', async () => {
    const [alone] = await startPairedNodes('Alone');
    await install(alone, protectedLicense);
    const liar = await startLyingPeer(alone);
    const before = stateOf(alone);
    const own = alone.node.id;
    const relationship = relationshipWith(liar.id, own);
    const needed = { ok: false, code: 'CONSENT_NEEDED' };
    expect(await liar.ask(alone, 'relationship.protect', { relationship })).toMatchObject(needed);
    const ledger = alone.node.admin.snapshot().ledgers[0]?.id ?? '';
    const vendor = await makeVendor();
    const trust = { type: 'trust', vendor: { ...vendor.trusted, trustedAtMs: 0 } };
    const release = { type: 'release', leaseId: 'x' };
    for (const given of [trust, release]) {
      const answer = await liar.ask(alone, 'ledger.order', { ledger, order: given });
      expect(answer).toMatchObject({ ok: false, code: 'BAD_REQUEST' });
    }
    const side = await liar.ask(alone, 'relationship.side', { other: liar.id });
    expect(side).toMatchObject({ ok: true, value: { licenses: [], consent: [] } });
    expect(stateOf(alone)).toEqual(before);
    expect(await requestAt(alone)).toMatchObject({
      from: { id: liar.id, name: 'Liar' },
      asks: ['share'],
    });
  });

  it('makes no empty server a member of a ledger of its own', async () => {
    const [empty] = await startPairedNodes('Empty');
    const liar = await startLyingPeer(empty);
    const own = empty.node.id;
    const before = stateOf(empty);
    const relationship = relationshipWith(own, liar.id);
    const membership = { members: [liar.id, own], witness: null, rule: 'continuity' } as const;
    const hidden = { ...relationship, members: [liar.id], goal: null };
    for (const [members, given, part] of [
      [[liar.id, own], relationship, 'keep'],
      [[liar.id, own], hidden, 'keep'],
      [[own, liar.id], relationshipWith(liar.id, own), 'share'],
    ] as const) {
      const config = {
        ...soloConfig(liar.id),
        version: 2,
        membership: { ...membership, members: [...members] },
        relationship: given,
      };
      const answer = await liar.ask(empty, 'ledger.join', { ledger: randomUUID(), config });
      expect(answer).toMatchObject({ ok: false, code: 'CONSENT_NEEDED' });
      expect((await requestAt(empty)).asks).toEqual([part]);
    }
    expect(stateOf(empty)).toEqual(before);
  });
});

describe('consent', unhurried, () => {
  it('is asked for and waited for; the relationship goes on when it is given', async () => {
    const [main, backup] = await startStrangers();
    await install(main, protectedLicense);
    const check = await order(main, 'relationship.check', plan);
    expect(check).toMatchObject({ missing: [], warnings: [{ code: 'CONSENT_NEEDED' }] });
    const { relationship } = await order(main, 'relationship.create', plan);
    expect(relationship).toMatchObject({
      state: 'forming',
      pending: expect.stringContaining('understudy relationship accept Main'),
    });
    const request = await requestAt(backup);
    expect(request).toMatchObject({ from: { name: 'Main' }, mutual: false, asks: ['keep'] });
    const again = await restart(backup);
    expect(await requestsAt(again)).toEqual([request]);
    const answer = await order(again, 'relationship.accept', { id: request.id });
    expect(answer).toMatchObject({ server: { id: main.node.id }, consent: ['keep'] });
    await expectServing(main, main, main, again);
    expect(await requestsAt(again)).toEqual([]);
    expect([consentOf(main, again), consentOf(again, main)]).toEqual([['share'], ['keep']]);
  });

  it('covers both directions of a mutual backup at once', async () => {
    const [main, backup] = await startStrangers();
    await install(main, protectedLicense);
    await install(backup, { id: 'other', ...protectedLicense });
    void ask(main, 'relationship.create', { ...plan, mutual: true });
    await expect
      .poll(() => backup.node.admin.snapshot().requests[0]?.asks, patiently)
      .toEqual(['keep', 'share']);
    await order(backup, 'relationship.accept', { id: 'Main' });
    await expectServing(main, main, main, backup);
    await expectServing(backup, backup, main, backup);
    await expect.poll(() => relationshipOf(main)?.state, patiently).toBe('established');
  });

  it('of the main server is asked for by its backup', async () => {
    const [main, backup] = await startStrangers();
    const message = await expectRefused(backup, 'relationship.create', plan, 'CONSENT_NEEDED');
    expect(message).toContain('understudy relationship accept Backup');
    const request = await requestAt(main);
    expect(request.asks).toEqual(['share']);
    await order(main, 'relationship.accept', { id: request.id });
    await expectServing(main, main, main, backup);
  });

  it('that is refused is not asked for again, and can be given later all the same', async () => {
    const [main, backup] = await startStrangers();
    await order(main, 'relationship.create', plan);
    await order(backup, 'relationship.refuse', { id: (await requestAt(backup)).id });
    await expect
      .poll(() => relationshipOf(main)?.pending, patiently)
      .toContain('has refused this relationship');
    expect(await requestsAt(backup)).toEqual([]);
    await order(backup, 'relationship.accept', { id: 'Main' });
    await expectServing(main, main, main, backup);
  });

  it('is no longer asked for when the relationship is dissolved meanwhile', async () => {
    const [main, backup] = await startStrangers();
    await order(main, 'relationship.create', plan);
    await requestAt(backup);
    await order(main, 'relationship.dissolve', {});
    await expect.poll(() => requestsAt(backup), patiently).toEqual([]);
    expect(consentOf(main, backup)).toEqual([]);
  });

  it('is given with a code, and taken back', async () => {
    const [main, backup] = await startPairedNodes('Main', 'Backup');
    expect(consentOf(backup, main)).toEqual(['keep', 'share', 'witness']);
    await order(backup, 'relationship.refuse', { id: 'Main' });
    expect(consentOf(backup, main)).toEqual([]);
    await expectRefused(backup, 'relationship.refuse', { id: 'Main' }, 'NO_SUCH_REQUEST');
    await expectRefused(backup, 'relationship.accept', { id: 'nobody' }, 'NO_SUCH_REQUEST');
    const { relationship } = await order(main, 'relationship.create', plan);
    expect(relationship.state).toBe('forming');
    await requestAt(backup);
  });

  it('ends with a relationship that an admin here dissolves', async () => {
    const [main, backup] = await startPairedNodes('Main', 'Backup');
    await order(main, 'relationship.create', plan);
    await order(backup, 'relationship.dissolve', {});
    await expect.poll(() => relationshipOf(main), patiently).toBeNull();
    expect(consentOf(backup, main)).toEqual([]);
    expect(consentOf(main, backup)).not.toEqual([]);
  });
});

describe('a pairing of before there was consent', unhurried, () => {
  /** The server as an earlier version left it, which knew no consent. */
  async function forgetConsent(at: TestNode): Promise<TestNode> {
    await at.node.stop();
    const file = join(at.dataDirectory, 'paired-servers.json');
    const { sum: _, ...kept } = JSON.parse(readFileSync(file, 'utf8')) as {
      sum: unknown;
      servers: { consent?: unknown }[];
    };
    for (const server of kept.servers) delete server.consent;
    writeFileSync(file, JSON.stringify(kept));
    return restart(at);
  }

  it('keeps the relationship that it is in, and gives no more than that', async () => {
    let [main, backup] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', plan);
    await expectServing(main, main, main, backup);
    main = await forgetConsent(main);
    backup = await forgetConsent(backup);
    await expectServing(main, main, main, backup);
    expect(relationshipOf(main)?.state).toBe('established');
    expect(consentOf(main, backup)).toEqual(['share']);
    expect(consentOf(backup, main)).toEqual(['keep']);
  });

  it('that is in none lets the other server have nothing', async () => {
    const [main, stranger] = await startPairedNodes('Main', 'Backup');
    const backup = await forgetConsent(stranger);
    expect(consentOf(backup, main)).toEqual([]);
    await expectConnected(main, backup);
    await order(main, 'relationship.create', plan);
    await requestAt(backup);
  });
});

describe('an order', unhurried, () => {
  it('of a member says on the timeline who gave it, and trusts no vendor', async () => {
    const [main, backup] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', plan);
    await order(backup, 'relationship.set', { settings: { takeoverAfterMs: 2_000 } });
    const { events } = await order(main, 'events.list', {});
    const changed = events.find(({ message }) =>
      message.includes('silence before a takeover from 3 s to 2 s'),
    );
    const trusted = events.find(({ kind }) => kind === 'vendorTrusted');
    const started = events.find(
      ({ kind, server }) => kind === 'serverStarted' && server === main.node.id,
    );
    expect(changed?.actor).toMatchObject({ kind: 'admin', server: backup.node.id });
    expect(trusted?.actor).toMatchObject({ kind: 'admin', server: main.node.id });
    expect(started?.actor).toMatchObject({ kind: 'system', server: main.node.id });
    expect(changed?.actor?.name).toBe(trusted?.actor?.name);
  });
});
