import type { AdminAnswer, AdminError } from '../../../src-shared/contract/admin-error.ts';
import type {
  AdminMethod,
  AdminParams,
  AdminResult,
  WatchPace,
} from '../../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';

/** What the shell needs of a node's admin interface; the same for an embedded and an attached one. */
export interface NodeClient {
  call<M extends AdminMethod>(
    method: M,
    params: AdminParams<M>,
  ): Promise<AdminAnswer<AdminResult<M>>>;
  /**
   * Snapshots at every change and now and then, and in between that nothing has changed, as `watchPaces`
   * says, until the connection ends, which `onEnd` tells once, also when there was nothing to connect to,
   * or until the returned function is called.
   */
  watch(
    onSnapshot: (snapshot: NodeSnapshot) => void,
    onEnd: (error: AdminError) => void,
    onUnchanged: () => void,
    pace: WatchPace,
  ): () => void;
}
