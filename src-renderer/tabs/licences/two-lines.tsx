import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  line: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  wrapped: {
    whiteSpace: 'normal',
    lineHeight: tokens.lineHeightBase100,
    display: '-webkit-box',
    WebkitBoxOrient: 'vertical',
    WebkitLineClamp: 2,
    overflow: 'hidden',
  },
  main: { fontWeight: tokens.fontWeightSemibold },
  second: {
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    ':global([data-dense])': { display: 'none' },
  },
});

interface TwoLinesProps {
  first: ReactNode;
  second: ReactNode;
  strong?: boolean;
  /** The second line may become two. */
  wrap?: boolean;
}

/** A cell of a grid with a second line in small. */
export function TwoLines({ first, second, strong = false, wrap = false }: TwoLinesProps) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <span className={mergeClasses(styles.line, strong && styles.main)}>
        <bdi>{first}</bdi>
      </span>
      <span className={mergeClasses(wrap ? styles.wrapped : styles.line, styles.second)}>
        <bdi>{second}</bdi>
      </span>
    </div>
  );
}
