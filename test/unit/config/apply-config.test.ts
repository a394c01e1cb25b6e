import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareConfigOf } from '../../../src-main/node/config/prepare-config.ts';
import { makePairingCode } from '../../../src-main/node/peers/pairing/pairing-code.ts';
import { serverConfigSchema, type ServerConfig } from '../../../src-shared/model/server-config.ts';
import { makeVendor } from '../../support/licenses.ts';
import { type TestNode, startTestNode } from '../../support/node.ts';
import {
  ask,
  expectRefused,
  order,
  patiently,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';
import { noFileModes, skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const format = 'understudy-config/1';
const fileName = 'server.json';

const parse = (config: object): ServerConfig => serverConfigSchema.parse({ format, ...config });

async function vendorOf(name: string) {
  return JSON.parse((await makeVendor(name)).publicFile) as unknown;
}

const applyTo = (at: TestNode, config: object, dryRun = false) =>
  order(at, 'config.apply', { config: parse(config), fileName, dryRun });

describe('a configuration file at a server that runs', () => {
  it('changes what differs, says what, and nothing the second time', async () => {
    const server = await startTestNode();
    const config = {
      settings: { name: 'licences-1', usageKeptDays: 400 },
      vendors: [await vendorOf('Acme')],
    };
    const looked = await applyTo(server, config, true);
    expect(looked.changes).toHaveLength(3);
    expect(server.node.admin.snapshot().settings.name).not.toBe('licences-1');
    const applied = await applyTo(server, config);
    expect(applied).toEqual({ changes: looked.changes, waits: [] });
    expect(applied.changes[1]).toBe('days that usage records are kept from 1100 to 400');
    const { settings, vendors, events } = server.node.admin.snapshot();
    expect(settings).toMatchObject(config.settings);
    expect(vendors).toMatchObject([{ vendor: 'Acme' }]);
    expect(events.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`The configuration file ${fileName} was applied: server name from`),
    );
    expect(await applyTo(server, config)).toEqual({ changes: [], waits: [] });
  });

  it('changes nothing when a setting is refused', async () => {
    const server = await startTestNode();
    const config = parse({
      settings: { listenPort: 1 + server.port, usageKeptDays: 400 },
      vendors: [await vendorOf('Acme')],
    });
    const params = { config, fileName, dryRun: false };
    // A command-line option sets the port.
    await expectRefused(server, 'config.apply', params, 'SETTING_REFUSED');
    const { settings, vendors } = server.node.admin.snapshot();
    expect([settings.usageKeptDays, vendors]).toEqual([1_100, []]);
  });

  it('is what the export says of it', async () => {
    const server = await startTestNode();
    await applyTo(server, { settings: { backupsKept: 3 }, vendors: [await vendorOf('Acme')] });
    const { config } = await order(server, 'config.export', {});
    expect(config).toMatchObject({ settings: { backupsKept: 3 }, vendors: [{ vendor: 'Acme' }] });
    expect(await applyTo(server, config)).toEqual({ changes: [], waits: [] });
  });
});

describe('a configuration file at a server that does not run', () => {
  it('is in force with its next start, and the same again changes nothing', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const config = parse({ settings: { name: 'licences-1' }, vendors: [await vendorOf('Acme')] });
    expect(await prepareConfigOf(dataDirectory, config, true)).toHaveLength(2);
    expect(await prepareConfigOf(dataDirectory, config, false)).toHaveLength(2);
    expect(await prepareConfigOf(dataDirectory, config, false)).toEqual([]);
    const server = await startTestNode({ dataDirectory });
    expect(server.node.name).toBe('licences-1');
    await expect
      .poll(() => server.node.admin.snapshot().vendors, patiently)
      .toMatchObject([{ vendor: 'Acme' }]);
    await expect(prepareConfigOf(dataDirectory, config, false)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_BUSY',
    });
  });

  it('leaves damaged settings as they are', async () => {
    const dataDirectory = makeTemporaryDirectory();
    writeFileSync(join(dataDirectory, 'server.json'), '{"name":');
    const config = parse({ settings: { name: 'licences-1' } });
    await expect(prepareConfigOf(dataDirectory, config, false)).rejects.toMatchObject({
      code: 'SETTINGS_DAMAGED',
    });
    expect(readFileSync(join(dataDirectory, 'server.json'), 'utf8')).toBe('{"name":');
  });

  it('keeps codes for the account of the server alone', skipFor(noFileModes), async () => {
    const dataDirectory = makeTemporaryDirectory();
    await prepareConfigOf(dataDirectory, parse({ pairings: [{ code: makePairingCode() }] }), false);
    expect(statSync(join(dataDirectory, 'unattended.json')).mode & 0o777).toBe(0o600);
  });
});

