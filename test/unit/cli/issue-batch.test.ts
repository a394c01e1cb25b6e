import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeRequestFile } from '../../../src-main/node/relationships/request-file.ts';
import { makeServerKey } from '../../support/proved-answer.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

const spec = '{"product":"Acme CAD","feature":"drafting","units":1}';

async function startWith(files: Record<string, string>) {
  const terminal = makeTerminal();
  const folder = terminal.workingDirectory;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const run = (...args: string[]) => runIn(terminal, 'issue', ...args, '--key', 'k');
  const grantIn = (path: string): Record<string, unknown> => {
    const { payload } = JSON.parse(readFileSync(join(folder, path), 'utf8')) as { payload: string };
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  };
  const written = (): string[] => readdirSync(join(folder, 'out')).sort();
  return { folder, run, grantIn, written };
}

function requestOf(...names: string[]) {
  const identity = makeServerKey();
  const settings = { current: { name: names[0] ?? 'srv' } };
  const { content } = makeRequestFile({
    identity,
    settings,
    relationships: { statuses: () => [] },
  });
  return { id: identity.id, content };
}

it('names the servers of a request file, and takes no other ones beside', async () => {
  const { id, content } = requestOf('lic-a');
  const both = JSON.stringify({ ...JSON.parse(spec), servers: ['a'.repeat(64)] });
  const { run, grantIn } = await startWith({ spec, both, request: content, damaged: '{}' });
  const done = await run('license', 'spec', '--request', 'request', '--out', 'a.lic');
  expect(done).toMatchObject({ status: 0, stderr: '' });
  expect(done.stdout).toContain(`It names the server lic-a, ${id}.`);
  expect(done.stdout).not.toContain('protects nothing');
  expect(grantIn('a.lic')).toMatchObject({ servers: [id] });
  const twice = await run('license', 'both', '--request', 'request', '--out', 'b.lic');
  expect(twice.stderr).toContain('in a request file');
  const broken = await run('license', 'spec', '--request', 'damaged', '--out', 'b.lic');
  expect(broken.stderr).toContain('no request file');
});

it('writes a file for each row of a list', async () => {
  const { id, content } = requestOf('lic-a');
  const list = [
    'file,customer,orderNumber,units,metadata.site,request',
    'ann.lic,Ann Inc,A-1,5,Oslo,request',
    'bob.lic,Bob Ltd,A-2,,,',
  ].join('\n');
  const { run, grantIn, written } = await startWith({ spec, list, request: content });
  const done = await run('batch', 'spec', 'list', '--out', 'out', '--json');
  expect(done).toMatchObject({ status: 0, stderr: '' });
  const document = JSON.parse(done.stdout) as { files: unknown[]; warnings: string[] };
  expect(document.files).toHaveLength(2);
  expect(document.warnings).toEqual([expect.stringContaining('bob.lic: Warning')]);
  expect(written()).toEqual(['ann.lic', 'bob.lic']);
  const common = { id: 'acme-cad.drafting', product: 'Acme CAD' };
  expect(grantIn('out/ann.lic')).toMatchObject({
    ...common,
    customer: 'Ann Inc',
    orderNumber: 'A-1',
    units: 5,
    servers: [id],
    metadata: { site: 'Oslo' },
  });
  expect(grantIn('out/bob.lic')).toMatchObject({ ...common, customer: 'Bob Ltd', units: 1 });
  expect(grantIn('out/bob.lic')).not.toHaveProperty('metadata');
});

it.each(['list', '-'])(
  'finds the request file of a row, whatever its name is: %s',
  async (from) => {
    const { id, content } = requestOf('lic-a');
    const { folder, grantIn } = await startWith({ spec, '-': content, request: content });
    const list = `file,request\nann.lic,-\nbob.lic,${join(folder, 'request')}\n`;
    writeFileSync(join(folder, 'list'), list);
    const terminal = makeTerminal(list, { workingDirectory: folder });
    const args = ['batch', 'spec', from, '--key', 'k', '--out', 'out'];
    expect(await runIn(terminal, 'issue', ...args)).toMatchObject({ status: 0, stderr: '' });
    for (const file of ['ann.lic', 'bob.lic']) {
      expect(grantIn(join('out', file))).toMatchObject({ servers: [id] });
    }
  },
);

it('writes all of a list or nothing', async () => {
  const list = 'file,units\na.lic,1\nb.lic,0\n';
  const sound = 'file,units\na.lic,1\nb.lic,2\n';
  const { folder, run, written } = await startWith({ spec, list, sound });
  mkdirSync(join(folder, 'out'));
  const wrong = await run('batch', 'spec', 'list', '--out', 'out');
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toContain('row 3: units');
  expect(written()).toEqual([]);
  writeFileSync(join(folder, 'out', 'b.lic'), 'mine');
  const taken = await run('batch', 'spec', 'sound', '--out', 'out');
  expect(taken.stderr).toContain('exists already');
  expect(written()).toEqual(['b.lic']);
  expect(readFileSync(join(folder, 'out', 'b.lic'), 'utf8')).toBe('mine');
});
