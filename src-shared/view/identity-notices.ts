import type { Attention } from '../model/attention.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { describeOwnCopy, describeStandingAside } from './describe-copy.ts';
import { countsAsPutBack } from './describe-put-back.ts';

/** Something about who a server is that an admin has to know. */
export interface IdentityNotice {
  key: string;
  severity: Attention['severity'];
  title: string;
  text: string;
  /** This server may be the one that needs an identity of its own. */
  ofThisServer: boolean;
}

const copiedTitle = 'Two servers have one identity';
const putBackTitle = 'put back from an earlier state';

/** Servers that were copied, and those whose directory was put back or emptied within a day. */
export function deriveIdentityNotices(node: NodeSnapshot): IdentityNotice[] {
  return [...deriveCopies(node), ...derivePutBack(node)];
}

function deriveCopies({ copyAt, standsAside, servers }: NodeSnapshot): IdentityNotice[] {
  const severity = 'error';
  const own: string[] = [];
  if (copyAt !== null) own.push(describeOwnCopy(copyAt, 'button'));
  if (standsAside) own.push(describeStandingAside('button'));
  const notices = servers.flatMap(({ id, problem, connected }) => {
    if (problem?.code !== 'SAME_IDENTITY') return [];
    // Connected: the other one is copied. Not connected: it refuses this one.
    const ofThisServer = !connected;
    const { message: text } = problem;
    return [{ key: `copied:${id}`, severity, title: copiedTitle, text, ofThisServer } as const];
  });
  if (own.length === 0) return notices;
  const text = own.join(' ');
  return [
    { key: 'copied:own', severity, title: copiedTitle, text, ofThisServer: true },
    ...notices.filter(({ ofThisServer }) => !ofThisServer),
  ];
}

function derivePutBack({ at, server, servers, ledgers }: NodeSnapshot): IdentityNotice[] {
  const nowMs = Date.parse(at);
  const severity = 'warning';
  const own: IdentityNotice[] = countsAsPutBack(server.putBackAt, nowMs)
    ? [
        {
          key: `putBack:own:${server.putBackAt}`,
          severity,
          title: `This server was ${putBackTitle}`,
          text:
            'Its data directory does not know all that it was before: a backup or a snapshot was put ' +
            'back, or a part of it. It gets what the other servers have; the timeline tells more. If ' +
            'the server that the copy was made of still runs, give this one an identity of its own.',
          ofThisServer: true,
        },
      ]
    : [];
  const others = servers.flatMap(({ id, name, putBackAt }) =>
    countsAsPutBack(putBackAt, nowMs)
      ? [
          {
            key: `putBack:${id}:${putBackAt}`,
            severity,
            title: `${name} was ${putBackTitle}`,
            text: `Its data directory does not know all that it was before. ${whatIsKept(ledgers)}`,
            ofThisServer: false,
          } as const,
        ]
      : [],
  );
  return [...own, ...others];
}

/** What this server has is safe only where no majority of others can go on without it. */
function whatIsKept(ledgers: NodeSnapshot['ledgers']): string {
  return ledgers.some(({ rule }) => rule === 'majority')
    ? 'It gets what the server has that serves. Where a majority decides, what only this server has is dropped ' +
        'if so many others were put back, or went on without what they had lost, that they decide without it; ' +
        'the timeline tells more.'
    : 'What this server has is kept, and the other one gets it; the timeline tells more.';
}
