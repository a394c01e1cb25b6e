import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { NodeClient } from './node-client.ts';

/** A question of the admin's is not held back for longer, in ms. */
export const answerAwaitedMs = 1_000;

/** The state of the node at this moment; null when the node does not tell in time. */
export async function askNow(node: Pick<NodeClient, 'call'>): Promise<NodeSnapshot | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), answerAwaitedMs);
  });
  const answer = await Promise.race([node.call('snapshot', {}).catch(() => null), late]);
  clearTimeout(timer);
  return answer?.ok === true ? answer.value : null;
}
