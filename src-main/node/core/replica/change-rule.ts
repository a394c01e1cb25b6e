import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { Change, StoredLedger } from '../ledger/change.ts';
import { beginTerm, restoreLedger } from '../ledger/ledger-start.ts';
import { copyLedger, keepAsLog, keepAsRows } from '../ledger/kept-otherwise.ts';
import { followRevisions, type LedgerState } from '../ledger/ledger.ts';
import { logSpell, type SpellRow } from '../rows/row.ts';
import { lastIndex } from './log.ts';
import { keepsRows, lastWritten, type ReplicaState } from './replica-state.ts';
import { forgetNumbers, nextTerm, persistAll, promise, type Turn } from './turn.ts';
import { historyIn } from './row-history.ts';
import { keptByOthers } from './whole.ts';
import { writeRows } from './write-rows.ts';

/** The rule is another one now than the ledger is kept by. */
export function rulesDiffer(state: ReplicaState): boolean {
  return keepsRows(state) !== (state.ledger.rows !== null);
}

/**
 * Goes on by the other rule, in a spell of its own. Only one server is a member then, so that nobody
 * else has an opinion. Returns the changes that begin the log, when it is kept as one from now on.
 */
export function changeRule(turn: Turn, changes: readonly Change[]): readonly Change[] | null {
  const { state } = turn;
  promise(turn, nextTerm(state));
  const begun = keepsRows(state) ? beginRows(turn, changes) : beginLog(turn, changes);
  const last = lastWritten(state) + (begun ? 1 : 0);
  state.waiting = state.waiting.map((one) => ({ ...one, index: last }));
  state.termIndex = last;
  return begun;
}

function beginRows(turn: Turn, changes: readonly Change[]): null {
  const { state } = turn;
  const before = state.ledger;
  const log = { ...state.log };
  const { boot, self, term } = state;
  const { ledger, stored } = keepAsRows(before);
  state.ledger = ledger;
  state.log.base = { index: lastIndex(log), term: log.entries.at(-1)?.term ?? log.base.term };
  state.log.entries = [];
  forgetNumbers(state);
  state.commitIndex = 0;
  state.outbox = [];
  const spell = { member: self, boot };
  const begun = beginTerm(ledger, term.number, spell, turn.at, () => undefined);
  // The history of former spells is here, as far as it was.
  const all = (stored.rows ?? []).map((after): Change => {
    return { type: 'row', row: { before: after.kind === 'spell' ? after : null, after } };
  });
  const kept = changes.filter(({ type }) => type === 'meta');
  writeRows(turn, [...all, ...kept, ...historyIn(changes), ...begun], {
    write: { type: 'beginRows', config: stored.config, keepsGaps: true },
    undo: { type: 'rule', ledger: before, log, changes, begun },
  });
  return null;
}

function beginLog(turn: Turn, changes: readonly Change[]): readonly Change[] {
  const { state } = turn;
  const before = state.ledger;
  const log = { ...state.log };
  const { ledger, stored } = keepAsLog(before);
  const position = { index: lastIndex(log) + 1, term: state.term };
  state.ledger = ledger;
  state.log.base = position;
  state.log.entries = [];
  forgetNumbers(state);
  state.configIndex = position.index;
  state.commitIndex = position.index;
  state.outbox = [];
  const { usageSequence, eventSequence } = before.meta;
  const after = { usageAfter: usageSequence, eventsAfter: eventSequence };
  persistAll(
    turn,
    [
      // The history of this step is of the spell that ends.
      { type: 'rows', changes, gaps: [] },
      { type: 'image', image: { position, ledger: stored }, ...after, gaps: [] },
    ],
    { type: 'rule', ledger: before, log, changes, begun: [] },
  );
  return beginTerm(ledger, state.term.number, null, turn.at, () => undefined);
}

/**
 * At a member whose configuration is of the past: the ledger is kept as rows by now. What is here of the log is not
 * part of it, nor is the history that the log has beyond the former spells, as long as those rows do not say so.
 */
export function takeUpRows(turn: Turn, config: LedgerConfig): void {
  const { state } = turn;
  const before = { ledger: state.ledger, log: { ...state.log } };
  const { formerSpells } = before.ledger;
  const meta = { ...before.ledger.meta, ...loggedIn(formerSpells) };
  replaceLedger(turn, {
    ...copyLedger(state.ledger),
    meta,
    config,
    rows: [...formerSpells],
  });
  state.log.entries = [];
  state.commitIndex = 0;
  state.configIndex = 1;
  state.syncSet = new Set(keptByOthers(config, state.self));
  const changes: Change[] = [
    { type: 'meta', before: before.ledger.meta, after: meta },
    ...formerSpells.map((row): Change => {
      return { type: 'row', row: { before: row, after: row } };
    }),
  ];
  persistAll(
    turn,
    [
      { type: 'beginRows', config },
      { type: 'rows', changes, gaps: [] },
      { type: 'syncSet', members: [...state.syncSet] },
    ],
    { type: 'rule', ...before, changes: [], begun: [] },
  );
}

/** How far the history of a former time as a log goes. */
function loggedIn(spells: readonly SpellRow[]) {
  const logged = spells.find(({ id }) => id === logSpell);
  return { usageSequence: logged?.usage ?? 0, eventSequence: logged?.events ?? 0 };
}

function replaceLedger(turn: Turn, stored: StoredLedger): void {
  const { state } = turn;
  const { serverId, demoVendorKeyId, meta, rowLifeMsMin, time }: LedgerState = state.ledger;
  const options = {
    serverId,
    demoVendorKeyId,
    newLedgerId: meta.id,
    names: state.names,
    rowLifeMs: rowLifeMsMin,
    time,
  };
  const former = state.ledger;
  state.ledger = restoreLedger(stored, options, turn.at);
  followRevisions(state.ledger, former);
}
