import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { Preview } from '../../../src-shared/model/relationship.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import { currentGrant, unitCount } from '../core/ledger/ledger.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Candidates } from './candidates.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

/** Leases whose holders are named; more are only counted. */
const deniedMax = 200;

/** Who would serve what if a server stopped now. Pure. */
export function derivePreview(
  stop: string,
  replicas: readonly HostedReplica[],
  candidates: Candidates,
): Preview {
  const preview: Preview = {
    stop: { id: stop, name: candidates.nameOf(stop) },
    serves: [],
    stops: [],
    unserved: [],
    deniedCount: 0,
    denied: [],
  };
  for (const replica of replicas) addLedger(preview, replica, stop, candidates);
  return preview;
}

function addLedger(
  preview: Preview,
  replica: HostedReplica,
  stop: string,
  candidates: Candidates,
): void {
  const next = nextActive(replica, stop, candidates);
  const served: string[] = [];
  let seats = 0;
  for (const license of replica.ledger.licenses.values()) {
    const { feature } = currentGrant(license);
    const out = unitCount(replica.ledger, license.id).units;
    const problem =
      license.damage ?? (next.ok ? coverageProblem(replica, license, next.server) : next.why);
    if (problem === undefined) {
      served.push(license.id);
      seats += out;
      continue;
    }
    const stopped = { license: license.id, feature, seats: out, reason: problem };
    if (!isServedNow(replica, license)) {
      preview.unserved.push(stopped);
      continue;
    }
    preview.stops.push(stopped);
    addDenied(preview, replica, stopped);
  }
  if (!next.ok) return;
  const { server } = next;
  // Of the two ledgers of a pool, of both directions of a backup.
  const known = preview.serves.find((one) => one.server.id === server);
  if (known) {
    known.licenses.push(...served);
    known.seats += seats;
    return;
  }
  preview.serves.push({
    server: { id: server, name: candidates.nameOf(server) },
    licenses: served,
    seats,
  });
}

/** Whoever has borrowed a seat need not renew it. */
function addDenied(
  preview: Preview,
  { ledger }: HostedReplica,
  { license, feature, reason }: Preview['stops'][number],
): void {
  for (const lease of ledger.leases.values()) {
    if (lease.licenseId !== license || lease.borrowUntilMs !== null) continue;
    preview.deniedCount += 1;
    if (preview.denied.length >= deniedMax) continue;
    const { user, host } = lease.holder;
    preview.denied.push({ lease: lease.id, feature, user, host, reason });
  }
}

function isServedNow(replica: HostedReplica, license: InstalledLicense): boolean {
  const { active } = replica.view();
  if (active === null || license.damage !== undefined) return false;
  return coverageProblem(replica, license, active) === undefined;
}

function coverageProblem(
  replica: HostedReplica,
  license: InstalledLicense,
  server: string,
): string | undefined {
  const coverage = deriveCoverage(replica.view().config, license, server);
  return coverage.covered ? undefined : coverage.reason.message;
}

type Next = { ok: true; server: string } | { ok: false; why: string };

function nextActive(replica: HostedReplica, stop: string, candidates: Candidates): Next {
  const { active, config, synchronised, quorumMargin, members } = replica.view();
  const { membership } = config;
  const takesPart = membership.members.includes(stop) || membership.witness === stop;
  const downOf = (id: string) =>
    id === candidates.ownId ? false : members.find((one) => one.id === id)?.down;
  const wouldMiss = takesPart && downOf(stop) !== true;
  if (!wouldMiss && active !== null && active !== stop) return { ok: true, server: active };
  if (membership.rule === 'majority' && (quorumMargin ?? 0) < 1) {
    const why = 'Too few of the servers that vote would be left, so that none may serve.';
    return { ok: false, why };
  }
  if (active !== null && active !== stop) return { ok: true, server: active };
  const left = membership.members.filter((id) => id !== stop);
  const up = left.filter((id) => downOf(id) === false);
  const ready = up.find((id) => synchronised.includes(id));
  if (ready !== undefined) return { ok: true, server: ready };
  if (left.length === 0) return { ok: false, why: 'No other server protects it.' };
  const names = joinNames((up.length === 0 ? left : up).map((id) => candidates.nameOf(id)));
  const does = up.length === 1 ? 'does' : 'do';
  return {
    ok: false,
    why:
      up.length === 0 ? `${names} cannot be reached.` : `${names} ${does} not have everything yet.`,
  };
}
