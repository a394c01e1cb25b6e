import type { AdminMethod } from './admin.ts';

// What the window may ask for and is told, by name: the one list, from which `ipc.ts` makes the contract
// with its schemas. It stands apart from them for the preload, which is loaded into a sandbox before every
// page and lets nothing through that is not named here.

/** Requests that main passes on to the node as they are. */
export const nodeRequestNames = [
  'license.import',
  'license.diff',
  'license.rollback',
  'license.remove',
  'vendor.trust',
  'vendor.forget',
  'demo.install',
  'clock.accept',
  'ledger.acceptLoss',
  'backup.now',
  'lease.list',
  'lease.release',
  'borrow.read',
  'borrow.grant',
  'borrow.takeBack',
  'usage.report',
  'denial.list',
  'events.list',
  'servers.invite',
  'servers.pair',
  'servers.forget',
  'servers.rotateKey',
  'identity.renew',
  'relationship.check',
  'relationship.create',
  'relationship.show',
  'relationship.accept',
  'relationship.refuse',
  'relationship.set',
  'relationship.members',
  'relationship.dissolve',
  'switchover',
  'failback',
  'switchover.cancel',
  'drill',
  'drill.cancel',
  'preview',
  'settings.set',
  'notify.set',
  'notify.test',
] as const satisfies readonly AdminMethod[];
export type NodeRequestName = (typeof nodeRequestNames)[number];

/** Requests that the desktop shell answers itself. */
export const desktopRequestNames = [
  'snapshot.get',
  'desktop.settings.set',
  'desktop.notifications.pause',
  'notice.setAside',
  'drafts.note',
  'node.start',
  'node.recover',
  'dialog.openFile',
  'export.csv',
  'export.picture',
  'export.support',
  'export.borrowToken',
  'report.open',
  'report.export',
  'clipboard.write',
  'folder.open',
] as const;
export type DesktopRequestName = (typeof desktopRequestNames)[number];

export const ipcRequestNames = [...nodeRequestNames, ...desktopRequestNames] as const;

/** What main tells the window without being asked. */
export const ipcNotificationNames = ['snapshot.changed', 'tab.show'] as const;
export type IpcNotificationName = (typeof ipcNotificationNames)[number];

/** Failures are values here too; an exception on the channel is a bug. */
export type IpcAnswer<T> = { ok: true; value: T } | ({ ok: false } & IpcRefusal);

/** Why a request was not done: a code for programs, a sentence for the admin. */
export interface IpcRefusal {
  code: string;
  message: string;
}

/** What the preload puts on `window`. Channel names are prefixed by `ipcRequestPrefix`. */
export interface UnderstudyBridge {
  request(name: string, params: unknown): Promise<IpcAnswer<unknown>>;
  /** Returns the function that ends the subscription. */
  subscribe(name: string, listener: (value: unknown) => void): () => void;
}

export const bridgeName = 'understudy';
export const ipcRequestPrefix = 'understudy:request:';
export const ipcNotificationPrefix = 'understudy:notify:';
