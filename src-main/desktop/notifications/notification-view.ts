import type { Attention, Tab } from '../../../src-shared/model/attention.ts';
import type { Severity } from '../../../src-shared/model/timeline.ts';

export interface NotificationView {
  title: string;
  body: string;
  severity: Severity;
  /** Where a click leads. */
  tab: Tab;
  license?: string;
  /** The one before of the same group is taken off the screen. */
  group?: string;
}

export function viewOf({ title, text, severity, tab, license }: Attention): NotificationView {
  return { title, body: text, severity, tab, ...(license === undefined ? {} : { license }) };
}
