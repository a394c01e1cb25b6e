import { countOf, isOrAre } from './count-of.ts';
import type { Attention } from '../model/attention.ts';
import { expiryToldDays, type LicenseDetail } from '../model/license.ts';
import type { BackupStatus } from '../model/backup.ts';
import type { MissingDataStatus } from '../model/missing-data.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { dayMs } from '../model/time-units.ts';
import { describeAsked } from './describe-consent.ts';
import { damageRemedy } from './damage-remedy.ts';
import { countDaysLeft, describeDaysLeft, formatDay } from './describe-date.ts';
import { compareUrgency } from './attention-order.ts';
import { deriveClockAttention } from './clock-attention.ts';
import { describeStranger } from './describe-stranger.ts';
import { deriveIdentityNotices } from './identity-notices.ts';
import { servingWords } from './serving-words.ts';
import { deriveRelationshipAttention } from './relationship-attention.ts';
import { deriveUnserved } from './unserved-attention.ts';

/** Why a server does not serve that has lost data; told apart. */
const missingDataCode = 'DATA_MISSING';

/** What needs attention in a snapshot, the most urgent first. Pure: the same snapshot, the same list. */
export function deriveAttention(node: NodeSnapshot): Attention[] {
  const list: Attention[] = [];
  const { state } = node.serving;
  const reasons = node.serving.reasons.filter(({ code }) => code !== missingDataCode);
  if (node.missingData) list.push(describeMissingData(node.missingData));
  const isSaid = node.missingData !== null && reasons.length === 0;
  if ((state === 'degraded' || state === 'stopped') && !isSaid) {
    list.push({
      key: `serving:${state}:${node.serving.since}`,
      severity: 'error',
      title: servingWords[state],
      text: reasons.map((reason) => reason.message).join(' '),
      tab: 'overview',
    });
  }
  list.push(...deriveIdentityAttention(node));
  list.push(...deriveStrangerAttention(node), ...deriveRequestAttention(node));
  if (node.backups.problem) list.push(describeBackupProblem(node.backups.problem));
  list.push(...deriveClockAttention(node));
  list.push(...deriveRelationshipAttention(node), ...deriveUnserved(node));
  const nowMs = Date.parse(node.at);
  for (const license of node.licenses) {
    if (license.damage !== undefined) {
      list.push(describeDamage(license, license.damage));
      continue;
    }
    if (license.validity === 'revoked') {
      list.push(describeRevocation(license));
      continue;
    }
    const expiry = deriveExpiryAttention(license, nowMs);
    if (expiry) list.push(expiry);
    if (license.validity !== 'expired' && license.inUse >= license.units) {
      list.push({
        key: `exhausted:${license.id}`,
        severity: 'warning',
        title: `${license.feature}: all seats in use`,
        text:
          `${license.inUse} of ${countOf(license.units, 'seat')} of ${license.id} ` +
          `${isOrAre(license.units)} in use. New requests are refused.`,
        tab: 'licences',
        license: license.id,
      });
    }
  }
  return list.sort(compareUrgency);
}

function describeMissingData({ noticedAt, message, warning }: MissingDataStatus): Attention {
  return {
    key: `missing-data:${noticedAt}`,
    severity: 'error',
    title: 'Data of this server is missing',
    text: warning === null ? message : `${message} ${warning}`,
    tab: 'overview',
  };
}

function describeBackupProblem({ message }: NonNullable<BackupStatus['problem']>): Attention {
  return {
    key: 'backup-failed',
    severity: 'warning',
    title: 'The last backup was not made',
    text: message,
    tab: 'settings',
  };
}

function deriveIdentityAttention(node: NodeSnapshot): Attention[] {
  return deriveIdentityNotices(node).map(({ key, severity, title, text }) => ({
    key,
    severity,
    title,
    text,
    tab: 'servers',
  }));
}

/** Who calls may be right that the two are paired, or may not: it is told as what the other one says. */
function deriveStrangerAttention({ strangers }: NodeSnapshot): Attention[] {
  return strangers.map(({ id, name }) => ({
    key: `stranger:${id}`,
    severity: 'warning',
    title: `${name} says that it is paired with this server`,
    text: describeStranger(name, id),
    tab: 'servers',
  }));
}

/** Other servers wait for the word of an admin here. */
function deriveRequestAttention({ requests, server }: NodeSnapshot): Attention[] {
  return requests.map((request) => ({
    key: `asked:${request.from.id}`,
    severity: 'warning',
    title: `${request.from.name} asks for a relationship`,
    text: `${describeAsked(request, server.name).join(' ')} Accept or refuse it.`,
    tab: 'failover',
  }));
}

function describeDamage({ id, feature }: LicenseDetail, damage: string): Attention {
  return {
    key: `damaged:${id}`,
    severity: 'error',
    title: `${feature}: licence damaged`,
    text: `This server does not serve ${id}. ${damage} ${damageRemedy}`,
    tab: 'licences',
    license: id,
  };
}

function describeRevocation({ id, feature, vendor, revision }: LicenseDetail): Attention {
  return {
    key: `revoked:${id}:${revision}`,
    severity: 'error',
    title: `${feature}: licence revoked`,
    text: `${vendor} has revoked ${id}: no seat of it is granted or renewed. Ask the vendor.`,
    tab: 'licences',
    license: id,
  };
}

/** A trial that is over cannot be removed, so that after a while it is no matter any more. */
function describeTrialOver(
  { id, feature, revision }: LicenseDetail,
  expires: string,
  nowMs: number,
): Attention | undefined {
  if (nowMs - Date.parse(expires) > trialOverToldDays * dayMs) return undefined;
  return {
    key: `expired:${id}:${revision}`,
    severity: 'warning',
    title: `${feature}: trial over`,
    text: `The trial ${id} ended on ${formatDay(Date.parse(expires))}. To go on, ask the vendor for a licence.`,
    tab: 'licences',
    license: id,
  };
}

/** How long the end of a trial is told of. */
const trialOverToldDays = 30;

function deriveExpiryAttention(license: LicenseDetail, nowMs: number): Attention | undefined {
  if (license.expires === null) return undefined;
  const common = { tab: 'licences', license: license.id } as const;
  const expiresMs = Date.parse(license.expires);
  const day = formatDay(expiresMs);
  if (license.validity === 'expired') {
    if (license.trialBegan !== undefined) return describeTrialOver(license, license.expires, nowMs);
    return {
      ...common,
      key: `expired:${license.id}:${license.revision}`,
      severity: 'error',
      title: `${license.feature}: licence expired`,
      text: `${license.id} ended on ${day}. Import a renewed licence file.`,
    };
  }
  const daysLeft = countDaysLeft(expiresMs, nowMs);
  const threshold = expiryToldDays.findLast((days) => daysLeft <= days);
  if (threshold === undefined) return undefined;
  return {
    ...common,
    key: `expires:${license.id}:${license.revision}:${threshold}`,
    severity: 'warning',
    title: `${license.feature}: licence expires soon`,
    text: `${license.id} ends in ${describeDaysLeft(expiresMs, nowMs)}, on ${day}.`,
  };
}