describe('configuration files of two servers', unhurried, () => {
  const code = makePairingCode();
  const allow = 'relationship';
  const mainOf = (main: TestNode) => ({ pairings: [{ code, address: addressOf(main), allow }] });
  const addressOf = ({ port }: TestNode) => `127.0.0.1:${port}`;
  const relationshipOf = ({ node }: TestNode) => node.admin.snapshot().relationship;

  it('pair them by a code and set a relationship up with nobody there', async () => {
    const main = await startTestNode({ config: parse({ settings: { name: 'licences-1' } }) });
    const backup = await startTestNode({
      // Before the main server has the code.
      config: parse({ settings: { name: 'licences-2' }, ...mainOf(main) }),
    });
    const wanted = {
      pairings: [{ code, allow }],
      relationship: { backup: 'licences-2', settings: { takeoverAfterMs: 2_000 } },
    };
    const applied = await applyTo(main, wanted);
    expect(applied.changes.at(-1)).toBe('be protected by licences-2');
    expect(applied.waits).toContainEqual(expect.stringContaining('pairings[0]'));
    await expect
      .poll(() => [relationshipOf(main)?.state, relationshipOf(main)?.settings.takeoverAfterMs], {
        timeout: 60_000,
        interval: 50,
      })
      .toEqual(['established', 2_000]);
    await expect.poll(() => applyTo(main, wanted), patiently).toEqual({ changes: [], waits: [] });
    expect(await applyTo(backup, mainOf(main))).toEqual({ changes: [], waits: [] });

    // The code is used up, for everybody else.
    const third = await startTestNode();
    const address = addressOf(main);
    expect(await ask(third, 'servers.pair', { address, code })).toMatchObject({
      code: 'PAIRING_REFUSED',
    });
    // What an admin undoes is not done again by a start.
    await order(main, 'relationship.dissolve', {});
    const { dataDirectory } = main;
    await main.node.stop();
    const again = await startTestNode({ dataDirectory, config: parse(wanted) });
    expect(JSON.parse(readFileSync(join(dataDirectory, 'unattended.json'), 'utf8'))).toMatchObject({
      relationship: null,
    });
    expect(again.node.admin.snapshot().relationship).toBeNull();
  });

  it('change the relationship that there is, and refuse to be in another one', async () => {
    const main = await startTestNode();
    const backup = await startTestNode();
    await order(main, 'settings.set', { name: 'licences-1' });
    await order(backup, 'settings.set', { name: 'licences-2' });
    await applyTo(main, { pairings: [{ code, allow }] });
    await applyTo(backup, mainOf(main));
    const relationship = { backup: 'licences-2' };
    await applyTo(main, { relationship });
    await expect.poll(() => relationshipOf(main)?.state, patiently).toBe('established');
    const changed = await applyTo(main, {
      relationship: { ...relationship, settings: { heartbeatMs: 300 } },
    });
    expect(changed.changes).toEqual(['heartbeat from 250 ms to 300 ms']);
    await expect.poll(() => relationshipOf(backup)?.settings.heartbeatMs, patiently).toBe(300);
    const other = parse({ relationship: { backup: 'licences-3' } });
    const params = { config: other, fileName, dryRun: false };
    const message = await expectRefused(main, 'config.apply', params, 'RELATIONSHIP_EXISTS');
    expect(message).toContain('understudy relationship replace licences-2 licences-3.');
  });
});

describe('a configuration file with more than two servers', unhurried, () => {
  const names = ['licences-1', 'licences-2', 'licences-3'] as const;

  it.each([
    [
      { kind: 'triad', secondary: 'licences-2', tertiary: 'licences-3' },
      'be the primary of a triad with licences-2, licences-3',
    ],
    [
      { kind: 'pool', name: 'floor', followers: ['licences-3', 'licences-2'] },
      'be the leader of the pool floor with licences-3, licences-2',
    ],
  ])('sets it up, and changes it: $kind', async (wish, words) => {
    const [first] = await startPairedNodes(...names);
    const relationship = { ...wish, settings: { takeoverAfterMs: 2_000 } };
    expect((await applyTo(first, { relationship })).changes).toEqual([words]);
    const status = () => {
      const { state, kind, settings } = first.node.admin.snapshot().relationship ?? {};
      return { state, kind, takeoverAfterMs: settings?.takeoverAfterMs };
    };
    const wanted = { state: 'established', kind: wish.kind, takeoverAfterMs: 2_000 };
    await expect.poll(status, { timeout: 60_000, interval: 50 }).toEqual(wanted);
    await expect
      .poll(() => applyTo(first, { relationship }), patiently)
      .toEqual({ changes: [], waits: [] });

    const { config } = await order(first, 'config.export', {});
    expect(config.relationship).toMatchObject(relationship);
    expect((await applyTo(first, config)).changes).toEqual([]);
    const slower = { ...relationship, settings: { heartbeatMs: 300 } };
    expect((await applyTo(first, { relationship: slower })).changes).toEqual([
      'heartbeat from 250 ms to 300 ms',
    ]);
    const params = { config: parse({ relationship: { backup: 'licences-2' } }), fileName };
    const refused = { ...params, dryRun: false };
    const message = await expectRefused(first, 'config.apply', refused, 'RELATIONSHIP_EXISTS');
    expect(message).toContain('licences-3');
  });
});
