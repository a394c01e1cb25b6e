import type { Attention } from '../model/attention.ts';

const severityRank = { error: 0, warning: 1, info: 2 };

/** Kinds by urgency, beginning with those that stop people now. Others stand between the two. */
const kindsFirst = ['node', 'serving', 'failover', 'copied', 'damaged', 'revoked', 'expired'];
const kindsLast = ['exhausted', 'expires', 'desktopSettings'];

/** The kind of a cause: what its key begins with. */
export function kindOf({ key }: Pick<Attention, 'key'>): string {
  return key.split(':', 1)[0] ?? key;
}

/** The most urgent first: the order of window, tray and notifications alike. */
export function compareUrgency(a: Attention, b: Attention): number {
  return (
    severityRank[a.severity] - severityRank[b.severity] ||
    kindRank(a) - kindRank(b) ||
    daysLeft(a) - daysLeft(b)
  );
}

function kindRank(notice: Attention): number {
  const kind = kindOf(notice);
  const last = kindsLast.indexOf(kind);
  if (last >= 0) return kindsFirst.length + 1 + last;
  const first = kindsFirst.indexOf(kind);
  return first >= 0 ? first : kindsFirst.length;
}

/** Of a licence that expires, the number of days that its key ends with. */
function daysLeft(notice: Attention): number {
  return kindOf(notice) === 'expires' ? Number(notice.key.split(':').at(-1)) : 0;
}
