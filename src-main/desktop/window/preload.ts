import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import {
  bridgeName,
  ipcNotificationNames,
  ipcNotificationPrefix,
  ipcRequestNames,
  ipcRequestPrefix,
  type UnderstudyBridge,
} from '../../../src-shared/contract/ipc-channels.ts';

const requestNames = new Set<string>(ipcRequestNames);
const notificationNames = new Set<string>(ipcNotificationNames);

const bridge: UnderstudyBridge = {
  request: (name, params) =>
    requestNames.has(name)
      ? ipcRenderer.invoke(ipcRequestPrefix + name, params)
      : Promise.reject(new Error(`There is no request “${name}”.`)),
  subscribe: (name, listener) => {
    if (!notificationNames.has(name)) throw new Error(`There is no notification “${name}”.`);
    const channel = ipcNotificationPrefix + name;
    const forward = (_event: IpcRendererEvent, value: unknown) => listener(value);
    ipcRenderer.on(channel, forward);
    return () => void ipcRenderer.removeListener(channel, forward);
  },
};

contextBridge.exposeInMainWorld(bridgeName, bridge);
