import { z } from 'zod';
import { attentionSchema } from './attention.ts';
import { serverChoiceSchema, themeSchema } from './desktop-settings.ts';
import { nodeSnapshotSchema } from './node-snapshot.ts';

/** How the shell and its node are joined. */
export const nodeConnectionSchema = z.object({
  state: z.enum(['starting', 'connected', 'away']),
  /** `attached`: the node was started at boot and goes on when the shell quits. */
  mode: z.enum(['embedded', 'attached']),
  sinceMs: z.int(),
  /** Why it is away and what to do. */
  message: z.string().optional(),
  /** When the embedded node is started again by itself. */
  nextTryAtMs: z.int().optional(),
  /** The embedded node is not started again by itself: the admin has to say what is to be done. */
  waitsForAdmin: z.boolean().optional(),
  /** The admin can have it started in this program now (`node.start`). */
  startable: z.boolean().optional(),
});
export type NodeConnection = z.infer<typeof nodeConnectionSchema>;

export const trayStateSchema = z.enum(['serving', 'standby', 'failover', 'stopped']);
export type TrayState = z.infer<typeof trayStateSchema>;

export const desktopStatusSchema = z.object({
  theme: themeSchema,
  effectiveTheme: z.enum(['light', 'dark', 'highContrast']),
  denseRows: z.boolean(),
  startWithSystem: z.boolean(),
  /** Why starting with the system cannot be switched here; absent when it can. */
  startWithSystemUnavailable: z.string().optional(),
  notifications: z.boolean(),
  notificationsPausedUntilMs: z.int().nullable(),
  appVersion: z.string(),
  electronVersion: z.string(),
  packaged: z.boolean(),
  platform: z.string(),
  /** Of the server that the window is about. */
  dataDirectory: z.string(),
  /** Which server that is; absent where none is installed on the machine. */
  server: serverChoiceSchema.optional(),
});
export type DesktopStatus = z.infer<typeof desktopStatusSchema>;

/** The one thing that the window draws. `node` is the last one known while the node is away. */
export const uiSnapshotSchema = z.object({
  revision: z.int(),
  connection: nodeConnectionSchema,
  node: nodeSnapshotSchema.nullable(),
  attention: z.array(attentionSchema),
  /** Keys of those that the admin has set aside for now. */
  setAside: z.array(z.string()),
  trayState: trayStateSchema,
  desktop: desktopStatusSchema,
});
export type UiSnapshot = z.infer<typeof uiSnapshotSchema>;
