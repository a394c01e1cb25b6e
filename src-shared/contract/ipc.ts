import { z } from 'zod';
import { tabSchema } from '../model/attention.ts';
import { desktopSettingsChangeSchema, setAsideMax } from '../model/desktop-settings.ts';
import { instantSchema } from '../model/scalars.ts';
import { uiSnapshotSchema } from '../model/ui-snapshot.ts';
import { adminContract, importedFileBytesMax } from './admin.ts';
import { borrowTokenBytesMax } from './remote-borrow.ts';
import {
  nodeRequestNames,
  type DesktopRequestName,
  type IpcNotificationName,
  type NodeRequestName,
} from './ipc-channels.ts';

const emptySchema = z.strictObject({});

/** A file that the admin chose in a dialog or dropped on the window. */
const chosenFileSchema = z.object({
  fileName: z.string(),
  content: z.string().max(importedFileBytesMax),
});

/** What an admin chooses a file for. */
const chosenPurposeSchema = z.enum(['license', 'vendor', 'borrowRequest', 'borrowReturn']);
export type ChosenPurpose = z.infer<typeof chosenPurposeSchema>;

/** Longest picture in base64: 6 MB of PNG. */
const pictureBase64Max = 8 * 1024 * 1024;

/** Null: the admin chose no place. */
const writtenSchema = z.object({ path: z.string().nullable() });

/** File name of the report of a drill, without a folder. */
const reportNameSchema = z.string().regex(/^drill-[0-9TZ.-]+\.json$/);

const nothingChosenSchema = z.object({ chosen: z.null() });

const nodeRequests = Object.fromEntries(
  nodeRequestNames.map((name) => [name, adminContract[name]]),
) as Pick<typeof adminContract, NodeRequestName>;

const desktopRequests = {
  'snapshot.get': { params: emptySchema, result: uiSnapshotSchema },
  'desktop.settings.set': { params: desktopSettingsChangeSchema, result: emptySchema },
  'desktop.notifications.pause': {
    /** 0 ends the pause. */
    params: z.strictObject({ minutes: z.int().min(0).max(1_440) }),
    result: emptySchema,
  },
  /** Hides notices, by the keys of their causes, until those are over (null), for some minutes, or no longer (0). */
  'notice.setAside': {
    params: z.strictObject({
      keys: z.array(z.string().max(512)).max(setAsideMax),
      minutes: z.int().min(0).max(43_200).nullable(),
    }),
    result: emptySchema,
  },
  /** The forms of the window whose drafts would be lost if the program ended now; none: an empty list. */
  'drafts.note': {
    params: z.strictObject({ titles: z.array(z.string().max(64)).max(32) }),
    result: emptySchema,
  },
  /** Starts the embedded node now that would be started later by itself. */
  'node.start': { params: emptySchema, result: emptySchema },
  /** Asks the admin what is to be done about a node that is not started again by itself. */
  'node.recover': { params: emptySchema, result: emptySchema },
  'dialog.openFile': {
    params: z.strictObject({ purpose: chosenPurposeSchema }),
    result: z.union([z.object({ chosen: chosenFileSchema }), nothingChosenSchema]),
  },
  /** Asks where to, then writes a CSV file of usage records, of leases or of the timeline. */
  'export.csv': {
    params: z.strictObject({
      what: z.enum(['usage', 'leases', 'timeline']),
      from: instantSchema.optional(),
      to: instantSchema.optional(),
    }),
    result: z.object({ path: z.string().nullable(), rows: z.int() }),
  },
  /** Asks where to, then writes a picture of the usage there. */
  'export.picture': {
    params: z.strictObject({
      /** A PNG file. */
      png: z.base64().max(pictureBase64Max),
      /** Suggested name of the file, without its end. */
      name: z.string().min(1).max(160),
    }),
    result: writtenSchema,
  },
  /** Asks where to, then writes what is needed to find a fault, without secrets. */
  'export.support': { params: emptySchema, result: writtenSchema },
  /** Asks where to, then writes the token file of a machine there. */
  'export.borrowToken': {
    params: z.strictObject({
      content: z.string().max(borrowTokenBytesMax),
      /** For which host: in the suggested name of the file. */
      host: z.string().max(255),
    }),
    result: writtenSchema,
  },
  /** Opens the report of a drill in the program that the system has for it. */
  'report.open': { params: z.strictObject({ name: reportNameSchema }), result: emptySchema },
  /** Asks where to, then writes a copy of the report of a drill there. */
  'report.export': { params: z.strictObject({ name: reportNameSchema }), result: writtenSchema },
  'clipboard.write': {
    params: z.strictObject({ text: z.string().max(1_000_000) }),
    result: emptySchema,
  },
  'folder.open': {
    params: z.strictObject({ folder: z.enum(['data', 'logs', 'licences']) }),
    result: emptySchema,
  },
} as const satisfies Record<DesktopRequestName, { params: z.ZodType; result: z.ZodType }>;

export const ipcNotifications = {
  'snapshot.changed': uiSnapshotSchema,
  /** Show this tab, for example after a click on a notification. */
  'tab.show': z.object({ tab: tabSchema, license: z.string().optional() }),
} as const satisfies Record<IpcNotificationName, z.ZodType>;
export type IpcNotification<N extends IpcNotificationName> = z.output<(typeof ipcNotifications)[N]>;

/**
 * The whole contract between window and main: one value, from which main gets its handlers and the
 * renderer its typed calls. What it has is listed in `ipc-channels.ts`.
 */
export const ipcRequests = { ...nodeRequests, ...desktopRequests } as const;
export type IpcRequestName = keyof typeof ipcRequests;
export type IpcParams<N extends IpcRequestName> = z.input<(typeof ipcRequests)[N]['params']>;
export type IpcArguments<N extends IpcRequestName> = z.output<(typeof ipcRequests)[N]['params']>;
export type IpcResult<N extends IpcRequestName> = z.output<(typeof ipcRequests)[N]['result']>;

export {
  ipcNotificationPrefix,
  ipcRequestPrefix,
  type DesktopRequestName,
  type IpcAnswer,
  type IpcNotificationName,
  type IpcRefusal,
  type NodeRequestName,
  type UnderstudyBridge,
} from './ipc-channels.ts';
