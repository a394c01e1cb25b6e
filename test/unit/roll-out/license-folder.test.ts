import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LicenseFolder } from '../../../src-main/node/roll-out/license-folder.ts';
import { SeenFiles } from '../../../src-main/node/roll-out/seen-files.ts';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import {
  type LicenseFolderSummary,
  summarizeFolder,
} from '../../../src-shared/model/license-folder.ts';
import { makeLicenseFile, makeVendor } from '../../support/licenses.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import {
  order,
  patiently,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';
import { noFileModes, skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

type Answer = AdminAnswer<AdminResult<'license.import'>>;

const installed: Answer = { ok: true, value: { changes: [] } };

/** A folder whose files go to whoever `answer` stands for; looked at every few milliseconds. */
function makeFolder({
  directory = makeTemporaryDirectory(),
  answer = (): Answer => installed,
} = {}) {
  const folder = join(directory, 'licenses');
  const imported: string[] = [];
  const notes: string[] = [];
  const keyIds: string[] = ['key-1'];
  const told: LicenseFolderSummary[] = [];
  const watched = new LicenseFolder({
    folder,
    seen: new SeenFiles(join(directory, 'license-folder.json')),
    importFile: async ({ content }) => {
      imported.push(content);
      return answer();
    },
    keyIds: () => keyIds,
    nowMs: () => 0,
    note: ({ message }) => notes.push(message),
    log: { info: () => undefined, warn: () => undefined },
    onChange: () => told.push(summarizeFolder(watched.status())),
    ...{ lookEveryMs: 5, retryAfterMs: 10 },
  });
  onTestFinished(() => watched.stop());
  const stateOf = (name: string) => watched.status().files.find((file) => file.name === name);
  return { directory, folder, watched, imported, notes, keyIds, told, stateOf };
}

function put(folder: string, name: string, text: string | Buffer): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, name), text);
}

