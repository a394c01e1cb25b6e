import { Badge, makeStyles } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { validityWords } from '../../../src-shared/view/validity-words.ts';
import { validityColors } from './describe-license.ts';

const useStyles = makeStyles({ root: { display: 'inline-flex', gap: '4px', flexWrap: 'wrap' } });

/** Whether a licence grants seats, and whether it is a demo. */
export function LicenseStateBadge({ license }: { license: LicenseDetail }) {
  const styles = useStyles();
  const color = validityColors[license.validity];
  const alarming = color === 'warning' || color === 'danger';
  return (
    <span className={styles.root}>
      <Badge appearance={alarming ? 'filled' : 'tint'} color={color} title={license.damage}>
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
