import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { buildFakeInstallation } from './host-programs.ts';
import { machineOfTest } from './machine-of-test.ts';
import type { WindowsMachine } from './windows-machine.ts';
import { whyNoWindows } from './windows-root.ts';

// understudy.exe with a program in the place of Understudy.exe that does as a test says.

const missing = whyNoWindows();
const front = 'C:\\Program Files\\Understudy\\bin\\understudy.exe';
const service = 'Understudy';
const parameters = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${service}\\Parameters`;
const data = 'site data';

let installation: string;
beforeAll(async () => {
  if (missing !== null) return;
  installation = mkdtempSync(join(tmpdir(), 'us-'));
  await buildFakeInstallation(installation);
});
afterAll(() => {
  if (missing === null) rmSync(installation, { recursive: true });
});

function makeMachine(): WindowsMachine {
  const machine = machineOfTest();
  machine.put(installation, 'Program Files/Understudy');
  return machine;
}

async function installService(
  machine: WindowsMachine,
  behaviour: string,
  start: 'auto' | 'demand' = 'demand',
): Promise<void> {
  machine.write(`${data}/behaviour`, behaviour);
  await machine.makeService(service, `"${front}" service`, start);
  await machine.setRegistry(parameters, 'DataDirectory', `C:\\${data}\\`);
  await machine.setRegistry(parameters, 'Listen', '0.0.0.0:7474');
  await machine.setRegistry(parameters, 'ServerName', 'Main hall');
  await machine.setRegistry(parameters, 'Config', 'C:\\site data\\server.json');
}

function linesOf(machine: WindowsMachine, file: string): string[] {
  if (!existsSync(machine.path(`${data}/${file}`))) return [];
  return machine.read(`${data}/${file}`).trimEnd().split(/\r?\n/);
}

/** The two are one name to Windows. */
function pidsOf(machine: WindowsMachine): { server: string; host: string } {
  const [server = '', host = ''] = linesOf(machine, 'pids')[0]?.split(' ') ?? [];
  return { server, host };
}

describe('understudy.exe on a console', skipFor(missing), () => {
  it('passes arguments, streams and the exit status on, without the empty line', async () => {
    const machine = makeMachine();
    const given = ['status', '--json', 'two words', 'a"b', 'C:\\x y\\', ''];
    const { status, stdout, stderr } = await machine.run(front, given, { stdin: 'what it reads' });
    expect(stdout).toBe(`${given.map((text) => `<${text}>\r\n`).join('')}what it reads`);
    expect(stderr).toBe('on stderr\r\n');
    expect(status).toBe(7);
  });

  it('says what to do when the program beside it is gone', async () => {
    const machine = machineOfTest();
    machine.put(`${installation}/bin`, 'Program Files/Understudy/bin');
    const { status, stdout, stderr } = await machine.run(front, ['status']);
    expect({ status, stdout }).toEqual({ status: 127, stdout: '' });
    expect(stderr).toContain('Understudy.exe cannot be started (error 2 of the system)');
    expect(stderr).toContain('Repair the installation');
  });
});

describe('understudy.exe as a service', skipFor(missing), () => {
  it('runs when the server serves, as it was set up, and stops it in order', async () => {
    const machine = makeMachine();
    await installService(machine, 'serve');
    await machine.do('net', 'start', service);
    await machine.untilService(service, 'RUNNING');
    expect(linesOf(machine, 'starts')).toEqual([
      '"C:\\Program Files\\Understudy\\Understudy.exe" serve --data-dir "C:\\site data" ' +
        '--listen 0.0.0.0:7474 --name "Main hall" --config "C:\\site data\\server.json"',
    ]);
    expect(machine.read(`${data}/logs/service.log`)).toBe('it serves\r\n');
    await machine.run('net', ['stop', service]);
    await machine.untilService(service, 'STOPPED');
    expect(linesOf(machine, 'ends')).toEqual(['in order']);
  });

  it('starts a server again that was killed, and only that', async () => {
    const machine = makeMachine();
    await installService(machine, 'serve');
    await machine.do('net', 'start', service);
    await machine.untilService(service, 'RUNNING');
    await machine.do('taskkill', '/F', '/PID', pidsOf(machine).server);
    await waitFor('it was started again', () => linesOf(machine, 'starts').length === 2);
    expect(await machine.serviceState(service)).toBe('RUNNING');
    expect(machine.read(`${data}/logs/service.log`)).toMatch(/The server ended .* in 1 s\./);
  });

  it('takes its server with it', async () => {
    const machine = makeMachine();
    await installService(machine, 'serve');
    await machine.do('net', 'start', service);
    await machine.untilService(service, 'RUNNING');
    const { server, host } = pidsOf(machine);
    await machine.do('taskkill', '/F', '/PID', host);
    await waitFor('the server is gone', async () => {
      return (await machine.run('taskkill', ['/PID', server])).status !== 0;
    });
    expect(linesOf(machine, 'ends')).toEqual([]);
  });

  it.each([
    ['exit 2', 'is wrong: it was called wrongly', 1066],
    ['exit 1', 'could not start', 1066],
    ['exit 0', 'an admin has stopped it', 0],
  ])('stays stopped after %s', async (behaviour, _why, exitCode) => {
    const machine = makeMachine();
    await installService(machine, behaviour);
    await machine.run('net', ['start', service]);
    await waitFor('it was started', () => linesOf(machine, 'starts').length === 1);
    await machine.untilService(service, 'STOPPED');
    const { stdout } = await machine.run('sc', ['query', service]);
    expect(stdout).toMatch(new RegExp(`WIN32_EXIT_CODE\\s*:\\s*${exitCode}\\b`));
    expect(linesOf(machine, 'starts')).toHaveLength(1);
  });

  it('serves after a power cut, with nobody logged on', async () => {
    const machine = makeMachine();
    await installService(machine, 'serve', 'auto');
    await machine.powerOff();
    await machine.boot();
    await machine.untilService(service, 'RUNNING');
    expect(linesOf(machine, 'starts')).toHaveLength(1);
  });
});
