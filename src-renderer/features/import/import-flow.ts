import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { request } from '../../base/bridge.ts';
import type { ImportEvent, ImportFile, ImportStep } from './import-state.ts';
import { parseVendorKey, vendorKeyId } from './vendor-key.ts';

/**
 * What an import does, step by step; whatever comes of it is dispatched as a step of the dialog.
 */
export class ImportFlow {
  private readonly dispatch: (event: ImportEvent) => void;

  constructor(dispatch: (event: ImportEvent) => void) {
    this.dispatch = dispatch;
  }

  /** Asks for a licence file; a vendor key is taken too. */
  async chooseLicense(): Promise<void> {
    const answer = await this.choose('license');
    if (!answer.ok) {
      this.step({ kind: 'licenseRefused', fileName: 'The file', refusal: answer });
    } else if (answer.file) await this.review(answer.file);
  }

  /** Asks for a vendor key; `resume` is the licence file that waits for it. */
  async chooseVendor(resume?: ImportFile): Promise<void> {
    const answer = await this.choose('vendor');
    if (!answer.ok) this.refuseVendor('The file', answer, resume);
    else if (answer.file) await this.reviewVendor(answer.file, resume);
  }

  async reviewDropped(dropped: File): Promise<void> {
    this.busy(`Reading ${dropped.name} …`);
    const file = await readDropped(dropped);
    if ('content' in file) await this.review(file);
    else this.step({ kind: 'licenseRefused', ...file });
  }

  async install(file: ImportFile): Promise<void> {
    this.busy('Installing …');
    const { fileName, content } = file;
    const answer = await request('license.import', { content, fileName });
    if (answer.ok) this.step({ kind: 'licenseDone', fileName, changes: answer.value.changes });
    else this.step({ kind: 'licenseRefused', fileName, file, refusal: answer });
  }

  async trust(file: ImportFile, resume?: ImportFile): Promise<void> {
    this.busy('Trusting the vendor …');
    const answer = await request('vendor.trust', { content: file.content });
    if (!answer.ok) this.refuseVendor(file.fileName, answer, resume);
    else if (resume) await this.compare(resume);
    else this.step({ kind: 'vendorDone', ...answer.value.vendor });
  }

  askDemo(): void {
    this.step({ kind: 'demoConsent' });
  }

  async installDemo(consent: boolean): Promise<void> {
    this.busy('Installing the demo licences …');
    const answer = await request('demo.install', { consent });
    if (!answer.ok) this.step({ kind: 'demoConsent', refusal: answer });
    else {
      const { changes } = answer.value;
      this.step({ kind: 'licenseDone', fileName: 'Demo licences', changes });
    }
  }

  private async choose(
    purpose: 'license' | 'vendor',
  ): Promise<{ ok: true; file: ImportFile | null } | ({ ok: false } & IpcRefusal)> {
    this.busy('Choose a file …');
    const answer = await request('dialog.openFile', { purpose });
    if (!answer.ok) return answer;
    const { chosen } = answer.value;
    if (!chosen) this.dispatch({ type: 'cancelled' });
    return { ok: true, file: chosen };
  }

  private async review(file: ImportFile): Promise<void> {
    if (parseVendorKey(file.content)) await this.reviewVendor(file);
    else await this.compare(file);
  }

  private async compare(file: ImportFile): Promise<void> {
    this.busy(`Comparing ${file.fileName} …`);
    const answer = await request('license.diff', { content: file.content });
    if (answer.ok) this.step({ kind: 'licenseReview', file, changes: answer.value.changes });
    else this.step({ kind: 'licenseRefused', fileName: file.fileName, file, refusal: answer });
  }

  private async reviewVendor(file: ImportFile, resume?: ImportFile): Promise<void> {
    const key = parseVendorKey(file.content);
    if (!key) return this.refuseVendor(file.fileName, notAVendorKey, resume);
    const keyId = await vendorKeyId(key.publicKey);
    this.step({ kind: 'vendorReview', file, vendor: key.vendor, keyId, ...(resume && { resume }) });
  }

  private refuseVendor(fileName: string, refusal: IpcRefusal, resume?: ImportFile): void {
    this.step({ kind: 'vendorRefused', fileName, refusal, ...(resume && { resume }) });
  }

  private step(step: ImportStep): void {
    this.dispatch({ type: 'stepped', step });
  }

  private busy(what: string): void {
    this.dispatch({ type: 'busy', what });
  }
}

const notAVendorKey: IpcRefusal = {
  code: 'VENDOR_MALFORMED',
  message:
    'This is not a vendor key file. Ask the vendor for the file that ends in .pub; ' +
    'it holds "format": "understudy-vendor/1".',
};

async function readDropped(
  dropped: File,
): Promise<ImportFile | { fileName: string; refusal: IpcRefusal }> {
  const fileName = dropped.name;
  const refuse = (message: string) => ({
    fileName,
    refusal: { code: 'LICENSE_MALFORMED', message },
  });
  if (dropped.size > importedFileBytesMax) {
    return refuse(
      `The file has ${Math.ceil(dropped.size / 1_048_576)} MB; a licence file has at most ` +
        `${importedFileBytesMax / 1_048_576} MB. Check that it is the file that the vendor sent.`,
    );
  }
  try {
    return { fileName, content: await dropped.text() };
  } catch {
    return refuse(
      'The file could not be read. If it is a folder, drop the file in it; if it is on another ' +
        'computer or in an archive, copy it to this one first.',
    );
  }
}
