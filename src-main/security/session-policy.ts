import type { Session } from 'electron';
import { appOrigin } from './app-files.ts';

/**
 * Denies everything that a page could ask of the browser around it: permissions, devices, downloads,
 * and any address outside the program. `devTools` opens what the developer tools need.
 */
export function restrictSession(session: Session, { devTools }: { devTools: boolean }): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, answer) =>
    answer({ cancel: !isAllowedAddress(details.url, devTools) }),
  );
  session.setSpellCheckerEnabled(false);
}

export function isAllowedAddress(address: string, devTools: boolean): boolean {
  return address.startsWith(`${appOrigin}/`) || (devTools && address.startsWith('devtools://'));
}
