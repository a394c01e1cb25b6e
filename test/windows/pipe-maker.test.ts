import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { buildFakeInstallation, buildMakePipe } from './host-programs.ts';
import { machineOfTest } from './machine-of-test.ts';
import type { WindowsMachine } from './windows-machine.ts';
import { whyNoWindows } from './windows-root.ts';

// Wine lets a program give a pipe to any account, which Windows allows to administrators alone: so the pipe of a
// stranger is made here. Wine does not have the programs of one account keep away from those of another.

const front = 'C:\\Program Files\\Understudy\\bin\\understudy.exe';
const pipe = '\\\\.\\pipe\\understudy-of-a-test';
const localService = 'O:LS';

async function startMachine(): Promise<WindowsMachine> {
  const machine = machineOfTest();
  const installation = makeTemporaryDirectory();
  await buildFakeInstallation(installation);
  machine.put(installation, 'Program Files/Understudy');
  machine.put(await buildMakePipe(), 'make-pipe.exe');
  return machine;
}

/** What is said of a pipe with that owner (SDDL); the program that has made it must have read nothing. */
async function tellMaker(machine: WindowsMachine, owner: string): Promise<string> {
  // That of the one before may be there a moment longer than the program.
  const made = `made-${randomUUID()}`;
  const making = machine.run('C:\\make-pipe.exe', [pipe, `${owner}D:(A;;FA;;;WD)`, `C:\\${made}`]);
  await waitFor('the pipe is there', () => existsSync(machine.path(made)));
  const said = await machine.do(front, 'pipe-maker', pipe);
  expect(await making).toEqual({ status: 0, stdout: '', stderr: '' });
  return said.trimEnd();
}

it(
  'tells a pipe of the system, of administrators and of oneself from another',
  skipFor(whyNoWindows()),
  async () => {
    const machine = await startMachine();
    expect((await machine.do(front, 'pipe-maker', pipe)).trimEnd()).toBe('none');
    for (const [owner, said] of [
      ['', 'ours'],
      ['O:SY', 'ours'],
      ['O:BA', 'ours'],
      ['O:S-1-5-21-1-2-3-1001', 'stranger S-1-5-21-1-2-3-1001'],
      ['O:WD', 'stranger Everyone'],
      [localService, 'stranger NT AUTHORITY\\LOCAL SERVICE'],
    ] as const) {
      expect(await tellMaker(machine, owner)).toBe(said);
    }
    // An account is trusted for being that of the service.
    await machine.makeService('Understudy', `"${front}" service`, 'demand');
    const service = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Understudy';
    await machine.setRegistry(service, 'ObjectName', 'NT AUTHORITY\\LocalService');
    await machine.powerOff();
    expect(await tellMaker(machine, localService)).toBe('ours');
  },
);
