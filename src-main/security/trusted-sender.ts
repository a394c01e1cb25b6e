import type { WebContents, WebFrameMain } from 'electron';
import { appOrigin } from './app-files.ts';

/** The part of Electron's `IpcMainInvokeEvent` that says who asks. */
export interface Sender {
  sender: WebContents;
  senderFrame: Pick<WebFrameMain, 'origin' | 'parent'> | null;
}

/** Only the main frame of our own window, while it shows our own page, is listened to. */
export function isTrustedSender(event: Sender, window: WebContents | null): boolean {
  const { sender, senderFrame } = event;
  return (
    window !== null &&
    sender === window &&
    senderFrame !== null &&
    senderFrame.parent === null &&
    senderFrame.origin === appOrigin
  );
}
