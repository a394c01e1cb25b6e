import { clientCommand } from '../client-command.ts';
import { useDesktop, useNode } from '../snapshot-store.ts';
import { CommandLine } from './command-line.tsx';

/** The exact command that checks a seat out of this server. */
export function FirstClientCommand({ feature }: { feature?: string }) {
  const address = useNode((node) => node.server.address);
  const first = useNode(
    (node) =>
      node.licenses.find(({ validity }) => validity === 'valid' || validity === 'expiring')
        ?.feature ?? node.licenses[0]?.feature,
  );
  const packaged = useDesktop((desktop) => desktop.packaged);
  return <CommandLine command={clientCommand({ feature: feature ?? first, address, packaged })} />;
}
