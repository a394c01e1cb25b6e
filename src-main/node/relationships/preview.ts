import { participants } from '../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { Preview } from '../../../src-shared/model/relationship.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import { currentGrant, unitCount } from '../core/ledger/ledger.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Candidates } from './candidates.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

/** Leases whose holders are named; more are only counted. */
const deniedMax = 200;

/** Who would serve what if some servers stopped now, all at once. Pure. */
export function derivePreview(
  lost: readonly [string, ...string[]],
  replicas: readonly HostedReplica[],
  candidates: Candidates,
): Preview {
  const [stop, ...also] = lost.map((id) => ({ id, name: candidates.nameOf(id) }));
  if (!stop) throw new Error('a preview is about a server at least');
  const preview: Preview = {
    stop,
    also,
    serves: [],
    stops: [],
    unserved: [],
    deniedCount: 0,
    denied: [],
  };
  for (const replica of replicas) addLedger(preview, replica, lost, candidates);
  return preview;
}

function addLedger(
  preview: Preview,
  replica: HostedReplica,
  lost: readonly string[],
  candidates: Candidates,
): void {
  const next = nextActive(replica, lost, candidates);
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

function nextActive(replica: HostedReplica, lost: readonly string[], candidates: Candidates): Next {
  const { active, config, synchronised, quorumMargin, members } = replica.view();
  const { membership } = config;
  const downOf = (id: string) =>
    id === candidates.ownId ? false : members.find((one) => one.id === id)?.down;
  // Who is down already, or takes no part, would not be missed.
  const missed = participants(membership).filter((id) => lost.includes(id) && downOf(id) !== true);
  const goesOn = active !== null && !lost.includes(active);
  if (missed.length === 0 && goesOn) return { ok: true, server: active };
  if (membership.rule === 'majority' && (quorumMargin ?? 0) < Math.max(1, missed.length)) {
    const why = 'Too few of the servers that vote would be left, so that none may serve.';
    return { ok: false, why };
  }
  if (goesOn) return { ok: true, server: active };
  const left = membership.members.filter((id) => !lost.includes(id));
  const up = left.filter((id) => downOf(id) === false);
  const ready = up.find((id) => synchronised.includes(id));
  if (ready !== undefined) return { ok: true, server: ready };
  if (left.length === 0) {
    const isAlone = membership.members.length === 1;
    const why = isAlone
      ? 'No other server protects it.'
      : 'Every server that keeps it would be lost.';
    return { ok: false, why };
  }
  const names = joinNames((up.length === 0 ? left : up).map((id) => candidates.nameOf(id)));
  const does = up.length === 1 ? 'does' : 'do';
  return {
    ok: false,
    why:
      up.length === 0 ? `${names} cannot be reached.` : `${names} ${does} not have everything yet.`,
  };
}
