import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redactSecrets } from '../../../src-main/desktop/window/redact-secrets.ts';
import { makeSupportBundle } from '../../../src-main/desktop/window/support-bundle.ts';
import type { NodeClient } from '../../../src-main/desktop/node/node-client.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { makeUi } from '../../support/snapshot-builders.ts';

const pem =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\nabc+/=\n-----END PRIVATE KEY-----';
const token = 'eyJhbGciOiJFZERTQSJ9.eyJsaWQiOiJhYmMifQ.c2lnbmF0dXJl';
const code = '7K3QF-XW2M9-C04HB-RTNZ8';

const away: Pick<NodeClient, 'call'> = {
  call: async () => ({ ok: false, code: 'NODE_AWAY', message: 'The server is away.' }),
};

test('no private key, token or invitation code is left in a text, and the rest is', () => {
  const text = `before ${pem} between ${token}, {"d":"${'k'.repeat(43)}"} and ${code.toLowerCase()} after`;
  expect(redactSecrets(text)).toBe(
    'before [private key left out] between [token left out], {[private key left out]} and ' +
      '[invitation code left out] after',
  );
  expect(redactSecrets('-----BEGIN PRIVATE KEY-----\nMC4CAQAw')).toBe('[private key left out]');
  const harmless = '2026-11-29T20:15:00.000Z SRV-A took over 12345-67890 leases';
  expect(redactSecrets(harmless)).toBe(harmless);
});

test('a bundle has the state and the ends of the logs, and says why a part is missing', async () => {
  const logs = join(makeTemporaryDirectory(), 'logs');
  mkdirSync(logs);
  writeFileSync(join(logs, 'server.log'), `line one\n${pem}\ntoken ${token}\nlast line\n`);
  writeFileSync(join(logs, 'desktop.log'), `${'x'.repeat(99)}\n`.repeat(10_000));
  const ui = makeUi();
  const text = await makeSupportBundle({ node: away, ui: () => ui, folders: { logs } });
  for (const secret of ['MC4CAQAw', token]) expect(text).not.toContain(secret);
  const bundle = JSON.parse(text) as Record<string, unknown> & { logs: Record<string, string> };
  expect(bundle['server']).toEqual(JSON.parse(JSON.stringify(ui.node)));
  expect(bundle['timeline']).toBe('The server is away.');
  expect(bundle.logs['server.log']).toMatch(/^line one\n[^]*last line\n$/);
  expect(bundle.logs['desktop.log']?.length).toBeLessThanOrEqual(512 * 1024);
  expect(bundle.logs['desktop.log']).toMatch(/^x{99}\n/);
});

test('without a log folder there is still a bundle', async () => {
  const folders = { logs: join(makeTemporaryDirectory(), 'none') };
  const text = await makeSupportBundle({ node: away, ui: () => makeUi(), folders });
  expect((JSON.parse(text) as { logs: unknown }).logs).toMatch(/could not be read/);
});
