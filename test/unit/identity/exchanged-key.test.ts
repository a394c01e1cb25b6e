import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installLicenses, startTestNode, type TestNode } from '../../support/node.ts';
import { makeLicenseFile } from '../../support/licenses.ts';
import {
  expectServing,
  install,
  order,
  pairNodes,
  patiently,
  protectedLicense,
  restart,
  unhurried,
} from '../../support/related-nodes.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const keyFiles = ['server-key.pem', 'server-cert.pem'];
const ledgerFiles = ['ledger.db', 'ledger.db-wal', 'ledger.db-shm'];

const unitsAt = ({ node }: TestNode) => node.admin.snapshot().licenses.map(({ units }) => units);
const servingAt = ({ node }: TestNode) => node.admin.snapshot().serving.state;

async function setAsideAt(at: TestNode): Promise<string[]> {
  const { events } = await order(at, 'events.list', { search: 'storeSetAside' });
  return events.map(({ message }) => message);
}

function copyFiles(names: string[], from: string, to: string): void {
  for (const name of names) {
    rmSync(join(to, name), { force: true });
    cpSync(join(from, name), join(to, name), { force: true });
  }
}

describe('a server with another key than its ledger was written with', unhurried, () => {
  it('says whose licences are there, serves new ones, and gets the former back with the key', async () => {
    const before = await startTestNode();
    const vendor = await installLicenses(before.node, { units: 3 });
    const kept = makeTemporaryDirectory();
    copyFiles(keyFiles, before.dataDirectory, kept);
    await before.node.stop();
    for (const name of keyFiles) rmSync(join(before.dataDirectory, name));

    const after = await startTestNode({ dataDirectory: before.dataDirectory });
    expect(after.node.id).not.toBe(before.node.id);
    expect([servingAt(after), unitsAt(after)]).toEqual(['serving', []]);
    expect(await setAsideAt(after)).toEqual([
      expect.stringContaining(before.node.id.slice(0, 12)) as string,
    ]);
    await order(after, 'vendor.trust', { content: vendor.publicFile });
    const content = await makeLicenseFile(vendor, { units: 5 });
    await order(after, 'license.import', { content, fileName: 'test.lic' });
    expect(unitsAt(after)).toEqual([5]);
    await after.node.stop();

    copyFiles(keyFiles, kept, before.dataDirectory);
    const again = await startTestNode({ dataDirectory: before.dataDirectory });
    expect(again.node.id).toBe(before.node.id);
    expect([servingAt(again), unitsAt(again)]).toEqual(['serving', [3]]);
  });
});

describe("a server with its partner's ledger.db", unhurried, () => {
  it('misses only what is its own, until the partner has given it back, and can protect it later', async () => {
    let main = await startTestNode();
    let backup = await startTestNode();
    await pairNodes(main, backup);
    await install(main, { ...protectedLicense, units: 4 });
    const roles = { main: main.node.id, backup: backup.node.id };
    await order(main, 'relationship.create', { kind: 'backup', ...roles });
    await order(main, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
    await expectServing(main, main, main, backup);

    await main.node.stop();
    await backup.node.stop();
    const copied = ledgerFiles.filter((name) => {
      rmSync(join(main.dataDirectory, name), { force: true });
      return existsSync(join(backup.dataDirectory, name));
    });
    copyFiles(copied, backup.dataDirectory, main.dataDirectory);
    backup = await restart(backup);
    main = await restart(main);
    await expectServing(main, main, main, backup);
    await expect.poll(() => main.node.admin.snapshot().missingData, patiently).toBeNull();
    expect(main.node.admin.snapshot().ledgers.map(({ members }) => members[0])).toEqual([
      main.node.id,
    ]);

    // The ledger that was left aside is taken up when its server asks for that.
    await order(main, 'relationship.set', { mutual: true });
    await expectServing(backup, backup, main, backup);
  });
});
