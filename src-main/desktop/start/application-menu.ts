import type { MenuItemConstructorOptions } from 'electron';

export interface ApplicationMenuConditions {
  platform: NodeJS.Platform;
  /** Shortcuts for reloading and the developer tools. */
  developing: boolean;
  onQuit(): void;
}

/**
 * The menu behind the keyboard shortcuts. Its bar is drawn on macOS only; quitting by a shortcut is
 * left to macOS too, since on a server host the tray is the place to stop a licence server.
 */
export function deriveApplicationMenu(
  conditions: ApplicationMenuConditions,
): MenuItemConstructorOptions[] {
  const { platform, developing } = conditions;
  const quit: MenuItemConstructorOptions[] =
    platform === 'darwin'
      ? [{ label: 'Quit Understudy', accelerator: 'Command+Q', click: () => conditions.onQuit() }]
      : [];
  const tools: MenuItemConstructorOptions[] = developing
    ? [{ role: 'reload' }, { role: 'toggleDevTools' }]
    : [];
  return [
    { label: 'Understudy', submenu: [{ role: 'close' }, ...quit] },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomIn', accelerator: 'CommandOrControl+=', visible: false },
        { role: 'zoomOut' },
        ...tools,
      ],
    },
  ];
}
