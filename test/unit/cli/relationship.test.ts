import { describe, expect, it } from 'vitest';
import { startFakeNode } from './fake-node.ts';
import { coverage, makeRelationship, makeSnapshot } from './relationship-builders.ts';

const missing = [
  { code: 'NOT_PAIRED', message: 'SRV-B is not paired.' },
  { code: 'WITNESS_MISSING', message: 'The policy strict needs a witness.' },
];

describe('relationship create triad', () => {
  it('sends the three and shows each with its role', async () => {
    const relationship = makeRelationship({ kind: 'triad', policy: 'strict' });
    const node = await startFakeNode({ 'relationship.create': { relationship } });
    const plan = ['--primary', 'SRV-A', '--secondary', 'SRV-B', '--tertiary', 'SRV-C'];
    const run = await node.run('relationship', 'create', 'triad', ...plan);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^Relationship +triad$/m);
    expect(run.stdout).toMatch(/^Policy +majority/m);
    expect(node.calls[0]?.params).toEqual({
      kind: 'triad',
      primary: 'SRV-A',
      secondary: 'SRV-B',
      tertiary: 'SRV-C',
    });
  });

  it('needs all three', async () => {
    const node = await startFakeNode({});
    const run = await node.run('relationship', 'create', 'triad', '--primary', 'a');
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('--secondary');
  });
});

describe('relationship create backup', () => {
  it('sends the plan and shows what came of it', async () => {
    const relationship = makeRelationship({ mutual: true });
    const node = await startFakeNode({ 'relationship.create': { relationship } });
    const plan = ['--main', 'SRV-A', '--backup', 'SRV-B'];
    const run = await node.run('relationship', 'create', 'backup', ...plan, '--mutual');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^Relationship +backup, each protects the other$/m);
    expect(run.stdout).toMatch(
      /^SRV-B +backup server +srv-b:7470 +yes +yes +1\.5 s behind +1\.0\.0$/m,
    );
    expect(node.calls).toEqual([
      {
        method: 'relationship.create',
        params: {
          kind: 'backup',
          main: 'SRV-A',
          backup: 'SRV-B',
          mutual: true,
          policy: 'available',
        },
      },
    ]);
    const json = await node.run(
      ...['relationship', 'create', 'backup', ...plan, '--policy', 'strict', '--witness', 'W'],
      '--json',
    );
    expect(JSON.parse(json.stdout)).toEqual({ relationship });
    expect(node.calls[1]?.params).toMatchObject({ policy: 'strict', witness: 'W' });
  });

  it('names everything that is missing, one a line', async () => {
    const node = await startFakeNode({
      'relationship.create': { code: 'RELATIONSHIP_INCOMPLETE', message: 'Both.' },
      'relationship.check': { missing, warnings: [], licenses: [] },
    });
    const args = ['relationship', 'create', 'backup', '--main', 'SRV-A', '--backup', 'SRV-B'];
    const run = await node.run(...args);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.split('\n').slice(1, 3)).toEqual(
      missing.map(({ message }) => `- ${message}`),
    );
    const json = await node.run(...args, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'RELATIONSHIP_INCOMPLETE', missing },
    });
  });

  it.each([
    [['--main', 'a'], "'--backup <server>' not specified"],
    [['--main', 'a', '--backup', 'b', '--policy', 'lax'], '--policy: '],
    [['--main', '', '--backup', 'b'], '--main: '],
  ])('refuses %j', async (options, message) => {
    const node = await startFakeNode({});
    const run = await node.run('relationship', 'create', 'backup', ...options);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain('Usage: understudy relationship create backup');
    expect(node.calls).toEqual([]);
  });
});

