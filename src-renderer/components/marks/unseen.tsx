import { makeStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  root: {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'pre',
  },
});

/** Words that a screen reader says, and that are not drawn, as there is no room for them. */
export function Unseen({ children }: { children: ReactNode }) {
  return <span className={useStyles().root}>{children}</span>;
}
