import type { AdminErrorCode } from '../../../src-shared/contract/admin-error.ts';
import type { AdminMethod, AdminParams, AdminResult } from '../../../src-shared/contract/admin.ts';
import { adminAddress } from '../../admin/admin-address.ts';
import { AdminClient } from '../../admin/admin-client.ts';
import type { CommandContext } from './command-frame.ts';
import { CliFailure } from './failure.ts';

/** The node of the data directory that the command is about. */
export function openNode({ dataDirectory }: CommandContext): AdminClient {
  return new AdminClient({ address: adminAddress(dataDirectory) });
}

/** Commands that mend a refusal whose sentence names the place in the window. */
const remedies: Partial<Record<AdminErrorCode, string>> = {
  LICENSE_VENDOR_UNTRUSTED: 'understudy vendor trust FILE',
};

/** @throws {CliFailure} with the code of the admin interface when the node refuses. */
export async function callNode<M extends AdminMethod>(
  context: CommandContext,
  method: M,
  params: AdminParams<M>,
): Promise<AdminResult<M>> {
  const answer = await openNode(context).call(method, params);
  if (!answer.ok) {
    const command = remedies[answer.code];
    const lines = command === undefined ? [] : [`On the command line: ${command}`];
    throw new CliFailure(answer.code, answer.message, {}, lines);
  }
  return answer.value;
}
