import { EventEmitter, once } from 'node:events';
import type { SessionBus } from './session-bus.ts';

const name = 'org.freedesktop.Notifications';
const path = '/org/freedesktop/Notifications';

export interface ShownNotification {
  id: number;
  title: string;
  body: string;
}

/** Takes the notifications of the desktop and keeps them, as the Desktop Notifications Specification. */
export class NotificationDaemon {
  readonly shown: ShownNotification[] = [];
  readonly #bus: SessionBus;
  readonly #arrived = new EventEmitter();

  private constructor(bus: SessionBus) {
    this.#bus = bus;
  }

  static async start(bus: SessionBus): Promise<NotificationDaemon> {
    const daemon = new NotificationDaemon(bus);
    await bus.serve(name, {
      [`${name}.GetCapabilities`]: () => ['as', [['body', 'actions', 'body-markup']]],
      [`${name}.GetServerInformation`]: () => ['ssss', ['test', 'test', '1', '1.2']],
      [`${name}.CloseNotification`]: () => ['', []],
      [`${name}.Notify`]: ({ body }) => {
        const id = daemon.shown.length + 1;
        daemon.shown.push({ id, title: String(body[3]), body: String(body[4]) });
        daemon.#arrived.emit('arrived');
        return ['u', [id]];
      },
    });
    return daemon;
  }

  get titles(): string[] {
    return this.shown.map(({ title }) => title);
  }

  /** The first notification whose title has this text, now or when it comes. */
  async waitFor(text: string, withinMs = 15_000): Promise<ShownNotification> {
    const signal = AbortSignal.timeout(withinMs);
    for (;;) {
      const found = this.shown.find(({ title }) => title.includes(text));
      if (found) return found;
      await once(this.#arrived, 'arrived', { signal }).catch(() => {
        throw new Error(`no notification “${text}”, but: ${this.titles.join('; ')}`);
      });
    }
  }

  click({ id }: ShownNotification): void {
    this.#bus.signal(path, name, 'ActionInvoked', 'us', [id, 'default']);
  }
}
