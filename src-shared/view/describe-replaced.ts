import type { NodeSnapshot } from '../model/node-snapshot.ts';
import type { Reason } from '../model/reason.ts';

const replacedCode = 'REPLACED';

/** `by`: the name of the server that says so. For a window with a button as for a command line. */
export function describeReplaced(by: string): string {
  return (
    `${by} says that another server was put in the place of this one while it was down. This server does not ` +
    'serve its licences, since each seat could be granted twice, and keeps what it has of them. If that is ' +
    'right, dissolve the relationship on this server, which gives them up. If it is not, dissolve it by force, ' +
    'and this server serves them again, alone.'
  );
}

export function replacedReason(by: string): Reason {
  return { code: replacedCode, message: describeReplaced(by) };
}

/** That this server is said to be replaced; null: nobody says so. */
export function findReplaced({ serving, readiness }: NodeSnapshot): string | null {
  const reasons = [...serving.reasons, ...(readiness?.reasons ?? [])];
  return reasons.find(({ code }) => code === replacedCode)?.message ?? null;
}
