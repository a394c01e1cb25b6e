import type { Menu, MenuItemConstructorOptions, NativeImage } from 'electron';
import type { TrayCommand, TrayMenuEntry, TrayView } from './derive-tray.ts';

/** The part of Electron's Tray that is used. */
export interface TrayHandle {
  setImage(image: NativeImage): void;
  setToolTip(text: string): void;
  setContextMenu(menu: Menu): void;
  on(event: 'click' | 'double-click', listener: () => void): unknown;
  destroy(): void;
}

export interface TrayPorts {
  create(image: NativeImage): TrayHandle;
  loadIcon(icon: TrayView['icon']): NativeImage;
  buildMenu(template: MenuItemConstructorOptions[]): Menu;
  run(command: TrayCommand): void;
}

/**
 * The one place that touches the tray. Only what differs from the last view is set: a menu that is
 * replaced while it is open closes under the admin's hand.
 */
export class TrayRenderer {
  readonly #ports: TrayPorts;
  #tray: TrayHandle | null = null;
  #shown: TrayView | null = null;

  constructor(ports: TrayPorts) {
    this.#ports = ports;
  }

  render(view: TrayView): void {
    const shown = this.#shown;
    this.#shown = view;
    const tray = this.#tray ?? this.#create(view);
    if (!shown || !same(shown.icon, view.icon)) tray.setImage(this.#ports.loadIcon(view.icon));
    if (shown?.tooltip !== view.tooltip) tray.setToolTip(view.tooltip);
    if (!shown || !same(shown.menu, view.menu)) tray.setContextMenu(this.#build(view.menu));
  }

  destroy(): void {
    this.#tray?.destroy();
    this.#tray = null;
    this.#shown = null;
  }

  #create(view: TrayView): TrayHandle {
    const tray = this.#ports.create(this.#ports.loadIcon(view.icon));
    tray.on('click', () => this.#ports.run({ type: 'openWindow' }));
    tray.on('double-click', () => this.#ports.run({ type: 'openWindow' }));
    this.#tray = tray;
    return tray;
  }

  #build(entries: TrayMenuEntry[]): Menu {
    return this.#ports.buildMenu(entries.map((entry) => this.#buildEntry(entry)));
  }

  #buildEntry(entry: TrayMenuEntry): MenuItemConstructorOptions {
    switch (entry.type) {
      case 'separator':
        return { type: 'separator' };
      case 'text':
        return { label: escapeMnemonic(entry.label), enabled: false };
      case 'command':
        return {
          label: escapeMnemonic(entry.label),
          click: () => this.#ports.run(entry.command),
        };
    }
  }
}

/** An ampersand would underline the next letter. */
function escapeMnemonic(label: string): string {
  return label.replaceAll('&', '&&');
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
