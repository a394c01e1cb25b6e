import { describe, expect, it, onTestFinished } from 'vitest';
import { makeVendor } from '../support/licenses.ts';
import { makeBackup, quickSettings } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { CliProcess } from './cli-process.ts';
import { missingNetwork, startSiteServers } from './site-servers.ts';

/** An address of the network of the test at which nobody is. */
const noHost = (address: string) => address.replace(/\.\d+:/, '.250:');

async function startPair() {
  const { main, backup } = await startSiteServers({});
  await main.install(await makeVendor(), { id: 'cad', feature: 'cad', redundancy: 'backup' });
  await makeBackup({ main, backup, settings: quickSettings });
  return { main, backup };
}

describe('a workstation', skipFor(missingNetwork), () => {
  it('finds its seat on the network where no server is named', { timeout: 120_000 }, async () => {
    const { main, backup } = await startPair();
    const home = makeTemporaryDirectory();
    const run = async (...args: string[]) => {
      const cli = new CliProcess(home, args, backup.network.under);
      onTestFinished(() => cli.kill());
      return { status: await cli.exited(), stdout: cli.stdout, stderr: cli.stderr };
    };
    const seat = await run('client', 'run', '--feature', 'cad', '--', 'true');
    expect([seat.status, seat.stderr]).toEqual([
      0,
      expect.stringContaining('is trusted from now on'),
    ]);
    const doctor = await run('doctor', '--json');
    expect(doctor.status).toBe(0);
    const document = JSON.parse(doctor.stdout) as { servers: { id: string; source: string }[] };
    expect(document).toMatchObject({ file: null, searched: true });
    const { servers } = document;
    expect(servers.map(({ id, source }) => `${source} ${id}`).sort()).toEqual(
      [main, backup].map(({ id }) => `found ${id}`).sort(),
    );
  });

  it(
    'is told what it would try, and what a host that is gone costs it',
    { timeout: 120_000 },
    async () => {
      const { main, backup } = await startPair();
      const home = makeTemporaryDirectory();
      const gone = noHost(main.address);
      const run = async (...args: string[]) => {
        const cli = new CliProcess(home, args);
        onTestFinished(() => cli.kill());
        return { status: await cli.exited(), stdout: cli.stdout, stderr: cli.stderr };
      };
      const named = ['--server', gone, '--server', main.address, '--timeout-ms', '1000'];
      await run('client', 'init', '--no-discover', ...named);
      const doctor = JSON.parse((await run('doctor', '--json')).stdout) as {
        servers: { server: string; state: string; costMs: number; source: string }[];
        answers: { server: string; afterMs: number };
      };
      expect(doctor.servers).toMatchObject([
        { server: gone, state: 'unreachable', costMs: 200, source: 'named' },
        { server: main.address, state: 'serving', source: 'named', new: true },
        { server: backup.address, source: 'partner', id: backup.id },
      ]);
      expect(doctor.answers.server).toBe(main.address);
      const text = await run('doctor');
      expect(text.status).toBe(0);
      expect(text.stdout).toContain('CANNOT BE REACHED');
      expect(text.stdout).toContain('0.2 s for a connection while there are other servers to ask');

      const seat = await run('client', 'run', '--feature', 'cad', '--', 'true');
      expect(seat.status).toBe(0);

      await Promise.all([main.kill(), backup.kill()]);
      const none = await run('doctor', '--json');
      expect(none.status).toBe(1);
      expect(JSON.parse(none.stdout)).toMatchObject({
        answers: null,
        error: { code: 'SERVER_UNREACHABLE' },
      });
    },
  );
});
