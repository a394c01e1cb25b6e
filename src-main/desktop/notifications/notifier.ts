import type { Notification, NotificationConstructorOptions } from 'electron';
import type { NotificationView } from './notification-view.ts';

/** The part of Electron's Notification that is used. */
export type NotificationHandle = Pick<Notification, 'show' | 'close'> & {
  on(event: 'click' | 'close', listener: () => void): unknown;
  on(event: 'failed', listener: (event: unknown, error: string) => void): unknown;
};

export interface NotifierPorts {
  isSupported(): boolean;
  create(options: NotificationConstructorOptions): NotificationHandle;
  onClick(view: NotificationView): void;
  log(message: string): void;
}

/** Notifications whose clicks are still listened to. */
const openMax = 20;

/** Shows notifications and listens for their clicks. Where there are none, the log has them. */
export class Notifier {
  readonly #ports: NotifierPorts;
  /** A notification that nobody holds is collected, and its click is lost; with its group. */
  readonly #open = new Map<NotificationHandle, string | undefined>();

  constructor(ports: NotifierPorts) {
    this.#ports = ports;
  }

  show(view: NotificationView): void {
    this.#ports.log(`${view.title}: ${view.body}`);
    if (!this.#ports.isSupported()) return;
    const notification = this.#ports.create({
      title: view.title,
      body: view.body,
      urgency: view.severity === 'error' ? 'critical' : 'normal',
    });
    notification.on('click', () => {
      this.#open.delete(notification);
      this.#ports.onClick(view);
    });
    notification.on('close', () => this.#open.delete(notification));
    notification.on('failed', (_event, error) => {
      this.#open.delete(notification);
      this.#ports.log(`A notification could not be shown: ${error}`);
    });
    this.#closeGroup(view.group);
    this.#open.set(notification, view.group);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= openMax) break;
      this.#open.delete(oldest);
    }
    notification.show();
  }

  closeAll(): void {
    for (const notification of this.#open.keys()) notification.close();
    this.#open.clear();
  }

  #closeGroup(group: string | undefined): void {
    if (group === undefined) return;
    for (const [notification, other] of this.#open) if (other === group) notification.close();
  }
}
