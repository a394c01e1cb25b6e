import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasHidden } from '../../../src-shared/model/hidden-characters.ts';
import { relationshipSettingsDefault } from '../../../src-shared/model/relationship.ts';
import { ClientConnection } from '../../support/json-request.ts';
import { makeVendor } from '../../support/licenses.ts';
import { type LyingPeer, startLyingPeer, stateOf } from '../../support/lying-peer.ts';
import type { TestNode } from '../../support/node.ts';
import { positionOf } from '../../support/records.ts';
import {
  ask,
  install,
  ledgerOf,
  order,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

interface Scene {
  main: TestNode;
  liar: LyingPeer;
  ledger: string;
  relationship: string;
}

/** A server whose backup takes part in name only. */
async function startScene(): Promise<Scene> {
  const [main] = await startPairedNodes('Main');
  await install(main, protectedLicense);
  const liar = await startLyingPeer(main);
  const version = '0.0.0-test';
  const paired = [main.node.id];
  const side = { name: 'Liar', version, relationship: null, paired, storeFailure: null };
  liar.answers['relationship.side'] = () => ({ ok: true, value: { ...side, licenses: [] } });
  liar.answers['ledger.join'] = () => ({ ok: true, value: {} });
  const { id: owner } = main.node;
  void ask(main, 'relationship.create', { kind: 'backup', main: owner, backup: liar.id });
  await expect.poll(() => ledgerOf(main)?.members, patiently).toEqual([owner, liar.id]);
  await expect.poll(() => ledgerOf(main)?.active, patiently).toBe(owner);
  // Without its acknowledgement it is left out, and granting goes on.
  const client = new ClientConnection(main.port);
  onTestFinished(() => client.close());
  await expect.poll(async () => (await client.checkout('i-1')).status, patiently).toBe(200);
  const relationship = main.node.admin.snapshot().relationship?.id ?? '';
  return { main, liar, ledger: ledgerOf(main)?.id ?? '', relationship };
}

describe('a member that lies', unhurried, () => {
  it('takes the own licences from no server', async () => {
    const { main, liar, ledger } = await startScene();
    const before = stateOf(main);
    const configVersion = Number.MAX_SAFE_INTEGER;
    const leave = await liar.ask(main, 'ledger.leave', { ledger, configVersion });
    expect(leave).toMatchObject({ ok: false });
    const term = { number: 1, member: liar.id };
    liar.say(main, { type: 'ledger', ledger, message: { type: 'notMember', term, configVersion } });
    await liar.settled(main);
    expect(stateOf(main)).toEqual(before);
  });

  it('claims no term of another, and none out of the blue', async () => {
    const { main, liar, ledger } = await startScene();
    const before = stateOf(main);
    const huge = Number.MAX_SAFE_INTEGER;
    const { id } = main.node;
    const configVersion = 1_000;
    const rest = { configVersion, round: 1, commitIndex: 0, syncSet: [] };
    const append = { type: 'append', configVersion, prev: positionOf(0, 0, ''), commitIndex: 0 };
    for (const message of [
      { type: 'heartbeat', term: { number: 9, member: id }, ...rest },
      { type: 'heartbeat', term: { number: 9, member: 'c3'.repeat(32) }, ...rest },
      { type: 'heartbeat', term: { number: huge, member: liar.id }, ...rest },
      {
        type: 'heartbeatAck',
        term: { number: huge, member: id },
        round: 1,
      },
      { type: 'appendAck', term: { number: huge, member: liar.id }, matchIndex: 1 },
      { type: 'superseded', term: { number: huge, member: liar.id } },
      {
        type: 'preVote',
        term: { number: huge, member: liar.id },
        configVersion,
        last: positionOf(9),
      },
      { ...append, term: { number: 9, member: id }, entries: [] },
      {
        ...append,
        term: { number: 9, member: liar.id },
        entries: [
          { ...positionOf(1, 9, liar.id), changes: [] },
          { ...positionOf(7, 9, liar.id), changes: [] },
        ],
      },
    ]) {
      liar.say(main, { type: 'ledger', ledger, message });
    }
    await liar.settled(main);
    expect(stateOf(main)).toEqual(before);
  });

  it('changes no relationship but the one that it is in, and no members', async () => {
    const { main, liar, ledger, relationship } = await startScene();
    const before = stateOf(main);
    const { id: own } = main.node;
    const third = 'c3'.repeat(32);
    const make = (members: string[], goal: string[], id = relationship) => ({
      id,
      kind: 'backup',
      policy: 'available',
      mutual: false,
      members,
      goal: { members: goal, witness: null, rule: 'continuity' },
    });
    const base = { ledger, kind: 'relationshipChanged', message: 'Ha.' };
    const membership = { members: [liar.id], witness: null, rule: 'continuity' };
    for (const change of [
      { membership },
      { relationship: null },
      { relationship: make([own, liar.id], [liar.id]) },
      { relationship: make([own, liar.id], [liar.id, own]) },
      { relationship: make([own, liar.id], [own, third]) },
      { relationship: make([own, liar.id], [own, liar.id], randomUUID()) },
      { relationship: make([own, third], [own, third]) },
      { placed: third },
    ]) {
      const answer = await liar.ask(main, 'ledger.configure', { ...base, change });
      expect(answer, JSON.stringify(change)).toMatchObject({ ok: false });
    }
    expect(await liar.ask(main, 'ledger.move', { ledger, to: liar.id })).toMatchObject({
      code: 'NOT_SYNCHRONISED',
    });
    expect(stateOf(main)).toEqual(before);
  });

  it('trusts and forgets no vendor of the ledger, and lets no third server keep it', async () => {
    const { main, liar, ledger, relationship: id } = await startScene();
    const before = stateOf(main);
    const vendor = await makeVendor('Liar');
    const [trusted] = main.node.admin.snapshot().vendors;
    const orders = [
      { type: 'trust', vendor: vendor.trusted },
      { type: 'forget', keyId: trusted?.keyId ?? '' },
    ];
    for (const order of orders) {
      const answer = await liar.ask(main, 'ledger.order', { ledger, order });
      expect(answer).toMatchObject({
        code: 'BAD_REQUEST',
        message: expect.stringContaining('Which vendors are trusted is decided on the server'),
      });
    }
    const third = 'c3'.repeat(32);
    const members = [main.node.id, liar.id, third];
    const goal = { members, witness: null, rule: 'continuity' };
    const plan = { kind: 'pool', policy: 'available', mutual: false };
    const change = { relationship: { id, ...plan, members, goal } };
    const said = { kind: 'relationshipChanged', message: 'x' };
    const answer = await liar.ask(main, 'ledger.configure', { ledger, change, ...said });
    expect(answer).toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('can let another server keep them'),
    });
    expect(stateOf(main)).toEqual(before);
  });

  it('writes no lines, escapes and names of others into the timeline', async () => {
    const { main, liar, ledger } = await startScene();
    const args = { ledger, change: { settings: relationshipSettingsDefault } };
    const lie = 'Main\nrestarted.\u001b[2J\u202e';
    const configure = (kind: string) =>
      liar.ask(main, 'ledger.configure', { ...args, kind, message: lie });
    expect(await configure('licenseRemoved')).toMatchObject({ code: 'BAD_REQUEST' });
    expect(await configure('relationshipChanged')).toMatchObject({ ok: true });
    const { events } = await order(main, 'events.list', {});
    const told = events.find(({ message }) => message.includes('restarted'));
    expect(told?.message).toBe(String.raw`Main restarted.\u001b[2J\u202e`);
    expect(told?.actor).toEqual({ kind: 'server', name: 'Liar', server: liar.id });

    const file = {
      type: 'import',
      content: '{',
      fileName: `${lie}${'x'.repeat(900)}`,
      dryRun: false,
    };
    await liar.ask(main, 'ledger.order', { ledger, order: file });
    await ask(main, 'license.import', { content: `{"${lie}":`, fileName: lie });
    const refused = async () => {
      const { events } = await order(main, 'events.list', {});
      return events.filter(({ kind }) => kind === 'licenseRefused');
    };
    await expect.poll(refused, patiently).toHaveLength(2);
    for (const { message } of await refused()) {
      expect(message).toContain(String.raw`file Main restarted.\u001b[2J\u202e`);
      expect(hasHidden(message)).toBe(false);
    }
  });

  it('forces no image upon a server that serves', async () => {
    const { main, liar, ledger } = await startScene();
    const before = stateOf(main);
    const image = {
      type: 'image',
      configVersion: 1_000,
      commitIndex: 0,
      usageAfter: 0,
      eventsAfter: 0,
    };
    for (const term of [
      { number: 9, member: main.node.id },
      { number: Number.MAX_SAFE_INTEGER, member: liar.id },
    ]) {
      liar.say(main, { type: 'offer', ledger, transfer: 1, what: { ...image, term } });
    }
    // What may be true is fetched, and is none.
    const parts = ['{"position":{"index":1,"term":{"number":0,"member":""}},"ledger":{}}', '[]'];
    liar.answers['transfer.part'] = ({ args }) => {
      const text = parts[(args as { part: number }).part];
      return { ok: true, value: { text: text ?? '', last: text === undefined } };
    };
    const past = { ...image, term: { number: 0, member: liar.id } };
    liar.say(main, { type: 'offer', ledger, transfer: 2, what: past });
    await expect
      .poll(() => liar.calls.map(({ call }) => call.method), patiently)
      .toContain('transfer.part');
    await liar.settled(main);
    expect(stateOf(main)).toEqual(before);
    const fetched = liar.calls.filter(({ call }) => call.method === 'transfer.part');
    expect(fetched.map(({ call }) => (call.args as { transfer: number }).transfer)).toEqual([2]);
  });

  it('makes nobody fetch without end', async () => {
    const { main, liar, ledger } = await startScene();
    const before = stateOf(main);
    liar.answers['transfer.part'] = () => ({ ok: true, value: { text: '', last: false } });
    liar.say(main, { type: 'offer', ledger, transfer: 1, what: { type: 'message' } });
    await expect.poll(() => liar.calls.at(-1)?.call.method, patiently).toBe('transfer.part');
    await liar.settled(main);
    const count = liar.calls.length;
    await liar.settled(main);
    await liar.settled(main);
    expect(liar.calls).toHaveLength(count);
    expect(stateOf(main)).toEqual(before);
  });

  it('speaks for its own journal only', async () => {
    const { main, liar } = await startScene();
    const event = {
      atMs: 1_750_000_000_000,
      kind: 'serverStarted',
      severity: 'info',
      message: 'By the liar.',
    };
    const events = [
      { ...event, server: main.node.id, sequence: 900, message: 'Forged.' },
      { ...event, server: 'c3'.repeat(32), sequence: 901, message: 'Forged.' },
      { ...event, server: liar.id, sequence: 7 },
    ];
    liar.answers['journal.read'] = ({ args }) => {
      const { after } = args as { after: number };
      return { ok: true, value: { events: events.filter(({ sequence }) => sequence > after) } };
    };
    liar.say(main, { type: 'journalGrew', sequence: 7 });
    const story = async () => (await order(main, 'events.list', { limit: 1_000 })).events;
    await expect
      .poll(story, patiently)
      .toContainEqual(expect.objectContaining({ server: liar.id, message: 'By the liar.' }));
    expect((await story()).map(({ message }) => message)).not.toContain('Forged.');
  });

  it('has 64 calls answered at a time, and the others refused', async () => {
    const { main, liar, ledger } = await startScene();
    const query = { ledger, spell: '0.', kind: 'events', after: 0, upTo: 10 };
    const asked = Array.from({ length: 100 }, () => liar.ask(main, 'history.read', query));
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ ok }) => !ok);
    expect(refused).toHaveLength(36);
    expect(refused[0]).toMatchObject({ message: 'Too many calls at once. Try again in a moment.' });
    expect(await order(main, 'status', {})).toMatchObject({ server: { id: main.node.id } });
  });
});
