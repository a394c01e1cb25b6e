import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { Readiness } from '../../../src-shared/model/readiness.ts';
import type { DrillReport } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { Clock } from '../base/clock.ts';
import { privateFolderMode } from '../base/own-files.ts';
import { writeWholeFile } from '../../files/whole-file.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Candidates } from './candidates.ts';
import type { PlannedChanges } from './planned-changes.ts';
import {
  findOwnRelationships,
  meantRelationships,
  type OwnRelationship,
} from './shared-ledgers.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { until } from '../base/until.ts';

export interface DrillOptions {
  replicas: Replicas;
  candidates: Candidates;
  changes: PlannedChanges;
  readiness: (of: readonly OwnRelationship[]) => Readiness;
  clock: Clock;
  /** Folder for reports; made when it is not there. */
  folder: string;
  note: (note: TimelineNote) => void;
  admin: Actor;
}

/** Longest wait until the server that gave a ledger away has everything again. */
const syncMsMax = 10_000;

/** Longest wait until a failover would work again after a drill. */
const readyMsMax = 15_000;

type LedgerReport = DrillReport['ledgers'][number];

/** Over to each standby in turn and back, while licences are served; one drill at a time. */
export class Drill {
  readonly #options: DrillOptions;
  #running = false;
  #cancelled = false;

  constructor(options: DrillOptions) {
    this.#options = options;
  }

