// An Electron application of the window alone: the built renderer with a bridge that answers from
// `fake-bridge.ts`, for looking at it in states that are hard to bring a real server into.
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { app, BrowserWindow, protocol } from 'electron';
import { contentSecurityPolicy } from '../../../src-main/security/content-security-policy.ts';

const root = new URL('../../../', import.meta.url);
const query = app.commandLine.getSwitchValue('harness');
const [width = 1280, height = 800] = app.commandLine
  .getSwitchValue('harness-size')
  .split('x')
  .map(Number);

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);

const types: Record<string, string> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  ts: 'text/javascript',
  map: 'application/json',
};

async function serve(address: string): Promise<Response> {
  const { pathname } = new URL(address);
  const extension = pathname.slice(pathname.lastIndexOf('.') + 1);
  // The bridge and what it imports are at their places in the repository; all else was built.
  const isSource = extension === 'ts' || pathname.startsWith('/node_modules/');
  const file = new URL(`${isSource ? '' : 'dist/renderer/'}${pathname.slice(1)}`, root);
  let text = await readFile(file, 'utf8');
  if (extension === 'ts') {
    text = stripTypeScriptTypes(text).replaceAll("from 'zod'", "from '/node_modules/zod/index.js'");
  }
  if (extension === 'html') {
    const bridge = '/test/support/renderer-harness/fake-bridge.ts';
    const script = `<script type="module" src="${bridge}"></script>`;
    text = text.replace('<script', `${script}\n<script`);
  }
  return new Response(text, {
    headers: {
      'Content-Type': types[extension] ?? 'text/plain',
      'Content-Security-Policy': contentSecurityPolicy,
    },
  });
}

async function start(): Promise<void> {
  protocol.handle('app', ({ url }) => serve(url));
  const window = new BrowserWindow({
    width,
    height,
    useContentSize: true,
    webPreferences: { sandbox: true, spellcheck: false },
  });
  window.setMenuBarVisibility(false);
  await window.loadURL(`app://understudy/index.html?${query}`);
}

app.on('window-all-closed', () => app.quit());
// Not awaited at the top level: Electron is ready only after this module was evaluated.
void app.whenReady().then(start);
