import type {
  AdminAnswer,
  AdminArguments,
  AdminMethod,
  AdminResult,
} from '../../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';

/** What the admin API serves; authorisation is the operating system's, at the socket. */
export interface AdminService {
  call<M extends AdminMethod>(
    method: M,
    args: AdminArguments<M>,
  ): Promise<AdminAnswer<AdminResult<M>>>;
  snapshot(): NodeSnapshot;
  /** Calls back after every change, many at once joined. Returns the function that ends it. */
  onChange(listener: () => void): () => void;
}
