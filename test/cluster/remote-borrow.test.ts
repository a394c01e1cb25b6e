import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor, type TestVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { makeTerminal, runIn } from '../unit/cli/fake-terminal.ts';
import { CliProcess } from './cli-process.ts';
import { startServer } from './started-server.ts';

const patience = { timeout: 180_000 };

interface Ran {
  status: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
  json: Record<string, unknown>;
}

/** `understudy ARGS` of a user whose home, and working directory, this is; in this process. */
async function run(home: string, ...args: string[]): Promise<Ran> {
  const terminal = makeTerminal('', { workingDirectory: home, env: { XDG_CONFIG_HOME: home } });
  const { status, stdout, stderr } = await runIn(terminal, ...args);
  const json = stdout.startsWith('{') ? (JSON.parse(stdout) as Record<string, unknown>) : {};
  return { status, stdout, stderr, json };
}

/** The same as a process of its own, for what it runs. */
async function runOut(home: string, ...args: string[]): Promise<Omit<Ran, 'json'>> {
  const cli = new CliProcess(home, args);
  onTestFinished(() => cli.kill());
  const status = await cli.exited();
  return { status, stdout: cli.stdout, stderr: cli.stderr };
}

async function startPair(): Promise<{
  main: LicenseServer;
  backup: LicenseServer;
  vendor: TestVendor;
}> {
  const main = await startServer('Main');
  const backup = await startServer('Backup');
  const vendor = await makeVendor();
  const borrow = { maxDays: 30, maxUnits: 1 };
  const servers = [main.id, backup.id];
  const grant = { id: 'cad', feature: 'cad', units: 2, ttlSeconds: 60, borrow, servers };
  await main.install(vendor, { ...grant, redundancy: 'backup' });
  await makeBackup({ main, backup, settings: { ...quickSettings, reclaim: 'manual' } });
  return { main, backup, vendor };
}

const at = ({ port }: LicenseServer) => ['--server', `127.0.0.1:${port}`];
const ask = ['client', 'borrow', 'request', 'laptop.request', '--feature', 'cad', '--until', '7d'];
const borrow = (...args: string[]) => ['client', 'borrow', ...args, '--json'];

