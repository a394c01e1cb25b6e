import { Badge, makeStyles } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { validityWords } from '../../../src-shared/view/validity-words.ts';
import { validityColors } from './describe-license.ts';

const useStyles = makeStyles({ root: { display: 'inline-flex', gap: '4px', flexWrap: 'wrap' } });

/** Whether a licence grants seats, and whether it is a demo. */
export function LicenseStateBadge({ license }: { license: LicenseDetail }) {
  const styles = useStyles();
  return (
    <span className={styles.root}>
      <Badge appearance="tint" color={validityColors[license.validity]} title={license.damage}>
        {validityWords[license.validity]}
      </Badge>
      {license.demo && (
        <Badge appearance="outline" color="informative">
          Demo
        </Badge>
      )}
    </span>
  );
}
