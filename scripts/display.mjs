import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const answerWithinMs = 1000;

/** Why no window can be shown here; null when one can. */
export async function whyNoDisplay(env = process.env) {
  if (process.platform !== 'linux') return null;
  const { DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR } = env;
  if (WAYLAND_DISPLAY) {
    const socket = join(XDG_RUNTIME_DIR ?? '/', WAYLAND_DISPLAY);
    if (await answers({ path: socket })) return null;
  }
  if (!DISPLAY) {
    return WAYLAND_DISPLAY
      ? `nothing answers at WAYLAND_DISPLAY=${WAYLAND_DISPLAY}`
      : 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  }
  for (const address of addressesOf(DISPLAY)) if (await answers(address)) return null;
  return `no X server answers at DISPLAY=${DISPLAY}`;
}

function addressesOf(display) {
  const [, host, number] = /^(.*):(\d+)(?:\.\d+)?$/.exec(display) ?? [];
  if (number === undefined) return [];
  if (host === '' || host === 'unix') {
    const socket = `/tmp/.X11-unix/X${number}`;
    return existsSync(socket) ? [{ path: socket }] : [{ path: `\0${socket}` }];
  }
  return [{ host, port: 6000 + Number(number) }];
}

function answers(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerWithinMs, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
