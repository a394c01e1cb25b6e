import { makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { useImport } from '../../features/import/import-context.ts';
import { BeakerRegular } from '../../base/icons.ts';

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
  step: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: '28px',
    height: '28px',
    borderRadius: tokens.borderRadiusCircular,
    border: `1px solid ${tokens.colorBrandStroke1}`,
    color: tokens.colorBrandForeground1,
    fontWeight: tokens.fontWeightSemibold,
  },
  title: { margin: 0 },
  button: { marginTop: 'auto' },
});

/** The first run: the steps to the first licence in their order, or a look at the demo. */
export function FirstRunCard() {
  const styles = useStyles();
  const { chooseLicense, chooseVendor, installDemo, busy } = useImport();
  return (
    <section aria-label="First licence" className={styles.root}>
      <div className={styles.zone}>
        <Step number={1} />
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
      <div className={`${styles.zone} ${styles.drop}`}>
        <Step number={2} />
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

function Step({ number }: { number: number }) {
  const styles = useStyles();
  return <span className={styles.step}>{number}</span>;
}
