import type { Attention } from '../model/attention.ts';
import type { LicenseDetail } from '../model/license.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { countOf } from './count-of.ts';
import { inEachRelationship } from './one-relationship.ts';
import { findFailovers, isConnected, nameServer, waitsFor } from './protection.ts';

/** Licences that are named in one notice; more are counted. */
const namedMax = 5;

/**
 * Licences that grant seats when they are served, and that nobody serves: one notice for those that
 * wait for one server. When this server as a whole serves nothing, that is said and not this.
 */
export function deriveUnserved(node: NodeSnapshot): Attention[] {
  if (node.serving.state === 'stopped' || node.serving.state === 'degraded') return [];
  const byServer = new Map<string, LicenseDetail[]>();
  for (const license of node.licenses.filter(isMissed)) {
    const waited = waitsFor(node, license) ?? '';
    const known = byServer.get(waited);
    if (known) known.push(license);
    else byServer.set(waited, [license]);
  }
  return [...byServer].map(([waited, licenses]) => describe(node, waited, licenses));
}

function isMissed({ servedBy, validity, damage, inUse }: LicenseDetail): boolean {
  if (servedBy !== null || damage !== undefined) return false;
  return validity === 'valid' || validity === 'expiring' || inUse > 0;
}

function describe(
  node: NodeSnapshot,
  waited: string,
  licenses: readonly LicenseDetail[],
): Attention {
  const names = licenses.slice(0, namedMax).map(({ feature }) => feature);
  const more = licenses.length - names.length;
  const listed = `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const [first] = licenses;
  const one = licenses.length === 1;
  const inUse = licenses.reduce((sum, license) => sum + license.inUse, 0);
  const seats = inUse === 0 ? '' : ` ${countOf(inUse, 'seat')} in use cannot be renewed.`;
  return {
    key: `unserved:${waited}`,
    severity: 'error',
    title: one ? `${listed}: not served` : `${countOf(licenses.length, 'licence')} are not served`,
    text: `${one ? '' : `${listed}. `}${describeWhy(node, waited, one)}${seats}`,
    tab: 'licences',
    ...(one && first ? { license: first.id } : {}),
  };
}

function describeWhy(node: NodeSnapshot, waited: string, one: boolean): string {
  if (waited === '')
    return 'No server is known to serve; the servers are finding out which one may.';
  const name = nameServer(node, waited);
  const only = `${one ? 'The licence' : 'They'} may run only on ${name}`;
  if (!isConnected(node, waited))
    return `${only}, which is down or cannot be reached: bring ${name} back.`;
  const they = one ? 'it' : 'them';
  const again = returnsByItself(node, waited)
    ? `${one ? 'it is' : 'they are'} served again when ${name} takes its licences back.`
    : `fail back to have ${they} served.`;
  return `${only}, which stands by while another server serves in its place: ${again}`;
}

/** Nobody has to order it: what another server serves in its place goes back to it. */
function returnsByItself(node: NodeSnapshot, id: string): boolean {
  return inEachRelationship(node)
    .filter(({ relationship }) => relationship?.settings.reclaim !== 'manual')
    .flatMap(findFailovers)
    .some(({ primary, planned }) => primary === id && !planned);
}
