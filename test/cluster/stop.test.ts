import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { ClientConnection } from '../support/json-request.ts';
import { makeVendor } from '../support/licenses.ts';
import { startServe } from '../support/node.ts';
import { makeBackup, quickSettings, serves } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { CliProcess } from './cli-process.ts';
import { connect, startServer } from './started-server.ts';

/** `understudy stop` as an admin types it; resolves when it has ended. */
async function stop(dataDirectory: string, ...more: string[]) {
  const command = new CliProcess(makeTemporaryDirectory(), [
    ...['stop', '--data-dir', dataDirectory],
    ...more,
  ]);
  onTestFinished(() => command.kill());
  const status = await command.exited();
  return { status, stdout: command.stdout, stderr: command.stderr };
}

describe('understudy stop', () => {
  it('ends a server in order, with every seat kept, and returns when its process is gone', async () => {
    const server = await startServer('Main');
    const { dataDirectory } = server;
    await server.install(await makeVendor(), { units: 1 });
    const before = new ClientConnection(server.port);
    expect(await before.checkout('i-1')).toMatchObject({ status: 201 });
    before.close();
    const { pid } = server;

    const { status, stdout } = await stop(dataDirectory, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ stopped: { pid } });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(adminAddress(dataDirectory))).toBe(false);
    expect(await server.stop()).toBe(0);
    expect(server.stderr).toBe('');

    await server.start();
    const after = connect(server);
    expect(await after.checkout('i-1')).toMatchObject({ status: 200 });
    expect(await after.checkout('i-2')).toMatchObject({ status: 409 });
  });

  it('says goodbye, so that the backup takes over at once and nobody is alarmed', async () => {
    const [main, backup] = [await startServer('Main'), await startServer('Backup')];
    await main.install(await makeVendor(), { units: 2, redundancy: 'backup' });
    // A silence would be noticed long after this test has given up.
    const settings = { ...quickSettings, takeoverAfterMs: 120_000 };
    await makeBackup({ main, backup, settings });

    expect((await stop(main.dataDirectory)).status).toBe(0);
    await waitFor('Backup serves', () => serves(backup, main));
    const told = (await backup.timeline()).map(({ message }) => message);
    expect(told).toContain('Main was stopped in order.');
  });

  it('says that nothing runs there, and how to name what does', async () => {
    const answer = await stop(makeTemporaryDirectory());
    expect(answer).toMatchObject({ status: 1, stdout: '' });
    expect(answer.stderr).toContain('No server is running here');
    expect(answer.stderr).toContain('--data-dir');
  });

  it('is not disturbed by a second order while the first is carried out', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const server = startServe(dataDirectory);
    await server.ready();
    const answers = await Promise.all([stop(dataDirectory), stop(dataDirectory)]);
    expect(answers.map(({ status }) => status)).toContain(0);
    expect(await server.exited()).toBe(0);
    expect(server.stderr).toBe('');
  });
});
