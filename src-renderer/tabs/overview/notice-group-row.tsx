import { makeStyles, Text } from '@fluentui/react-components';
import { useId, useState } from 'react';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { useAction } from '../../base/hooks.ts';
import { ChevronDownRegular, ChevronRightRegular } from '../../base/icons.ts';
import type { NoticeGroup } from './group-notices.ts';
import { NoticeRow, SetAsideMenu } from './notice-row.tsx';
import { useNoticeStyles } from './notice-styles.ts';

const useStyles = makeStyles({
  title: { flex: 1, minWidth: 0 },
  list: {
    listStyleType: 'none',
    margin: '4px 0 0 24px',
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
  },
});

/** Many notices of one kind: one line that unfolds. */
export function NoticeGroupRow({ group }: { group: NoticeGroup }) {
  const { row, entry } = useNoticeStyles();
  const styles = useStyles();
  const titleId = useId();
  const [open, setOpen] = useState(false);
  const { run } = useAction('notice.setAside');
  const { title, notices } = group;
  const keys = notices.map(({ key }) => key);
  const Arrow = open ? ChevronDownRegular : ChevronRightRegular;
  return (
    <li>
      <div className={row}>
        <button type="button" className={entry} aria-expanded={open} onClick={() => setOpen(!open)}>
          <SeverityIcon severity={notices[0]?.severity ?? 'info'} />
          <Text weight="semibold" id={titleId} className={styles.title}>
            {title}
          </Text>
          <Arrow fontSize={20} aria-hidden />
        </button>
        <SetAsideMenu describedBy={titleId} onSetAside={(minutes) => void run({ keys, minutes })} />
      </div>
      {open && (
        <ul className={styles.list}>
          {notices.map((notice) => (
            <NoticeRow key={notice.key} notice={notice} />
          ))}
        </ul>
      )}
    </li>
  );
}
