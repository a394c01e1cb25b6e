import type { App } from 'electron';

/** No page of this program leads anywhere else: not by a link, a drop, a new window or a webview. */
export function restrictContents(app: App, log: (message: string) => void): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-frame-navigate', (event) => {
      event.preventDefault();
      log(`Navigation to ${event.url} was refused.`);
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      log(`A window for ${url} was refused.`);
      return { action: 'deny' };
    });
  });
}
