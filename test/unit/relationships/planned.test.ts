import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drillReportSchema } from '../../../src-shared/model/relationship.ts';
import type { TestNode } from '../../support/node.ts';
import {
  activeOf,
  connect,
  expectRefused,
  expectServing,
  install,
  leaseOf,
  ledgerOf,
  order,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

async function startBackup(more: object = {}): Promise<[TestNode, TestNode]> {
  const [main, standby] = await startPairedNodes('Main', 'Backup');
  await install(main, protectedLicense, { id: 'bare', feature: 'pdm', redundancy: 'none' });
  const plan = { kind: 'backup', main: 'Main', backup: 'Backup', ...more } as const;
  await order(main, 'relationship.create', plan);
  await expectServing(main, main, main, standby);
  return [main, standby];
}

describe('a switchover', unhurried, () => {
  it('gives everything to the backup, with every seat, until it is given back', async () => {
    const [main, standby] = await startBackup();
    const lease = await leaseOf(main, 'i-1');
    const { moves } = await order(main, 'switchover', {});
    expect(moves).toMatchObject([
      // The other licence may not run there.
      { from: { name: 'Main' }, to: { name: 'Backup' }, licenses: 1, leases: 1, units: 1 },
    ]);
    expect(moves[0]?.tookMs).toBeGreaterThan(0);
    await expectServing(main, standby, main, standby);
    expect(ledgerOf(main)).toMatchObject({ placed: standby.node.id, here: 'standby' });
    const renewed = await connect(standby).send('POST', `/v1/leases/${lease}/renew`);
    expect(renewed).toMatchObject({ status: 200, body: { servedBy: { role: 'failover' } } });
    const redirected = await connect(main).send('POST', `/v1/leases/${lease}/renew`);
    expect(redirected.status).toBe(307);
    expect(redirected.headers.location).toContain(`:${standby.port}/v1/leases/${lease}/renew`);
    // A licence without redundancy waits for its own server.
    expect(await connect(standby).checkout('i-2', 'pdm')).toMatchObject({
      body: { code: 'LS_LEADER_NOT_PRESENT' },
    });

    const back = await order(standby, 'failback', {});
    // As many as were given over; the other one is served again.
    expect(back.moves).toMatchObject([
      { from: { name: 'Backup' }, to: { name: 'Main' }, licenses: 1, units: 1, resumed: 1 },
    ]);
    await expectServing(main, main, main, standby);
    expect(ledgerOf(main)?.placed).toBeNull();
    expect(await connect(main).send('POST', `/v1/leases/${lease}/renew`)).toMatchObject({
      status: 200,
      body: { lease: { id: lease }, servedBy: { role: 'primary' } },
    });
  });

  it('goes to the server that is named, from either side, or to this one', async () => {
    const [main, standby] = await startBackup();
    await order(standby, 'switchover', {});
    await expectServing(main, standby, main, standby);
    const none = await order(main, 'switchover', { to: 'Backup' });
    expect(none.moves).toEqual([]);
    await order(standby, 'switchover', { to: main.node.id });
    await expectServing(main, main, main, standby);
    expect(ledgerOf(main)?.placed).toBeNull();
    await expectRefused(main, 'switchover', { to: 'Nobody' }, 'NO_SUCH_SERVER');
  });

  it('moves both ledgers of a mutual backup', async () => {
    const [main, standby] = await startBackup({ mutual: true });
    const { moves } = await order(standby, 'switchover', { to: 'Main' });
    expect(moves).toHaveLength(1);
    await expectServing(standby, main, main, standby);
    const away = await order(main, 'switchover', { to: 'Backup' });
    expect(away.moves).toHaveLength(2);
    await expectServing(main, standby, main, standby);
    await expectServing(standby, standby, main, standby);
    const back = await order(main, 'failback', {});
    expect(back.moves).toHaveLength(1);
    await expectServing(main, main, main, standby);
  });

  it('that is cancelled before it begins moves nothing', async () => {
    const [main, standby] = await startBackup();
    expect(await order(main, 'switchover.cancel', {})).toEqual({ cancelled: false });
    const moving = expectRefused(main, 'switchover', {}, 'CANCELLED');
    expect(await order(main, 'switchover.cancel', {})).toEqual({ cancelled: true });
    expect(await moving).toBe('Cancelled. Nothing was moved.');
    await expectServing(main, main, main, standby);
    expect(ledgerOf(main)?.placed).toBeNull();
  });

  it('that is cancelled stays so, whatever else is ordered meanwhile', async () => {
    const [main, standby] = await startBackup();
    const moving = expectRefused(main, 'switchover', {}, 'CANCELLED');
    expect(await order(main, 'switchover.cancel', {})).toEqual({ cancelled: true });
    expect((await order(main, 'failback', {})).moves).toEqual([]);
    expect(await moving).toBe('Cancelled. Nothing was moved.');
    await expectServing(main, main, main, standby);
  });

  it('waits for a backup that has everything', async () => {
    const [main, standby] = await startBackup();
    await standby.node.stop();
    await expect.poll(() => ledgerOf(main)?.synchronised, patiently).toEqual([main.node.id]);
    await expectRefused(main, 'switchover', {}, 'NOT_SYNCHRONISED');
    expect(activeOf(main)).toBe(main.node.id);
  });
});

describe('a drill', unhurried, () => {
  it('goes over and back, and says what it did in a report', async () => {
    const [main, standby] = await startBackup();
    const lease = await leaseOf(main, 'i-1');
    await expect.poll(() => main.node.admin.snapshot().readiness.ready, patiently).toBe(true);
    const { report } = await order(main, 'drill', {});
    expect(report).toMatchObject({
      passed: true,
      problems: [],
      ledgers: [
        {
          leasesBefore: 1,
          leasesKept: 1,
          out: { to: { name: 'Backup' } },
          back: { to: { name: 'Main' } },
        },
      ],
    });
    const written: unknown = JSON.parse(readFileSync(report.file ?? '', 'utf8'));
    expect(drillReportSchema.parse(written)).toEqual(report);
    // It is over when a failover would work again, and not before.
    expect(main.node.admin.snapshot().readiness).toMatchObject({ ready: true, reasons: [] });
    await expectServing(main, main, main, standby);
    const renewed = await connect(main).send('POST', `/v1/leases/${lease}/renew`);
    expect(renewed.status).toBe(200);
    await expect
      .poll(async () => (await order(standby, 'events.list', {})).events, patiently)
      .toContainEqual(expect.objectContaining({ kind: 'drillFinished', severity: 'info' }));
  });

  it('says of each of its moves that it is one, and tells nobody that a failover would not work', async () => {
    const [main, standby] = await startBackup();
    await expect.poll(() => main.node.admin.snapshot().readiness.ready, patiently).toBe(true);
    await order(main, 'drill', {});
    const { events } = await order(standby, 'events.list', {});
    const moves = events.filter(({ message }) => message.startsWith('Drill: '));
    expect(moves.map(({ kind }) => kind)).toEqual(['switchedOver', 'switchedOver']);
    expect(events.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it('is not begun while another server serves', async () => {
    const [main, standby] = await startBackup();
    await order(main, 'switchover', {});
    await expect.poll(() => main.node.admin.snapshot().readiness.ready, patiently).toBe(true);
    const message = await expectRefused(main, 'drill', {}, 'NOT_SERVING');
    expect(message).toBe('Backup serves the licences of Main. Fail back first.');
    expect(activeOf(main, standby)).toBe(standby.node.id);
  });

  it('that is cancelled gives back what it gave over', async () => {
    const [main, standby] = await startBackup({ mutual: true });
    await expect.poll(() => main.node.admin.snapshot().readiness.ready, patiently).toBe(true);
    expect(await order(main, 'drill.cancel', {})).toEqual({ cancelled: false });
    const drilling = order(main, 'drill', {});
    expect(await order(main, 'drill.cancel', {})).toEqual({ cancelled: true });
    const { report } = await drilling;
    expect(report).toMatchObject({ passed: false, cancelled: true, problems: [] });
    await expectServing(main, main, main, standby);
    await expectServing(standby, standby, main, standby);
    expect(ledgerOf(main)?.placed).toBeNull();
    await expect
      .poll(async () => (await order(main, 'events.list', {})).events, patiently)
      .toContainEqual(
        expect.objectContaining({
          kind: 'drillFinished',
          severity: 'info',
          message: expect.stringContaining('cancelled'),
        }),
      );
  });

  it('is not begun when a failover would not work, nor twice at a time', async () => {
    const [main, standby] = await startBackup();
    await expect.poll(() => main.node.admin.snapshot().readiness.ready, patiently).toBe(true);
    const both = [order(main, 'drill', {}), expectRefused(main, 'drill', {}, 'RELATIONSHIP_BUSY')];
    await Promise.all(both);
    await standby.node.stop();
    await expect.poll(() => main.node.admin.snapshot().readiness.ready, patiently).toBe(false);
    const message = await expectRefused(main, 'drill', {}, 'NOT_SYNCHRONISED');
    expect(message).toContain('Backup');
  });
});

describe('a preview', unhurried, () => {
  it('says who would serve what, and whose seats would end', async () => {
    const [main, standby] = await startBackup();
    await leaseOf(main, 'i-1');
    const lost = await leaseOf(main, 'i-2', 'pdm');
    await expect.poll(() => ledgerOf(main, standby)?.leases, patiently).toBe(2);
    for (const at of [main, standby]) {
      const preview = await order(at, 'preview', { stop: 'Main' });
      expect(preview).toMatchObject({
        stop: { id: main.node.id },
        serves: [{ server: { name: 'Backup' }, licenses: ['acme-cad'], seats: 1 }],
        stops: [{ license: 'bare', feature: 'pdm', seats: 1 }],
        denied: [{ lease: lost, user: 'anna', host: 'pc-1' }],
      });
    }
    const other = await order(main, 'preview', { stop: 'Backup' });
    expect(other).toMatchObject({
      serves: [{ server: { name: 'Main' }, licenses: ['acme-cad', 'bare'], seats: 2 }],
      stops: [],
      denied: [],
    });
    await expectRefused(main, 'preview', { stop: 'Nobody' }, 'NO_SUCH_SERVER');
  });
});
