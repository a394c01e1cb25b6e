import type { AdminArguments } from '../../../../src-shared/contract/admin.ts';
import type { TokenClaims } from '../../../../src-shared/contract/client-api.ts';
import type { UsageReport } from '../../../../src-shared/model/usage.ts';
import type { UsageReportQuery } from '../../store.ts';

/**
 * Changes as one flat array of scalars, so that it crosses to the worker cheaply: an operation name
 * and as many values as `write-batch.ts` takes for it.
 */
export type PackedChanges = (string | number | null)[];

/** What the worker of a connection is asked to do. */
export type WorkerRequest =
  | { type: 'load' }
  /** A page of leases in the order of their ids. */
  | { type: 'loadLeases'; afterId: string; limit: number }
  | { type: 'commit'; changes: PackedChanges; claims: TokenClaims[] }
  | { type: 'sign'; claims: TokenClaims[] }
  | { type: 'probe' }
  | { type: 'pruneUsage'; beforeMs: number; rowsMax: number }
  | { type: 'usageReport'; query: UsageReportQuery }
  | { type: 'usageRecords'; fromMs: number; toMs: number; afterSequence: number; limit: number }
  | { type: 'denials'; license: string | undefined; limit: number }
  | { type: 'events'; query: AdminArguments<'events.list'> }
  | { type: 'close' };

/** Answers by the type of request. Documents come as JSON text and are parsed by who asked. */
export interface WorkerResults {
  load: {
    meta: string | null;
    licenses: string[];
    vendors: string[];
    ended: string[];
    recentEvents: string[];
  };
  loadLeases: string[];
  commit: string[];
  sign: string[];
  probe: void;
  pruneUsage: number;
  usageReport: UsageReport;
  usageRecords: string[];
  denials: string[];
  events: string[];
  close: void;
}

/**
 * `unavailable`: nothing was written and a later try may work. `damaged`, `newer`, `unusable`: see
 * `NodeStartFailureCode`. `internal`: a bug.
 */
export type WorkerFailureKind = 'unavailable' | 'damaged' | 'newer' | 'unusable' | 'internal';

export type WorkerAnswer =
  | { id: number; ok: true; value: WorkerResults[WorkerRequest['type']] }
  | { id: number; ok: false; kind: WorkerFailureKind; message: string };

export interface WorkerEnvelope {
  id: number;
  request: WorkerRequest;
}

/** The writer has the only connection that writes; the reader takes long queries off it. */
export interface WorkerOptions {
  role: 'writer' | 'reader';
  file: string;
  /** Key that signs tokens, PKCS #8 in PEM; the reader has none. */
  signingKeyPem: string | null;
}

/** An expected failure with the sentence for the admin. */
export class WorkerFailure extends Error {
  override name = 'WorkerFailure';
  readonly kind: WorkerFailureKind;
  constructor(kind: WorkerFailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
