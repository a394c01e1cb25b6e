import { z } from 'zod';

export const themeSchema = z.enum(['system', 'light', 'dark']);
export type Theme = z.infer<typeof themeSchema>;

/** Most causes that are remembered as told; the ones that ended longest ago are forgotten first. */
export const toldCausesMax = 500;

/** A cause that the admin was notified of. `endedAtMs` is null while it lasts. */
export const toldCauseSchema = z.object({
  key: z.string().max(512),
  endedAtMs: z.int().nullable(),
  /** The cause came back too soon to be told again, so its next end is not told either. */
  quiet: z.boolean().optional(),
  /** Of a failover: when it began, each time that is not long ago, and when it was told last. */
  beganAtMs: z.array(z.int()).max(100).optional(),
  toldAtMs: z.int().optional(),
});
export type ToldCause = z.infer<typeof toldCauseSchema>;

/** Most notices that are set aside at once. */
export const setAsideMax = 500;

/** A notice that the admin does not want to see for now, by the key of its cause. */
export const setAsideNoticeSchema = z.object({
  key: z.string().max(512),
  /** When it is shown again; null: not while its cause lasts. */
  untilMs: z.int().nullable(),
});
export type SetAsideNotice = z.infer<typeof setAsideNoticeSchema>;

/**
 * Which server the tray application is about where one is installed on the machine: that one, or one
 * in this program. Each has licences, leases and an identity of its own.
 */
export const serverChoiceSchema = z.enum(['installed', 'own']);

/** Settings of the tray application on this account; the node has its own. */
export const desktopSettingsSchema = z.object({
  theme: themeSchema.default('system'),
  startWithSystem: z.boolean().default(false),
  server: serverChoiceSchema.default('installed'),
  /** Rows of lists are low, so that more of them are seen. */
  denseRows: z.boolean().default(false),
  notifications: z.boolean().default(true),
  notificationsPausedUntilMs: z.int().nullable().default(null),
  /** So that a cause is told once, and not again at every start. */
  toldCauses: z.array(toldCauseSchema).max(toldCausesMax).default([]),
  setAside: z.array(setAsideNoticeSchema).max(setAsideMax).default([]),
  /** Closing the window leaves the tray; told once. */
  closeToTrayTold: z.boolean().default(false),
  window: z
    .object({
      width: z.int().min(640).max(10_000),
      height: z.int().min(480).max(10_000),
      x: z.int().optional(),
      y: z.int().optional(),
      maximized: z.boolean(),
    })
    .default({ width: 1280, height: 800, maximized: false }),
});
export type DesktopSettings = z.infer<typeof desktopSettingsSchema>;

export const desktopSettingsChangeSchema = z.strictObject({
  theme: themeSchema.optional(),
  startWithSystem: z.boolean().optional(),
  server: serverChoiceSchema.optional(),
  denseRows: z.boolean().optional(),
  notifications: z.boolean().optional(),
});
export type DesktopSettingsChange = z.infer<typeof desktopSettingsChangeSchema>;
