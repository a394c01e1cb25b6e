import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../../support/json-request.ts';
import { installLicenses, startTestNode, type TestNode } from '../../support/node.ts';
import {
  ask,
  expectServing,
  install,
  order,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';
import { skipFor } from '../../support/skip.ts';

const posixOnly = process.platform === 'win32' ? 'files in use cannot be cut there' : null;

/** The file that every read and write needs, while nothing is written. */
function cutLedger({ dataDirectory }: TestNode): void {
  truncateSync(join(dataDirectory, 'ledger.db'), 4_096);
}

const servingOf = ({ node }: TestNode) => {
  const { state, reasons } = node.admin.snapshot().serving;
  return { state, codes: reasons.map(({ code }) => code) };
};

describe('a server whose ledger is cut while nobody asks', skipFor(posixOnly), () => {
  it('says that it grants nothing, and what cannot be read', unhurried, async () => {
    const server = await startTestNode();
    await installLicenses(server.node);
    cutLedger(server);
    await expect
      .poll(() => servingOf(server), patiently)
      .toEqual({ state: 'degraded', codes: ['STORE_UNAVAILABLE'] });
    const client = new ClientConnection(server.port);
    try {
      expect((await client.send('GET', '/healthz')).status).toBe(503);
    } finally {
      client.close();
    }
    for (const method of ['events.list', 'usage.report'] as const) {
      expect(await ask(server, method, {})).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('ledger.db cannot be read now: '),
      });
    }
  });

  it('leaves the licences to the server that protects them', unhurried, async () => {
    const [main, backup] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
    await expectServing(main, main, main, backup);
    cutLedger(main);
    await expect.poll(() => servingOf(backup).state, patiently).toBe('serving');
    expect(servingOf(main)).toMatchObject({ state: 'standby' });
  });
});