describe('the licence folder', () => {
  it('takes what is there at the start, and what is put there or changed later, once each', async () => {
    const { folder, watched, imported, stateOf } = makeFolder();
    put(folder, 'a.lic', 'first');
    await watched.start();
    await expect.poll(() => stateOf('a.lic')?.state, patiently).toBe('taken');
    put(folder, 'b.lic', 'second');
    await expect.poll(() => stateOf('b.lic')?.state, patiently).toBe('taken');
    put(folder, 'a.lic', 'third');
    await expect.poll(() => imported, patiently).toEqual(['first', 'second', 'third']);
    // The same text with another time is no other file.
    utimesSync(join(folder, 'b.lic'), 1, 1);
    put(folder, 'c.lic', 'fourth');
    await expect.poll(() => stateOf('c.lic')?.state, patiently).toBe('taken');
    expect(imported).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('tells of each change, and of nothing else, with the last file in short', async () => {
    let answer: Answer = installed;
    const { folder, watched, told, stateOf } = makeFolder({ answer: () => answer });
    await watched.start();
    await expect.poll(() => told, patiently).toMatchObject([{ folder, last: null, taken: 0 }]);
    put(folder, 'a.lic', 'first');
    await expect
      .poll(() => told.at(-1), patiently)
      .toMatchObject({
        ...{ taken: 1, refused: 0, waiting: 0 },
        last: { name: 'a.lic', state: 'taken' },
      });
    answer = refuse('LICENSE_SERIAL_REUSED', 'It was used.');
    put(folder, 'b.lic', 'second');
    await expect.poll(() => stateOf('b.lic')?.state, patiently).toBe('refused');
    await expect.poll(() => told.at(-1), patiently).toMatchObject({ taken: 1, refused: 1 });
    expect(told).toHaveLength(3);
  });

  it('remembers over a restart what it has taken, and begins anew when that is damaged', async () => {
    const first = makeFolder();
    put(first.folder, 'a.lic', 'first');
    await first.watched.start();
    await expect.poll(() => first.stateOf('a.lic')?.state, patiently).toBe('taken');
    await first.watched.stop();

    const { directory } = first;
    const second = makeFolder({ directory });
    put(second.folder, 'b.lic', 'second');
    await second.watched.start();
    await expect.poll(() => second.stateOf('b.lic')?.state, patiently).toBe('taken');
    expect(second.imported).toEqual(['second']);
    await second.watched.stop();

    writeFileSync(join(directory, 'license-folder.json'), '{');
    const third = makeFolder({ directory });
    await third.watched.start();
    await expect.poll(() => third.imported, patiently).toEqual(['first', 'second']);
  });

  it('tries again while no server serves, and takes a refusal for good', async () => {
    const answers: Answer[] = [
      refuse('NOT_SERVING', 'Nobody serves.'),
      refuse('NOT_SERVING', 'Nobody serves.'),
      refuse('LICENSE_SERIAL_OLDER', 'Serial 1 is older.'),
    ];
    const { folder, watched, imported, stateOf } = makeFolder({
      answer: () => answers.shift() ?? installed,
    });
    put(folder, 'a.lic', 'first');
    await watched.start();
    await expect.poll(() => stateOf('a.lic')?.state, patiently).toBe('waiting');
    await expect.poll(() => stateOf('a.lic')?.state, patiently).toBe('refused');
    expect(stateOf('a.lic')?.message).toBe('Serial 1 is older.');
    put(folder, 'b.lic', 'second');
    await expect.poll(() => stateOf('b.lic')?.state, patiently).toBe('taken');
    expect(imported).toEqual(['first', 'first', 'first', 'second']);
  });

  it('looks at a file of an unknown vendor again when another key is trusted', async () => {
    const answers: Answer[] = [refuse('LICENSE_VENDOR_UNTRUSTED', 'Trust its vendor first.')];
    const { folder, watched, stateOf, keyIds } = makeFolder({
      answer: () => answers.shift() ?? installed,
    });
    put(folder, 'a.lic', 'first');
    await watched.start();
    await expect.poll(() => stateOf('a.lic')?.state, patiently).toBe('refused');
    keyIds.push('key-2');
    await expect.poll(() => stateOf('a.lic')?.state, patiently).toBe('taken');
  });

  it('refuses what is no text or too long, on the timeline, and leaves other things alone', async () => {
    const { folder, watched, imported, notes, stateOf } = makeFolder();
    put(folder, 'a.zip', Buffer.from([0x50, 0x4b, 3, 4, 0, 0]));
    put(folder, 'b.lic', Buffer.alloc(5 * 1024 * 1024, 32));
    put(folder, '.hidden.lic', 'x');
    put(folder, 'half.part', 'x');
    mkdirSync(join(folder, 'sub.lic'));
    put(folder, 'z.lic', 'last');
    await watched.start();
    await expect.poll(() => stateOf('z.lic')?.state, patiently).toBe('taken');
    expect(imported).toEqual(['last']);
    expect(notes).toEqual([
      'Licence file a.zip of the licence folder was refused. It is not a licence file: it is a ZIP ' +
        'archive. Unpack it, and take the file that is in it.',
      'Licence file b.lic of the licence folder was refused. It is longer than 4 MiB.',
    ]);
    rmSync(join(folder, 'a.zip'));
    await expect.poll(() => stateOf('a.zip'), patiently).toBe(undefined);
  });

  it(
    'takes nothing from a folder that every account can write to',
    skipFor(noFileModes),
    async () => {
      const { folder, watched, imported } = makeFolder();
      mkdirSync(folder);
      put(folder, 'a.lic', 'first');
      chmodSync(folder, 0o777);
      await watched.start();
      await expect.poll(() => watched.status().problem, patiently).toContain('every account');
      chmodSync(folder, 0o700);
      await expect.poll(() => imported, patiently).toEqual(['first']);
    },
  );
});

describe('a file in the licence folder of a server', unhurried, () => {
  it('that was put there while it was stopped is installed, and an older one refused', async () => {
    const before = await startTestNode();
    const vendor = await makeVendor();
    await order(before, 'vendor.trust', { content: vendor.publicFile });
    await before.node.stop();
    const folder = join(before.dataDirectory, 'licenses');
    put(folder, 'cad.lic', await makeLicenseFile(vendor, { serial: 2, units: 5 }));

    const during = await restart(before);
    await expect.poll(() => unitsOf(during), patiently).toBe(5);
    const [entry] = await eventsOf(during, 'licenseInstalled');
    expect(entry).toMatchObject({ actor: { kind: 'system' }, license: 'acme-cad' });
    await order(during, 'license.remove', { id: 'acme-cad' });

    await during.node.stop();
    const after = await restart(during);
    put(folder, 'other.lic', await makeLicenseFile(vendor, { id: 'other', feature: 'other' }));
    await expect.poll(() => unitsOf(after, 'other'), patiently).toBe(3);
    // What an admin removed does not come back with the next start.
    expect(unitsOf(after)).toBe(undefined);
    await order(after, 'license.import', {
      content: await makeLicenseFile(vendor, { serial: 4 }),
      fileName: 'by-hand.lic',
    });
    put(folder, 'cad.lic', await makeLicenseFile(vendor, { serial: 3, units: 9 }));
    const state = async () =>
      (await order(after, 'license.folder', {})).files.find(({ name }) => name === 'cad.lic')
        ?.state;
    await expect.poll(state, patiently).toBe('refused');
    expect(unitsOf(after)).toBe(3);
    const [refused] = await eventsOf(after, 'licenseRefused');
    expect(refused?.message).toMatch(/^Licence file cad\.lic of the licence folder was refused\./);
  });

  it('goes to all members of a triad, whichever it lies at, and a returning member adopts it', async () => {
    const [alpha, beta, gamma] = await startPairedNodes('Alpha', 'Beta', 'Gamma');
    const vendor = await makeVendor();
    await order(alpha, 'vendor.trust', { content: vendor.publicFile });
    const [primary, secondary, tertiary] = [alpha, beta, gamma].map(({ node }) => node.id);
    await order(alpha, 'relationship.create', {
      kind: 'triad',
      primary: primary ?? '',
      secondary: secondary ?? '',
      tertiary: tertiary ?? '',
    });
    const states = () =>
      [alpha, beta, gamma].map(({ node }) => node.admin.snapshot().relationship?.state);
    await expect.poll(states, patiently).toEqual(Array(3).fill('established'));
    await gamma.node.stop();
    await beta.node.stop();
    const file = await makeLicenseFile(vendor, { serial: 7, units: 8, redundancy: 'triad' });
    put(join(beta.dataDirectory, 'licenses'), 'triad.lic', file);
    const returned = await restart(beta);
    await expect.poll(() => [alpha, returned].map((at) => unitsOf(at)), patiently).toEqual([8, 8]);
    const last = await restart(gamma);
    await expect.poll(() => unitsOf(last), patiently).toBe(8);
  });
});

function unitsOf({ node }: TestNode, id = 'acme-cad'): number | undefined {
  return node.admin.snapshot().licenses.find((license) => license.id === id)?.units;
}

async function eventsOf(at: TestNode, kind: string) {
  const { events } = await order(at, 'events.list', { limit: 50 });
  return events.filter((event) => event.kind === kind).reverse();
}
