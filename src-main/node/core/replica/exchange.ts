import { beginDraft, closeDraft } from '../ledger/draft.ts';
import { advance } from '../ledger/lease-clock.ts';
import { noteLost, recordLost } from '../ledger/lost-changes.ts';
import { noteOverdraft } from '../ledger/overdraft.ts';
import { uniteAtActive, withoutLeap } from '../ledger/unite.ts';
import { compareRows } from '../rows/compare-rows.ts';
import { bucketOf, differingBuckets, rootText } from '../rows/digest.ts';
import { type RowSet, rowsInBucket, tableOf } from '../rows/row-set.ts';
import { configId, type Row } from '../rows/row.ts';
import type { PeerMessage } from './message.ts';
import { offerLost, offerRows, rowsPerPiece } from './offer-rows.ts';
import { configOf, isWitness, keepsRows, nameOf, peerOf } from './replica-state.ts';
import type { Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { send, type Turn } from './turn.ts';
import { takeUpRows } from './change-rule.ts';
import { acknowledge, hear, noteWhole, sweepOf, takeRows } from './follow-rows.ts';
import { writeRows } from './write-rows.ts';

/** Pieces that a member which follows is answered with at most; one that lacks more asks again. */
const piecesPerAnswer = 16;

/**
 * Pieces that a member which is about to serve is answered with at most. It gets the rest once it serves:
 * whoever follows it then asks for what differs, and offers it what is greater.
 */
export const piecesPerGathering = 100;

/** At the active: a member that follows has other rows in some buckets. */
export function noteBuckets(
  turn: Turn,
  from: MemberId,
  { sums }: Extract<PeerMessage, { type: 'buckets' }>,
): void {
  if (turn.state.storeFailed) return;
  sendPieces(turn, from, sums, null, piecesPerAnswer);
}

/** Sends the rows of the buckets that differ. `asked`: to one that is about to serve in this term. */
export function sendPieces(
  turn: Turn,
  to: MemberId,
  sums: readonly number[],
  asked: Term | null,
  piecesMax: number,
): void {
  const { state } = turn;
  const { rows: set, spell } = state.ledger;
  if (!set) return;
  const pieces = cutPieces(set, differingBuckets(set.digest, sums), piecesMax);
  pieces.forEach(({ buckets, rows }, i) => {
    send(turn, to, {
      type: 'piece',
      term: state.term,
      configVersion: configOf(state).version,
      asked,
      number: spell?.write ?? 0,
      root: rootText(set.digest),
      markMs: set.markMs,
      buckets,
      rows,
      last: i === pieces.length - 1,
      ...(pieces.length === 1 && { all: true }),
    });
  });
}

interface Piece {
  buckets: number[];
  rows: Row[];
}

/** Whole buckets, with their rows; one piece at least. */
function cutPieces(set: RowSet, buckets: readonly number[], piecesMax: number): Piece[] {
  const differing = new Set(buckets);
  const first = firstBuckets(set).filter((bucket) => differing.has(bucket));
  const pieces: Piece[] = [];
  let piece: Piece = { buckets: [], rows: [] };
  for (const bucket of new Set([...first, ...buckets])) {
    piece.buckets.push(bucket);
    piece.rows.push(...rowsInBucket(set, bucket));
    if (piece.rows.length < rowsPerPiece) continue;
    pieces.push(piece);
    piece = { buckets: [], rows: [] };
    if (pieces.length === piecesMax) return pieces;
  }
  return [...pieces, piece];
}

/**
 * Whose configuration is of the past has to know the present one first, and a licence counts where its
 * vendor is known.
 */
function firstBuckets({ vendor }: RowSet): number[] {
  return [{ kind: 'config', id: configId } as const, ...vendor.values()].map(bucketOf);
}

export type PieceMessage = Extract<PeerMessage, { type: 'piece' }>;

/** Takes a piece of the active's rows in, and offers it what is greater here. */
export function notePieceOfActive(turn: Turn, from: MemberId, message: PieceMessage): void {
  const { state } = turn;
  if (state.storeFailed) return;
  if (!keepsRows(state)) {
    const row = message.rows.find(({ kind }) => kind === 'config');
    if (row?.kind !== 'config' || isWitness(state)) return;
    if (row.config.membership.rule !== 'continuity') return;
    takeUpRows(turn, row.config);
  }
  hear(state, message.number, message.root);
  const sweep = sweepOf(state, message, message.all ? 'all' : message.buckets);
  const rows = message.all ? message.rows : withoutLeap(state.ledger, message.rows);
  const lost = takeRows(turn, rows, [], sweep);
  // A row that this server may not take, as of a damaged licence, keeps the two apart, and nothing else does.
  if (message.all && state.exchangeSentMs !== null) noteWhole(turn);
  offerGreater(turn, from, message);
  offerLost(turn, from, lost);
  acknowledge(turn, from, message.number, true);
  // While there is more, the exchange goes on at once.
  if (message.last) state.exchangeSentMs = null;
}

function offerGreater(turn: Turn, to: MemberId, { buckets, rows }: PieceMessage): void {
  const { state } = turn;
  const { rows: set } = state.ledger;
  if (!set) return;
  const theirs = new Map(rows.map((row) => [`${row.kind} ${row.id}`, row]));
  const greater: Row[] = [];
  for (const row of new Set(buckets.flatMap((bucket) => rowsInBucket(set, bucket)))) {
    const other = theirs.get(`${row.kind} ${row.id}`);
    if (!other || compareRows(row, other) > 0) greater.push(row);
  }
  offerRows(turn, to, greater);
}

/** At the active: what a member had that is greater than what is here, or lost to it there. */
export function noteFound(
  turn: Turn,
  from: MemberId,
  { rows }: Extract<PeerMessage, { type: 'found' }>,
): void {
  const { state } = turn;
  if (state.role.type !== 'active' || state.storeFailed || !state.ledger.rows) return;
  const isNew = rows.some((row) => {
    const here = state.ledger.rows && tableOf(state.ledger.rows, row.kind).get(row.id);
    return !here || compareRows(row, here) > 0;
  });
  noteLost(state.ledger, rows, from);
  if (!isNew && state.ledger.lost.pending.size === 0) return;
  advance(state.ledger.clock, turn.at.monotonicMs);
  const draft = beginDraft(state.ledger);
  const { brought } = peerOf(state, from);
  uniteAtActive(draft, rows, brought);
  recordLost(draft, (id) => nameOf(state, id));
  const granted = `${nameOf(state, state.self)} and ${nameOf(state, from)} each granted seats`;
  noteOverdraft(draft, { type: 'merge', granted });
  const changes = closeDraft(draft);
  if (changes.length > 0) writeRows(turn, changes);
}
