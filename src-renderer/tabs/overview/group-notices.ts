import type { Attention } from '../../../src-shared/model/attention.ts';
import { kindOf } from '../../../src-shared/view/attention-order.ts';
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

const groupWords: Readonly<Record<string, readonly [one: string, many: string]>> = {
  damaged: ['licence is damaged', 'licences are damaged'],
  revoked: ['licence is revoked', 'licences are revoked'],
  expired: ['licence has expired', 'licences have expired'],
  exhausted: ['licence has all seats in use', 'licences have all seats in use'],
  expires: ['licence expires soon', 'licences expire soon'],
};

/** Notices in their order; many of one kind as a group, in the place of its first one. */
export function groupNotices(notices: readonly Attention[]): NoticeGroup[] {
  const groups = new Map<string, Attention[]>();
  for (const notice of notices) {
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
