import type { Command } from 'commander';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { readInputFile } from '../frame/input-file.ts';
import { callNode } from '../frame/open-node.ts';
import { formatTable, printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';

export function addVendorCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'vendor', 'whose signatures on licence files count');
  addTrust(group, terminal);
  addList(group, terminal);
  addForget(group, terminal);
}

function addTrust(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'trust <file>', {
    summary: 'trust a vendor by its public key, the file that ends in .pub; - reads standard input',
    example: 'understudy vendor trust acme.pub',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const what = "a vendor's public key";
    const file = await readInputFile(terminal, path, what, importedFileBytesMax);
    const document = await callNode(context, 'vendor.trust', { content: file.text });
    const { vendor, keyId } = document.vendor;
    return { document, text: printable(`${vendor} is trusted by the key ${keyId}.`) };
  });
}

function addList(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'list', {
    summary: 'show the trusted vendors',
    example: 'understudy vendor list',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const document = await callNode(context, 'vendor.list', {});
    return { document, text: describeVendors(document.vendors) };
  });
}

function addForget(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'forget <key>', {
    summary: 'trust a vendor no longer; its licences must be removed first',
    example: 'understudy vendor forget 34vc6fMUvLSeRtMC30qRZyqie08ZiW3Qp8eHUcdYqi8',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [keyId = '']) => {
    const document = await callNode(context, 'vendor.forget', { keyId });
    return { document, text: printable(`The key ${keyId} is trusted no longer.`) };
  });
}

function describeVendors(vendors: TrustedVendor[]): string {
  if (vendors.length === 0) {
    return 'No vendor is trusted. Trust one by its public key: understudy vendor trust FILE';
  }
  return formatTable(
    ['VENDOR', 'KEY', 'TRUSTED SINCE', ''],
    vendors.map(({ vendor, keyId, trustedAtMs, demo }) => [
      vendor,
      keyId,
      formatLocalTime(trustedAtMs),
      demo ? 'DEMO' : '',
    ]),
  );
}
