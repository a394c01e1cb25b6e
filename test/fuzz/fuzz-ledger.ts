import type { Change } from '../../src-main/node/core/ledger/change.ts';
import { lastPosition } from '../../src-main/node/core/replica/log.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import type { Term } from '../../src-main/node/core/replica/term.ts';
import { parseLinkPayload } from '../../src-main/node/replicas/parse-payload.ts';
import { refuseMessage } from '../../src-main/node/replicas/message-guard.ts';
import {
  changeSamples,
  messageSamples,
  pairConfig,
  payloadSamples,
} from '../support/peer-messages.ts';
import {
  makeInstalledLicense,
  makeLease,
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  otherId,
  positionOf,
  serverId,
} from '../support/records.ts';
import { settleTurns, SoloLedger } from '../support/solo-ledger.ts';
import { mutate, type Random } from './mutate.ts';
import { type Json, mutateJson, pick } from './mutate-json.ts';

/** Inputs of one ledger, before the next one takes its place. */
const inputsMax = 200;

/** A member's ledger that is fed by another, paired one which says whatever it likes. */
export class LedgerTarget {
  #solo: SoloLedger | undefined;
  #inputs = 0;

  /** Throws when the payload or the ledger does, or when more waits than should. */
  async fuzz(random: Random): Promise<void> {
    const solo = (this.#solo ??= makeLedger(random));
    this.receive(solo, makePayload(solo, random));
    if (random.below(10) === 0) solo.replica.noteEvidence(otherId, 'gone');
    if (random.below(4) === 0) {
      solo.elapsedMs += random.below(400);
      solo.tick();
    }
    if (random.below(20) === 0) void solo.checkout(random.below(1_000));
    if (random.below(30) === 0) await settleTurns();
    if (++this.#inputs < inputsMax) return;
    await settleTurns();
    check(solo);
    this.#inputs = 0;
    this.#solo = undefined;
  }

  receive(solo: SoloLedger, payload: unknown): void {
    const parsed = parseLinkPayload(payload);
    if (parsed.ok && parsed.value.type === 'ledger') takeMessage(solo, parsed.value.message);
  }
}

/** What came of the other member, parsed; a fault of the ledger is thrown. */
export function takeMessage(solo: SoloLedger, message: PeerMessage): void {
  if (refuseMessage(solo.replica.state, otherId, message) !== undefined) return;
  solo.replica.receive(otherId, message);
  check(solo);
}

/** Of a pair, as its main server or its backup has it. */
export function makeLedger(random: Random): SoloLedger {
  const licenses = [makeInstalledLicense({ units: 50, redundancy: 'backup' })];
  const isPrimary = random.below(2) === 0;
  const members = isPrimary ? [serverId, otherId] : [otherId, serverId];
  const rule = random.below(3) === 0 ? 'majority' : 'continuity';
  const membership = { members, witness: null, rule } as const;
  const settings = { ...pairConfig.settings, coldStartWaitMs: 0 };
  const base = positionOf(5, 1, pick([serverId, otherId], random));
  const stored = makeStoredReplica({
    term: base.term,
    log: { base, entries: [] },
    ledger: makeStoredLedger({
      meta: makeMeta(),
      config: { ...pairConfig, membership, settings },
      licenses,
      leases: [makeLease(1), makeLease(2)],
    }),
  });
  const solo = new SoloLedger({ stored });
  // It serves when the other one is gone, or follows it.
  if (random.below(2) === 0) solo.replica.noteEvidence(otherId, 'gone');
  solo.tick();
  return solo;
}

function makePayload(solo: SoloLedger, random: Random): unknown {
  const { state } = solo.replica;
  const term = random.below(3) === 0 ? state.term : makeTerm(state.term, random);
  const messages = Object.values(messageSamples(term)).map((message) => ({
    type: 'ledger',
    ledger: 'ledger-1',
    message: placeAtEnd(message, solo, random),
  }));
  const samples = [...messages, ...Object.values(payloadSamples)];
  const sample = JSON.parse(JSON.stringify(pick(samples, random))) as Json;
  if (random.below(10) > 0) return mutateJson(sample, random);
  try {
    return JSON.parse(mutate(Buffer.from(JSON.stringify(sample)), random).toString());
  } catch {
    return undefined;
  }
}

function makeTerm({ number }: Term, random: Random): Term {
  const member = pick([otherId, otherId, otherId, serverId, ''], random) ?? otherId;
  return { number: Math.max(0, number + random.below(4) - 1), member };
}

/** As often as not, entries and acknowledgements go on from where the log of the ledger ends. */
function placeAtEnd(message: PeerMessage, solo: SoloLedger, random: Random): PeerMessage {
  if (random.below(2) === 0) return message;
  const { log } = solo.replica.state;
  const last = lastPosition(log);
  switch (message.type) {
    case 'append': {
      const { term } = message;
      const from = random.below(4) === 0 ? log.base : last;
      const entries = Array.from({ length: random.below(4) }, (_, at) => ({
        index: from.index + 1 + at,
        term,
        changes: makeChanges(solo, random),
      }));
      return { ...message, prev: { index: from.index, term: from.term }, entries };
    }
    case 'appendAck':
      return { ...message, matchIndex: last.index };
    case 'vote':
    case 'preVote':
    case 'handover':
      return { ...message, last: { index: last.index, term: last.term } };
    default:
      return message;
  }
}

/** What an active could have decided next, but for leases that end twice. */
function makeChanges(solo: SoloLedger, random: Random): Change[] {
  const known = [...solo.replica.state.ledger.leases.values()];
  const { lease: _, ...others } = changeSamples;
  const changes: Change[] = [];
  for (let count = random.below(4); count > 0; count--) {
    const after = makeLease(3 + random.below(60), { units: 1 + random.below(3) });
    const before = pick(known, random) ?? null;
    const change: (Change | undefined)[] = [
      { type: 'lease', before: null, after },
      { type: 'lease', before, after: null },
      { type: 'lease', before, after: before },
      pick(Object.values(others), random),
    ];
    changes.push(pick(change, random) ?? changeSamples.event);
  }
  return changes;
}

function check(solo: SoloLedger): void {
  const fault = solo.faults[0];
  if (fault !== undefined) throw new Error('a message met a fault', { cause: fault });
  const { waiting, held, pendingEvents } = solo.replica.state;
  const kept = waiting.length + held.length + pendingEvents.length;
  if (kept > inputsMax) throw new Error(`${kept} things are kept waiting`);
}
