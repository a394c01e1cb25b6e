import { Card } from '../../components/layout/card.tsx';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { useDesktop, useNode, useUi } from '../../base/snapshot-store.ts';

/** Versions, as a fault report needs them. */
export function AboutCard() {
  const appVersion = useDesktop((desktop) => desktop.appVersion);
  const electronVersion = useDesktop((desktop) => desktop.electronVersion);
  const platform = useDesktop((desktop) => desktop.platform);
  const nodeVersion = useNode((node) => node.server.version);
  const attached = useUi((ui) => ui?.connection.mode === 'attached');
  const facts = [
    { term: 'Understudy', value: appVersion },
    {
      term: 'Licence server',
      value: `${nodeVersion}, ${attached ? 'started with the system' : 'part of this application'}`,
    },
    { term: 'Electron', value: electronVersion },
    { term: 'System', value: platform },
  ];
  return (
    <Card
      title="About"
      actions={
        <CopyButton
          text={facts.map(({ term, value }) => `${term}: ${value}`).join('\n')}
          what="versions"
        />
      }
    >
      <Facts facts={facts} />
    </Card>
  );
}
