import { clientCommand } from './client-command.ts';
import { useDesktop, useNode } from '../../base/snapshot-store.ts';
import { CommandLine } from '../../components/layout/command-line.tsx';

/** The exact command that checks a seat out of this server, or of those that it is related to. */
export function FirstClientCommand({ feature }: { feature?: string }) {
  const address = useNode((node) => node.server.address);
  const license = useNode(
    ({ licenses }) =>
      licenses.find((one) => one.feature === feature) ??
      licenses.find(({ validity }) => validity === 'valid' || validity === 'expiring') ??
      licenses[0],
  );
  const members = useNode(
    ({ relationships }) =>
      relationships.find(({ ledgers }) => ledgers.includes(license?.ledger ?? ''))?.members,
  );
  const addresses = (members ?? [])
    .filter((member) => member.role !== 'witness' && member.address !== '')
    .map((member) => member.address);
  const packaged = useDesktop((desktop) => desktop.packaged);
  const options = { feature: feature ?? license?.feature, packaged };
  const servers = addresses.length > 0 ? addresses : [address];
  return <CommandLine command={clientCommand({ ...options, addresses: servers })} />;
}
