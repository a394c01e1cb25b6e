import { describe, expect, it } from 'vitest';
import { rowsOfLedger } from '../../../src-main/node/core/ledger/rows-of-ledger.ts';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import { pairConfig, strictConfig } from '../../support/peer-messages.ts';
import {
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  serverId,
} from '../../support/records.ts';

const [second, third, fourth] = ['c3', 'd4', 'e5'].map((two) => two.repeat(32)) as [
  string,
  string,
  string,
];

/** Of two members of the pair's configurations and two more, so that three are a majority. */
function withFour(config: LedgerConfig): LedgerConfig {
  const { rule } = config.membership;
  const membership = { members: [second, third, fourth, serverId], witness: null, rule };
  return { ...config, version: 8, membership };
}

function makeMember(config: LedgerConfig): ReplicaState {
  const ledger = makeStoredLedger({ config, meta: { ...makeMeta(), eventSequence: 1 } });
  return createReplica(
    makeStoredReplica({ ledger: { ...ledger, rows: rowsOfLedger(ledger) } }),
    { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'b'.repeat(16) },
    { monotonicMs: 0, wallMs: nowMs },
  );
}

/** Whether the server left by what that member says of itself. */
function isGoneBy(state: ReplicaState, from: string, configVersion = 22): boolean {
  const term = { number: 15, member: from };
  const message = { type: 'unknownMember', term, configVersion } as const;
  const event = { type: 'messageReceived', from, message } as const;
  const effects = stepReplica(state, event, { monotonicMs: 10, wallMs: nowMs + 10 });
  return effects.some(({ type }) => type === 'removed');
}

describe('a server that members of another configuration do not know', () => {
  it('leaves when a majority of its own configuration says so, and not before', () => {
    const state = makeMember(withFour(strictConfig));
    expect(isGoneBy(state, second)).toBe(false);
    expect(isGoneBy(state, second)).toBe(false);
    expect(isGoneBy(state, third)).toBe(false);
    expect(state.removed).toBe(false);
    expect(isGoneBy(state, fourth)).toBe(true);
    expect(state.removed).toBe(true);
  });

  it('leaves as well when theirs was made in the place of its own, with the same version', () => {
    const state = makeMember(withFour(strictConfig));
    for (const from of [second, third]) expect(isGoneBy(state, from, 8)).toBe(false);
    expect(isGoneBy(state, fourth, 8)).toBe(true);
  });

  it('stays by the word of who goes by an earlier configuration', () => {
    const state = makeMember(withFour(strictConfig));
    for (const from of [second, third, fourth]) expect(isGoneBy(state, from, 7)).toBe(false);
    expect(state.removed).toBe(false);
  });

  it('stays by the word of who is no member of its configuration', () => {
    const state = makeMember(withFour(strictConfig));
    const strangers = ['f6', 'a7', 'b8'].map((two) => two.repeat(32));
    for (const from of strangers) expect(isGoneBy(state, from)).toBe(false);
    expect(state.removed).toBe(false);
  });

  it('keeps its rows, which others may need, under continuity', () => {
    const state = makeMember(withFour(pairConfig));
    for (const from of [second, third, fourth]) expect(isGoneBy(state, from)).toBe(false);
    expect(state.removed).toBe(false);
  });
});
