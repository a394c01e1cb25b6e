import { Text } from '@fluentui/react-components';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { formatCount } from '../../base/format.ts';
import { ChangeList } from './change-list.tsx';
import type { StepView } from './import-dialog.tsx';
import type { ImportFlow } from './import-flow.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { summarizeChanges, untrustedCode, type ImportStep } from './import-state.ts';
import { findOtherKeys } from './vendor-key.ts';
import { VendorReview } from './vendor-review.tsx';

/** What the dialog shows at a step; null when there is no dialog. */
export function describeStep(
  step: ImportStep,
  flow: ImportFlow,
  vendors: readonly TrustedVendor[],
): StepView | null {
  switch (step.kind) {
    case 'idle':
      return null;
    case 'licenseReview':
      return describeReview(step, flow);
    case 'licenseDone':
      return describeDone(step);
    case 'licenseRefused':
      return describeRefused(step, flow);
    case 'vendorReview':
      return describeVendor(step, flow, vendors);
    case 'vendorDone':
      return {
        title: `The vendor “${step.vendor}” is trusted`,
        content: <Text>Licence files signed with the key {step.keyId} can be imported now.</Text>,
        close: 'Done',
      };
    case 'vendorRefused': {
      const { resume } = step;
      return {
        title: 'The vendor is not trusted',
        content: <RefusalBar title={step.fileName} refusal={step.refusal} />,
        action: { label: 'Choose another file …', run: () => void flow.chooseVendor(resume) },
        close: 'Close',
      };
    }
    case 'demoConsent':
      return describeDemo(step, flow);
  }
}

type Step<K extends ImportStep['kind']> = Extract<ImportStep, { kind: K }>;

function describeVendor(
  step: Step<'vendorReview'>,
  flow: ImportFlow,
  vendors: readonly TrustedVendor[],
): StepView {
  const { file, vendor, keyId, resume } = step;
  const otherKeys = findOtherKeys(step, vendors);
  const second = otherKeys.length > 0;
  return {
    title: second ? `Trust a second key as “${vendor}”?` : `Trust the vendor “${vendor}”?`,
    content: (
      <VendorReview fileName={file.fileName} vendor={vendor} keyId={keyId} otherKeys={otherKeys} />
    ),
    action: {
      label: second ? 'Trust the second key' : 'Trust this vendor',
      run: () => void flow.trust(file, resume),
      trusts: true,
    },
    close: 'Cancel',
  };
}

function describeReview(step: Step<'licenseReview'>, flow: ImportFlow): StepView {
  const { file, changes } = step;
  const { installable, refused, same, untrusted } = summarizeChanges(changes);
  const list = <ChangeList changes={changes} />;
  if (refused > 0) {
    const others = changes.length - refused;
    return {
      title: `${file.fileName} cannot be installed`,
      content: (
        <>
          <Text>
            {formatCount(refused, 'licence is', 'licences are')} refused
            {others > 0 && ', so nothing of the file would be installed'}. Nothing has changed.
          </Text>
          {list}
        </>
      ),
      ...(untrusted && { action: trustAction(flow, step) }),
      close: 'Close',
    };
  }
  if (installable === 0) {
    return {
      title: 'Nothing to install',
      content: (
        <>
          <Text>
            {same === 1 ? 'The licence is' : 'All licences are'} installed already, with the same
            serial and the same contents.
          </Text>
          {list}
        </>
      ),
      close: 'Close',
    };
  }
  return {
    title: `Install ${formatCount(installable, 'licence')}?`,
    content: (
      <>
        <Text>
          From {file.fileName}. The signature is valid. Seats that are in use stay in use.
        </Text>
        {list}
      </>
    ),
    action: {
      label: installable === 1 ? 'Install' : `Install ${formatCount(installable, 'licence')}`,
      run: () => void flow.install(file),
    },
    close: 'Cancel',
  };
}

function describeDone(step: Step<'licenseDone'>): StepView {
  const { installable } = summarizeChanges(step.changes);
  return {
    title:
      installable === 0
        ? 'Everything was installed already'
        : `${formatCount(installable, 'licence is', 'licences are')} installed`,
    content: <ChangeList changes={step.changes} />,
    close: 'Done',
  };
}

function describeRefused(step: Step<'licenseRefused'>, flow: ImportFlow): StepView {
  const { fileName, file, refusal } = step;
  const untrusted = refusal.code === untrustedCode && file;
  return {
    title: `${fileName} cannot be installed`,
    content: (
      <>
        <RefusalBar title="Refused." refusal={refusal} />
        <Text>
          Nothing has changed.
          {untrusted &&
            ' If you know the vendor, trust its key file (.pub); the import then goes on.'}
        </Text>
      </>
    ),
    action: untrusted
      ? trustAction(flow, { file: untrusted })
      : { label: 'Choose another file …', run: () => void flow.chooseLicense() },
    close: 'Close',
  };
}

function trustAction(flow: ImportFlow, { file }: Pick<Step<'licenseReview'>, 'file'>) {
  return { label: 'Trust a vendor key …', run: () => void flow.chooseVendor(file) };
}

function describeDemo(step: Step<'demoConsent'>, flow: ImportFlow): StepView {
  return {
    title: 'Try the demo licences?',
    content: (
      <>
        <Text>
          This trusts the demo vendor on this server and installs its licences. They are marked as
          demo everywhere and are of no worth outside a trial: the demo key is public, so anyone can
          sign licences with it.
        </Text>
        <Text>
          You can take it back at any time with one click: “Remove demo licences” in the tab
          Licences takes the licences and the trust away.
        </Text>
        <RefusalBar title="The demo licences were not installed." refusal={step.refusal ?? null} />
      </>
    ),
    action: { label: 'Trust and install', run: () => void flow.installDemo(true), trusts: true },
    close: 'Cancel',
  };
}
