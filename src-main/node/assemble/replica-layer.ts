import { randomUUID } from 'node:crypto';
import { systemClock } from '../base/clock.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import { demoVendorKeyId } from '../licensing/demo.ts';
import { LicenseDoor } from '../licensing/license-door.ts';
import { DamagedLicenses } from '../replicas/damaged-licenses.ts';
import { ClockWitnesses } from '../peers/clock-witnesses.ts';
import { noteForgottenBefore, noteForgottenIn } from '../replicas/forgotten-elsewhere.ts';
import { HistorySync } from '../replicas/history-sync.ts';
import { MissingData } from '../replicas/missing-data.ts';
import { Replicas } from '../replicas/replicas.ts';
import { ServingWatch } from '../replicas/serving-watch.ts';
import { StoreUnavailable } from '../store/store.ts';
import { TokenSigner } from '../store/token-signer.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import { noteStart } from './note-start.ts';
import { recoveryNotes } from '../store/commit-queue.ts';

/** The ledgers that are kept here. */
export interface ReplicaLayer {
  door: LicenseDoor;
  replicas: Replicas;
  damaged: DamagedLicenses;
  missing: MissingData;
  watch: ServingWatch;
  history: HistorySync;
}

export function makeReplicaLayer(below: Ground & Links): ReplicaLayer {
  const { events, journal, servers } = below;
  const watch = new ServingWatch((id) => servers.isConnected(id));
  const door = new LicenseDoor();
  const missing = makeMissingData(below, () => replicas);
  const replicas = makeReplicas(below, door, missing);
  servers.screenWith((from, head, bytes) => replicas.wants(from, head, bytes));
  const damaged = new DamagedLicenses({
    ...below,
    door,
    replicas,
    nowMs: () => systemClock().monotonicMs,
    note: (note) => journal.note(note),
  });
  const history = new HistorySync({
    ...below,
    replicas,
    journals: below.loaded.journal,
    onEvents: (entries) => events.emit({ type: 'timelineGrew', entries }),
  });

  events.on('writesLost', ({ ledger, number }) => replicas.notePersistFailed(ledger, number));
  events.on('storeUnwritable', () => replicas.noteUnwritable());
  events.on('storeRecovered', ({ how }) => {
    replicas.noteStoreRecovered();
    journal.note(recoveryNotes[how]);
  });
  events.on('settingsChanged', () => replicas.learnNames());
  events.on('serversChanged', () => replicas.learnNames());
  events.on('linkReported', ({ event }) => {
    replicas.noteLinkEvent(event);
    if (event.type === 'connected') history.noteConnected(event.id);
  });
  events.on('ledgerStepped', ({ ledger }) => {
    watch.note(replicas.get(ledger));
    missing.look();
  });
  events.on('putBackHeard', () => missing.notePutBack());
  events.on('timelineGrew', ({ entries }) =>
    noteForgottenIn(entries, replicas, systemClock().wallMs),
  );
  events.on('ledgerDropped', () => missing.look());
  events.on('configChanged', () => history.noteConfig());
  events.on('historyMissed', () => history.noteMissing());
  // Who serves has what others may lack of the time as a log (`historySources`).
  events.on('activeChanged', () => history.noteMissing());
  events.on('journalGrew', () => history.noteGrown());
  events.on('otherJournalGrew', ({ server, sequence }) => history.noteOtherGrown(server, sequence));
  return { door, replicas, damaged, missing, watch, history };
}

function makeMissingData(
  { events, serverId, admin, directory, dataLoss, commits, journal, log, servers }: Ground & Links,
  replicas: () => Replicas,
): MissingData {
  return new MissingData({
    serverId,
    admin,
    dataLoss,
    file: directory.dataLossFile,
    replicas,
    commits,
    wallMs: () => systemClock().wallMs,
    nameOf: (id) => servers.nameOf(id),
    note: (note) => journal.note(note),
    log,
    onChange: () => events.emit({ type: 'storeChanged' }),
  });
}

function makeReplicas(below: Ground & Links, door: LicenseDoor, missing: MissingData): Replicas {
  const { events, journal, store, log } = below;
  const witnesses = new ClockWitnesses();
  events.on('linkReported', ({ event }) => {
    if (event.type !== 'clockMeasured') return;
    witnesses.note(event.differenceMs, systemClock().monotonicMs);
  });
  const clock = () => ({ ...systemClock(), otherClocks: witnesses.word });
  return new Replicas({
    ...below,
    door,
    demoVendorKeyId,
    clock,
    signer: new TokenSigner(store, log),
    note: (note) => journal.note(note),
    onStep: (ledger) => events.emit({ type: 'ledgerStepped', ledger }),
    onActiveChanged: (ledger) => events.emit({ type: 'activeChanged', ledger }),
    onConfig: (ledger) => events.emit({ type: 'configChanged', ledger }),
    onHistoryMissed: (ledger) => events.emit({ type: 'historyMissed', ledger }),
    onDropped: (ledger) => events.emit({ type: 'ledgerDropped', ledger }),
    onMissing: (ledger, at, dissolved) =>
      events.emit({ type: 'ledgerMissed', ledger, at, dissolved }),
    onJournalGrew: (server, sequence) =>
      events.emit({ type: 'otherJournalGrew', server, sequence }),
    newId: randomUUID,
    isIncomplete: (config) => missing.concerns(config),
  });
}

/**
 * Takes the ledgers up; what their start has to write must be durable before anybody is answered.
 *
 * @throws {NodeStartFailure} the disk cannot be written
 */
export async function openReplicas(
  ground: Ground & Pick<Links, 'servers'>,
  { replicas, damaged, missing }: ReplicaLayer,
): Promise<void> {
  const { directory, loaded, commits } = ground;
  noteStart(ground);
  replicas.open(loaded.ledgers, loaded.takenOut);
  missing.begin();
  const putBackAt = ground.servers.list().map((server) => server.putBackAt);
  noteForgottenBefore(putBackAt, replicas, systemClock().wallMs);
  if (ground.boots.arePartsOfTwoTimes) missing.notePutBack();
  damaged.start();
  try {
    await commits.settled();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `This server cannot write to ${directory.path}: ${error.message}.`,
    );
  }
}

/** Longest wait for another server to take over in an orderly stop. */
const leaveMsMax = 2_500;

/** An orderly stop begins: another server takes over what this one serves, if one can. */
export async function leaveReplicas(
  { journal }: Ground,
  { replicas, history }: ReplicaLayer,
): Promise<void> {
  journal.note({
    kind: 'serverStopped',
    severity: 'info',
    message: 'This server was stopped in an orderly way.',
  });
  await replicas.leave(leaveMsMax);
  history.stop();
}
