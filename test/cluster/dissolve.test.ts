import { expect, it } from 'vitest';
import { callAdmin } from '../support/json-request.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { startServer } from './started-server.ts';

it('dissolves nothing while the other server hangs, whose connection still stands', async () => {
  const [main, backup] = [await startServer('Main'), await startServer('Backup')];
  await main.install(await makeVendor(), { redundancy: 'backup' });
  await makeBackup({ main, backup });
  backup.freeze();
  expect(await callAdmin(main.dataDirectory, 'relationship.dissolve', {})).toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: expect.stringContaining('Backup cannot be reached') as string,
  });
  backup.thaw();
  await waitFor('the backup is in sync again', () => isInSync(main));
  await main.call('relationship.dissolve', {});
  await waitFor('nobody protects another', async () => {
    const [here, there] = [await main.sharedLedgers(), await backup.sharedLedgers()];
    return here.length === 0 && there.length === 0;
  });
});
