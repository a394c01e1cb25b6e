import { z } from 'zod';
import { type Lease, leaseSchema } from '../../../../src-shared/model/lease.ts';
import { installedLicenseSchema } from '../../../../src-shared/model/license.ts';
import { severitySchema, timelineKindSchema } from '../../../../src-shared/model/timeline.ts';
import { denialRecordSchema, usageRecordSchema } from '../../../../src-shared/model/usage.ts';
import { trustedVendorSchema } from '../../../../src-shared/model/vendor.ts';
import type { LedgerMeta, RecordedEvent } from '../../core/change.ts';
import { NodeStartFailure } from '../../license-node.ts';
import { type LoadedStore, type Store, StoreUnavailable } from '../../store.ts';
import { describeDamage } from './damage.ts';
import { packChanges } from './pack-changes.ts';
import { startWorker, type WorkerLink } from './worker-link.ts';
import { WorkerFailure, type WorkerFailureKind } from './worker-message.ts';

export interface StoreOptions {
  /** The ledger's file; its journals are beside it. */
  file: string;
  /** Key that signs tokens, PKCS #8 in PEM. */
  signingKeyPem: string;
  /** A worker thread ended by itself; what it was writing is unknown. */
  onDeath: (error: Error) => void;
}

/** Leases that a start reads at once. */
const leasesPageRows = 5_000;

/** Usage rows dropped in one transaction, so that commits wait for milliseconds only. */
const pruneRowsMax = 2_000;

const metaSchema = z.object({
  id: z.string(),
  term: z.int(),
  usageSequence: z.int(),
  eventSequence: z.int(),
  wallHighMs: z.int(),
  overdraft: z.object({ units: z.int(), sinceMs: z.int() }).nullable().default(null),
  merged: z.record(z.string(), z.string()).default({}),
}) satisfies z.ZodType<LedgerMeta>;

const eventSchema = z.object({
  sequence: z.int(),
  atMs: z.int(),
  kind: timelineKindSchema,
  severity: severitySchema,
  message: z.string(),
  license: z.string().optional(),
  lease: z.string().optional(),
});

/**
 * The ledger in SQLite, in worker threads: one that writes and signs, and one for queries, started
 * with the first of them. `load` comes first and throws NodeStartFailure: STORE_DAMAGED,
 * STORE_NEWER, DATA_DIRECTORY_UNUSABLE.
 */
export function openStore(options: StoreOptions): Store {
  const { file, signingKeyPem, onDeath } = options;
  const writer = startWorker({ role: 'writer', file, signingKeyPem }, onDeath);
  let startedReader: WorkerLink | undefined;
  const reader = (): WorkerLink => {
    // A reader that died held nothing: the next query gets a new one.
    startedReader ??= startWorker({ role: 'reader', file, signingKeyPem: null }, () => {
      startedReader = undefined;
    });
    return startedReader;
  };
  return {
    load: () => load(writer, file).catch(rethrowAtStart),
    commit: async ({ changes, claims }) => {
      const request = { type: 'commit', changes: packChanges(changes), claims } as const;
      return { tokens: await writer.ask(request).catch(rethrow) };
    },
    sign: (claims) => writer.ask({ type: 'sign', claims }).catch(rethrow),
    probe: () => writer.ask({ type: 'probe' }).catch(rethrow),
    usageReport: (query) => reader().ask({ type: 'usageReport', query }).catch(rethrow),
    usageRecords: async (query) => {
      const docs = await reader()
        .ask({ type: 'usageRecords', ...query })
        .catch(rethrow);
      return docs.map((doc) => usageRecordSchema.parse(JSON.parse(doc)));
    },
    denials: async ({ license, limit }) => {
      const docs = await reader().ask({ type: 'denials', license, limit }).catch(rethrow);
      return docs.map((doc) => denialRecordSchema.parse(JSON.parse(doc)));
    },
    events: async (query) => {
      const docs = await reader().ask({ type: 'events', query }).catch(rethrow);
      return docs.map((doc) => eventSchema.parse(JSON.parse(doc)) as RecordedEvent);
    },
    pruneUsage: async (beforeMs) => {
      let pruned = 0;
      for (;;) {
        const request = { type: 'pruneUsage', beforeMs, rowsMax: pruneRowsMax } as const;
        const count = await writer.ask(request).catch(rethrow);
        pruned += count;
        if (count < pruneRowsMax) return pruned;
      }
    },
    close: async () => {
      // The last connection tidies the journal up, and only one that writes can.
      await startedReader?.close();
      await writer.close();
    },
  };
}

function rethrow(error: unknown): never {
  if (error instanceof WorkerFailure && error.kind === 'unavailable') {
    throw new StoreUnavailable(error.message);
  }
  throw error;
}

const startFailureCodes = {
  damaged: 'STORE_DAMAGED',
  newer: 'STORE_NEWER',
  unusable: 'DATA_DIRECTORY_UNUSABLE',
} as const satisfies Partial<Record<WorkerFailureKind, NodeStartFailure['code']>>;

function rethrowAtStart(error: unknown): never {
  if (error instanceof WorkerFailure && error.kind in startFailureCodes) {
    const code = startFailureCodes[error.kind as keyof typeof startFailureCodes];
    throw new NodeStartFailure(code, error.message);
  }
  throw error;
}

async function load(writer: WorkerLink, file: string): Promise<LoadedStore> {
  const docs = await writer.ask({ type: 'load' });
  const parse = <T>(what: string, schema: z.ZodType<T>, texts: string[]): T[] =>
    texts.map((text) => decode(file, what, schema, text));
  return {
    recentEvents: parse('a timeline entry', eventSchema, docs.recentEvents),
    meta: docs.meta === null ? null : decode(file, 'figures of the ledger', metaSchema, docs.meta),
    leases: await loadLeases(writer, file),
    licenses: parse('a licence', installedLicenseSchema, docs.licenses),
    vendors: parse('a vendor', trustedVendorSchema, docs.vendors),
    ended: docs.ended,
  } as LoadedStore;
}

/** In pages: neither thread ever holds them all as text, which would be twice their size. */
async function loadLeases(writer: WorkerLink, file: string): Promise<Lease[]> {
  const leases: Lease[] = [];
  const share = makeSharing();
  for (;;) {
    const afterId = leases.at(-1)?.id ?? '';
    const request = { type: 'loadLeases', afterId, limit: leasesPageRows } as const;
    const texts = await writer.ask(request);
    for (const text of texts) {
      const lease = shareTexts(decode(file, 'a lease', leaseSchema, text), share);
      const previous = leases.at(-1);
      if (previous && lease.id <= previous.id) {
        const damage = describeDamage(file, `the lease ${lease.id} in it is out of place`);
        throw new NodeStartFailure('STORE_DAMAGED', damage);
      }
      leases.push(lease);
    }
    if (texts.length < leasesPageRows) return leases;
  }
}

/** Thousands of leases have the same few texts: each is kept in memory once. */
function shareTexts(lease: z.output<typeof leaseSchema>, share: (text: string) => string): Lease {
  const { instance, user, host, app } = lease.holder;
  return {
    ...lease,
    licenseId: share(lease.licenseId),
    product: share(lease.product),
    feature: share(lease.feature),
    holder: {
      instance,
      user: share(user),
      host: share(host),
      ...(app === undefined ? {} : { app: share(app) }),
    },
  };
}

function makeSharing(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    known.set(text, text);
    return text;
  };
}

function decode<T>(file: string, what: string, schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below, like JSON of another shape.
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new NodeStartFailure('STORE_DAMAGED', describeDamage(file, `${what} in it is unreadable`));
}
