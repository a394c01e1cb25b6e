import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export interface MailServer {
  port: number;
  /** Mails that it took, as they came. */
  mails: string[];
  /** Answers every mail with a refusal while it is set. */
  refuse: boolean;
}

/** A mail server (RFC 5321) on 127.0.0.1 that takes what comes. */
export async function startMailServer(): Promise<MailServer> {
  const state: MailServer = { port: 0, mails: [], refuse: false };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    converse(socket, state);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  state.port = typeof address === 'object' && address ? address.port : 0;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return state;
}

function converse(socket: Socket, state: MailServer): void {
  let heard = '';
  let inMail = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  say('220 test');
  socket.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
    for (;;) {
      const end = inMail ? heard.indexOf('\r\n.\r\n') : heard.indexOf('\r\n');
      if (end === -1) return;
      const text = heard.slice(0, end);
      heard = heard.slice(end + (inMail ? 5 : 2));
      if (inMail) {
        inMail = false;
        state.mails.push(text);
        say('250 taken');
      } else if (text.startsWith('DATA')) {
        inMail = true;
        say('354 go on');
      } else if (text.startsWith('MAIL') && state.refuse) say('451 come again later');
      else say(text.startsWith('QUIT') ? '221 bye' : '250 yes');
    }
  });
}
