import { expect, it } from 'vitest';
import { deriveAttention } from '../../../src-shared/view/attention.ts';
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

it(
  'a relationship that was dissolved at the backup while the main server was down is said to be that, and ends here too',
  unhurried,
  async () => {
    const [main, backup] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
    await order(main, 'relationship.set', { settings: { coldStartWaitMs: 300_000 } });
    await expectServing(main, main, main, backup);
    await main.node.stop();
    await expect.poll(() => ledgerOf(main, backup)?.active, patiently).toBe(backup.node.id);
    await order(backup, 'relationship.dissolve', { force: true });
    // It is remembered beyond this start.
    const there = await restart(backup);
    const here = await restart(main);

    const why = expect.stringMatching(
      /^Backup has no part in the licences of Main any more: the relationship was dissolved there by .+ on \d{4}-.+ understudy relationship dissolve --force/,
    ) as string;
    const relationship = () => here.node.admin.snapshot().relationship;
    await expect.poll(() => relationship()?.pending, patiently).toEqual(why);
    expect(relationship()?.outside).toEqual([backup.node.id]);
    const told = () => here.node.admin.snapshot().events;
    await expect.poll(told, patiently).toContainEqual(
      expect.objectContaining({
        kind: 'relationshipDissolved',
        severity: 'warning',
        message: why,
      }),
    );
    expect(told().filter(({ kind }) => kind === 'directoryPutBack')).toEqual([]);
    const attention = deriveAttention(here.node.admin.snapshot());
    expect(attention.filter(({ text }) => text.includes('was dissolved there'))).toEqual([
      expect.objectContaining({ title: 'The relationship is not kept by all' }),
    ]);
    // Nobody asks the admin who dissolved it to take it up again.
    expect(there.node.admin.snapshot().requests).toEqual([]);
    expect(there.node.admin.snapshot().events).toContainEqual(
      expect.objectContaining({
        kind: 'relationshipDissolved',
        message: expect.stringContaining('was dissolved here without Main') as string,
      }),
    );

    // It does not wait for the other one at its start, which has nothing any more.
    await expect.poll(() => ledgerOf(here, here)?.active, patiently).toBe(here.node.id);
    await order(here, 'relationship.dissolve', { force: true });
    await expect.poll(relationship, patiently).toBeNull();
    expect(here.node.admin.snapshot().licenses).toHaveLength(1);

    // What was dissolved does not stand in the way of a new one.
    const { code } = await order(there, 'servers.invite', { allow: 'relationship' });
    await order(here, 'servers.pair', { address: `127.0.0.1:${there.port}`, code });
    await order(here, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
    await expectServing(here, here, here, there);
  },
);
