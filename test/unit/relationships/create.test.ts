import { describe, expect, it } from 'vitest';
import type { RelationshipPlan } from '../../../src-shared/contract/relationship-plan.ts';
import { installLicenses, startTestNode, type TestNode } from '../../support/node.ts';
import {
  ask,
  expectRefused,
  expectServing,
  install,
  ledgerOf,
  order,
  pairNodes,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

const backup = (main: TestNode, standby: TestNode) =>
  ({ kind: 'backup', main: main.node.id, backup: standby.node.id }) as const;

describe('a backup', unhurried, () => {
  it('is set up by its main server, and has its licences on both', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    const { relationship } = await order(main, 'relationship.create', backup(main, standby));
    expect(relationship).toMatchObject({
      kind: 'backup',
      policy: 'available',
      mutual: false,
      state: 'established',
      pending: null,
      members: [
        { id: main.node.id, role: 'main', connected: true, synchronised: true },
        { id: standby.node.id, role: 'backup', connected: true, synchronised: true },
      ],
    });
    await expectServing(main, main, main, standby);
    expect(ledgerOf(main, standby)).toMatchObject({ here: 'standby', licenses: 1 });
    expect(ledgerOf(standby)).toMatchObject({ rule: null, members: [standby.node.id] });
    await expect
      .poll(() => [main, standby].map(({ node }) => node.admin.snapshot().readiness), patiently)
      .toEqual([
        { ready: true, reasons: [], together: [] },
        { ready: true, reasons: [], together: [] },
      ]);
  });

  it('is set up by its backup server too, by names', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    const plan = { kind: 'backup', main: 'Main', backup: 'Backup', mutual: true } as const;
    const { relationship } = await order(standby, 'relationship.create', plan);
    expect(relationship).toMatchObject({ mutual: true, state: 'established' });
    await expectServing(main, main, main, standby);
    await expectServing(standby, standby, main, standby);
    const shown = await order(main, 'relationship.show', {});
    expect(shown.relationship?.id).toBe(relationship.id);
    expect(shown.licenses).toMatchObject([{ license: 'acme-cad', covered: true }]);
  });

  it('with a witness keeps the majority rule, and the witness has no licences', async () => {
    const [main, standby, witness] = await startPairedNodes('Main', 'Backup', 'Witness');
    await install(main, protectedLicense);
    const plan = {
      ...backup(main, standby),
      policy: 'strict',
      witness: witness.node.id,
      mutual: true,
    } as const;
    const { relationship } = await order(main, 'relationship.create', plan);
    expect(relationship.members.map(({ role }) => role)).toEqual(['main', 'backup', 'witness']);
    for (const at of [main, standby]) {
      for (const owner of [main, standby]) {
        await expect
          .poll(() => ledgerOf(owner, at), patiently)
          .toMatchObject({ rule: 'majority', witness: witness.node.id, active: owner.node.id });
      }
    }
    const there = witness.node.admin.snapshot();
    expect(there.licenses).toEqual([]);
    expect(there.relationship).toBeNull();
    expect(ledgerOf(main, witness)).toMatchObject({ here: 'standby', licenses: 0, leases: 0 });
    expect(await ask(witness, 'switchover', {})).toMatchObject({ code: 'NO_RELATIONSHIP' });
  });
});