describe('a machine that reaches no server', () => {
  it(
    'borrows by files of a colleague, works on, and gives back at the failover server',
    patience,
    async () => {
      const { main, backup, vendor } = await startPair();
      const [laptop, desk] = [makeTemporaryDirectory(), makeTemporaryDirectory()];
      writeFileSync(join(laptop, 'acme.pub'), vendor.publicFile);
      const carry = (name: string, from: string, to: string) =>
        writeFileSync(join(to, name), readFileSync(join(from, name)));

      const asked = await run(laptop, ...ask, '--json');
      expect(asked).toMatchObject({
        status: 0,
        json: { id: expect.stringMatching(/^[0-9a-f]{8}$/) },
      });
      carry('laptop.request', laptop, desk);
      // What could not be kept is not asked for.
      const lost = ['fetch', 'laptop.request', 'nowhere/laptop.token', ...at(main)];
      const unwritten = { status: 1, json: { error: { code: 'FILE_NOT_WRITTEN' } } };
      expect(await run(desk, ...borrow(...lost))).toMatchObject(unwritten);
      expect(await main.leases('cad')).toEqual([]);
      const fetch = ['fetch', 'laptop.request', 'laptop.token', ...at(main)];
      const fetched = await run(desk, ...borrow(...fetch));
      expect(fetched).toMatchObject({ status: 0, json: { servedBy: { id: main.id } } });
      carry('laptop.token', desk, laptop);
      const accepted = await run(
        laptop,
        ...borrow('accept', 'laptop.token', '--vendor', 'acme.pub'),
      );
      expect(accepted).toMatchObject({ status: 0, json: { servedBy: { name: 'Main' } } });
      const { lease } = fetched.json as { lease: { id: string } };
      expect(await main.leases('cad')).toMatchObject([
        { id: lease.id, borrowUntil: expect.anything() },
      ]);

      // A token file is taken once, and nowhere else.
      const again = await run(laptop, ...borrow('accept', 'laptop.token'));
      expect(again).toMatchObject({ status: 1, json: { error: { code: 'BORROW_FILE_USED' } } });
      const elsewhere = await run(desk, ...borrow('accept', 'laptop.token'));
      expect(elsewhere).toMatchObject({
        status: 1,
        json: { error: { code: 'BORROW_FILE_WRONG' } },
      });
      // The request file gives the same seat once more, and never a second one.
      const twice = ['fetch', 'laptop.request', 'second.token', ...at(main)];
      expect(await run(desk, ...borrow(...twice))).toMatchObject({
        json: { lease: { id: lease.id } },
      });

      const seat = ['client', 'run', '--feature', 'cad', '--vendor', 'acme.pub'];
      const offline = await runOut(laptop, ...seat, '--', 'echo', 'works');
      expect(offline).toMatchObject({ status: 0, stdout: 'works\n' });
      expect(offline.stderr).toContain('no server is asked');

      await main.kill();
      await waitFor('the backup serves', () => serves(backup, main));
      expect(await backup.leases('cad')).toMatchObject([{ id: lease.id }]);
      // Nobody borrows from a failover server.
      const other = await run(laptop, ...ask.with(3, 'other.request'), '--json');
      expect(other.status).toBe(0);
      carry('other.request', laptop, desk);
      const refused = await run(
        desk,
        ...borrow('fetch', 'other.request', 'o.token', ...at(backup)),
      );
      expect(refused).toMatchObject({
        status: 1,
        json: { error: { code: 'LS_BORROW_NOT_ALLOWED' } },
      });

      const { id } = asked.json as { id: string };
      const returned = await run(laptop, ...borrow('return', id, '--out', 'laptop.return'));
      expect(returned.status).toBe(0);
      const unused = await runOut(laptop, ...seat, ...at(backup), '--', 'true');
      expect(unused.stderr).not.toContain('no server is asked');
      carry('laptop.return', laptop, desk);
      const handedIn = await run(desk, ...borrow('hand-in', 'laptop.return', ...at(backup)));
      expect(handedIn.status).toBe(0);
      expect(await backup.leases('cad')).toEqual([]);
      // Twice is no harm, and the seat does not come back with its request file.
      expect((await run(desk, ...borrow('hand-in', 'laptop.return', ...at(backup)))).status).toBe(
        0,
      );
      await main.start();
      await waitFor('Main has what it missed', () => isInSync(backup));
      expect(await main.leases('cad')).toEqual([]);
      await backup.call('failback', {});
      await waitFor('Main serves', () => serves(main, main));
      const used = await run(
        desk,
        ...borrow('fetch', 'laptop.request', 'third.token', ...at(main)),
      );
      expect(used).toMatchObject({ status: 1, json: { error: { code: 'LS_BAD_REQUEST' } } });
      expect(await main.leases('cad')).toEqual([]);
    },
  );

  it(
    'borrows and returns by an admin of the standby, with both on the timeline',
    patience,
    async () => {
      const { main, backup } = await startPair();
      const laptop = makeTemporaryDirectory();
      const asked = await run(laptop, ...ask, '--json');
      const server = ['--data-dir', backup.dataDirectory, '--json'];
      const lend = ['lease', 'borrow', 'laptop.request'];
      const unwritten = await run(laptop, ...lend, 'nowhere/laptop.token', ...server);
      expect(unwritten).toMatchObject({ status: 1, json: { error: { code: 'FILE_NOT_WRITTEN' } } });
      expect(await main.leases('cad')).toEqual([]);
      const lent = await run(laptop, ...lend, 'laptop.token', ...server);
      expect(lent).toMatchObject({ status: 0, json: { created: true } });
      // Of the licence's two units one may be borrowed.
      await run(laptop, ...ask.with(3, 'more.request'), '--json');
      const more = await run(laptop, 'lease', 'borrow', 'more.request', 'more.token', ...server);
      expect(more).toMatchObject({ status: 1, json: { error: { code: 'BORROW_REFUSED' } } });
      expect(existsSync(join(laptop, 'more.token'))).toBe(false);

      expect((await run(laptop, ...borrow('accept', 'laptop.token'))).status).toBe(0);
      const { id } = asked.json as { id: string };
      expect((await run(laptop, ...borrow('return', id, '--out', 'laptop.return'))).status).toBe(0);
      const back = await run(laptop, 'lease', 'take-back', 'laptop.return', ...server);
      expect(back).toMatchObject({ status: 0, json: { hadEnded: false } });
      const twice = await run(laptop, 'lease', 'take-back', 'laptop.return', ...server);
      expect(twice).toMatchObject({ status: 0, json: { hadEnded: true } });
      expect(await main.leases('cad')).toEqual([]);
      const told = await waitFor('the timeline has both', async () => {
        const events = await main.timeline('leaseBorrowed', 'leaseReturned');
        return events.length === 2 && events;
      });
      expect(told).toMatchObject([
        { kind: 'leaseBorrowed', actor: { kind: 'admin', server: backup.id } },
        { kind: 'leaseReturned', actor: { kind: 'admin', server: backup.id } },
      ]);
    },
  );

  it('is told when its seat has ended, and what runs then is ended', patience, async () => {
    const server = await startServer('Main');
    const grant = { units: 1, borrow: { maxDays: 1, maxUnits: 1 } };
    await server.install(await makeVendor(), grant);
    const laptop = makeTemporaryDirectory();
    const until = new Date(Date.now() + 40_000).toISOString();
    await run(laptop, ...ask.with(7, until), '--json');
    await run(laptop, ...borrow('fetch', 'laptop.request', 'laptop.token', ...at(server)));
    expect((await run(laptop, ...borrow('accept', 'laptop.token'))).status).toBe(0);
    const seat = ['client', 'run', '--feature', 'cad', '--json', '--'];
    const running = new CliProcess(laptop, [...seat, 'sh', '-c', 'echo up; exec sleep 600']);
    onTestFinished(() => running.kill());
    await running.says('up');
    // One seat is not used by two at a time.
    const second = await run(laptop, ...seat, 'true');
    expect(second).toMatchObject({ status: 1 });
    expect(second.stderr).not.toContain('no server is asked');
    expect(await running.exited()).toBe(1);
    expect(running.stdout).toContain(`borrowed until ${until}`);
    const after = await run(laptop, ...seat, 'true');
    expect(after).toMatchObject({ status: 1 });
    expect(after.stderr).toContain('The seat that was borrowed for cad ended at');
    const listed = await run(laptop, ...borrow('list'));
    expect(listed.json).toMatchObject({ borrowings: [{ state: 'ended', borrowUntil: until }] });
  });

  it('is refused by a server of another site, with a sentence', patience, async () => {
    const { main } = await startPair();
    const stranger = await startServer('Stranger');
    const laptop = makeTemporaryDirectory();
    const asked = await run(laptop, ...ask, '--json');
    await run(laptop, ...borrow('fetch', 'laptop.request', 'laptop.token', ...at(main)));
    await run(laptop, ...borrow('accept', 'laptop.token'));
    const { id } = asked.json as { id: string };
    await run(laptop, ...borrow('return', id, '--out', 'laptop.return'));
    const refused = await run(laptop, ...borrow('hand-in', 'laptop.return', ...at(stranger)));
    expect(refused).toMatchObject({ status: 1, json: { error: { code: 'LS_NO_SUCH_LEASE' } } });
    expect((refused.json['error'] as { message: string }).message).toContain(
      'Take the file there.',
    );
    expect(await main.leases('cad')).toHaveLength(1);
  });
});
