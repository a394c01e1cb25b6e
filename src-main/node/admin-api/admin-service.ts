import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type {
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

/** The answer to a call that met a fault of this program. */
export const internalError = refuse(
  'INTERNAL',
  'The server met an internal error; its log has the details.',
);
