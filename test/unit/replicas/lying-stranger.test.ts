import { expect, it, describe } from 'vitest';
import { randomUUID } from 'node:crypto';
import { ClientConnection } from '../../support/json-request.ts';
import { type LyingPeer, startLyingPeer, stateOf } from '../../support/lying-peer.ts';
import type { TestNode } from '../../support/node.ts';
import {
  activeOf,
  expectServing,
  install,
  ledgerOf,
  order,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';
import { makeVendorRecord, positionOf } from '../../support/records.ts';
import {
  type LedgerConfig,
  type LedgerRelationship,
  soloConfig,
} from '../../../src-shared/model/ledger-config.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';

interface Scene {
  main: TestNode;
  standby: TestNode;
  liar: LyingPeer;
  /** The ledger of the two. */
  ledger: string;
}

/** A backup of two, and a server that is paired with both and takes no part. */
async function startScene(): Promise<Scene> {
  const [main, standby] = await startPairedNodes('Main', 'Backup');
  await install(main, protectedLicense);
  await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
  await expectServing(main, main, main, standby);
  const client = new ClientConnection(main.port);
  expect((await client.checkout('i-1')).status).toBe(201);
  client.close();
  await expect.poll(() => ledgerOf(main, standby)?.leases, patiently).toBe(1);
  const liar = await startLyingPeer(main, standby);
  return { main, standby, liar, ledger: ledgerOf(main)?.id ?? '' };
}

const refused = { ok: false, code: 'BAD_REQUEST' };

function relationshipOf(
  id: string,
  members: string[],
  goal: string[] = members,
): LedgerRelationship {
  return {
    id,
    kind: 'backup',
    policy: 'available',
    mutual: false,
    members,
    goal: { members: goal, witness: null, rule: 'continuity' },
  };
}

function configOf(members: string[], relationship: LedgerRelationship, version = 9): LedgerConfig {
  const membership = { members, witness: null, rule: 'continuity' } as const;
  return { ...soloConfig(members[0] ?? ''), version, membership, relationship };
}

describe('a paired server that takes no part', unhurried, () => {
  it('orders nothing, and gets nothing to know', async () => {
    const { main, standby, liar, ledger } = await startScene();
    const before = [stateOf(main), stateOf(standby)];
    const relationship = main.node.admin.snapshot().relationship;
    const mine = relationshipOf(relationship?.id ?? '', [liar.id, main.node.id]);
    const change = { relationship: mine };
    const configure = { ledger, kind: 'relationshipChanged', message: 'Ha.' };
    for (const at of [main, standby]) {
      for (const [method, args] of [
        ['ledger.configure', { ...configure, change }],
        ['ledger.configure', { ...configure, change: { placed: liar.id } }],
        ['ledger.move', { ledger, to: standby.node.id }],
        ['ledger.order', { ledger, order: { type: 'remove', licenseId: 'acme-cad' } }],
        ['ledger.order', { ledger, order: { type: 'trust', vendor: makeVendorRecord() } }],
        ['ledger.leave', { ledger, configVersion: Number.MAX_SAFE_INTEGER }],
        ['relationship.protect', { relationship: mine }],
      ] as const) {
        expect(await liar.ask(at, method, args), method).toMatchObject({ ok: false });
      }
      expect(await liar.ask(at, 'journal.read', { after: 0 })).toEqual({
        ok: true,
        value: { events: [] },
      });
      for (const kind of ['usage', 'events']) {
        const query = { ledger, spell: '0.', kind, after: 0, upTo: 1_000 };
        expect(await liar.ask(at, 'history.read', query)).toEqual({
          ok: true,
          value: { docs: [], from: 1, upTo: 0 },
        });
      }
      for (let transfer = 0; transfer < 20; transfer++) {
        const asked = await liar.ask(at, 'transfer.part', { transfer, part: 0 });
        expect(asked).toMatchObject(refused);
      }
    }
    expect([stateOf(main), stateOf(standby)]).toEqual(before);
    expect(liar.heard).toEqual([]);
  });

  it('puts no server into a ledger that it made up', async () => {
    const { main, standby, liar } = await startScene();
    const before = [stateOf(main), stateOf(standby)];
    const third = 'c3'.repeat(32);
    const id = randomUUID();
    for (const at of [main, standby]) {
      const own = at.node.id;
      const with2 = relationshipOf(id, [liar.id, own]);
      for (const config of [
        // It is in another relationship.
        configOf([liar.id, own], with2),
        // Its own licences are not taken from it.
        configOf([own, liar.id], relationshipOf(id, [own, liar.id])),
        // Who asks takes no part, or the one that is asked.
        configOf([third, own], relationshipOf(id, [third, own])),
        configOf([liar.id, third], relationshipOf(id, [liar.id, third])),
        // There is no relationship.
        { ...configOf([liar.id, own], with2), relationship: null },
        // Nobody knows the third one.
        configOf([liar.id, own, third], relationshipOf(id, [liar.id, own, third])),
        configOf([liar.id, own, own], with2),
      ]) {
        const answer = await liar.ask(at, 'ledger.join', { ledger: randomUUID(), config });
        expect(answer).toMatchObject({ ok: false });
      }
    }
    expect([stateOf(main), stateOf(standby)]).toEqual(before);
  });

  it('is not heard by any ledger, whatever it claims', async () => {
    const { main, standby, liar, ledger } = await startScene();
    const before = [stateOf(main), stateOf(standby)];
    const huge = Number.MAX_SAFE_INTEGER;
    const own = { number: 50, member: liar.id };
    const last = positionOf(1_000, 50, liar.id);
    const asker = { term: own, configVersion: 1_000 };
    const lies: PeerMessage[] = [
      { type: 'heartbeat', ...asker, round: 1, commitIndex: 0, syncSet: [liar.id] },
      { type: 'append', ...asker, prev: positionOf(0, 0, ''), entries: [], commitIndex: huge },
      { type: 'preVote', ...asker, last },
      { type: 'vote', ...asker, last, transfer: null },
      { type: 'notMember', term: own, configVersion: huge, fromActive: true },
      { type: 'superseded', term: { number: huge, member: liar.id } },
      { type: 'handover', term: own, last, reason: 'leave' },
      { type: 'appendAck', term: own, matchIndex: huge },
    ];
    for (const at of [main, standby]) {
      for (const message of lies) liar.say(at, { type: 'ledger', ledger, message });
      const what = { type: 'image', ...asker, commitIndex: 0, usageAfter: 0, eventsAfter: 0 };
      liar.say(at, { type: 'offer', ledger, transfer: 1, what });
      liar.say(at, { type: 'offer', ledger, transfer: 2, what: { type: 'message' } });
      liar.say(at, { type: 'noSuchLedger', ledger });
      liar.say(at, { type: 'journalGrew', sequence: huge });
      liar.say(at, { type: 'nonsense' });
      await liar.settled(at);
    }
    expect([stateOf(main), stateOf(standby)]).toEqual(before);
    // Nobody asked for what it offered; all that it hears is that it is no member that is known here.
    expect(liar.calls).toEqual([]);
    for (const { payload } of liar.heard) expect(payload).toEqual({ type: 'noSuchLedger', ledger });
    await order(main, 'switchover', {});
    await expectServing(main, standby, main, standby);
  });

  it('learns of a ledger that is not there only that it is not there', async () => {
    const { main, liar } = await startScene();
    const term = { number: 1, member: liar.id };
    const message = { type: 'superseded', term };
    liar.say(main, { type: 'ledger', ledger: 'none', message });
    await liar.settled(main);
    expect(liar.heard.map(({ payload }) => payload)).toEqual([
      { type: 'noSuchLedger', ledger: 'none' },
    ]);
  });

  it('may ask to protect a server that is in no relationship, for itself only', async () => {
    const [alone] = await startPairedNodes('Alone');
    const liar = await startLyingPeer(alone);
    const own = alone.node.id;
    const third = 'c3'.repeat(32);
    const id = randomUUID();
    for (const relationship of [
      relationshipOf(id, [own, third]),
      relationshipOf(id, [own, liar.id], [liar.id, own]),
      relationshipOf(id, [own, liar.id], [own, third]),
      relationshipOf(id, [own, liar.id, third], [own, liar.id, third]),
      relationshipOf(id, [own, liar.id], [own, liar.id, liar.id]),
      { ...relationshipOf(id, [own, liar.id]), goal: null },
    ]) {
      const answer = await liar.ask(alone, 'relationship.protect', { relationship });
      expect(answer).toMatchObject({ ok: false });
    }
    expect(alone.node.admin.snapshot().relationship).toBeNull();
    expect(activeOf(alone)).toBe(own);
  });
});
