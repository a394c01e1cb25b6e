import {
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Text,
  tokens,
} from '@fluentui/react-components';
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
  vendor: string;
  keyId: string;
  /** Other keys that are trusted under the same name. */
  otherKeys: readonly string[];
}

/** What trusting a vendor means, and the key id to compare. */
export function VendorReview({ fileName, vendor, keyId, otherKeys }: VendorReviewProps) {
  const styles = useStyles();
  const known = useNode((node) => node.vendors.some((vendor) => vendor.keyId === keyId));
  return (
    <>
      {otherKeys.length > 0 && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>
              Another key is trusted as “<bdi>{vendor}</bdi>” already. This file may be forged.
            </MessageBarTitle>{' '}
            Anyone can write this name into a file. Expected:{' '}
            <span className={styles.id}>{otherKeys.join(', ')}</span>. Trust this second key only if{' '}
            <bdi>{vendor}</bdi> itself has told you, by phone or on its web site, that it is a new
            key of its own: whoever has it can issue licences under this name.
          </MessageBarBody>
        </MessageBar>
      )}
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
