import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeVendor } from '../../support/licenses.ts';
import { startTestNode } from '../../support/node.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

const format = 'understudy-config/1';

/** A terminal in a folder with a configuration file and the key of a vendor that it names. */
async function makeFolder(config: object = {}) {
  const terminal = makeTerminal();
  const vendor = await makeVendor('Acme');
  writeFileSync(join(terminal.workingDirectory, 'acme.pub'), vendor.publicFile);
  const settings = { name: 'licences-1' };
  const text = JSON.stringify({ format, settings, vendors: ['acme.pub'], ...config });
  writeFileSync(join(terminal.workingDirectory, 'server.json'), text);
  return terminal;
}

describe('config', () => {
  it('checks and applies a file where no server runs, and changes nothing the second time', async () => {
    const terminal = await makeFolder();
    const where = ['server.json', '--data-dir', 'data'];
    const checked = await runIn(terminal, 'config', 'check', ...where);
    expect(checked).toMatchObject({ status: 0 });
    expect(checked.stdout).toContain('It would\n- server name from ');
    expect(existsSync(join(terminal.workingDirectory, 'data'))).toBe(false);
    const applied = await runIn(terminal, 'config', 'apply', ...where);
    expect(applied.stdout).toContain('The server does not run');
    expect(applied.stdout).toContain('- trust the vendor Acme by the key ');
    const again = await runIn(terminal, 'config', 'apply', ...where, '--json');
    expect(JSON.parse(again.stdout)).toEqual({ running: false, changes: [], waits: [] });
  });

  it('applies a file to a server that runs, and writes one of it', async () => {
    const terminal = await makeFolder();
    const { dataDirectory } = await startTestNode();
    const where = ['--data-dir', dataDirectory];
    const applied = await runIn(terminal, 'config', 'apply', 'server.json', ...where, '--json');
    expect(JSON.parse(applied.stdout)).toMatchObject({ running: true, waits: [] });
    const exported = await runIn(terminal, 'config', 'export', ...where, '--out', 'other.json');
    expect(exported).toMatchObject({ status: 0, stderr: '' });
    const again = await runIn(terminal, 'config', 'apply', 'other.json', ...where);
    expect(again.stdout).toBe('Nothing changed: the server is as the file says.\n');
    const other = JSON.parse(readFileSync(join(terminal.workingDirectory, 'other.json'), 'utf8'));
    expect(other).toMatchObject({ settings: { name: 'licences-1' } });
  });

  it('refuses a file that is wrong with its name and the place', async () => {
    const terminal = await makeFolder({ settings: { listenPort: 'x' } });
    for (const what of ['check', 'apply']) {
      const run = await runIn(terminal, 'config', what, 'server.json', '--data-dir', 'data');
      expect(run).toMatchObject({ status: 1, stdout: '' });
      expect(run.stderr).toContain('server.json: The configuration file is wrong: settings.listen');
    }
    expect(existsSync(join(terminal.workingDirectory, 'data'))).toBe(false);
  });

  it('makes codes that are taken in a file', async () => {
    const made = await runIn(makeTerminal(), 'config', 'invitation');
    const terminal = await makeFolder({ pairings: [{ code: made.stdout.trim() }] });
    const checked = await runIn(terminal, 'config', 'check', 'server.json', '--data-dir', 'data');
    expect(checked.stdout).toContain('let one server pair by pairings[0] until');
  });
});