describe('relationship check backup', () => {
  const args = ['relationship', 'check', 'backup', '--main', 'SRV-A', '--backup', 'SRV-B'];

  it('says what would be protected, with status 0', async () => {
    const warnings = [{ code: 'W', message: 'One licence stays where it is.' }];
    const document = { missing: [], warnings, licenses: coverage };
    const node = await startFakeNode({
      'relationship.check': document,
      snapshot: makeSnapshot(),
    });
    const run = await node.run(...args);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('Nothing is missing');
    expect(run.stdout).toContain('- One licence stays where it is.');
    expect(run.stdout).toMatch(/^acme\.cad +cad +5 +SRV-A +yes$/m);
    expect(run.stdout).toMatch(/^acme\.pdm .* NO +Its vendor grants no redundancy\.$/m);
    expect(JSON.parse((await node.run(...args, '--json')).stdout)).toEqual(document);
  });

  it('says what is missing, with status 1 and one document', async () => {
    const document = { missing, warnings: [], licenses: [] };
    const node = await startFakeNode({
      'relationship.check': document,
      snapshot: makeSnapshot(),
    });
    const run = await node.run(...args);
    expect(run.status).toBe(1);
    expect(run.stdout).toContain('- SRV-B is not paired.');
    expect(run.stderr).toContain('cannot be created yet');
    expect(JSON.parse((await node.run(...args, '--json')).stdout)).toEqual({
      ...document,
      error: { code: 'RELATIONSHIP_INCOMPLETE', message: expect.stringContaining('Mend') },
    });
  });
});

describe('relationship show', () => {
  it('shows members, settings and licences', async () => {
    const relationship = makeRelationship();
    const document = { relationship, relationships: [relationship], licenses: coverage };
    const node = await startFakeNode({ 'relationship.show': document });
    const { stdout } = await node.run('relationship', 'show');
    expect(stdout).toMatch(/^Policy +available/m);
    expect(stdout).toMatch(/^SRV-A +main server/m);
    expect(stdout).toMatch(/^takeoverAfterMs +3000$/m);
    expect(stdout).toMatch(/^acme\.pdm +pdm +2 +SRV-A +NO/m);
    expect(JSON.parse((await node.run('relationship', 'show', '--json')).stdout)).toEqual(document);
  });

  it('says what a step waits for, and who is not paired or connected', async () => {
    const relationship = makeRelationship({
      state: 'forming',
      pending: 'SRV-B has to get the data.',
    });
    const second = relationship.members[1];
    if (second) Object.assign(second, { paired: false, connected: false, synchronised: false });
    const shown = { relationship, relationships: [relationship], licenses: [] };
    const node = await startFakeNode({ 'relationship.show': shown });
    const { stdout } = await node.run('relationship', 'show');
    expect(stdout).toContain('being set up or changed: SRV-B has to get the data.');
    expect(stdout).toMatch(/^SRV-B +backup server, NOT PAIRED +srv-b:7470 +NO +NO /m);
  });

  it('says how to get one where there is none', async () => {
    const shown = { relationship: null, relationships: [], licenses: [] };
    const node = await startFakeNode({ 'relationship.show': shown });
    const { status, stdout } = await node.run('relationship', 'show');
    expect(status).toBe(0);
    expect(stdout).toContain('understudy relationship create backup');
  });
});

