import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LeaseAnswer } from '../../src-shared/contract/client-api.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { shellBlocks } from '../support/shell-blocks.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { connect, startServer } from './started-server.ts';
import { noShell, TypistHost } from './typist-host.ts';

const license = { id: 'cad', feature: 'cad', units: 5, redundancy: 'backup' } as const;
const [restore = '', replace = ''] = shellBlocks('docs/admin/disaster-recovery.md');

async function startPair() {
  const [main, backup] = [await startServer('licences-1'), await startServer('licences-2')];
  await main.install(await makeVendor(), { ...license, ttlSeconds: 600 });
  await makeBackup({ main, backup, settings: quickSettings });
  return { main, backup };
}

async function typed(host: TypistHost, block: string): Promise<string> {
  const { status, output } = await host.type(block);
  expect({ block, output, status }).toMatchObject({ status: 0 });
  return output;
}

describe('docs/admin/disaster-recovery.md', skipFor(noShell), () => {
  it('brings a server back on a new host, with what was granted since its backup', async () => {
    const { main, backup } = await startPair();
    const [old, fresh] = [new TypistHost(main.dataDirectory), new TypistHost()];
    for (const { folder } of [old, fresh])
      writeFileSync(join(folder, 'passphrase'), 'a long one\n');
    const file = join(fresh.folder, 'licences-1.backup');
    await typed(old, `understudy backup ${file} --with-identity --passphrase-file passphrase`);
    const { lease } = (await connect(main).checkout('later', 'cad')).body as LeaseAnswer;
    const listen = { host: '127.0.0.1', port: main.port };
    await main.kill();
    rmSync(main.dataDirectory, { recursive: true });
    await waitFor('the other one serves', () => serves(backup, main));

    await typed(fresh, restore);
    const { dataDirectory } = fresh;
    const again = new LicenseServer({ name: 'licences-1', dataDirectory, listen });
    onTestFinished(() => again.kill());
    await again.start();
    expect(again.id).toBe(main.id);
    await waitFor('it serves again', async () => {
      return (await serves(again, again)) && (await isInSync(again));
    });
    expect((await again.leases('cad')).map(({ id }) => id)).toEqual([lease.id]);
  });

  it('puts a new server into the place of one that never comes back', async () => {
    const { main, backup } = await startPair();
    await backup.kill();
    const left = new TypistHost(main.dataDirectory);
    const [dissolve = '', list = '', forget = ''] = replace.trimEnd().split('\n');
    await typed(left, dissolve);
    expect(await typed(left, list)).toContain(backup.name);
    await typed(left, forget.replace('ID', backup.id));
    expect(await typed(left, list)).not.toContain(backup.name);

    const fresh = await startServer('licences-3');
    await makeBackup({ main, backup: fresh, settings: quickSettings });
    await waitFor(
      'a failover is ready',
      async () => (await main.call('status', {})).readiness.ready,
    );
    await main.kill();
    await waitFor('the new one serves', () => serves(fresh, main));
  });
});