describe('a check', unhurried, () => {
  const codesOf = (reasons: { code: string }[]) => reasons.map(({ code }) => code);

  it('finds nothing missing between two that are paired, and warns of what is not covered', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Backup');
    const empty = await order(main, 'relationship.check', backup(main, standby));
    expect(empty.missing).toEqual([]);
    expect(codesOf(empty.warnings)).toEqual(['NOTHING_COVERED']);
    await install(main, { id: 'bare', redundancy: 'none' }, { id: 'kept', ...protectedLicense });
    await install(standby, { id: 'other', vendor: 'Acme', ...protectedLicense });
    const { warnings, licenses } = await order(main, 'relationship.check', backup(main, standby));
    expect(warnings).toEqual([]);
    expect(licenses).toMatchObject([
      { license: 'bare', covered: false, reason: expect.any(String) },
      { license: 'kept', covered: true },
      { license: 'other', covered: false, reason: expect.stringContaining('mutual') },
    ]);
    const mutual = { ...backup(main, standby), mutual: true };
    const both = await order(main, 'relationship.check', mutual);
    expect(both.licenses).toMatchObject([{}, {}, { license: 'other', covered: true }]);
    expect(main.node.admin.snapshot().relationship).toBeNull();
  });

  it('names a witness that is missing, or of no use', async () => {
    const [main, standby, third] = await startPairedNodes('Main', 'Backup', 'Third');
    const strict = { ...backup(main, standby), policy: 'strict' } as const;
    const { missing } = await order(main, 'relationship.check', strict);
    expect(codesOf(missing)).toEqual(['WITNESS_MISSING']);
    const useless = { ...backup(main, standby), witness: third.node.id };
    const unused = await order(main, 'relationship.check', useless);
    expect(codesOf(unused.missing)).toEqual(['WITNESS_UNUSED']);
    await expectRefused(main, 'relationship.create', strict, 'RELATIONSHIP_INCOMPLETE');
  });

  it('names servers that are not paired, or not connected', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Backup');
    const third = await startTestNode({ name: 'Third' });
    await pairNodes(main, third);
    const plan = {
      ...backup(main, standby),
      policy: 'strict',
      witness: third.node.id,
    } as const;
    const { missing } = await order(main, 'relationship.check', plan);
    expect(codesOf(missing)).toEqual(['NOT_PAIRED']);
    expect(missing[0]?.message).toContain('Backup and Third are not paired');
    await standby.node.stop();
    await expect
      .poll(() => main.node.admin.snapshot().servers.filter((row) => row.connected), patiently)
      .toHaveLength(1);
    const away = await order(main, 'relationship.check', backup(main, standby));
    expect(codesOf(away.missing)).toEqual(['NOT_CONNECTED']);
  });

  it('names a relationship that is there already, of any of the two', async () => {
    const [main, standby, third] = await startPairedNodes('Main', 'Backup', 'Third');
    await order(main, 'relationship.create', backup(main, standby));
    const pool = { kind: 'pool', name: 'west', servers: [third, main].map(({ node }) => node.id) };
    for (const [at, plan, why] of [
      [main, backup(main, third), 'The licences of Main are in another relationship already'],
      [standby, backup(standby, main), 'set mutual=true'],
      [third, pool as RelationshipPlan, 'a pool has its servers to itself'],
    ] as const) {
      const { missing } = await order(at, 'relationship.check', plan);
      expect(codesOf(missing)).toEqual(['RELATIONSHIP_EXISTS']);
      const message = await expectRefused(at, 'relationship.create', plan, 'RELATIONSHIP_EXISTS');
      expect(message).toContain(why);
    }
    // To be a witness is no relationship of one's own, and does not keep from one.
    const [one, two] = await startPairedNodes('One', 'Two');
    for (const node of [one, two]) await pairNodes(third, node);
    const strict = { ...backup(one, two), policy: 'strict', witness: third.node.id } as const;
    await order(one, 'relationship.create', strict);
    const { missing } = await order(third, 'relationship.check', backup(third, one));
    expect(missing).toEqual([]);
  });

  it('names another version', async () => {
    const [main] = await startPairedNodes('Main');
    const standby = await startTestNode({ name: 'Backup', version: '9.9.9' });
    await pairNodes(main, standby);
    const { missing, warnings } = await order(main, 'relationship.check', backup(main, standby));
    expect([missing, codesOf(warnings)]).toEqual([[], ['VERSION_DIFFERS', 'NOTHING_COVERED']]);
  });

  it('is refused of servers that are not known, or not different ones', async () => {
    const [main] = await startPairedNodes('Main', 'Backup', 'Third');
    for (const [plan, code] of [
      [{ main: 'Main', backup: 'Nobody' }, 'NO_SUCH_SERVER'],
      [{ main: 'Main', backup: 'Main' }, 'BAD_REQUEST'],
      [{ main: 'Backup', backup: 'Third' }, 'BAD_REQUEST'],
      [{ main: 'Main', backup: 'Backup', witness: 'Backup' }, 'BAD_REQUEST'],
    ] as const) {
      for (const method of ['relationship.check', 'relationship.create'] as const) {
        await expectRefused(main, method, { kind: 'backup', ...plan }, code);
      }
    }
    expect(ledgerOf(main)).toMatchObject({ members: [main.node.id] });
  });

  it('takes the beginning of an id, and refuses a name that two servers have', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Twin', 'Twin');
    const part = { ...backup(main, standby), backup: standby.node.id.slice(0, 12) };
    expect(await order(main, 'relationship.check', part)).toMatchObject({ missing: [] });
    const twins = { ...backup(main, standby), backup: 'Twin' };
    const message = await expectRefused(main, 'relationship.check', twins, 'NO_SUCH_SERVER');
    expect(message).toContain('several');
  });
});

describe('without a relationship', unhurried, () => {
  it('every order says so', async () => {
    const alone = await startTestNode();
    await installLicenses(alone.node);
    for (const [method, params] of [
      ['relationship.set', { settings: { heartbeatMs: 100 } }],
      ['relationship.dissolve', {}],
      ['switchover', {}],
      ['failback', {}],
      ['drill', {}],
    ] as const) {
      await expectRefused(alone, method, params as never, 'NO_RELATIONSHIP');
    }
    expect(await order(alone, 'relationship.show', {})).toMatchObject({
      relationship: null,
      licenses: [{ license: 'acme-cad', covered: false }],
    });
    const { readiness } = alone.node.admin.snapshot();
    expect(readiness).toMatchObject({ ready: false, reasons: [{ code: 'NO_RELATIONSHIP' }] });
    const preview = await order(alone, 'preview', { stop: alone.node.id });
    expect(preview).toMatchObject({ serves: [], stops: [{ license: 'acme-cad' }] });
  });
});
