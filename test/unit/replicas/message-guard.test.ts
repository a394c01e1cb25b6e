import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import { createReplica } from '../../../src-main/node/core/replica/replica.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import {
  answerStranger,
  mayCall,
  refuseMessage,
} from '../../../src-main/node/replicas/message-guard.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import { messageSamples, pairConfig, strictConfig } from '../../support/peer-messages.ts';
import {
  ended,
  granted,
  makeLease,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  otherId,
  positionOf,
  serverId,
} from '../../support/records.ts';

const third = 'c3'.repeat(32);
const stranger = 'd4'.repeat(32);

function makeState(config: LedgerConfig = pairConfig, self = serverId): ReplicaState {
  const stored = makeStoredReplica({
    term: { number: 4, member: serverId },
    ledger: makeStoredLedger({ config }),
  });
  const ids = { serverId: self, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'boot' };
  const state = createReplica(stored, ids, { monotonicMs: 0, wallMs: nowMs });
  state.commitIndex = 1;
  return state;
}

/** Configuration as it is before the other one is a member: a witness waits for its place. */
const formingConfig: LedgerConfig = {
  ...pairConfig,
  membership: { members: [serverId], witness: null, rule: 'majority' },
  relationship: pairConfig.relationship && {
    ...pairConfig.relationship,
    goal: { members: [serverId, otherId], witness: third, rule: 'majority' },
  },
};

describe('every message', () => {
  const samples = Object.values(messageSamples({ number: 5, member: otherId }));

  it.each(samples)('of a member is heard: $type', (message) => {
    const isAboutSelf = message.type === 'notMember' || message.type === 'unknownMember';
    const state = makeState(pairConfig, isAboutSelf ? third : serverId);
    expect(refuseMessage(state, otherId, message)).toBeUndefined();
  });

  it.each(samples)('of a stranger is refused: $type', (message) => {
    const claim: PeerMessage = { ...message, term: { number: 5, member: third } };
    const newer = 'configVersion' in claim ? { ...claim, configVersion: 99 } : claim;
    const refusal = refuseMessage(makeState(), third, newer);
    expect(refusal).toContain('takes no part');
  });

  it.each(samples)('far beyond the terms that are known is refused: $type', (message) => {
    const term = { number: Number.MAX_SAFE_INTEGER, member: otherId };
    expect(refuseMessage(makeState(), otherId, { ...message, term })).toContain('far beyond');
  });
});

describe('one that takes no part yet, or no longer', () => {
  const vote: PeerMessage = {
    type: 'vote',
    term: { number: 5, member: third },
    configVersion: 99,
    last: positionOf(1),
    transfer: null,
  };

  it('is heard when the relationship has it, and the membership here is behind', () => {
    expect(refuseMessage(makeState(formingConfig), third, vote)).toBeUndefined();
    const append = messageSamples({ number: 5, member: otherId }).append;
    expect(refuseMessage(makeState(formingConfig), otherId, append)).toBeUndefined();
  });

  it('is told that it was taken out, when that is certain, whatever it believes', () => {
    const told = { type: 'notMember', configVersion: 2, fromActive: false };
    const makeLeft = () => makeState({ ...pairConfig, former: [third] });
    for (const configVersion of [1, 99]) {
      const claim = { ...vote, configVersion };
      expect(refuseMessage(makeLeft(), third, claim)).toContain('takes no part');
      expect(answerStranger(makeLeft(), third, claim)).toMatchObject(told);
      // This server may have forgotten one of which it does not know that it was taken out.
      expect(answerStranger(makeState(), third, claim)).toBeUndefined();
    }
    const unsure = makeLeft();
    unsure.commitIndex = 0;
    expect(answerStranger(unsure, third, vote)).toBeUndefined();
    expect(answerStranger(makeState(), otherId, vote)).toBeUndefined();
    const { heartbeatAck, notMember, unknownMember } = messageSamples({ number: 5, member: third });
    for (const message of [heartbeatAck, notMember, unknownMember]) {
      expect(answerStranger(makeLeft(), third, message)).toBeUndefined();
    }
  });

  it('is told that it is not known when a majority decides and its configuration is no later one', () => {
    const strict = { ...strictConfig, version: 9 };
    const told = { type: 'unknownMember', configVersion: 9 };
    const ask = (configVersion: number) => ({ ...vote, configVersion });
    for (const configVersion of [8, 9]) {
      expect(answerStranger(makeState(strict), stranger, ask(configVersion))).toMatchObject(told);
    }
    expect(answerStranger(makeState(strict), stranger, ask(10))).toBeUndefined();
    // Rows of a server that is not known may be needed.
    const rows = { ...pairConfig, version: 9 };
    expect(answerStranger(makeState(rows), stranger, ask(8))).toBeUndefined();
    const unsure = makeState(strict);
    unsure.commitIndex = 0;
    expect(answerStranger(unsure, stranger, ask(8))).toBeUndefined();
  });

  it('that has nothing is told that it has no place, whatever version it was called by', () => {
    const { preVote } = messageSamples({ number: 5, member: stranger });
    const last = { index: 0, term: { number: 0, member: '' } };
    const asks = { ...preVote, last, configVersion: 15 };
    const state = makeState({ ...strictConfig, version: 9 });
    expect(answerStranger(state, stranger, asks)).toBeUndefined();
    state.role = { type: 'active', sinceMs: 0, handover: null };
    expect(answerStranger(state, stranger, asks)).toMatchObject({ type: 'notMember' });
    // What a former active wrote can come to hold until this one has committed something.
    state.termIndex = 2;
    expect(answerStranger(state, stranger, asks)).toBeUndefined();
  });
});

