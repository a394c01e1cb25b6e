import { describe, expect, it } from 'vitest';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { noTerm, type Term } from '../../../src-main/node/core/replica/term.ts';
import type { Membership } from '../../../src-shared/model/ledger-config.ts';
import { strictConfig } from '../../support/peer-messages.ts';
import { makeStoredLedger, makeStoredReplica, nowMs, serverId } from '../../support/records.ts';

const caller = 'c3'.repeat(32);
const rival = 'd4'.repeat(32);

const config = {
  ...strictConfig,
  version: 8,
  membership: { members: [caller, rival, serverId], witness: null, rule: 'majority' as const },
};

function makeMember(
  term: Term,
  membership: Membership = config.membership,
  incomplete = false,
): ReplicaState {
  const ids = { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'b'.repeat(16) };
  return createReplica(
    makeStoredReplica({ term, ledger: makeStoredLedger({ config: { ...config, membership } }) }),
    { ...ids, incomplete },
    { monotonicMs: 0, wallMs: nowMs },
  );
}

const instant = { monotonicMs: 10, wallMs: nowMs + 10 };

function call(state: ReplicaState, configVersion: number, number: number): void {
  const term = { number, member: caller };
  stepReplica(state, { type: 'called', configVersion, term }, instant);
}

/** Whether the server leaves when the active of that term says that it has no place. */
function leavesBy(state: ReplicaState, configVersion: number, term: Term): boolean {
  const message: PeerMessage = { type: 'notMember', term, configVersion, fromActive: true };
  stepReplica(state, { type: 'messageReceived', from: term.member, message }, instant);
  return state.removed;
}

describe('a server that is called to take part again, and does not know yet that it was taken out', () => {
  it('stays by the word of before the call', () => {
    const state = makeMember({ number: 4, member: caller });
    call(state, 13, 7);
    expect(leavesBy(state, 12, { number: 7, member: caller })).toBe(false);
  });

  it('leaves by a word that it hears before it is called', () => {
    const state = makeMember({ number: 4, member: caller });
    expect(leavesBy(state, 12, { number: 7, member: caller })).toBe(true);
  });

  it('leaves by a later configuration, or by the active of a later term', () => {
    const later = makeMember({ number: 4, member: caller });
    call(later, 13, 7);
    expect(leavesBy(later, 14, { number: 7, member: caller })).toBe(true);
    const another = makeMember({ number: 4, member: caller });
    call(another, 13, 7);
    expect(leavesBy(another, 12, { number: 9, member: rival })).toBe(true);
  });

  it('keeps to the term in which it was called, durably, and never goes back', () => {
    const state = makeMember({ number: 4, member: caller });
    const term = { number: 7, member: caller };
    const effects = stepReplica(state, { type: 'called', configVersion: 13, term }, instant);
    const persisted = effects.flatMap((effect) => (effect.type === 'persist' ? effect.writes : []));
    expect(persisted).toContainEqual({ type: 'term', term });
    call(state, 5, 2);
    expect(state.term).toEqual(term);
    expect(state.calledIn).toBe(13);
  });
});

describe('a server that may have forgotten what it promised', () => {
  const term = { number: 4, member: caller };

  it('counts again as a witness when it is taken in anew', () => {
    const membership = { members: [caller, rival], witness: serverId, rule: 'majority' as const };
    const state = makeMember(term, membership, true);
    call(state, 13, 3);
    expect(state.incomplete).toBe(true);
    call(state, 13, 7);
    expect(state.incomplete).toBe(false);
  });

  it('has to be given everything as a member', () => {
    const state = makeMember(term, config.membership, true);
    call(state, 13, 7);
    expect(state.incomplete).toBe(true);
  });
});

describe('a server that was called without a term and has got nothing yet', () => {
  it.each(['majority', 'continuity'] as const)('waits to be counted in: %s', (rule) => {
    const state = makeMember(noTerm, { ...config.membership, rule });
    expect(leavesBy(state, 7, { number: 9, member: caller })).toBe(false);
    expect(leavesBy(state, 9, { number: 9, member: caller })).toBe(true);
  });
});
