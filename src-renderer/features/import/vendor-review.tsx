import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  key: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '8px 12px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  id: {
    flex: 1,
    minWidth: 0,
    fontFamily: tokens.fontFamilyMonospace,
    overflowWrap: 'anywhere',
    userSelect: 'text',
  },
});

interface VendorReviewProps {
  fileName: string;
  keyId: string;
}

/** What trusting a vendor means, and the key id to compare. */
export function VendorReview({ fileName, keyId }: VendorReviewProps) {
  const styles = useStyles();
  const known = useNode((node) => node.vendors.some((vendor) => vendor.keyId === keyId));
  return (
    <>
      <Text>
        Every licence file that is signed with this key can then be imported here. The name in the
        file proves nothing: compare the key id with the one that the vendor gave you in another
        way, such as on its web site or by phone.
      </Text>
      <div className={styles.key}>
        <span>Key id</span>
        <span className={styles.id}>{keyId}</span>
        <CopyButton text={keyId} what="key id" />
      </div>
      <Text size={200}>
        From {fileName}. {known && 'This key is trusted already.'}
      </Text>
    </>
  );
}