describe('a member', () => {
  const { heartbeat, append, image, notMember, preVote } = messageSamples({
    number: 5,
    member: otherId,
  });

  it('claims no term but its own', () => {
    for (const message of [heartbeat, append, image]) {
      for (const member of [serverId, third, '']) {
        const claim = { ...message, term: { number: 5, member } };
        expect(refuseMessage(makeState(), otherId, claim)).toContain('term of another');
      }
    }
    // Who only asks for news names the term that it knows.
    const news = { ...preVote, term: { number: 4, member: serverId } };
    expect(refuseMessage(makeState(), otherId, news)).toBeUndefined();
  });

  it('takes no ledger from its primary that is in no relationship with it', () => {
    const single = { ...pairConfig, relationship: null };
    expect(refuseMessage(makeState(single), otherId, notMember)).toContain('own licences');
    expect(refuseMessage(makeState(pairConfig, otherId), serverId, notMember)).toBeUndefined();
  });

  it.each(['backup', 'triad', 'pool'] as const)(
    'of a %s says that the primary was replaced',
    (kind) => {
      const relationship = pairConfig.relationship && { ...pairConfig.relationship, kind };
      const config = { ...pairConfig, relationship };
      expect(refuseMessage(makeState(config), otherId, notMember)).toBeUndefined();
      const { members } = pairConfig.membership;
      const alone = {
        ...config,
        membership: { ...config.membership, members: members.slice(0, 1) },
      };
      expect(refuseMessage(makeState(alone), otherId, notMember)).toContain('own licences');
    },
  );

  it.each([
    ['with one missing', [2, 4], [5, 5]],
    ['with the first one missing', [3, 4], [5, 5]],
    ['backwards', [3, 2], [5, 5]],
    ['of falling terms', [2, 3], [5, 4]],
    ['of a later term than its own', [2, 3], [5, 6]],
  ])('sends no entries %s', (_, indexes, terms) => {
    const entries = indexes.map((index, at) => ({
      ...positionOf(index, terms[at], otherId),
      changes: [],
    }));
    expect(refuseMessage(makeState(), otherId, { ...append, entries })).toContain('in no order');
  });

  it('changes no leases but those that are here', () => {
    const state = makeState();
    const [lease] = [makeLease(1)];
    const refusalOf = (...changes: Change[]) =>
      refuseMessage(state, otherId, {
        ...append,
        prev: positionOf(0, 0, ''),
        entries: changes.map((change, at) => ({
          ...positionOf(at + 1, 5, otherId),
          changes: [change],
        })),
      });
    expect(refusalOf(granted(lease), ended(lease), granted(lease))).toBeUndefined();
    const more = { ...lease, units: 2 };
    expect(
      refusalOf(granted(lease), { type: 'lease', before: lease, after: more }, ended(more)),
    ).toBeUndefined();
    for (const lies of [
      [ended(lease)],
      [granted(lease), granted(lease)],
      [granted(lease), ended(more)],
      [granted(lease), ended(lease), ended(lease)],
      [granted(lease), ended({ ...lease, licenseId: 'other' })],
    ]) {
      expect(refusalOf(...lies)).toContain('leases that are not so');
    }
  });

  it('changes no leases but those that are here after what is dropped', () => {
    const state = makeState();
    const lease = makeLease(1);
    state.log.entries.push({ ...positionOf(1, 4), changes: [granted(lease)] });
    state.ledger.leases.set(lease.id, lease);
    const entries = [{ ...positionOf(1, 5, otherId), changes: [ended(lease)] }];
    const fork = { ...append, prev: positionOf(0, 0, ''), entries };
    expect(refuseMessage(state, otherId, fork)).toContain('leases that are not so');
    const again = [{ ...positionOf(1, 5, otherId), changes: [granted(lease)] }];
    expect(refuseMessage(state, otherId, { ...fork, entries: again })).toBeUndefined();
  });
});

describe('a call to take part', () => {
  const term = { number: 9, member: otherId };

  it('is believed of a member', () => {
    expect(mayCall(makeState(), otherId, { configVersion: 9, term })).toBe(true);
  });

  it('is not believed of a stranger, or far beyond what is known', () => {
    expect(mayCall(makeState(), stranger, { configVersion: 9, term })).toBe(false);
    expect(mayCall(makeState(), otherId, { configVersion: 9_000, term })).toBe(false);
    const far = { number: 9_000_000, member: otherId };
    expect(mayCall(makeState(), otherId, { configVersion: 9, term: far })).toBe(false);
  });
});
