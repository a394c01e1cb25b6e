import {
  Button,
  makeStyles,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Text,
} from '@fluentui/react-components';
import { useId } from 'react';
import type { Attention } from '../../../src-shared/model/attention.ts';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { useAction } from '../../base/hooks.ts';
import { ChevronRightRegular, MoreHorizontalRegular } from '../../base/icons.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { useNoticeStyles } from './notice-styles.ts';

const useStyles = makeStyles({
  words: { flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' },
  arrow: { flexShrink: 0 },
});

/** One notice: it leads to the tab that explains it. `aside`: it was set aside, and can come back. */
export function NoticeRow({ notice, aside = false }: { notice: Attention; aside?: boolean }) {
  const { row, entry } = useNoticeStyles();
  const styles = useStyles();
  const { show } = useTabNavigation();
  const titleId = useId();
  const { run } = useAction('notice.setAside');
  return (
    <li className={row}>
      <button type="button" className={entry} onClick={() => show(notice.tab, notice.license)}>
        <SeverityIcon severity={notice.severity} />
        <span className={styles.words}>
          <Text weight="semibold" id={titleId}>
            {notice.title}
          </Text>
          <Text size={200}>{notice.text}</Text>
        </span>
        <ChevronRightRegular className={styles.arrow} fontSize={20} aria-hidden />
      </button>
      {aside ? (
        <Button size="small" onClick={() => void run({ keys: [notice.key], minutes: 0 })}>
          Show again
        </Button>
      ) : (
        <SetAsideMenu
          describedBy={titleId}
          onSetAside={(minutes) => void run({ keys: [notice.key], minutes })}
        />
      )}
    </li>
  );
}

const dayMinutes = 24 * 60;

interface SetAsideMenuProps {
  /** The element that says what is set aside. */
  describedBy: string;
  onSetAside: (minutes: number | null) => void;
}

/** For how long a notice, or a group of them, is not shown. */
export function SetAsideMenu({ describedBy, onSetAside }: SetAsideMenuProps) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button
          appearance="subtle"
          size="small"
          icon={<MoreHorizontalRegular />}
          aria-label="Set aside"
          aria-describedby={describedBy}
        />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem onClick={() => onSetAside(60)}>Show again in 1 hour</MenuItem>
          <MenuItem onClick={() => onSetAside(dayMinutes)}>Show again in 1 day</MenuItem>
          <MenuItem onClick={() => onSetAside(7 * dayMinutes)}>Show again in 7 days</MenuItem>
          <MenuItem onClick={() => onSetAside(null)}>Acknowledge: hide while it lasts</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
