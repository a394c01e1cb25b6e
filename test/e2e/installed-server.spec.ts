import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServeProcess } from '../support/serve-process.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { AppWindow } from './pages/app-window.ts';
import { electronBinary, expect, test } from './support/understudy.ts';

test('the window is about the installed server, or about one in this program, each with its leases', async ({
  launch,
}) => {
  const installed = await mkdtemp(join(tmpdir(), 'us-'));
  const serve = new ServeProcess(installed, { built: true, runtime: electronBinary() });
  try {
    await serve.ready();
    const machineFile = join(installed, 'machine.json');
    await writeFile(machineFile, JSON.stringify({ dataDirectory: installed }));
    const understudy = await launch({ env: { UNDERSTUDY_MACHINE_FILE: machineFile } });
    const { dataDirectory: own, app } = understudy;
    const window = new AppWindow(await understudy.window());
    const state = async () => {
      const { connection, desktop, node } = await understudy.snapshot();
      const { mode } = connection;
      return { mode, in: desktop.dataDirectory, serves: node?.serving.state };
    };
    await expect.poll(state).toEqual({ mode: 'attached', in: installed, serves: 'serving' });

    await window.goTo('Settings');
    const choice = window.settings.general.getByLabel('Licence server');
    await choice.selectOption('One in this program');
    await expect.poll(state).toEqual({ mode: 'embedded', in: own, serves: 'serving' });
    const vendor = await makeVendor('Acme');
    await understudy.admin('vendor.trust', { content: vendor.publicFile });
    const content = await makeLicenseFile(vendor, { id: 'cad', feature: 'cad' });
    await understudy.admin('license.import', { content, fileName: 'cad.lic' });
    expect(await understudy.checkout('cad', 'one')).toBe(201);

    const shown = async () => (await understudy.snapshot()).node?.licenses[0]?.inUse;
    await expect.poll(shown).toBe(1);

    // Asked, since a licence stops; the first word is no.
    await app.evaluate(({ dialog }) => {
      const answers = [1, 0];
      dialog.showMessageBox = () =>
        Promise.resolve({ response: answers.shift() ?? 1, checkboxChecked: false });
    });
    await choice.selectOption('The one that is installed on this computer');
    await expect(choice).toHaveValue('own');
    expect(await state()).toMatchObject({ mode: 'embedded', in: own });
    await choice.selectOption('The one that is installed on this computer');
    await expect.poll(state).toEqual({ mode: 'attached', in: installed, serves: 'serving' });

    await choice.selectOption('One in this program');
    await expect.poll(state).toEqual({ mode: 'embedded', in: own, serves: 'serving' });
    const { leases } = await understudy.admin('lease.list', {});
    expect(leases.map(({ holder }) => holder.instance)).toEqual(['one']);

    expect(window.complaints).toEqual([]);
  } finally {
    serve.child.kill('SIGKILL');
    await serve.exited();
    await rm(installed, { recursive: true, force: true, maxRetries: 5 });
  }
});
