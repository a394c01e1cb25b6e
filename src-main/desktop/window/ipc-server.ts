import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import {
  ipcRequestPrefix,
  ipcRequests,
  type IpcAnswer,
  type IpcArguments,
  type IpcRequestName,
  type IpcResult,
} from '../../../src-shared/contract/ipc.ts';
import { escapeHiddenIn } from '../../../src-shared/model/hidden-characters.ts';
import { isTrustedSender } from '../../security/trusted-sender.ts';

/** Does what a request asks for. An exception is a bug: the window is told so, the log has it. */
export type IpcHandler<N extends IpcRequestName> = (
  args: IpcArguments<N>,
) => Promise<IpcAnswer<IpcResult<N>>>;

export type IpcHandlers = { [N in IpcRequestName]: IpcHandler<N> };

export interface IpcServerPorts {
  ipcMain: Pick<IpcMain, 'handle'>;
  /** The window that may ask; null while there is none. */
  window(): WebContents | null;
  log(message: string): void;
}

/** Answers every request of the contract, and nothing else. */
export function serveIpc(handlers: IpcHandlers, ports: IpcServerPorts): void {
  for (const name of Object.keys(ipcRequests) as IpcRequestName[]) {
    registerHandler(name, handlers[name], ports);
  }
}

/** The one way for a request in: sender, then params, then the handler, then its result. */
function registerHandler(
  name: IpcRequestName,
  handler: IpcHandler<IpcRequestName>,
  ports: IpcServerPorts,
): void {
  const { params, result } = ipcRequests[name];
  const answer = async (event: IpcMainInvokeEvent, input: unknown) => {
    if (!isTrustedSender(event, ports.window())) {
      ports.log(`${name} was asked for by ${event.senderFrame?.origin ?? 'a frame that is gone'}.`);
      return refuse('FORBIDDEN', 'Only the window of Understudy may ask for this.');
    }
    const args = params.safeParse(input);
    if (!args.success) {
      const issue = args.error.issues[0];
      const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
      return refuse('BAD_REQUEST', `${where}${issue?.message ?? 'The request is not understood.'}`);
    }
    const reply = await handler(args.data);
    if (!reply.ok) return escapeHiddenIn(reply);
    const value = result.safeParse(reply.value);
    if (value.success) return { ok: true, value: escapeHiddenIn(value.data) };
    ports.log(`The result of ${name} does not fit the contract: ${value.error.message}`);
    return refuse('INTERNAL', internalMessage);
  };
  ports.ipcMain.handle(ipcRequestPrefix + name, async (event, input: unknown) => {
    try {
      return await answer(event, input);
    } catch (error) {
      ports.log(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
      return refuse('INTERNAL', internalMessage);
    }
  });
}

const internalMessage =
  'Understudy could not do this because of a fault of its own. The log folder (Settings, Logs) says more.';

export function refuse(code: string, message: string): IpcAnswer<never> {
  return { ok: false, code, message };
}
