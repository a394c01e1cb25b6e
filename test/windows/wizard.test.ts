import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../package/pack.ts';
import { skipFor } from '../support/skip.ts';
import { loadScript } from '../unit/scripts/load-script.ts';
import { machineOfTest } from './machine-of-test.ts';
import { whyNoWindows } from './windows-root.ts';

// The wizard without its pages: what it does is the MSI's.

const missing = whyNoWindows();
const front = 'C:\\Program Files\\Understudy\\bin\\understudy.exe';

interface MsiScript {
  makeMsi(tree: string, output: string, options: { version: string }): Promise<void>;
}

interface WizardScript {
  makeWizard(msi: string, output: string, options: { version: string }): Promise<void>;
}

let folder: string;
beforeAll(async () => {
  if (missing !== null) return;
  folder = mkdtempSync(join(tmpdir(), 'us-'));
  const tree = pack('win');
  const { makeMsi } = await loadScript<MsiScript>('msi');
  const { makeWizard } = await loadScript<WizardScript>('wizard');
  for (const [name, version] of [
    ['older', '0.1.0'],
    ['newer', '0.1.1'],
  ] as const) {
    await makeMsi(tree, join(folder, `${name}.msi`), { version });
    await makeWizard(join(folder, `${name}.msi`), join(folder, `${name}.exe`), { version });
  }
  rmSync(tree, { recursive: true });
});
afterAll(() => {
  if (missing === null) rmSync(folder, { recursive: true });
});

/** Has not the account that the service has on Windows, which wine knows nothing of. */
const account = '/MSI=SERVICEACCOUNT=LocalSystem';

describe('the wizard', skipFor(missing), () => {
  it('installs what the MSI does, upgrades it, and leaves the uninstallation to it', async () => {
    const machine = machineOfTest();
    for (const name of ['older.exe', 'newer.exe', 'newer.msi']) {
      machine.put(join(folder, name), name);
    }
    const chosen = ['/LISTEN=127.0.0.1:7475', '/SERVERNAME=Main-hall'];
    expect(await machine.run('C:\\older.exe', ['/S', ...chosen, account])).toMatchObject({
      status: 0,
    });
    await machine.untilService('Understudy', 'RUNNING');
    const status = await machine.do(front, 'status', '--json');
    expect(JSON.parse(status)).toMatchObject({ server: { name: 'Main-hall' } });
    // Asked for nothing, it keeps what was chosen.
    expect(await machine.run('C:\\newer.exe', ['/S'])).toMatchObject({ status: 0 });
    await machine.untilService('Understudy', 'RUNNING');
    const after = await machine.do(front, 'status', '--json');
    expect(JSON.parse(after)).toMatchObject({
      server: { name: 'Main-hall', address: expect.stringMatching(/:7475$/) },
    });

    await machine.do('msiexec', '/x', 'C:\\newer.msi', '/qn');
    expect(existsSync(machine.path('Program Files/Understudy'))).toBe(false);
    expect(existsSync(machine.path('ProgramData/Understudy/ledger.db'))).toBe(true);
  });

  it('ends with a status and installs nothing when the service does not start', async () => {
    const machine = machineOfTest();
    machine.put(join(folder, 'older.exe'), 'older.exe');
    const nowhere = ['/S', '/LISTEN=nowhere', account];
    expect((await machine.run('C:\\older.exe', nowhere)).status).not.toBe(0);
    expect(existsSync(machine.path('Program Files/Understudy/Understudy.exe'))).toBe(false);
  });
});
