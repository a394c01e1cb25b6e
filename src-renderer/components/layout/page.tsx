import { makeStyles, mergeClasses, Title3, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: 0, minWidth: 0 },
  header: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    padding: '20px 24px 12px',
    '@media (max-width: 1100px)': { padding: '16px 16px 12px' },
    '@media (max-width: 700px), (max-height: 480px)': { padding: '10px 12px 8px' },
  },
  title: { flex: '1 1 auto', margin: 0 },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
  },
  content: {
    flex: 1,
    minHeight: 0,
    minWidth: 0,
    overflow: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: '4px 24px 24px',
    '@media (max-width: 1100px)': { padding: '4px 16px 16px' },
    '@media (max-width: 700px), (max-height: 480px)': {
      padding: '4px 12px 12px',
      gap: tokens.spacingVerticalM,
    },
  },
});

interface PageProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** The frame of a tab: a title, what can be done, and a content that scrolls. */
export function Page({ title, actions, children, className }: PageProps) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <header className={styles.header}>
        <Title3 as="h1" className={styles.title}>
          {title}
        </Title3>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={mergeClasses(styles.content, className)}>{children}</div>
    </div>
  );
}
