import { clockMarginMs } from '../../src-main/node/core/ledger/lease-life.ts';
import type { Cluster } from './cluster.ts';

const convergeWithinMs = 90_000;

/** Without faults all must become one in time, and have the same: each of the ledgers of the same servers. */
export function converge(clusters: readonly Cluster[]): void {
  const [first] = clusters;
  if (!first) throw new Error('there is a ledger');
  const isWrong = () => clusters.some(({ violations }) => violations.length > 0);
  for (const cluster of clusters) becomeOne(cluster, 'not one');
  first.runFor(5_000);
  for (const cluster of clusters) {
    becomeOne(cluster, 'not one again');
    if (isWrong()) return;
    cluster.checks.checkAfterFaults();
  }
  for (const client of clusters.flatMap((cluster) => cluster.clients)) client.stop();
  const lifeMs = Math.max(...clusters.map(({ checks }) => checks.seats.longestLifeMs()));
  first.runFor(1.5 * lifeMs + 2 * clockMarginMs);
  if (isWrong()) return;
  for (const { checks } of clusters) checks.seats.checkRunOut();
}

function becomeOne(cluster: Cluster, otherwise: string): void {
  const { convergence } = cluster.checks;
  if (cluster.runUntil(() => convergence.isOne(), convergeWithinMs)) return;
  if (cluster.violations.length > 0) return;
  cluster.violated(`9: ${otherwise} after ${convergeWithinMs} ms: ${convergence.describe()}`);
}
