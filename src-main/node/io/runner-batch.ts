import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { Change } from '../core/change.ts';
import type { Reply } from '../core/effect.ts';

/** An answer that waits; with claims for its token when it carries a lease. */
export interface HeldReply {
  requestId: number;
  reply: Reply;
  claims: TokenClaims | null;
}

/** Changes that are written together and the answers that leave when they are durable. */
export class Batch {
  readonly changes: Change[] = [];
  readonly replies: HeldReply[] = [];
  readonly claims: TokenClaims[] = [];

  get hasChanges(): boolean {
    return this.changes.length > 0;
  }

  get isEmpty(): boolean {
    return this.changes.length === 0 && this.replies.length === 0;
  }

  addChanges(changes: readonly Change[]): void {
    for (const change of changes) this.changes.push(change);
  }

  addReply(reply: HeldReply): void {
    this.replies.push(reply);
    if (reply.claims) this.claims.push(reply.claims);
  }
}
