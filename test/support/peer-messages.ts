import type { Change } from '../../src-main/node/core/ledger/change.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import { rowsOfLedger } from '../../src-main/node/core/ledger/rows-of-ledger.ts';
import { bucketCount, sumsLength } from '../../src-main/node/core/rows/digest.ts';
import { rank, type Row, spellIdOf } from '../../src-main/node/core/rows/row.ts';
import type { Term } from '../../src-main/node/core/replica/term.ts';
import type { LinkPayload } from '../../src-main/node/replicas/peer-payload.ts';
import { type LedgerConfig, soloConfig } from '../../src-shared/model/ledger-config.ts';
import {
  makeEnded,
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeInstalledLicense,
  makeLease,
  makeMeta,
  makeSession,
  makeStoredLedger,
  nowMs,
  otherId,
  positionOf,
  serverId,
  vendor,
} from './records.ts';

/** A backup of `serverId` by `otherId`. */
export const pairConfig: LedgerConfig = {
  ...soloConfig(serverId),
  version: 2,
  membership: { members: [serverId, otherId], witness: null, rule: 'continuity' },
  relationship: {
    id: '5a7e8c1e-6ad5-4b9f-8d3c-0f9f2f1f0a11',
    kind: 'backup',
    policy: 'available',
    mutual: false,
    members: [serverId, otherId],
    goal: { members: [serverId, otherId], witness: null, rule: 'continuity' },
  },
};

/** Rows are in messages of their own. */
type SentChange = Exclude<Change, { type: 'row' }>;

/** The same with a witness. */
export const strictConfig: LedgerConfig = {
  ...pairConfig,
  membership: { members: [serverId, otherId], witness: 'c3'.repeat(32), rule: 'majority' },
};

const boot = 'ab'.repeat(8);
const root = '0123456789abcdef';
const spell = spellIdOf(5, boot);

const spellRow: Row = {
  kind: 'spell',
  id: spell,
  number: 5,
  member: otherId,
  fromMs: nowMs,
  toMs: nowMs + 1,
  timesSet: 1,
  write: 3,
  told: 2,
  usage: 2,
  events: 1,
  overdraft: { units: 1, sinceMs: nowMs },
};

type ChangeSamples = { [T in SentChange['type']]: Extract<Change, { type: T }> };

/** One change of every kind, with every field that there can be. */
export const changeSamples: ChangeSamples = {
  lease: {
    type: 'lease',
    before: null,
    after: makeLease(1, {
      borrowUntilMs: nowMs + 1,
      holder: { instance: 'i', user: 'u', host: 'h', app: 'a' },
    }),
  },
  license: { type: 'license', before: null, after: makeInstalledLicense() },
  vendor: { type: 'vendor', before: null, after: vendor },
  usage: { type: 'usage', after: makeSession(1) },
  event: {
    type: 'event',
    after: makeEvent(1, { license: 'acme-cad', lease: leaseIdOf(1), severity: 'error' }),
  },
  meta: {
    type: 'meta',
    before: makeMeta(),
    after: makeMeta({ overdraft: { units: 2, sinceMs: nowMs } }),
  },
  config: { type: 'config', before: strictConfig, after: { ...strictConfig, version: 3 } },
};

type MessageSamples = { [T in PeerMessage['type']]: Extract<PeerMessage, { type: T }> };

/** One message of every kind, as the member of this term sends it. */
export function messageSamples(term: Term): MessageSamples {
  const at = (index: number) => positionOf(index, term.number, term.member);
  const changes: Change[] = [
    ...Object.values(changeSamples),
    { type: 'usage', after: makeDenial(2) },
    { type: 'lease', before: makeLease(1), after: null },
  ];
  const asker = { term, configVersion: 2 };
  const asked = { term, asked: term, granted: true };
  const sums = Array.from({ length: sumsLength }, (_, at) => (at === 0 ? 0xffff_ffff : at));
  const ledger = makeStoredLedger({
    meta: makeMeta(),
    config: pairConfig,
    leases: [makeLease(1)],
    licenses: [makeInstalledLicense()],
    vendors: [vendor],
    ended: [makeEnded(9)],
  });
  const rows = [...rowsOfLedger(ledger), spellRow];
  return {
    heartbeat: {
      type: 'heartbeat',
      ...asker,
      round: 1,
      commitIndex: 1,
      syncSet: [serverId, otherId],
    },
    heartbeatAck: { type: 'heartbeatAck', term, round: 1 },
    append: {
      type: 'append',
      ...asker,
      prev: at(1),
      entries: [
        { ...at(2), changes },
        { ...at(3), changes: [] },
      ],
      commitIndex: 1,
    },
    appendAck: { type: 'appendAck', term, matchIndex: 1 },
    appendReject: {
      type: 'appendReject',
      term,
      rejectedIndex: 1,
      hint: at(0),
      base: positionOf(0, 0, ''),
      usageSequence: 1,
      eventSequence: 1,
    },
    image: {
      type: 'image',
      ...asker,
      image: { position: at(3), ledger: { ...ledger, config: strictConfig } },
      commitIndex: 3,
      usageAfter: 1,
      eventsAfter: 1,
    },
    preVote: { type: 'preVote', ...asker, last: at(3) },
    preVoteAck: { type: 'preVoteAck', ...asked },
    vote: { type: 'vote', ...asker, last: at(3), transfer: term },
    voteAck: { type: 'voteAck', ...asked },
    handover: { type: 'handover', term, last: at(3), reason: 'switchover' },
    superseded: { type: 'superseded', term },
    presence: { type: 'presence', term, boot },
    notMember: { type: 'notMember', term, configVersion: 3, fromActive: true },
    unknownMember: { type: 'unknownMember', ...asker },
    rows: {
      type: 'rows',
      ...asker,
      number: 3,
      rows,
      history: [
        { type: 'usage', after: makeSession(1), spell, rank: rank.returned },
        { type: 'usage', after: makeDenial(2), spell },
        { type: 'event', after: makeEvent(1), spell },
      ],
      root,
      commitIndex: 2,
      markMs: nowMs,
    },
    rowsAck: { type: 'rowsAck', term, boot, number: 3 },
    buckets: { type: 'buckets', term, boot, sums },
    gather: { type: 'gather', ...asker, sums },
    piece: {
      type: 'piece',
      ...asker,
      asked: term,
      number: 3,
      root,
      markMs: 0,
      buckets: [0, bucketCount - 1],
      rows,
      last: true,
    },
    found: { type: 'found', term, rows },
  };
}

type PayloadSamples = {
  [T in Exclude<LinkPayload['type'], 'ledger'>]: Extract<LinkPayload, { type: T }>;
};

/** One payload of every other kind. */
export const payloadSamples: PayloadSamples = {
  noSuchLedger: { type: 'noSuchLedger', ledger: 'ledger-1' },
  offer: { type: 'offer', ledger: 'ledger-1', transfer: 1, what: { type: 'message' } },
  call: { type: 'call', id: 1, method: 'ledger.order', args: { ledger: 'ledger-1' } },
  answer: { type: 'answer', id: 1, answer: { ok: false, code: 'INTERNAL', message: 'No.' } },
  journalGrew: { type: 'journalGrew', sequence: 7 },
};
