import type { Attention } from '../../../src-shared/model/attention.ts';
import { severityRank } from '../../../src-shared/view/attention.ts';
import { formatCount } from '../../base/format.ts';

/** Notices of one kind that are shown as one. */
export interface NoticeGroup {
  key: string;
  /** What they come to; of one notice its own title. */
  title: string;
  notices: readonly Attention[];
}

/** So many of a kind are shown as one. */
const groupedFrom = 3;

/** Kinds by urgency, beginning with those that stop people now. Others stand between the two. */
const kindsFirst = ['node', 'serving', 'failover', 'copied', 'damaged', 'revoked', 'expired'];
const kindsLast = ['exhausted', 'expires', 'desktopSettings'];

const groupWords: Readonly<Record<string, readonly [one: string, many: string]>> = {
  damaged: ['licence is damaged', 'licences are damaged'],
  revoked: ['licence is revoked', 'licences are revoked'],
  expired: ['licence has expired', 'licences have expired'],
  exhausted: ['licence has all seats in use', 'licences have all seats in use'],
  expires: ['licence expires soon', 'licences expire soon'],
};

/** The notices by urgency; many of one kind as a group, in the place of its most urgent one. */
export function groupNotices(notices: readonly Attention[]): NoticeGroup[] {
  const groups = new Map<string, Attention[]>();
  for (const notice of [...notices].sort(compareUrgency)) {
    const key = `${kindOf(notice)}:${notice.severity}`;
    const known = groups.get(key);
    if (known) known.push(notice);
    else groups.set(key, [notice]);
  }
  return [...groups].flatMap(([key, members]) => {
    const words = groupWords[kindOf(members[0]!)];
    if (words && members.length >= groupedFrom) {
      return [{ key, title: formatCount(members.length, ...words), notices: members }];
    }
    return members.map((notice) => ({ key: notice.key, title: notice.title, notices: [notice] }));
  });
}

/** The key of a cause begins with its kind. */
function kindOf({ key }: Attention): string {
  return key.split(':', 1)[0] ?? key;
}

function compareUrgency(a: Attention, b: Attention): number {
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