describe('relationship set', () => {
  it('takes every key, each with its value in its form', async () => {
    const node = await startFakeNode({
      'relationship.set': { relationship: makeRelationship() },
    });
    const changes = [
      'heartbeatMs=100',
      'takeoverAfterMs=2000',
      'syncTimeoutMs=500',
      'reclaim=22:00-05:30',
      'reclaimAfterMs=0',
      'reclaimHoldDownMaxMs=60000',
      'coldStartWaitMs=5000',
      'policy=strict',
      'witness=SRV=W',
      'mutual=true',
    ];
    expect(await node.run('relationship', 'set', ...changes)).toMatchObject({ status: 0 });
    expect(node.calls[0]?.params).toEqual({
      settings: {
        heartbeatMs: 100,
        takeoverAfterMs: 2_000,
        syncTimeoutMs: 500,
        reclaim: '22:00-05:30',
        reclaimAfterMs: 0,
        reclaimHoldDownMaxMs: 60_000,
        coldStartWaitMs: 5_000,
      },
      policy: 'strict',
      witness: 'SRV=W',
      mutual: true,
    });
    await node.run('relationship', 'set', 'mutual=false');
    expect(node.calls[1]?.params).toEqual({ settings: {}, mutual: false });
  });

  it.each([
    ['heartbeatMs=49', 'heartbeatMs must be a whole number from 50 to 5000'],
    ['heartbeatMs=5001', 'from 50 to 5000'],
    ['heartbeatMs=1e3', 'from 50 to 5000'],
    ['takeoverAfterMs=600001', 'from 500 to 600000'],
    ['syncTimeoutMs=', 'from 100 to 60000'],
    ['reclaimAfterMs=-1', 'from 0 to 3600000'],
    ['reclaim=25:00-01:00', 'automatic, manual, or a window'],
    ['policy=lax', 'available or strict'],
    ['mutual=yes', 'mutual must be true or false'],
    ['witness=', 'witness must be name or id'],
    ['colour=red', 'is not KEY=VALUE with one of the keys heartbeatMs'],
    ['toString=1', 'is not KEY=VALUE'],
    ['policy', 'is not KEY=VALUE'],
  ])('refuses %s', async (change, message) => {
    const node = await startFakeNode({});
    const run = await node.run('relationship', 'set', change);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
    expect(node.calls).toEqual([]);
  });

  it('refuses a key that comes twice', async () => {
    const node = await startFakeNode({});
    const run = await node.run('relationship', 'set', 'mutual=true', 'mutual=false');
    expect(run).toMatchObject({ status: 2, stderr: expect.stringContaining('given twice') });
  });

  it('names the keys and their ranges in its help', async () => {
    const node = await startFakeNode({});
    const { stdout } = await node.run('relationship', 'set', '--help');
    expect(stdout).toMatch(/^ +coldStartWaitMs +a whole number from 0 to 600000$/m);
  });
});

describe('relationship dissolve', () => {
  it('says that it is done, and passes force on', async () => {
    const node = await startFakeNode({ 'relationship.dissolve': {} });
    expect(await node.run('relationship', 'dissolve')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('keeps its own licences'),
    });
    await node.run('relationship', 'dissolve', '--force', '--json');
    expect(node.calls.map(({ params }) => params)).toEqual([{ force: false }, { force: true }]);
  });

  it('passes a refusal on, in one sentence and a code', async () => {
    const refusal = { code: 'SERVER_UNREACHABLE' as const, message: 'SRV-B cannot be reached.' };
    const node = await startFakeNode({ 'relationship.dissolve': refusal });
    const run = await node.run('relationship', 'dissolve', '--json');
    expect(run.status).toBe(1);
    expect(JSON.parse(run.stdout)).toEqual({ error: refusal });
  });
});

it('has a command for each kind of relationship', async () => {
  const node = await startFakeNode({});
  const { stdout } = await node.run('relationship', 'create', '--help');
  expect(stdout).toContain('backup');
  expect(stdout).toContain('triad');
  expect(stdout).toContain('pool');
});

describe('members of a relationship', () => {
  const relationship = makeRelationship({ kind: 'triad', policy: 'strict' });

  it.each([
    [['add', 'SRV-C'], { change: 'add', server: 'SRV-C' }],
    [['remove', 'SRV-C'], { change: 'remove', server: 'SRV-C' }],
    [['replace', 'SRV-B', 'SRV-D'], { change: 'replace', server: 'SRV-B', by: 'SRV-D' }],
    [['order', 'SRV-B, SRV-A'], { change: 'order', servers: ['SRV-B', 'SRV-A'] }],
  ])('%j are changed', async (words, params) => {
    const node = await startFakeNode({ 'relationship.members': { relationship } });
    const run = await node.run('relationship', ...words);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^Relationship +triad$/m);
    expect(node.calls).toEqual([{ method: 'relationship.members', params }]);
  });

  it('are said to be the others when this server was taken out', async () => {
    const node = await startFakeNode({ 'relationship.members': { relationship: null } });
    const run = await node.run('relationship', 'remove', 'SRV-A');
    expect(run.stdout).toContain('no member of the relationship any longer');
  });
});
