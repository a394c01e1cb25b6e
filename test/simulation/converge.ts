import { clockMarginMs } from '../../src-main/node/core/ledger/lease-life.ts';
import type { Cluster } from './cluster.ts';

const convergeWithinMs = 90_000;

/** Without faults all must become one in time, and have the same. */
export function converge(cluster: Cluster): void {
  const { checks } = cluster;
  const converged = cluster.runUntil(() => checks.convergence.isOne(), convergeWithinMs);
  if (!converged && cluster.violations.length === 0) {
    cluster.violated(`9: not one after ${convergeWithinMs} ms: ${checks.convergence.describe()}`);
  }
  cluster.runFor(5_000);
  const again = cluster.runUntil(() => checks.convergence.isOne(), convergeWithinMs);
  if (cluster.violations.length > 0) return;
  if (!again) cluster.violated(`9: not one again: ${checks.convergence.describe()}`);
  checks.checkAfterFaults();
  for (const client of cluster.clients) client.stop();
  cluster.runFor(1.5 * checks.seats.longestLifeMs() + 2 * clockMarginMs);
  if (cluster.violations.length === 0) checks.seats.checkRunOut();
}
