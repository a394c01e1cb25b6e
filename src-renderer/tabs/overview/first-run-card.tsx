import { makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useImport } from '../../features/import/import-context.ts';
import { ArrowImportRegular, BeakerRegular, KeyRegular } from '../../base/icons.ts';

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(240px, 1fr))',
    gap: '16px',
  },
  zone: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: '8px',
    padding: '20px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  drop: { border: `2px dashed ${tokens.colorBrandStroke1}` },
  icon: { fontSize: '28px', color: tokens.colorBrandForeground1 },
  title: { margin: 0 },
  button: { marginTop: 'auto' },
});

/** The first run: three ways to the first licence. */
export function FirstRunCard() {
  const styles = useStyles();
  const { chooseLicense, chooseVendor, installDemo, busy } = useImport();
  return (
    <section aria-label="First licence" className={styles.root}>
      <div className={`${styles.zone} ${styles.drop}`}>
        <ArrowImportRegular className={styles.icon} aria-hidden />
        <Subtitle2 as="h2" className={styles.title}>
          Import a licence file
        </Subtitle2>
        <Text>
          Drop the file that your vendor sent anywhere on this window, or choose it. You will see
          what it holds before anything is installed.
        </Text>
        <DialogButton
          className={styles.button}
          appearance="primary"
          disabledFocusable={busy}
          onClick={chooseLicense}
        >
          Import licence file …
        </DialogButton>
      </div>
      <div className={styles.zone}>
        <KeyRegular className={styles.icon} aria-hidden />
        <Subtitle2 as="h2" className={styles.title}>
          Trust a vendor
        </Subtitle2>
        <Text>
          A licence file counts only when its vendor is trusted here. The vendor’s key comes with
          the licence, in a file that ends in .pub.
        </Text>
        <DialogButton className={styles.button} disabledFocusable={busy} onClick={chooseVendor}>
          Trust a vendor key …
        </DialogButton>
      </div>
      <div className={styles.zone}>
        <BeakerRegular className={styles.icon} aria-hidden />
        <Subtitle2 as="h2" className={styles.title}>
          Just looking?
        </Subtitle2>
        <Text>
          Install the demo licences and see how seats are checked out. They are marked as demo
          everywhere, and removed with one click.
        </Text>
        <DialogButton className={styles.button} disabledFocusable={busy} onClick={installDemo}>
          Try the demo licences
        </DialogButton>
      </div>
    </section>
  );
}
