import { EventEmitter, once } from 'node:events';
import { Variant, type Message } from 'dbus-next';
import type { SessionBus } from './session-bus.ts';

const watcherName = 'org.kde.StatusNotifierWatcher';
const itemInterface = 'org.kde.StatusNotifierItem';
const registeredWithinMs = 15_000;
const properties = 'org.freedesktop.DBus.Properties';

export interface TrayMenuItem {
  id: number;
  label: string;
  enabled: boolean;
  separator: boolean;
}

/** How often a menu that changes under the pointer is read again. */
const choosesMax = 3;

/** What a desktop's panel does for tray icons: it takes them in, reads them and clicks them. */
export class TrayHost {
  readonly #bus: SessionBus;
  readonly #registered = new EventEmitter();
  /** Owner and path of each registered icon. */
  readonly #items: { destination: string; path: string }[] = [];

  private constructor(bus: SessionBus) {
    this.#bus = bus;
  }

  /** `visible: false`: a desktop without a tray, such as GNOME; nothing is on the bus. */
  static async start(bus: SessionBus, { visible }: { visible: boolean }): Promise<TrayHost> {
    const host = new TrayHost(bus);
    if (!visible) return host;
    const values: Record<string, Variant> = {
      IsStatusNotifierHostRegistered: new Variant('b', true),
      ProtocolVersion: new Variant('i', 0),
      RegisteredStatusNotifierItems: new Variant('as', []),
    };
    await bus.serve(watcherName, {
      [`${watcherName}.RegisterStatusNotifierItem`]: (message) => host.#register(message),
      [`${watcherName}.RegisterStatusNotifierHost`]: () => ['', []],
      [`${properties}.Get`]: ({ body }) => ['v', [values[String(body[1])] ?? new Variant('s', '')]],
      [`${properties}.GetAll`]: () => ['a{sv}', [values]],
    });
    return host;
  }

  get iconCount(): number {
    return this.#items.length;
  }

  async tooltip(): Promise<string> {
    const [, , title, text] = (await this.#get('ToolTip')) as [string, unknown, string, string];
    return [title, text].filter((part) => part !== '').join('\n');
  }

  /** Width and the ARGB bytes of the largest form of the icon. */
  async icon(): Promise<{ width: number; argb: Buffer }> {
    const pixmaps = (await this.#get('IconPixmap')) as [number, number, Uint8Array | number[]][];
    const [width, , argb] = pixmaps.toSorted((a, b) => b[0] - a[0])[0] ?? [0, 0, []];
    return { width, argb: Buffer.from(argb) };
  }

  async menu(): Promise<TrayMenuItem[]> {
    const [, layout] = (await this.#bus.call(await this.#menu(), 'GetLayout', 'iias', [
      0,
      -1,
      [],
    ])) as [number, [number, unknown, Variant<[number, Record<string, Variant>, unknown]>[]]];
    return layout[2].map(({ value: [id, values] }) => ({
      id,
      label: String(values['label']?.value ?? '').replaceAll('__', '_'),
      enabled: values['enabled']?.value !== false,
      separator: values['type']?.value === 'separator',
    }));
  }

  async labels(): Promise<string[]> {
    return (await this.menu()).filter(({ separator }) => !separator).map(({ label }) => label);
  }

  /** Chooses the item of the menu whose label begins so. */
  async choose(label: string): Promise<void> {
    for (let triesLeft = choosesMax; ; triesLeft--) {
      const item = (await this.menu()).find((candidate) => candidate.label.startsWith(label));
      if (!item) throw new Error(`no “${label}” in the menu of the tray`);
      const event = [item.id, 'clicked', new Variant('i', 0), 0];
      try {
        await this.#bus.call(await this.#menu(), 'Event', 'isvu', event);
        return;
      } catch (error) {
        // The menu was built anew since it was read, so that no entry has that number any more and the
        // click reached nothing.
        const again = await this.menu();
        if (triesLeft === 1 || again.some(({ id }) => id === item.id)) throw error;
      }
    }
  }

  /** A click on the icon itself. */
  async activate(): Promise<void> {
    await this.#bus.call(
      { ...(await this.#item()), interface: itemInterface },
      'Activate',
      'ii',
      [0, 0],
    );
  }

  #register(message: Message): [string, unknown[]] {
    const given = String(message.body[0]);
    this.#items.push(
      given.startsWith('/')
        ? { destination: message.sender, path: given }
        : { destination: given, path: '/StatusNotifierItem' },
    );
    this.#registered.emit('registered');
    return ['', []];
  }

  /** The icon, now or when it comes. */
  async #item(): Promise<{ destination: string; path: string }> {
    const signal = AbortSignal.timeout(registeredWithinMs);
    for (;;) {
      const item = this.#items.at(-1);
      if (item) return item;
      await once(this.#registered, 'registered', { signal }).catch(() => {
        throw new Error('no icon in the tray');
      });
    }
  }

  async #get(property: string): Promise<unknown> {
    const target = { ...(await this.#item()), interface: properties };
    const [variant] = await this.#bus.call(target, 'Get', 'ss', [itemInterface, property]);
    return (variant as Variant).value;
  }

  async #menu() {
    const path = String(await this.#get('Menu'));
    const { destination } = await this.#item();
    return { destination, path, interface: 'com.canonical.dbusmenu' };
  }
}
