import { join } from 'node:path';
import type { Readiness } from '../../../src-shared/model/readiness.ts';
import { systemClock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { Orders } from '../orders/orders.ts';
import { AwaitedConsents } from '../relationships/awaited-consents.ts';
import { Candidates } from '../relationships/candidates.ts';
import { ConsentAnswers } from '../relationships/consent-answers.ts';
import { DissolvedElsewhere } from '../relationships/dissolved-elsewhere.ts';
import { Drill } from '../relationships/drill.ts';
import { EndWatch } from '../relationships/end-watch.ts';
import { KeyRotator } from '../relationships/key-rotation.ts';
import { OwnProtection } from '../relationships/own-protection.ts';
import { PlannedChanges } from '../relationships/planned-changes.ts';
import { deriveReadiness, uniteReadiness } from '../relationships/readiness.ts';
import type { OwnRelationship } from '../relationships/shared-ledgers.ts';
import { ReadinessWatch } from '../relationships/readiness-watch.ts';
import { Reconciler } from '../relationships/reconciler.ts';
import { RelationshipChecker } from '../relationships/relationship-check.ts';
import { RelationshipService } from '../relationships/relationship-service.ts';
import { ReturnWatch } from '../relationships/return-watch.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import type { ReplicaLayer } from './replica-layer.ts';
import type { ServingLayer } from './serving-layer.ts';

/** What is ordered of ledgers wherever they are served, and who protects whom. */
export interface RelationshipLayer {
  orders: Orders;
  relationships: RelationshipService;
  consentAnswers: ConsentAnswers;
  reconciler: Reconciler;
  changes: PlannedChanges;
  drill: Drill;
  /** Of all relationships together; `parts`: what is known of each already. */
  readiness: (parts?: readonly Readiness[]) => Readiness;
  readinessWatch: ReadinessWatch;
  endWatch: EndWatch;
  returnWatch: ReturnWatch;
  keyRotator: KeyRotator;
}

type Below = Ground & Links & ReplicaLayer & ServingLayer;

export function makeRelationshipLayer(below: Below): RelationshipLayer {
  const { events, directory, commits, journal, settings, port, servers, replicas, damaged } = below;
  const { serverId: id, options } = below;
  const clock = systemClock;
  const note = (note: TimelineNote) => journal.note(note);
  const nameOf = (id: string) => servers.nameOf(id);
  const storeFailure = () => commits.failure;

  const candidates = new Candidates(
    () => ({ id, name: settings.current.name, address: port.address(), version: options.version }),
    () => servers.list(),
  );
  const { consents } = servers;
  const awaited = new AwaitedConsents(candidates);
  const shared = { ...below, clock, note, candidates, consents, awaited };
  const orders = new Orders({ ...below, clock, note, nameOf });
  const checker = new RelationshipChecker({ ...shared, storeFailure });
  const protection = new OwnProtection({ ...shared, orders });
  const consentAnswers = new ConsentAnswers({ ...shared, protection });
  const { readinessOf, readinessOfAll } = makeReadiness(below, candidates, awaited);
  const relationships = new RelationshipService({
    ...shared,
    orders,
    checker,
    protection,
    readinessOf,
  });
  const reconciler = new Reconciler(shared);
  const readiness = (parts?: readonly Readiness[]) => readinessOfAll(relationships.all(), parts);
  const readinessWatch = new ReadinessWatch({ ...shared, relationships });
  const endWatch = new EndWatch({ ...shared, relationships });
  const returnWatch = new ReturnWatch(shared);
  const changes = new PlannedChanges({ ...shared, orders });
  const folder = join(directory.path, 'drills');
  const drill = new Drill({ ...shared, changes, readiness: readinessOfAll, folder });
  const keyRotator = new KeyRotator({ ...below, dataDirectory: directory.path, note });

  below.calls.answerWith({
    ...replicas.handlers(),
    ...below.history.handlers(),
    ...damaged.handlers(),
    ...keyRotator.handlers(),
    ...orders.handlers(),
    ...checker.handlers(),
    ...protection.handlers(),
    ...consentAnswers.handlers(),
    ...reconciler.handlers(),
    ...returnWatch.handlers(),
  });
  events.on('linkReported', ({ event }) => {
    if (event.type === 'connected') void keyRotator.noteConnected(event.id);
  });
  events.on('configChanged', () => endWatch.look());
  callAgain(below, reconciler, new DissolvedElsewhere(shared));
  return {
    orders,
    relationships,
    consentAnswers,
    reconciler,
    changes,
    drill,
    readiness,
    readinessWatch,
    endWatch,
    returnWatch,
    keyRotator,
  };
}

/** A member that does not keep a ledger is called to take part again, unless its admin has dissolved that. */
function callAgain(
  { events, replicas }: Below,
  reconciler: Reconciler,
  elsewhere: DissolvedElsewhere,
): void {
  events.on('ledgerMissed', ({ ledger, at, dissolved }) => {
    const replica = replicas.get(ledger);
    if (replica && !elsewhere.note(replica, at, dissolved))
      void reconciler.inviteAgain(replica, at);
  });
}

/** Whether a failover would work, in one relationship and in several together. */
function makeReadiness(
  { commits, missing, damaged }: Ground & ReplicaLayer,
  candidates: Candidates,
  awaited: AwaitedConsents,
): {
  readinessOf: (own: OwnRelationship) => Readiness;
  readinessOfAll: (all: readonly OwnRelationship[], parts?: readonly Readiness[]) => Readiness;
} {
  const readinessOf = (relationship: OwnRelationship) =>
    deriveReadiness({
      relationship,
      candidates,
      awaited,
      storeFailure: commits.failure,
      missing: missing.status(),
      damagedElsewhere: (ledger) => damaged.elsewhere(ledger),
    });
  const readinessOfAll = (
    all: readonly OwnRelationship[],
    parts: readonly Readiness[] = all.map(readinessOf),
  ) => uniteReadiness(parts, all, candidates);
  return { readinessOf, readinessOfAll };
}

type Running = Pick<
  RelationshipLayer,
  'consentAnswers' | 'reconciler' | 'readinessWatch' | 'endWatch' | 'returnWatch'
>;

export function startRelationships(running: Running): void {
  const { consentAnswers, reconciler, readinessWatch, endWatch, returnWatch } = running;
  void consentAnswers.start();
  reconciler.start();
  readinessWatch.start();
  endWatch.start();
  returnWatch.start();
}

export function stopRelationships({
  reconciler,
  readinessWatch,
  endWatch,
  returnWatch,
}: Omit<Running, 'consentAnswers'>): void {
  reconciler.stop();
  readinessWatch.stop();
  endWatch.stop();
  returnWatch.stop();
}
