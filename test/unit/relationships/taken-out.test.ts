import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { LyingPeer } from '../../support/lying-peer.ts';
import { startAgreedLiar } from '../../support/lying-peer.ts';
import type { TestNode } from '../../support/node.ts';
import { patiently, restart, startPairedNodes, unhurried } from '../../support/related-nodes.ts';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';

/** A configuration by which a server keeps a ledger of the liar's; a majority decides on it. */
function configOf(liar: LyingPeer, at: TestNode, version: number): LedgerConfig {
  const members = [liar.id, at.node.id];
  const membership = { members, witness: null, rule: 'majority' as const };
  const relationship = {
    ...{ id: 'c0ffee00-0000-4000-8000-000000000000', kind: 'backup' as const, mutual: false },
    ...{ policy: 'strict' as const, members, goal: membership },
  };
  return { ...soloConfig(liar.id), version, membership, relationship };
}

it(
  'a server that was taken out and takes part again does so as another start of itself',
  unhurried,
  async () => {
    const [alone] = await startPairedNodes('Alone');
    const liar = await startAgreedLiar(alone);
    const ledger = randomUUID();
    /** As the liar hears it from the ledger. */
    const bootAfterJoining = async (version: number) => {
      liar.heard.length = 0;
      const config = configOf(liar, alone, version);
      expect(await liar.ask(alone, 'ledger.join', { ledger, config })).toMatchObject({ ok: true });
      const boots = () =>
        liar.heard.flatMap(({ payload }) =>
          payload.type === 'ledger' && payload.ledger === ledger && 'boot' in payload.message
            ? [payload.message.boot]
            : [],
        );
      await expect.poll(() => boots().length, patiently).toBeGreaterThan(0);
      return boots()[0];
    };
    const before = await bootAfterJoining(5);
    const left = { ledger, configVersion: 7 };
    expect(await liar.ask(alone, 'ledger.leave', left)).toMatchObject({ ok: true });
    expect(await bootAfterJoining(8)).not.toBe(before);
  },
);

it('a server that was taken out takes part again only by a later change', unhurried, async () => {
  const [alone] = await startPairedNodes('Alone');
  const liar = await startAgreedLiar(alone);
  const ledger = randomUUID();
  const join = (at: TestNode, version: number) =>
    liar.ask(at, 'ledger.join', { ledger, config: configOf(liar, at, version) });
  expect(await join(alone, 5)).toMatchObject({ ok: true });
  const left = { ledger, configVersion: 7 };
  expect(await liar.ask(alone, 'ledger.leave', left)).toMatchObject({ ok: true });
  const refused = { ok: false, code: 'TAKEN_OUT_LATER' };
  for (const version of [5, 7]) expect(await join(alone, version)).toMatchObject(refused);
  const again = await restart(alone);
  await expect.poll(async () => join(again, 7), patiently).toMatchObject(refused);
  expect(await join(again, 8)).toMatchObject({ ok: true });
});

it(
  'a server that keeps the ledger still does not leave when it was called again',
  unhurried,
  async () => {
    const [alone] = await startPairedNodes('Alone');
    const liar = await startAgreedLiar(alone);
    const ledger = randomUUID();
    const join = (version: number, term: number) =>
      liar.ask(alone, 'ledger.join', { ledger, config: configOf(liar, alone, version), term });
    const leave = (configVersion: number) =>
      liar.ask(alone, 'ledger.leave', { ledger, configVersion });
    expect(await join(5, 3)).toMatchObject({ ok: true });
    expect(await join(9, 4)).toMatchObject({ ok: true });
    expect(await leave(8)).toMatchObject({ ok: false });
    expect(await leave(10)).toMatchObject({ ok: true });
  },
);
