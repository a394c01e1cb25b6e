import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { NodeSettings, NodeSettingsChange } from '../../../src-shared/model/node-settings.ts';
import { describeSettingsChange, mergeNodeSettings } from './node-settings.ts';

/** Settings that command-line options override while the process runs. */
export type SettingsOverride = Partial<
  Pick<NodeSettings, 'name' | 'listenHost' | 'listenPort' | 'mdns' | 'fixedPeers'>
>;

export interface LiveSettingsOptions {
  stored: NodeSettings;
  override: SettingsOverride;
  /** Puts settings into force; rejects with an Error whose message says what to do. */
  apply: (settings: NodeSettings) => Promise<void>;
  save: (settings: NodeSettings) => Promise<void>;
  /** Other settings are in force and saved. */
  onChange: () => void;
}

/** The settings in force, and the one way to change them. */
export class LiveSettings {
  readonly #options: LiveSettingsOptions;
  #stored: NodeSettings;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#stored = options.stored;
  }

  get current(): NodeSettings {
    return { ...this.#stored, ...this.#options.override };
  }

  /** As they are in the file, without what command-line options override. */
  get stored(): NodeSettings {
    return this.#stored;
  }

  get overridden(): string[] {
    return Object.keys(this.#options.override);
  }

  /** Takes a change whole or not at all; the answer names what differs now. */
  change(change: NodeSettingsChange): Promise<AdminAnswer<{ changed: string[] }>> {
    const turn = this.#turn.then(() => this.#change(change));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #change(change: NodeSettingsChange): Promise<AdminAnswer<{ changed: string[] }>> {
    const fixed = this.overridden.filter(
      (name) => change[name as keyof NodeSettingsChange] !== undefined,
    );
    if (fixed.length > 0) {
      return refuse(
        'SETTING_REFUSED',
        `${fixed.join(' and ')} cannot be changed while this server runs: a command-line option ` +
          'sets it. Start the server without that option first.',
      );
    }
    const before = this.#stored;
    const after = mergeNodeSettings(before, change);
    const changed = describeSettingsChange(before, after);
    if (changed.length === 0) return { ok: true, value: { changed } };
    const { apply, save, override, onChange } = this.#options;
    try {
      await apply({ ...after, ...override });
    } catch (error) {
      return refuse('SETTING_REFUSED', error instanceof Error ? error.message : String(error));
    }
    try {
      await save(after);
    } catch (error) {
      await apply({ ...before, ...override });
      const cause = error instanceof Error ? error.message : String(error);
      return refuse(
        'STORE_UNAVAILABLE',
        `The settings cannot be written: ${cause}. The old ones stay in force.`,
      );
    }
    this.#stored = after;
    onChange();
    return { ok: true, value: { changed } };
  }
}
