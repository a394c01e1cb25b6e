import { countOf } from '../../../src-shared/view/count-of.ts';
import { formatDay } from '../../../src-shared/view/describe-date.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import {
  findFailovers,
  isServedHere,
  nameServer,
  nameWitnessed,
  protectedLedgers,
  waitsFor,
} from '../../../src-shared/view/protection.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { describeRelationshipsAtLength } from '../../../src-shared/view/describe-relationship.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

/** What this node serves: licences that can be granted or are out, and seats of them in use. */
export interface ServedNow {
  licenses: number;
  unitsInUse: number;
  units: number;
}

export function countServed(node: NodeSnapshot | null): ServedNow {
  const served = node ? servedHere(node) : [];
  return {
    licenses: served.length,
    unitsInUse: served.reduce((sum, license) => sum + license.inUse, 0),
    units: served.reduce((sum, license) => sum + license.units, 0),
  };
}

/** Whether it is known that this server serves licences now. */
export function isServing({ connection, node }: UiSnapshot): boolean {
  return connection.state === 'connected' && node?.serving.state === 'serving';
}

/** Licences of this server that can be granted or are out. */
export function servedHere(node: NodeSnapshot): LicenseDetail[] {
  return node.licenses.filter((license) => isServedHere(node, license) && isWorthServing(license));
}

function isWorthServing({ inUse, validity }: LicenseDetail): boolean {
  return inUse > 0 || validity === 'valid' || validity === 'expiring';
}

/** The state of this server in one line; the first line of tooltip and menu. */
export function describeServer(ui: UiSnapshot): string {
  const name = ui.node?.server.name ?? 'Understudy';
  if (ui.connection.state === 'starting') return `${name}: starting`;
  if (ui.connection.state === 'away') return `${name}: licence server is not responding`;
  if (!ui.node) return `${name}: starting`;
  const { licenses, unitsInUse, units } = countServed(ui.node);
  switch (ui.node.serving.state) {
    case 'serving':
      if (licenses === 0) return `${name}: ${describeIdle(ui.node)}`;
      return `${name}: serving ${countOf(licenses, 'licence')}, ${unitsInUse} of ${countOf(units, 'seat')} in use`;
    case 'standby':
      return `${name}: ${describeStandby(ui.node)}`;
    case 'degraded':
      return `${name}: no new seats, ${countOf(unitsInUse, 'seat')} kept`;
    case 'stopped':
      return `${name}: not serving licences`;
  }
}

function describeIdle(node: NodeSnapshot): string {
  const witnessed = nameWitnessed(node);
  return witnessed === '' ? 'ready, no licence installed' : `witness for ${witnessed}`;
}

function describeStandby(node: NodeSnapshot): string {
  const replaced = findFailovers(node).find(({ primary }) => primary === node.server.id);
  if (replaced) return `standing by, ${nameServer(node, replaced.active)} serves for it`;
  const others = protectedLedgers(node)
    .map(primaryOf)
    .filter((id) => id !== node.server.id);
  const names = [...new Set(others)].map((id) => nameServer(node, id));
  return names.length === 0 ? 'standing by' : `standing by for ${joinNames(names)}`;
}

/** The status as text for a message or a ticket: server, licences, what needs attention. */
export function describeStatus(ui: UiSnapshot, now: Date): string {
  const lines = [`Understudy ${ui.desktop.appVersion}, ${now.toISOString()}`, describeServer(ui)];
  const { node } = ui;
  if (node) {
    lines.push(`Address ${node.server.address}, id ${node.server.id}`);
    for (const reason of node.serving.reasons) lines.push(`  ${reason.code}: ${reason.message}`);
    lines.push(...describeRelationshipsAtLength(node));
  }
  if (node?.licenses.length) {
    lines.push('', 'Licences');
    for (const license of node.licenses) lines.push(`  ${describeLicense(node, license)}`);
  }
  if (ui.attention.length) {
    lines.push('', 'Needs attention');
    for (const item of ui.attention) lines.push(`  ${item.title}. ${item.text}`);
  }
  return `${lines.join('\n')}\n`;
}

function describeLicense(node: NodeSnapshot, license: LicenseDetail): string {
  const { expires, trialDays } = license;
  const unlimited = trialDays === undefined ? 'permanent' : 'a trial';
  const until = expires === null ? unlimited : `until ${formatDay(Date.parse(expires))}`;
  const seats = `${license.inUse} of ${countOf(license.units, 'seat')} in use`;
  const { servedBy } = license;
  const waited = waitsFor(node, license);
  const waits = waited === null ? '' : `, not covered: waits for ${nameServer(node, waited)}`;
  const server =
    servedBy?.role === 'failover' ? `, served by failover server ${servedBy.name}` : waits;
  return `${license.product}, ${license.feature} ${license.version}: ${seats}, ${until}${server} (${license.id})`;
}
