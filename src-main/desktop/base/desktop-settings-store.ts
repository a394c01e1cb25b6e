import { join } from 'node:path';
import {
  desktopSettingsSchema,
  type DesktopSettings,
} from '../../../src-shared/model/desktop-settings.ts';
import { replaceFileSync } from '../../files/replace-file.ts';

/** The part of electron-store that is used; `conf` underneath it has the same. */
export interface KeyValueStore {
  store: Record<string, unknown>;
}

export interface DesktopSettingsStoreOptions {
  folder: string;
  /** Opens `<folder>/<name>.json`; throws when it cannot be read as JSON. */
  open(folder: string, name: string): KeyValueStore;
  now(): Date;
  log(message: string): void;
}

const fileName = 'desktop-settings';

/**
 * The settings of the tray application, behind their schema. A damaged file is put aside and the
 * defaults take its place; a file that cannot be written costs the change its permanence only.
 */
export class DesktopSettingsStore {
  readonly #options: DesktopSettingsStoreOptions;
  readonly #store: KeyValueStore | null;
  #settings: DesktopSettings;
  /** Set when the settings of the last time could not be used: what happened and where they are. */
  readonly problem: string | null;

  constructor(options: DesktopSettingsStoreOptions) {
    this.#options = options;
    const opened = this.#open() ?? this.#openAnew();
    this.#store = opened.store;
    this.#settings = opened.settings;
    this.problem = opened.problem;
  }

  get(): DesktopSettings {
    return this.#settings;
  }

  change(change: Partial<DesktopSettings>): void {
    this.#settings = desktopSettingsSchema.parse({ ...this.#settings, ...change });
    if (!this.#store) return;
    try {
      this.#store.store = { ...this.#settings };
    } catch (error) {
      this.#options.log(`The desktop settings could not be written: ${describe(error)}`);
    }
  }

  #open(): Opened | null {
    const { folder } = this.#options;
    try {
      const store = this.#options.open(folder, fileName);
      return { store, settings: desktopSettingsSchema.parse(store.store), problem: null };
    } catch (error) {
      this.#options.log(`The desktop settings could not be read: ${describe(error)}`);
      return null;
    }
  }

  #openAnew(): Opened {
    const { folder } = this.#options;
    const defaults = desktopSettingsSchema.parse({});
    const aside = `${fileName}.damaged-${this.#options.now().toISOString().replaceAll(':', '-')}.json`;
    try {
      replaceFileSync(join(folder, `${fileName}.json`), join(folder, aside));
      const problem =
        'The settings of the tray application were damaged. They have their default values ' +
        `again; the damaged file was kept as ${aside} in ${folder}.`;
      return { store: this.#options.open(folder, fileName), settings: defaults, problem };
    } catch (error) {
      const problem =
        `The settings of the tray application in ${folder} can neither be read nor put aside ` +
        `(${describe(error)}). Changes to them last until Understudy quits.`;
      return { store: null, settings: defaults, problem };
    }
  }
}

interface Opened {
  store: KeyValueStore | null;
  settings: DesktopSettings;
  problem: string | null;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
