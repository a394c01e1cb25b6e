import type { Clipboard, Dialog, Shell as SystemShell, BrowserWindow } from 'electron';
import { join } from 'node:path';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type {
  DesktopRequestName,
  IpcAnswer,
  IpcArguments,
  IpcResult,
  NodeRequestName,
} from '../../../src-shared/contract/ipc.ts';
import { nodeRequestNames } from '../../../src-shared/contract/ipc-channels.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { readChosenFile } from './chosen-file.ts';
import { writeExport } from './export-file.ts';
import { writePicture } from './export-picture.ts';
import { exportLines } from './export-rows.ts';
import type { IpcHandler, IpcHandlers } from './ipc-server.ts';
import type { NodeClient } from '../node/node-client.ts';

export interface IpcHandlerPorts {
  node: Pick<NodeClient, 'call'>;
  /** Called with each first request of a page: from here on it listens. */
  windowReady(): void;
  ui(): UiSnapshot;
  window(): BrowserWindow | null;
  dialog: Pick<Dialog, 'showOpenDialog' | 'showSaveDialog'>;
  clipboard: Pick<Clipboard, 'writeText'>;
  system: Pick<SystemShell, 'openPath'>;
  folders: { data: string; logs: string; documents: string };
  changeSettings(
    change: IpcArguments<'desktop.settings.set'>,
  ): IpcAnswer<IpcResult<'desktop.settings.set'>>;
  pauseNotifications(minutes: number): void;
  startNode(): void;
}

const done = { ok: true, value: {} } as const;

/** What each request of the window does. */
export function createIpcHandlers(ports: IpcHandlerPorts): IpcHandlers {
  return { ...passToNode(ports.node), ...answerHere(ports) };
}

function passToNode(node: Pick<NodeClient, 'call'>): Pick<IpcHandlers, NodeRequestName> {
  const pass =
    <N extends NodeRequestName>(name: N): IpcHandler<N> =>
    (args) =>
      node.call(name, args as AdminParams<N>);
  return Object.fromEntries(nodeRequestNames.map((name) => [name, pass(name)])) as Pick<
    IpcHandlers,
    NodeRequestName
  >;
}

function answerHere(ports: IpcHandlerPorts): Pick<IpcHandlers, DesktopRequestName> {
  return {
    'snapshot.get': async () => {
      ports.windowReady();
      return { ok: true, value: ports.ui() };
    },
    'node.start': async () => {
      ports.startNode();
      return done;
    },
    'desktop.settings.set': async (change) => ports.changeSettings(change),
    'desktop.notifications.pause': async ({ minutes }) => {
      ports.pauseNotifications(minutes);
      return done;
    },
    'dialog.openFile': ({ purpose }) => openFile(ports, purpose),
    'export.csv': (request) => exportCsv(ports, request),
    'export.picture': (request) => exportPicture(ports, request),
    'clipboard.write': async ({ text }) => {
      await ports.clipboard.writeText(text);
      return done;
    },
    'folder.open': async ({ folder }) => {
      const problem = await ports.system.openPath(ports.folders[folder]);
      if (problem === '') return done;
      const message = `${ports.folders[folder]} could not be opened: ${problem}.`;
      return { ok: false, code: 'FOLDER_NOT_OPENED', message };
    },
  };
}

const chosenKinds = {
  license: { title: 'Import a licence file', name: 'Licence files' },
  vendor: { title: 'Trust a vendor', name: 'Vendor keys' },
} as const;

const chosenExtensions = { license: ['json', 'lic', 'jws', 'txt'], vendor: ['pub', 'json', 'txt'] };

async function openFile(
  ports: IpcHandlerPorts,
  purpose: 'license' | 'vendor',
): Promise<IpcAnswer<IpcResult<'dialog.openFile'>>> {
  const { title, name } = chosenKinds[purpose];
  const options = {
    title,
    properties: ['openFile' as const],
    filters: [
      { name, extensions: chosenExtensions[purpose] },
      { name: 'All files', extensions: ['*'] },
    ],
  };
  const parent = ports.window();
  const { filePaths } = await (parent
    ? ports.dialog.showOpenDialog(parent, options)
    : ports.dialog.showOpenDialog(options));
  const path = filePaths[0];
  if (path === undefined) return { ok: true, value: { chosen: null } };
  const answer = await readChosenFile(path);
  return answer.ok ? { ok: true, value: { chosen: answer.value } } : answer;
}

async function exportCsv(
  ports: IpcHandlerPorts,
  request: IpcArguments<'export.csv'>,
): Promise<IpcAnswer<IpcResult<'export.csv'>>> {
  const path = await chooseTarget(ports, {
    title: `Export ${request.what}`,
    fileName: `understudy-${request.what}-${today(ports)}.csv`,
    filter: { name: 'Comma-separated values', extensions: ['csv'] },
  });
  if (path === null) return { ok: true, value: { path: null, rows: 0 } };
  return writeExport(path, exportLines(ports.node, request));
}

async function exportPicture(
  ports: IpcHandlerPorts,
  { png, name }: IpcArguments<'export.picture'>,
): Promise<IpcAnswer<IpcResult<'export.picture'>>> {
  const path = await chooseTarget(ports, {
    title: 'Save picture',
    fileName: `understudy-${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}-${today(ports)}.png`,
    filter: { name: 'PNG pictures', extensions: ['png'] },
  });
  if (path === null) return { ok: true, value: { path: null } };
  return writePicture(path, png);
}

function today(ports: IpcHandlerPorts): string {
  return (ports.ui().node?.at ?? '').slice(0, 10);
}

interface Target {
  title: string;
  fileName: string;
  filter: { name: string; extensions: string[] };
}

/** Null when the admin chose none. */
async function chooseTarget(
  ports: IpcHandlerPorts,
  { title, fileName, filter }: Target,
): Promise<string | null> {
  const defaultPath = join(ports.folders.documents, fileName);
  const options = { title, defaultPath, filters: [filter] };
  const parent = ports.window();
  const { filePath } = await (parent
    ? ports.dialog.showSaveDialog(parent, options)
    : ports.dialog.showSaveDialog(options));
  return filePath || null;
}
