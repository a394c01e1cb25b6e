import type { Clipboard, Dialog, Shell as SystemShell, BrowserWindow } from 'electron';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type {
  ChosenPurpose,
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
import { makeSupportBundle } from './support-bundle.ts';
import { writeWholeExport } from './whole-export.ts';
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
  ): Promise<IpcAnswer<IpcResult<'desktop.settings.set'>>>;
  pauseNotifications(minutes: number): void;
  setNoticesAside(notices: { keys: readonly string[]; minutes: number | null }): void;
  /** The forms whose drafts would be lost if the program ended now. */
  noteDrafts(titles: readonly string[]): void;
  /** Starts a node in this program now. */
  startNode(): void;
  /** Asks the admin what is to be done about a node that waits for it. */
  recoverNode(): void;
}

type FolderName = IpcArguments<'folder.open'>['folder'];

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
    'desktop.settings.set': async (change) => ports.changeSettings(change),
    'desktop.notifications.pause': async ({ minutes }) => {
      ports.pauseNotifications(minutes);
      return done;
    },
    'notice.setAside': async (notices) => {
      ports.setNoticesAside(notices);
      return done;
    },
    'drafts.note': async ({ titles }) => {
      ports.noteDrafts(titles);
      return done;
    },
    'node.start': async () => {
      ports.startNode();
      return done;
    },
    'node.recover': async () => {
      ports.recoverNode();
      return done;
    },
    'dialog.openFile': ({ purpose }) => openFile(ports, purpose),
    'export.csv': (request) => exportCsv(ports, request),
    'export.picture': (request) => exportPicture(ports, request),
    'export.support': () => exportSupport(ports),
    'export.borrowToken': (request) => exportBorrowToken(ports, request),
    'report.open': ({ name }) => openPath(ports, reportPath(ports, name)),
    'report.export': ({ name }) => exportReport(ports, name),
    'clipboard.write': async ({ text }) => {
      await ports.clipboard.writeText(text);
      return done;
    },
    'folder.open': ({ folder }) => openPath(ports, folderPath(ports, folder)),
  };
}

const chosenKinds = {
  license: { title: 'Import a licence file', name: 'Licence files' },
  vendor: { title: 'Trust a vendor', name: 'Vendor keys' },
  borrowRequest: { title: 'Borrow for another machine', name: 'Request files' },
  borrowReturn: { title: 'Take a borrowed seat back', name: 'Return files' },
} as const satisfies Record<ChosenPurpose, { title: string; name: string }>;

const chosenExtensions: Record<ChosenPurpose, string[]> = {
  license: ['json', 'lic', 'jws', 'txt'],
  vendor: ['pub', 'json', 'txt'],
  borrowRequest: ['request', 'json', 'txt'],
  borrowReturn: ['return', 'json', 'txt'],
};

async function openFile(
  ports: IpcHandlerPorts,
  purpose: ChosenPurpose,
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

async function exportSupport(
  ports: IpcHandlerPorts,
): Promise<IpcAnswer<IpcResult<'export.support'>>> {
  const name = ports.ui().node?.server.name ?? 'server';
  const path = await chooseTarget(ports, {
    title: 'Save support bundle',
    fileName: `understudy-support-${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')}-${today(ports)}.json`,
    filter: jsonFiles,
  });
  if (path === null) return { ok: true, value: { path: null } };
  return writeWholeExport(path, await makeSupportBundle(ports));
}

async function exportBorrowToken(
  ports: IpcHandlerPorts,
  { content, host }: IpcArguments<'export.borrowToken'>,
): Promise<IpcAnswer<IpcResult<'export.borrowToken'>>> {
  const path = await chooseTarget(ports, {
    title: 'Save token file',
    fileName: `${host.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.token`,
    filter: { name: 'Token files', extensions: ['token'] },
  });
  if (path === null) return { ok: true, value: { path: null } };
  return writeWholeExport(path, content);
}

/** The node writes them into its data directory. */
function reportPath({ folders }: IpcHandlerPorts, name: string): string {
  return join(folders.data, 'drills', name);
}

async function exportReport(
  ports: IpcHandlerPorts,
  name: string,
): Promise<IpcAnswer<IpcResult<'report.export'>>> {
  const source = reportPath(ports, name);
  try {
    const report = await readFile(source);
    const path = await chooseTarget(ports, {
      title: 'Export drill report',
      fileName: `understudy-${name}`,
      filter: jsonFiles,
    });
    if (path === null) return { ok: true, value: { path: null } };
    return writeWholeExport(path, report);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, code: 'FILE_NOT_READ', message: `${source} could not be read: ${why}.` };
  }
}

/** Where the server that is shown takes licence files from, it says itself: it may be an installed one. */
function folderPath({ folders, ui }: IpcHandlerPorts, folder: FolderName): string {
  if (folder !== 'licences') return folders[folder];
  return ui().node?.licenseFolder.folder ?? folders.data;
}

async function openPath(
  { system }: IpcHandlerPorts,
  path: string,
): Promise<IpcAnswer<Record<string, never>>> {
  const problem = await system.openPath(path);
  if (problem === '') return done;
  const message = `${path} could not be opened: ${problem}.`;
  return { ok: false, code: 'FOLDER_NOT_OPENED', message };
}

const jsonFiles = { name: 'JSON files', extensions: ['json'] };

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
