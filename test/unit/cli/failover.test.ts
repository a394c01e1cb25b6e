import { describe, expect, it } from 'vitest';
import type { DrillReport, Preview } from '../../../src-shared/model/relationship.ts';
import { startFakeNode } from './fake-node.ts';
import { at, backup, main } from './relationship-builders.ts';

const move = { at, tookMs: 84.6, from: main, to: backup };
const moves = [{ ...move, ledger: main.id, licenses: 1, leases: 12, units: 14, resumed: 0 }];

describe('switchover and failback', () => {
  it('say who serves what now', async () => {
    const node = await startFakeNode({ switchover: { moves } });
    const run = await node.run('switchover', '--to', 'SRV-B');
    expect(run).toMatchObject({
      status: 0,
      stdout: 'SRV-B took over 1 licence with 14 seats in use from SRV-A in 85 ms.\n',
    });
    expect(JSON.parse((await node.run('switchover', '--json')).stdout)).toEqual({ moves });
    expect(node.calls.map(({ params }) => params)).toEqual([{ to: 'SRV-B' }, {}]);
  });

  it('say that there was nothing to do', async () => {
    const node = await startFakeNode({ switchover: { moves: [] }, failback: { moves: [] } });
    expect((await node.run('switchover')).stdout).toContain('already');
    expect((await node.run('failback')).stdout).toContain('already');
  });

  it('pass a refusal on', async () => {
    const refusal = { code: 'NOT_SYNCHRONISED' as const, message: 'SRV-A lacks 12 entries.' };
    const node = await startFakeNode({ failback: refusal });
    const run = await node.run('failback', '--json');
    expect(run.status).toBe(1);
    expect(JSON.parse(run.stdout)).toEqual({ error: refusal });
    expect(run.stderr).toBe('understudy: SRV-A lacks 12 entries.\n');
  });
});

describe('drill', () => {
  const report: DrillReport = {
    startedAt: '2026-03-01T08:00:00.000Z',
    finishedAt: '2026-03-01T08:00:03.200Z',
    passed: true,
    cancelled: false,
    ledgers: [
      {
        ledger: main.id,
        out: move,
        back: { ...move, from: backup, to: main, tookMs: 90 },
        leasesBefore: 12,
        leasesKept: 12,
      },
    ],
    problems: [],
    file: '/data/drills/drill.json',
  };

  it('shows the report of one that was passed', async () => {
    const node = await startFakeNode({ drill: { report } });
    const run = await node.run('drill');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout.split('\n')).toEqual([
      'The drill was passed in 3.2 s.',
      '- SRV-B took over from SRV-A in 85 ms, back in 90 ms; 12 of 12 leases kept.',
      'Report: /data/drills/drill.json',
      '',
    ]);
    expect(JSON.parse((await node.run('drill', '--json')).stdout)).toEqual({ report });
  });

  it('ends with status 1 and both report and reason when it failed', async () => {
    const problems = [{ code: 'NOT_SYNCHRONISED', message: 'SRV-A did not catch up.' }];
    const failed: DrillReport = {
      ...report,
      passed: false,
      problems,
      file: null,
      ledgers: [
        { ledger: main.id, out: move, back: null, leasesBefore: 12, leasesKept: 11 },
        { ledger: 'c'.repeat(64), out: null, back: null, leasesBefore: 0, leasesKept: 0 },
      ],
    };
    const node = await startFakeNode({ drill: { report: failed } });
    const run = await node.run('drill');
    expect(run.status).toBe(1);
    expect(run.stdout).toContain('The drill FAILED in 3.2 s.');
    expect(run.stdout).toContain('85 ms, NOT given back; 11 of 12 leases kept.');
    expect(run.stdout).toContain('no other server took over');
    expect(run.stderr).toBe('understudy: The drill failed. SRV-A did not catch up.\n');
    const json = await node.run('drill', '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({
      report: failed,
      error: { code: 'DRILL_FAILED', message: 'The drill failed. SRV-A did not catch up.' },
    });
  });
});

