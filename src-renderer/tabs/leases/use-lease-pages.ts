import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import { request } from '../../base/bridge.ts';
import { useWindowSeen } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { LeasePages, type LeasePagesState } from './lease-pages.ts';

export type LeaseQuery = Omit<AdminParams<'lease.list'>, 'offset' | 'limit'>;

function nowMs(): number {
  return performance.now();
}

function schedule(run: () => void, afterMs: number): () => void {
  const timer = setTimeout(run, afterMs);
  return () => clearTimeout(timer);
}

/** `count` leases of a query from `first` on, at most `pageRowsMax`; none where they cannot be read. */
export async function fetchLeases(
  query: LeaseQuery,
  first: number,
  count: number,
): Promise<readonly ListedLease[]> {
  const answer = await request('lease.list', { ...query, offset: first, limit: count });
  return answer.ok ? answer.value.leases : [];
}

/** The pages of a query; another query begins anew. `query` must be stable. */
export function useLeasePages(query: LeaseQuery): { pages: LeasePages; state: LeasePagesState } {
  const pages = useMemo(
    () =>
      new LeasePages({
        fetchPage: (offset, limit) => request('lease.list', { ...query, offset, limit }),
        nowMs,
        schedule,
      }),
    [query],
  );
  const state = useSyncExternalStore(pages.subscribe, pages.getState);
  const revision = useNode((node) => node.leasesRevision);
  useEffect(() => pages.setRevision(revision), [pages, revision]);
  const seen = useWindowSeen();
  useEffect(() => {
    if (!seen) return undefined;
    pages.open();
    return () => pages.close();
  }, [pages, seen]);
  return { pages, state };
}
