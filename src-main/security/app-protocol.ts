import { readFile } from 'node:fs/promises';
import { protocol, type Session } from 'electron';
import { appScheme, resolveAppFile } from './app-files.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** To be called before the application is ready: gives `app://` an origin of its own. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the files of `rootFolder`, and only those, at `app://understudy/`. */
export function serveAppFiles(session: Session, rootFolder: string): void {
  session.protocol.handle(appScheme, async ({ method, url }) => {
    const file = method === 'GET' ? resolveAppFile(rootFolder, url) : null;
    if (!file) return new Response('Not found', { status: 404, headers });
    try {
      const content = await readFile(file.path);
      return new Response(content, { headers: { ...headers, 'Content-Type': file.contentType } });
    } catch {
      return new Response('Not found', { status: 404, headers });
    }
  });
}