  /** Of one relationship, or of all (`meantRelationships`). */
  async run(reference?: string): Promise<AdminAnswer<{ report: DrillReport }>> {
    const { replicas, candidates } = this.#options;
    const all = findOwnRelationships(replicas, candidates.ownId);
    if (all.length === 0) {
      const message = 'This server is in no relationship, so there is nothing to drill.';
      return { ok: false, code: 'NO_RELATIONSHIP', message };
    }
    const meant = meantRelationships(all, reference, candidates);
    if (!meant.ok) return meant;
    const readiness = () => this.#options.readiness(meant.value);
    const drilled = meant.value.flatMap((own) => own.replicas);
    if (this.#running) {
      return {
        ok: false,
        code: 'RELATIONSHIP_BUSY',
        message: 'A drill is under way already. Wait for its report.',
      };
    }
    const { ready, reasons } = readiness();
    if (!ready) {
      const why = reasons.map(({ message }) => message).join(' ');
      const message = `A failover would not work now, so the drill was not begun. ${why}`;
      return { ok: false, code: 'NOT_SYNCHRONISED', message };
    }
    const away = drilled.find((replica) => replica.view().active !== primaryOf(replica));
    if (away) return this.#refuseWhileAway(away);
    this.#running = true;
    this.#cancelled = false;
    try {
      return { ok: true, value: { report: await this.#drill(drilled, readiness) } };
    } finally {
      this.#running = false;
    }
  }

  /**
   * Ends a drill as soon as every licence is served by its own server again: what was begun is given
   * back, and no more is begun. False: no drill is under way.
   */
  cancel(): boolean {
    if (this.#running) this.#cancelled = true;
    return this.#running;
  }

  #refuseWhileAway(replica: HostedReplica): AdminAnswer<never> {
    const { candidates } = this.#options;
    const active = candidates.nameOf(replica.view().active ?? '');
    const owner = candidates.nameOf(primaryOf(replica));
    const message = `${active} serves the licences of ${owner}. Fail back first.`;
    return { ok: false, code: 'NOT_SERVING', message };
  }

  async #drill(
    replicas: readonly HostedReplica[],
    readiness: () => Readiness,
  ): Promise<DrillReport> {
    const { clock, note, admin: actor } = this.#options;
    const startedAt = formatInstant(clock().wallMs);
    const problems: DrillReport['problems'] = [];
    const reports: LedgerReport[] = [];
    for (const replica of replicas) {
      const [, ...standbys] = replica.view().config.membership.members;
      for (const standby of standbys) {
        if (this.#cancelled) break;
        const report = await this.#drillLedger(replica, standby, problems);
        reports.push(report);
        if (report.back === null) break;
      }
    }
    if (!this.#cancelled) await this.#settle(problems, readiness);
    const cancelled = this.#cancelled;
    const report: DrillReport = {
      startedAt,
      finishedAt: formatInstant(clock().wallMs),
      passed: problems.length === 0 && !cancelled,
      cancelled,
      ledgers: reports,
      problems,
      file: null,
    };
    report.file = await this.#write(report);
    note({
      kind: 'drillFinished',
      actor,
      severity: problems.length === 0 ? 'info' : 'error',
      message: describeOutcome(report),
    });
    return report;
  }

  /** A drill is passed when the servers are as ready as they were before it. */
  async #settle(problems: DrillReport['problems'], readiness: () => Readiness): Promise<void> {
    if (problems.length > 0) return;
    await until(() => readiness().ready || this.#cancelled, readyMsMax);
    const { ready, reasons } = readiness();
    if (ready || this.#cancelled) return;
    const why = reasons.map(({ message }) => message).join(' ');
    const message = `After the drill a failover would not work. ${why}`;
    problems.push({ code: 'NOT_SYNCHRONISED', message });
  }

  async #drillLedger(
    replica: HostedReplica,
    standby: string,
    problems: DrillReport['problems'],
  ): Promise<LedgerReport> {
    const { changes, candidates } = this.#options;
    const before = [...replica.ledger.leases.keys()];
    const report: LedgerReport = {
      ledger: replica.id,
      out: null,
      back: null,
      leasesBefore: before.length,
      leasesKept: 0,
    };
    const primary = primaryOf(replica);
    const out = await changes.move(replica, standby, 'drill');
    if (!out.ok) {
      problems.push({ code: out.code, message: out.message });
      return report;
    }
    report.out = moveOf(out.value);
    // This server keeps the ledger too, so that what the standby serves can be counted here.
    report.leasesKept = before.filter((id) => isKept(replica, id)).length;
    if (report.leasesKept < before.length) {
      const lost = before.length - report.leasesKept;
      const message = `${candidates.nameOf(standby)} did not have ${countOf(lost, 'lease')} that had been out.`;
      problems.push({ code: 'LEASES_ENDED', message });
    }
    await until(() => replica.view().synchronised.includes(primary), syncMsMax);
    const back = await changes.move(replica, primary, 'drill');
    if (back.ok) report.back = moveOf(back.value);
    else problems.push({ code: back.code, message: back.message });
    return report;
  }

  /** Null: it could not be written; the report is shown all the same. */
  async #write(report: DrillReport): Promise<string | null> {
    const { folder } = this.#options;
    const file = join(folder, `drill-${report.startedAt.replaceAll(':', '-')}.json`);
    try {
      await mkdir(folder, { recursive: true, mode: privateFolderMode });
      await writeWholeFile(file, `${JSON.stringify({ ...report, file }, null, 2)}\n`);
      return file;
    } catch {
      return null;
    }
  }
}

// A lease that its holder returned meanwhile is none that the drill has lost.
function isKept(replica: HostedReplica, id: string): boolean {
  const { leases, endedLeases } = replica.ledger;
  return leases.has(id) || endedLeases.has(id);
}

function moveOf({ at, tookMs, from, to }: NonNullable<LedgerReport['out']>): LedgerReport['out'] {
  return { at, tookMs, from, to };
}

function describeOutcome({ ledgers, problems, cancelled }: DrillReport): string {
  if (problems.length > 0) {
    return `The drill failed: ${problems.map(({ message }) => message).join(' ')}`;
  }
  if (cancelled) return 'The drill was cancelled. Every licence is served by its own server.';
  return `The drill was passed: ${describeTimes(ledgers)}.`;
}

function describeTimes(reports: readonly LedgerReport[]): string {
  return reports
    .map(({ out, back }) => {
      const times = `${Math.round(out?.tookMs ?? 0)} ms over and ${Math.round(back?.tookMs ?? 0)} ms back`;
      return `${out?.to.name ?? ''} took over in ${times}`;
    })
    .join('; ');
}
