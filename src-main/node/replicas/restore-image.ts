import { restoreInSteps } from '../core/ledger/ledger-start.ts';
import type { Instant } from '../core/ledger/event.ts';
import { imageOptions } from '../core/replica/following.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import type { ReplicaState } from '../core/replica/replica-state.ts';
import { Slices } from '../base/sliced-json.ts';

type Image = Extract<PeerMessage, { type: 'image' }>;

/** An image with its ledger made of it, the loop free in between: there may be 100,000 leases in it. */
export async function restoreImage(
  state: ReplicaState,
  message: Image,
  at: Instant,
): Promise<Image> {
  const slices = new Slices();
  const steps = restoreInSteps(message.image.ledger, imageOptions(state), at);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { ...message, restored: step.value };
    await slices.rest();
  }
}
