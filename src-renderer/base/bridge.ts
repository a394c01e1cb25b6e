import {
  ipcNotifications,
  ipcRequests,
  type IpcAnswer,
  type IpcNotification,
  type IpcNotificationName,
  type IpcParams,
  type IpcRequestName,
  type IpcResult,
  type UnderstudyBridge,
} from '../../src-shared/contract/ipc.ts';

declare global {
  interface Window {
    readonly understudy: UnderstudyBridge;
  }
}

/** A typed request to main. Never rejects: a failure of any kind is a value. */
export async function request<N extends IpcRequestName>(
  name: N,
  params: IpcParams<N>,
): Promise<IpcAnswer<IpcResult<N>>> {
  try {
    const answer = await window.understudy.request(name, params);
    if (!answer.ok) return answer;
    const parsed = ipcRequests[name].result.safeParse(answer.value);
    if (parsed.success) return { ok: true, value: parsed.data as IpcResult<N> };
    return refuse(`The answer to “${name}” has an unknown form.`);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(what: string): IpcAnswer<never> {
  const message =
    `${what} Close and open the window; ` +
    'if it happens again, see the log folder (Settings, Logs).';
  return { ok: false, code: 'INTERNAL', message };
}

/** Calls `listener` at every notification; returns what ends the subscription. */
export function subscribe<N extends IpcNotificationName>(
  name: N,
  listener: (value: IpcNotification<N>) => void,
): () => void {
  return window.understudy.subscribe(name, (value) => {
    const parsed = ipcNotifications[name].safeParse(value);
    if (parsed.success) listener(parsed.data as IpcNotification<N>);
    else console.error(`The notification “${name}” has an unknown form.`, parsed.error.issues);
  });
}
