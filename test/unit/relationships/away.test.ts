import { expect, it } from 'vitest';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type { TestNode } from '../../support/node.ts';
import {
  expectRefused,
  install,
  order,
  patiently,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

// Members change while others of them are away, and those come back.

type Four = [TestNode, TestNode, TestNode, TestNode];

const plans = {
  triad: { kind: 'triad', primary: 'Alpha', secondary: 'Beta', tertiary: 'Gamma' },
  pool: { kind: 'pool', name: 'floor-1', servers: ['Alpha', 'Beta', 'Gamma'] },
} satisfies Record<string, AdminParams<'relationship.create'>>;

/** By ledger: who serves it, and who has everything of it. */
function ledgersAt({ node }: TestNode): [string | null, ...string[]][] {
  const shared = node.admin.snapshot().ledgers.filter(({ rule }) => rule !== null);
  return shared.map(({ active, synchronised }) => [active, ...synchronised.toSorted()]);
}

function served(by: TestNode, members: readonly TestNode[]): [string, ...string[]] {
  return [by.node.id, ...members.map(({ node }) => node.id).toSorted()];
}

async function startFour(kind: 'triad' | 'pool'): Promise<Four> {
  const four = (await startPairedNodes('Alpha', 'Beta', 'Gamma', 'Delta')) as TestNode[] as Four;
  const [alpha] = four;
  await install(alpha, { redundancy: kind });
  await order(alpha, 'relationship.create', plans[kind]);
  await order(alpha, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
  return four;
}

it.each(['triad', 'pool'] as const)(
  'a member of a %s hears of a primary that came while it was away, and gets everything',
  unhurried,
  async (kind) => {
    const [alpha, beta, gamma, delta] = await startFour(kind);
    await beta.node.stop();
    await order(alpha, 'relationship.members', { change: 'replace', server: 'Alpha', by: 'Delta' });
    const without = served(delta, [delta, gamma]);
    await expect
      .poll(() => ledgersAt(gamma), patiently)
      .toEqual(kind === 'pool' ? [without, without] : [without]);
    const back = await restart(beta);
    const all = served(delta, [back, delta, gamma]);
    for (const at of [back, gamma, delta]) {
      await expect
        .poll(() => ledgersAt(at), patiently)
        .toEqual(kind === 'pool' ? [all, all] : [all]);
    }
  },
);

it(
  'a backup that is away is not left alone with a main that knows nobody else',
  unhurried,
  async () => {
    const [alpha, beta] = await startPairedNodes('Alpha', 'Beta', 'Gamma');
    await order(alpha, 'relationship.create', { kind: 'backup', main: 'Alpha', backup: 'Beta' });
    await beta.node.stop();
    const change = { change: 'replace', server: 'Alpha', by: 'Gamma' } as const;
    const message = await expectRefused(
      alpha,
      'relationship.members',
      change,
      'RELATIONSHIP_INCOMPLETE',
    );
    expect(message).toContain('Beta');
  },
);

it('members that would be too few are not taken out', unhurried, async () => {
  const [alpha, beta] = await startFour('pool');
  await order(alpha, 'relationship.members', { change: 'add', server: 'Delta' });
  await expect.poll(() => ledgersAt(alpha)[0]?.length, patiently).toBe(5);
  await beta.node.stop();
  const change = { change: 'remove', server: 'Gamma' } as const;
  await order(alpha, 'relationship.members', change);
  await order(alpha, 'relationship.members', { change: 'remove', server: 'Delta' }).then(
    () => expect.unreachable('one of two decides nothing'),
    (error: unknown) =>
      expect(String(error)).toContain('takes 2 of Alpha and Beta, and only Alpha'),
  );
  await order(alpha, 'relationship.members', { change: 'remove', server: 'Beta' });
});
