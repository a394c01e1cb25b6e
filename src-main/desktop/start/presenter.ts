import type { Attention } from '../../../src-shared/model/attention.ts';
import type { DesktopStatus, UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import type { DesktopSettingsStore } from '../base/desktop-settings-store.ts';
import {
  deriveNotifications,
  type NotificationMemory,
} from '../notifications/derive-notifications.ts';
import type { NotificationView } from '../notifications/notification-view.ts';
import { deriveSnapshot } from '../../../src-shared/view/derive-snapshot.ts';
import { stillSetAside } from './set-aside.ts';
import { deriveTray, type TrayView } from '../tray/derive-tray.ts';
import type { NodeLinkState } from '../node/node-link.ts';

export interface PresenterPorts {
  node(): NodeLinkState;
  desktop(): DesktopStatus;
  notices(): Attention[];
  /** The taskbar or panel is dark. */
  darkPanel(): boolean;
  settings: Pick<DesktopSettingsStore, 'get' | 'change'>;
  renderTray(view: TrayView): void;
  showInWindow(ui: UiSnapshot): void;
  notify(view: NotificationView): void;
}

/** Changes are shown at most this often. */
const refreshEveryMs = 100;
/** Time alone changes what is told too: an absence gets long, a pause ends, a failover has lasted. */
const refreshedWithinMs = { hurried: 1_000, calm: 5_000 };

/** Turns what is known into one snapshot, and the snapshot into tray, window and notifications. */
export class Presenter {
  readonly #ports: PresenterPorts;
  #ui: UiSnapshot;
  #timer: NodeJS.Timeout | undefined;
  #refreshedAtMs = 0;
  /** What of the memory need not outlive this process; the rest is in the settings. */
  #recent: Omit<NotificationMemory, 'told'> = { shownAtMs: [], seenSinceMs: {} };
  #ticker: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(ports: PresenterPorts) {
    this.#ports = ports;
    this.#ui = this.#derive(0);
  }

  get ui(): UiSnapshot {
    return this.#ui;
  }

  /** Something changed. Many changes at once are shown together, after `refreshEveryMs` at most. */
  refreshSoon(): void {
    if (this.#timer || this.#stopped) return;
    const dueInMs = Math.min(refreshEveryMs, this.#refreshedAtMs + refreshEveryMs - Date.now());
    this.#timer = setTimeout(() => this.refresh(), Math.max(0, dueInMs));
  }

  refresh(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#ticker);
    this.#timer = undefined;
    if (this.#stopped) return;
    this.#refreshedAtMs = Date.now();
    this.#ui = this.#derive(this.#ui.revision + 1);
    this.#forgetSetAside();
    this.#ports.renderTray(this.#deriveTray());
    this.#ports.showInWindow(this.#ui);
    this.#notify();
    this.#ticker = setTimeout(() => this.refresh(), refreshedWithinMs[this.#haste()]);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#ticker);
    clearTimeout(this.#timer);
  }

  #haste(): keyof typeof refreshedWithinMs {
    const paused = this.#ui.desktop.notificationsPausedUntilMs !== null;
    return this.#ui.connection.state !== 'connected' || paused ? 'hurried' : 'calm';
  }

  #derive(revision: number): UiSnapshot {
    const { connection, node } = this.#ports.node();
    return deriveSnapshot(revision, {
      connection,
      node,
      desktop: this.#ports.desktop(),
      notices: this.#ports.notices(),
      setAside: stillSetAside(this.#ports.settings.get().setAside, null, Date.now()).map(
        ({ key }) => key,
      ),
    });
  }

  /** A cause that is over and comes back is told anew. Which are over only a node that answers tells. */
  #forgetSetAside(): void {
    const { setAside } = this.#ports.settings.get();
    if (setAside.length === 0 || this.#ui.connection.state !== 'connected') return;
    const causes = new Set(this.#ui.attention.map(({ key }) => key));
    const left = stillSetAside(setAside, causes, Date.now());
    if (left.length < setAside.length) this.#ports.settings.change({ setAside: left });
  }

  #deriveTray(): TrayView {
    const { failure } = this.#ports.node();
    return deriveTray(this.#ui, {
      nowMs: Date.now(),
      darkPanel: this.#ports.darkPanel(),
      recoverable: failure !== null,
    });
  }

  #notify(): void {
    const { toldCauses } = this.#ports.settings.get();
    const memory = { told: toldCauses, ...this.#recent };
    const plan = deriveNotifications(this.#ui, memory, Date.now());
    const { told, ...recent } = plan.memory;
    this.#recent = recent;
    if (JSON.stringify(told) !== JSON.stringify(toldCauses)) {
      this.#ports.settings.change({ toldCauses: told });
    }
    for (const view of plan.show) this.#ports.notify(view);
  }
}
