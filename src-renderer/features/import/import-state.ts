import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import type { LicenseChange } from '../../../src-shared/contract/admin.ts';

export interface ImportFile {
  fileName: string;
  content: string;
}

/** What the import dialog shows. */
export type ImportStep =
  | { kind: 'idle' }
  | { kind: 'licenseReview'; file: ImportFile; changes: readonly LicenseChange[] }
  | { kind: 'licenseDone'; fileName: string; changes: readonly LicenseChange[] }
  /** `file`: absent when it could not be read. */
  | { kind: 'licenseRefused'; fileName: string; file?: ImportFile; refusal: IpcRefusal }
  /** `resume`: the licence file that waits for this vendor to be trusted. */
  | { kind: 'vendorReview'; file: ImportFile; vendor: string; keyId: string; resume?: ImportFile }
  | { kind: 'vendorDone'; vendor: string; keyId: string }
  | { kind: 'vendorRefused'; fileName: string; refusal: IpcRefusal; resume?: ImportFile }
  | { kind: 'demoConsent'; refusal?: IpcRefusal };

export interface ImportState {
  step: ImportStep;
  /** What is being done, while the step is still shown. */
  busy: string | null;
  /** Dropped files that wait their turn, at most `droppedFilesMax`. */
  waiting: readonly File[];
}

export type ImportEvent =
  | { type: 'busy'; what: string }
  | { type: 'stepped'; step: ImportStep }
  /** Nothing was chosen: the step stays. */
  | { type: 'cancelled' }
  | { type: 'dropped'; files: readonly File[] }
  /** The first file that waits is read now. */
  | { type: 'taken' }
  | { type: 'closed' };

export const droppedFilesMax = 20;

export const idleImport: ImportState = { step: { kind: 'idle' }, busy: null, waiting: [] };

export function reduceImport(state: ImportState, event: ImportEvent): ImportState {
  switch (event.type) {
    case 'busy':
      return { ...state, busy: event.what };
    case 'stepped':
      return { ...state, step: event.step, busy: null };
    case 'cancelled':
      return { ...state, busy: null };
    case 'dropped':
      return { ...state, waiting: [...state.waiting, ...event.files].slice(0, droppedFilesMax) };
    case 'taken':
      return { ...state, waiting: state.waiting.slice(1) };
    case 'closed':
      return { ...state, step: { kind: 'idle' }, busy: null };
  }
}

/** What a set of changes comes to: whether there is anything to install, and what to call it. */
export function summarizeChanges(changes: readonly LicenseChange[]): {
  installable: number;
  refused: number;
  same: number;
  /** Refused for a vendor key that is not trusted: trusting it would help. */
  untrusted: boolean;
} {
  const count = (kind: LicenseChange['kind']) =>
    changes.filter((change) => change.kind === kind).length;
  return {
    installable: count('new') + count('replace'),
    refused: count('refused'),
    same: count('same'),
    untrusted: changes.some((change) => change.refusal?.code === untrustedCode),
  };
}

export const untrustedCode = 'LICENSE_VENDOR_UNTRUSTED';
