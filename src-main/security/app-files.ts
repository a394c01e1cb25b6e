import { extname, join, normalize, sep } from 'node:path';

export const appScheme = 'app';
export const appHost = 'understudy';
export const appOrigin = `${appScheme}://${appHost}`;
export const appPage = `${appOrigin}/index.html`;

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A file that the window may have. */
export interface AppFile {
  path: string;
  contentType: string;
}

/**
 * The file behind an `app://understudy/` address, or null when there is none to be had: another
 * host, a way out of the folder however it is written, a kind of file that no page needs.
 */
export function resolveAppFile(rootFolder: string, address: string): AppFile | null {
  const url = URL.parse(address);
  if (url?.protocol !== `${appScheme}:` || url.host !== appHost) return null;
  const decoded = decode(url.pathname);
  if (decoded === null || /[\\:\0]/.test(decoded)) return null;
  if (decoded.split('/').some((part) => part.startsWith('.'))) return null;
  const relative = normalize(decoded === '/' ? '/index.html' : decoded);
  const contentType = contentTypes[extname(relative).toLowerCase()];
  if (contentType === undefined) return null;
  const path = join(rootFolder, relative);
  const root = rootFolder.endsWith(sep) ? rootFolder : rootFolder + sep;
  return path.startsWith(root) ? { path, contentType } : null;
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}
