import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientConnection } from '../../support/json-request.ts';
import { startAgreedLiar } from '../../support/lying-peer.ts';
import type { TestNode } from '../../support/node.ts';
import {
  expectServing,
  install,
  ledgerOf,
  order,
  patiently,
  protectedLicense,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

// A main server that was replaced in a backup while it was down, and returns.

async function statusOfCheckout(at: TestNode, instance: string): Promise<number> {
  const connection = new ClientConnection(at.port);
  onTestFinished(() => connection.close());
  return (await connection.checkout(instance, 'cad')).status;
}

/** Who serves the licences that this server is the primary of with another one, and who has all of them. */
function servedAt({ node }: TestNode) {
  const shared = node.admin.snapshot().ledgers.find(({ members, rule }) => {
    return rule !== null && members[0] === node.id;
  });
  return shared && { active: shared.active, synchronised: shared.synchronised.toSorted() };
}

function servedBy(by: TestNode, standby: TestNode) {
  return { active: by.node.id, synchronised: [by.node.id, standby.node.id].toSorted() };
}

/** Main, which came back after New got its place at the word of Backup; and New, which serves. */
async function startReplaced(mutual: boolean): Promise<[TestNode, TestNode, TestNode]> {
  const [main, backup, fresh] = await startPairedNodes('Main', 'Backup', 'New');
  await install(main, protectedLicense);
  const plan = { kind: 'backup', main: 'Main', backup: 'Backup', mutual } as const;
  await order(main, 'relationship.create', plan);
  await expectServing(main, main, main, backup);
  await main.node.stop();
  await expect.poll(() => ledgerOf(main, backup)?.active, patiently).toBe(backup.node.id);
  const change = { change: 'replace', server: 'Main', by: 'New' } as const;
  await order(backup, 'relationship.members', change);
  await expect.poll(() => servedAt(fresh), patiently).toEqual(servedBy(fresh, backup));
  expect(await statusOfCheckout(fresh, 'i-1')).toBe(201);
  return [await restart(main), backup, fresh];
}

const reasonsAt = ({ node }: TestNode) =>
  node.admin.snapshot().serving.reasons.map(({ code }) => code);

describe('a main server that was replaced while it was down', unhurried, () => {
  it.each([false, true])(
    'serves nothing and says why, and gives its copy up when its admin says so (mutual: %s)',
    async (mutual) => {
      const [back, backup, fresh] = await startReplaced(mutual);
      await expect.poll(() => reasonsAt(back), patiently).toContain('REPLACED');
      const { message } = back.node.admin.snapshot().serving.reasons[0] ?? {};
      expect(message).toContain('Backup says that another server was put in the place');
      expect(await statusOfCheckout(back, 'i-2')).toBe(503);
      const { events } = await order(back, 'events.list', { afterSequence: 0, limit: 1_000 });
      expect(events.filter((event) => event.message.startsWith('Backup says'))).toHaveLength(1);
      await order(back, 'relationship.dissolve', {});
      expect(back.node.admin.snapshot()).toMatchObject({ relationship: null });
      const own = { licenses: 0, here: 'active' };
      await expect.poll(() => ledgerOf(back), patiently).toMatchObject(own);
      expect(servedAt(fresh)).toEqual(servedBy(fresh, backup));
    },
  );

  it('serves again when its admin says that it was not replaced', async () => {
    const [back] = await startReplaced(false);
    await expect.poll(() => reasonsAt(back), patiently).toContain('REPLACED');
    await order(back, 'relationship.dissolve', { force: true });
    expect(back.node.admin.snapshot()).toMatchObject({ relationship: null });
    expect(await statusOfCheckout(back, 'i-2')).toBe(201);
  });
});

it('a stranger has no server believe that it was replaced', unhurried, async () => {
  const [main, backup] = await startPairedNodes('Main', 'Backup');
  await install(main, protectedLicense);
  await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
  await expectServing(main, main, main, backup);
  const liar = await startAgreedLiar(main);
  const term = { number: 9, member: liar.id };
  const message = { type: 'notMember', term, configVersion: 1_000, fromActive: true };
  liar.say(main, { type: 'ledger', ledger: ledgerOf(main)?.id, message });
  await liar.settled(main);
  expect(reasonsAt(main)).toEqual([]);
  expect(await statusOfCheckout(main, 'i-1')).toBe(201);
});
