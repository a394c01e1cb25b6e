import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import {
  bridgeName,
  ipcNotificationChannels,
  ipcNotificationPrefix,
  ipcRequestChannels,
  ipcRequestPrefix,
  type UnderstudyBridge,
} from '../../../src-shared/contract/ipc-channels.ts';

const requestChannels = new Set<string>(ipcRequestChannels);
const notificationChannels = new Set<string>(ipcNotificationChannels);

const bridge: UnderstudyBridge = {
  request: (name, params) =>
    requestChannels.has(name)
      ? ipcRenderer.invoke(ipcRequestPrefix + name, params)
      : Promise.reject(new Error(`There is no request “${name}”.`)),
  subscribe: (name, listener) => {
    if (!notificationChannels.has(name)) throw new Error(`There is no notification “${name}”.`);
    const channel = ipcNotificationPrefix + name;
    const forward = (_event: IpcRendererEvent, value: unknown) => listener(value);
    ipcRenderer.on(channel, forward);
    return () => void ipcRenderer.removeListener(channel, forward);
  },
};

contextBridge.exposeInMainWorld(bridgeName, bridge);