describe('cancelling', () => {
  it('ends a drill or a switchover that is under way, and says when there is none', async () => {
    const node = await startFakeNode({
      'drill.cancel': { cancelled: true },
      'switchover.cancel': { cancelled: false },
    });
    const drill = await node.run('drill', '--cancel');
    expect(drill).toMatchObject({ status: 0, stdout: 'The drill is being cancelled.\n' });
    const none = await node.run('switchover', '--cancel');
    expect(none).toMatchObject({ status: 0, stdout: 'There is no switchover to cancel.\n' });
    expect(JSON.parse((await node.run('drill', '--cancel', '--json')).stdout)).toEqual({
      cancelled: true,
    });
  });

  it('of a drill is no failure of it, and ends it with status 1', async () => {
    const report: DrillReport = {
      startedAt: at,
      finishedAt: at,
      passed: false,
      cancelled: true,
      ledgers: [],
      problems: [],
      file: null,
    };
    const run = await (await startFakeNode({ drill: { report } })).run('drill');
    expect(run).toMatchObject({
      status: 1,
      stdout: 'The drill was cancelled in 0.0 s.\n',
      stderr: 'understudy: The drill was cancelled.\n',
    });
  });

  it('of a drill that could not give back what it gave over is a failure of it', async () => {
    const message = 'SRV-A did not catch up.';
    const report: DrillReport = {
      startedAt: at,
      finishedAt: at,
      passed: false,
      cancelled: true,
      ledgers: [{ ledger: main.id, out: move, back: null, leasesBefore: 12, leasesKept: 12 }],
      problems: [{ code: 'NOT_SYNCHRONISED', message }],
      file: null,
    };
    const run = await (await startFakeNode({ drill: { report } })).run('drill');
    expect(run).toMatchObject({ status: 1, stderr: `understudy: The drill failed. ${message}\n` });
    expect(run.stdout).toContain('The drill FAILED in 0.0 s.');
    expect(run.stdout).not.toContain('cancelled');
  });
});

describe('preview', () => {
  const preview: Preview = {
    stop: main,
    also: [],
    serves: [{ server: backup, licenses: ['acme.cad', 'acme.cam'], seats: 3 }],
    stops: [
      { license: 'acme.pdm', feature: 'pdm', seats: 1, reason: 'Its vendor grants no redundancy.' },
    ],
    unserved: [{ license: 'acme.old', feature: 'old', seats: 0, reason: 'It is damaged.' }],
    deniedCount: 4,
    denied: [
      {
        lease: '00000000-0000-4000-8000-000000000001',
        feature: 'pdm',
        user: 'ada',
        host: 'ws-1',
        reason: 'No other server protects it.',
      },
    ],
  };

  it('says who would serve, what would stop and who could not go on', async () => {
    const node = await startFakeNode({ preview });
    const { status, stdout } = await node.run('preview', '--stop', 'SRV-A');
    expect(status).toBe(0);
    expect(stdout).toContain('If SRV-A stopped now:');
    expect(stdout).toContain('SRV-B would serve 2 licences and keep 3 seats: acme.cad, acme.cam');
    expect(stdout).toMatch(/^acme\.pdm +pdm +1 +Its vendor grants no redundancy\.$/m);
    expect(stdout).toMatch(
      /Nobody serves these now either:\n.*\nacme\.old +old +0 +It is damaged\./,
    );
    expect(stdout).toMatch(/^ada +ws-1 +pdm +No other server protects it\.\nand 3 more leases$/m);
    const json = await node.run('preview', '--stop', 'SRV-A', '--json');
    expect(JSON.parse(json.stdout)).toEqual(preview);
    expect(node.calls[0]?.params).toEqual({ stop: 'SRV-A', also: [] });
  });

  it('asks for several at once', async () => {
    const both = { ...preview, also: [backup], serves: [] };
    const node = await startFakeNode({ preview: both });
    const { stdout } = await node.run('preview', '--stop', 'SRV-A', '--stop', 'SRV-B');
    expect(stdout).toContain('If SRV-A and SRV-B stopped now, all at once:');
    expect(node.calls[0]?.params).toEqual({ stop: 'SRV-A', also: ['SRV-B'] });
  });

  it('says that nothing would stop', async () => {
    const node = await startFakeNode({
      preview: { ...preview, stops: [], unserved: [], deniedCount: 0, denied: [] },
    });
    const { stdout } = await node.run('preview', '--stop', 'SRV-A');
    expect(stdout).toContain('No licence would stop.');
    expect(stdout).not.toMatch(/could not go on|now either/);
  });

  it('needs a server to be about', async () => {
    const node = await startFakeNode({});
    expect(await node.run('preview')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("'--stop <id>' not specified"),
    });
  });
});
