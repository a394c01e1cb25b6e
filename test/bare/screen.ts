import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

/** A display whose picture is in a file: Xvfb, with its frame buffer mapped. */
export class Screen {
  readonly #folder = mkdtempSync(join(tmpdir(), 'us-screen-'));
  readonly #server: ChildProcess;
  #number = '';

  constructor() {
    const buffer = ['-screen', '0', '1280x900x24', '-fbdir', this.#folder];
    this.#server = spawn('Xvfb', ['-displayfd', '3', '-ac', '-nolisten', 'tcp', ...buffer], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
  }

  /** The display's name, as `DISPLAY` has it. */
  async name(): Promise<string> {
    if (this.#number === '') {
      const numbers = this.#server.stdio[3];
      this.#number = await new Promise((resolve, reject) => {
        numbers?.once('data', (text: Buffer) => resolve(String(text).trim()));
        this.#server.once('error', reject);
        this.#server.once('exit', () => reject(new Error('Xvfb ended')));
      });
    }
    return `:${this.#number}`;
  }

  capture(): Picture {
    return readXwd(readFileSync(join(this.#folder, 'Xvfb_screen0')));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill();
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export interface Picture {
  width: number;
  height: number;
  /** Red, green and blue of each pixel, row by row. */
  rgb: Buffer;
}

/** How many pixels have this colour, `0xrrggbb`. */
export function countPixels({ rgb }: Picture, colour: number): number {
  let count = 0;
  for (let at = 0; at < rgb.length; at += 3) if (rgb.readUIntBE(at, 3) === colour) count += 1;
  return count;
}

// X Window Dump, version 7: a head of big-endian words, the colour map, and the pixels, here 32 bits each
// in the order of the machine (X11/XWDFile.h).
function readXwd(file: Buffer): Picture {
  const word = (index: number) => file.readUInt32BE(index * 4);
  const [headBytes, width, height, lineBytes, colours] = [0, 4, 5, 12, 19].map(word) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const pixels = headBytes + colours * 12;
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = pixels + y * lineBytes + x * 4;
      const to = (y * width + x) * 3;
      rgb[to] = file[from + 2] ?? 0;
      rgb[to + 1] = file[from + 1] ?? 0;
      rgb[to + 2] = file[from] ?? 0;
    }
  }
  return { width, height, rgb };
}

/** Writes it as PNG (RFC 2083). */
export function writePng(path: string, { width, height, rgb }: Picture): void {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.from([0]), rgb.subarray(y * width * 3, (y + 1) * width * 3)]),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([signature, ...chunks]));
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
