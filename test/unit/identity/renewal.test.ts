import { cpSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { installLicenses, startTestNode } from '../../support/node.ts';
import { order, patiently } from '../../support/related-nodes.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

describe('a server that is a copy of another one', () => {
  it('gets an identity of its own, without the licences, and keeps what it had aside', async () => {
    const original = await startTestNode();
    await installLicenses(original.node);
    await original.node.stop();
    const dataDirectory = makeTemporaryDirectory();
    cpSync(original.dataDirectory, dataDirectory, { recursive: true });

    const copy = await startTestNode({ dataDirectory });
    const refused = await copy.node.admin.call('identity.renew', { force: false });
    expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('--force') });
    const ordered = await order(copy, 'identity.renew', { force: true });
    expect(ordered.id).toBe(original.node.id);
    expect(await order(copy, 'identity.renew', { force: true })).toEqual(ordered);
    await copy.node.stop();

    const renewed = await startTestNode({ dataDirectory });
    expect(renewed.node.id).toBe(ordered.nextId);
    expect(renewed.node.admin.snapshot().licenses).toEqual([]);
    const kept = readdirSync(dataDirectory)
      .filter((name) => name.includes('.set-aside-'))
      .sort();
    expect(kept).toEqual([
      expect.stringMatching(/^ledger\.db\.set-aside-.*Z$/),
      expect.stringMatching(/^ledger\.db\.set-aside-.*Z-mark$/),
    ]);
    expect(renewed.node.admin.snapshot().missingData).toBeNull();
    await expect
      .poll(
        async () => (await order(renewed, 'events.list', {})).events.map(({ message }) => message),
        patiently,
      )
      .toContainEqual(expect.stringContaining(`kept as ${kept[0]}`));
    await renewed.node.stop();
    const again = await startTestNode({ dataDirectory });
    expect(again.node.id).toBe(ordered.nextId);
  });
});
