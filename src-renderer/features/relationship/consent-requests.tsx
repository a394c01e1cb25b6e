import { Button, makeStyles, Text } from '@fluentui/react-components';
import type { ConsentRequest } from '../../../src-shared/model/consent.ts';
import { describeAsked, memberMayOrder } from '../../../src-shared/view/describe-consent.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { Card } from '../../components/layout/card.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { useAction } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: '20px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

/** What other servers ask for, a card each, with an admin's two answers. Nothing when none asks. */
export function ConsentRequests() {
  const requests = useNode((node) => node.requests);
  return requests.map((request) => <ConsentRequestCard key={request.id} request={request} />);
}

function ConsentRequestCard({ request }: { request: ConsentRequest }) {
  const styles = useStyles();
  const here = useNode((node) => node.server.name);
  const accept = useAction('relationship.accept');
  const refuse = useAction('relationship.refuse');
  const { id, from, kind, mutual, at } = request;
  const busy = accept.busy || refuse.busy;
  return (
    <Card title={`${from.name} asks for a relationship`}>
      <Text block>
        <bdi>{from.name}</bdi> has asked for a {mutual ? 'mutual ' : ''}
        {kind} (<Moment atMs={Date.parse(at)} />
        ). If you accept:
      </Text>
      <ul className={styles.list}>
        {describeAsked(request, here).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Text block size={200}>
        {memberMayOrder}
      </Text>
      <RefusalBar title="Not answered." refusal={accept.refusal ?? refuse.refusal} />
      <div className={styles.buttons}>
        <Button
          appearance="primary"
          disabledFocusable={busy}
          onClick={() => void accept.run({ id })}
        >
          Accept
        </Button>
        <Button disabledFocusable={busy} onClick={() => void refuse.run({ id })}>
          Refuse
        </Button>
      </div>
    </Card>
  );
}
