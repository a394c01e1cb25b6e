import { describe, expect, it } from 'vitest';
import { startTestNode, type TestNode } from '../../support/node.ts';
import { install, order, pairNodes, patiently, unhurried } from '../../support/related-nodes.ts';

const pendingAt = ({ node }: TestNode) => node.admin.snapshot().relationship?.pending;

async function startNamed(name: string): Promise<TestNode> {
  const node = await startTestNode();
  await order(node, 'settings.set', { name });
  return node;
}

describe('orders of two admins that exclude each other', unhurried, () => {
  it('leave none of them waiting without a word about what is in the way', async () => {
    const [main, hub, third] = [
      await startNamed('Main'),
      await startNamed('Hub'),
      await startNamed('Third'),
    ];
    await pairNodes(hub, main, 'nothing');
    await pairNodes(hub, third);
    await install(main, { redundancy: 'backup' });
    await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Hub' });
    expect(pendingAt(main)).toMatch(/^An admin of Hub has to agree/);

    // The admin of Hub decides for something else, and agrees nevertheless.
    const servers = ['Hub', 'Third'];
    await order(hub, 'relationship.create', { kind: 'pool', name: 'floor', servers });
    await order(hub, 'relationship.accept', { id: 'Main' });
    await expect
      .poll(() => pendingAt(main), patiently)
      .toMatch(/^Hub cannot take part: .*pool has its servers to itself/);
    const [other] = hub.node.admin.snapshot().relationships;
    expect(other).toMatchObject({ kind: 'pool', state: 'established' });

    // What was in the way is gone: it goes on by itself.
    await order(hub, 'relationship.dissolve', {});
    await order(hub, 'relationship.accept', { id: 'Main' });
    await expect
      .poll(() => main.node.admin.snapshot().relationship, patiently)
      .toMatchObject({ kind: 'backup', state: 'established', pending: null });
  });
});
