import type { IpcAnswer, IpcNotificationName, IpcRequestName } from './ipc.ts';

/**
 * The names of the contract without its schemas, for the preload: it is loaded into a sandbox before
 * every page and lets nothing through that is not named here.
 */
export const ipcRequestChannels = [
  'license.import',
  'license.diff',
  'license.rollback',
  'license.remove',
  'vendor.trust',
  'vendor.forget',
  'demo.install',
  'lease.list',
  'lease.release',
  'usage.report',
  'denial.list',
  'events.list',
  'servers.invite',
  'servers.pair',
  'servers.forget',
  'servers.rotateKey',
  'relationship.check',
  'relationship.create',
  'relationship.show',
  'relationship.set',
  'relationship.dissolve',
  'switchover',
  'failback',
  'drill',
  'preview',
  'settings.set',
  'snapshot.get',
  'desktop.settings.set',
  'desktop.notifications.pause',
  'dialog.openFile',
  'export.csv',
  'export.picture',
  'clipboard.write',
  'folder.open',
] as const satisfies readonly IpcRequestName[];

export const ipcNotificationChannels = [
  'snapshot.changed',
  'tab.show',
] as const satisfies readonly IpcNotificationName[];

/** What the preload puts on `window`. Channel names are prefixed by `ipcRequestPrefix`. */
export interface UnderstudyBridge {
  request(name: string, params: unknown): Promise<IpcAnswer<unknown>>;
  /** Returns the function that ends the subscription. */
  subscribe(name: string, listener: (value: unknown) => void): () => void;
}

export const bridgeName = 'understudy';
export const ipcRequestPrefix = 'understudy:request:';
export const ipcNotificationPrefix = 'understudy:notify:';
