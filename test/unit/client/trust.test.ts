import { expect, it } from 'vitest';
import { ClientHost } from './client-host.ts';
import { fingerprintOf } from './scripted-servers.ts';

async function checkOut(host: ClientHost, fingerprints: string[] = []) {
  const client = host.start({ primary: ['a:7470'], fingerprints });
  return host.time.until(client.checkout(), 1_000);
}

it('trusts a server on first use, says so, and remembers it', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  expect(await checkOut(host)).toMatchObject({ ok: true });
  expect(host.network.known.get('a:7470')).toBe(a.fingerprint);
  expect(host.network.notices).toHaveLength(1);
});

it('refuses a server whose key has changed, sends it nothing, and says what to do', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  host.network.known.set('a:7470', fingerprintOf('another'));
  const outcome = await checkOut(host);
  if (outcome.ok) throw new Error('another key was accepted');
  expect(outcome.refusal.code).toBe('SERVER_NOT_TRUSTED');
  expect(outcome.refusal.message).toContain(a.fingerprint);
  expect(outcome.refusal.message).toContain('remove a:7470 from the list');
  expect(a.heard).toEqual([]);
  expect(host.network.known.get('a:7470')).toBe(fingerprintOf('another'));
});

it('accepts only the fingerprints of the configuration when there are any', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  expect(await checkOut(host, [fingerprintOf('another')])).toMatchObject({
    ok: false,
    refusal: { code: 'SERVER_NOT_TRUSTED' },
  });
  expect(a.heard).toEqual([]);
  expect(await checkOut(host, [fingerprintOf('another'), a.fingerprint])).toMatchObject({
    ok: true,
  });
});

it('trusts nobody while it cannot read whom it knows', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  host.network.unreadable = 'The file is damaged.';
  expect(await checkOut(host)).toMatchObject({
    ok: false,
    refusal: { code: 'SERVER_NOT_TRUSTED', message: 'The file is damaged.' },
  });
  expect(a.heard).toEqual([]);
});

it('goes on, and says so, when it cannot remember whom it met', async () => {
  const host = new ClientHost();
  host.network.add('a:7470');
  host.network.rememberFailure = 'The disk is full.';
  expect(await checkOut(host)).toMatchObject({ ok: true });
  expect(host.network.notices).toContain('The disk is full.');
});

it('refuses a partner that is not the one that a trusted server named', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const b = host.network.add('b:7470');
  b.fingerprint = fingerprintOf('an impostor');
  a.partners = [{ id: fingerprintOf('b:7470'), name: 'b', url: 'https://b:7470', active: false }];
  expect(await checkOut(host)).toMatchObject({ ok: true });
  a.behaviour = { type: 'down' };
  await host.time.advance(15_000);
  expect(host.client.state.state).toBe('retrying');
  expect(b.heard).toEqual([]);
});

/** A pair behind one name, which leads to the main at first. */
async function startBehindName() {
  const host = new ClientHost();
  const main = host.network.add('main:7470');
  const backup = host.network.add('backup:7470');
  const partners = [main, backup].map(({ fingerprint: id }) => {
    // Both are reached by the name alone.
    return { id, name: id.slice(0, 4), url: 'https://lic:7470', active: false };
  });
  main.partners = partners;
  backup.partners = partners;
  host.network.servers.clear();
  host.network.servers.set('lic:7470', main);
  const checkOutByName = () =>
    host.time.until(host.start({ primary: ['lic:7470'] }).checkout(), 10_000);
  expect(await checkOutByName()).toMatchObject({ ok: true });
  return { host, main, backup, checkOutByName };
}

it('accepts the backup at a name of both, once the main has named it, also in a later run', async () => {
  const { host, backup, checkOutByName } = await startBehindName();
  backup.leases = new Map(host.network.servers.get('lic:7470')?.leases);
  host.network.servers.set('lic:7470', backup);
  await host.time.advance(60_000);
  expect(host.client.state).toMatchObject({ state: 'held', seat: { server: 'lic:7470' } });
  expect(backup.heard.length).toBeGreaterThan(0);
  expect(await checkOutByName()).toMatchObject({ ok: true });
});

it('accepts nobody there whom the main has not named, or names no longer', async () => {
  const { host, main, backup, checkOutByName } = await startBehindName();
  host.network.servers.set('lic:7470', host.network.add('stranger:7470'));
  expect(await checkOutByName()).toMatchObject({
    ok: false,
    refusal: { code: 'SERVER_NOT_TRUSTED' },
  });
  main.partners = [];
  host.network.servers.set('lic:7470', main);
  expect(await checkOutByName()).toMatchObject({ ok: true });
  host.network.servers.set('lic:7470', backup);
  expect(await checkOutByName()).toMatchObject({
    ok: false,
    refusal: { code: 'SERVER_NOT_TRUSTED' },
  });
  expect(backup.heard).toEqual([]);
});
