import { Badge, makeStyles } from '@fluentui/react-components';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { describeState } from './describe-license.ts';

const useStyles = makeStyles({ root: { display: 'inline-flex', gap: '4px', flexWrap: 'wrap' } });

/** Whether a licence grants seats, and whether it is a demo. */
export function LicenseStateBadge({ license }: { license: LicenseDetail }) {
  const styles = useStyles();
  const { word, color } = describeState(license.validity);
  return (
    <span className={styles.root}>
      <Badge appearance="tint" color={color} title={license.damage}>
        {word}
      </Badge>
      {license.demo && (
        <Badge appearance="outline" color="informative">
          Demo
        </Badge>
      )}
    </span>
  );
}
