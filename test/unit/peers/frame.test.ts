import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FrameDecoder,
  frameBytesMax,
  strangerFrameBytesMax,
} from '../../../src-main/node/peers/link/frame.ts';
import { parseLinkMessage } from '../../../src-main/node/peers/link/link-message.ts';
import { fuzzFrames } from '../../fuzz/fuzz-frames.ts';
import { Random } from '../../fuzz/mutate.ts';

/** The bytes in pieces, cut at the given places. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  at.sort((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

// Lone surrogates have no UTF-8.
const texts = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }));
const cuts = fc.array(fc.nat());

describe('the frame decoder', () => {
  it('gives back what was encoded, however the stream is cut', () => {
    fc.assert(
      fc.property(texts, cuts, (given, places) => {
        const decoder = new FrameDecoder(frameBytesMax);
        const stream = Buffer.concat(given.map(encodeFrame));
        const decoded = split(stream, places).flatMap((chunk) => decoder.push(chunk).texts);
        expect(decoded).toEqual(given);
      }),
    );
  });

  it('gives the whole frames of a truncated stream, and no failure', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (given, place) => {
        const stream = Buffer.concat(given.map(encodeFrame));
        const decoded = new FrameDecoder(frameBytesMax).push(
          stream.subarray(0, place % (stream.length + 1)),
        );
        expect(decoded.ok).toBe(true);
        expect(given.slice(0, decoded.texts.length)).toEqual(decoded.texts);
      }),
    );
  });

  it('takes any bytes in any pieces to the same end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), cuts, (bytes, places) => {
        const stream = Buffer.from(bytes);
        const whole = new FrameDecoder(200);
        const pieces = new FrameDecoder(200);
        const expected = whole.push(stream);
        const got: string[] = [];
        let ok = true;
        for (const chunk of split(stream, places)) {
          const decoded = pieces.push(chunk);
          got.push(...decoded.texts);
          ok = decoded.ok;
        }
        expect({ ok, got }).toEqual({ ok: expected.ok, got: expected.texts });
      }),
    );
  });

  it.each([
    [0, 'FRAME_EMPTY'],
    [strangerFrameBytesMax + 1, 'FRAME_TOO_LONG'],
    [0xffffffff, 'FRAME_TOO_LONG'],
  ])('refuses a length of %d at its header, and everything after it', (length, code) => {
    const decoder = new FrameDecoder(strangerFrameBytesMax);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    expect(decoder.push(header)).toEqual({ ok: false, texts: [], code });
    expect(decoder.push(encodeFrame('x'))).toEqual({ ok: false, texts: [], code });
    expect(decoder.heldBytes).toBe(0);
  });

  it('refuses what is not UTF-8, after the frames before it', () => {
    const broken = Buffer.from([0, 0, 0, 1, 0xff]);
    const decoder = new FrameDecoder(100);
    expect(decoder.push(Buffer.concat([encodeFrame('fine'), broken, encodeFrame('no')]))).toEqual({
      ok: false,
      texts: ['fine'],
      code: 'FRAME_NOT_TEXT',
    });
  });

  it('allocates for what has come and not for what is announced', () => {
    const decoder = new FrameDecoder(frameBytesMax);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(frameBytesMax);
    decoder.push(header);
    for (let n = 0; n < 10_000; n++) decoder.push(Buffer.from([32]));
    expect(decoder.heldBytes).toBeLessThan(32_768);
  });

  it('takes the longest frame, and gives its memory back', () => {
    const decoder = new FrameDecoder(frameBytesMax);
    const text = 'x'.repeat(frameBytesMax);
    const frame = encodeFrame(text);
    const decoded: string[] = [];
    for (let at = 0; at < frame.length; at += 65_536) {
      decoded.push(...decoder.push(frame.subarray(at, at + 65_536)).texts);
    }
    expect(decoded[0] === text && decoded.length === 1).toBe(true);
    expect(decoder.heldBytes).toBe(0);
  });

  it('survives 20,000 broken streams of a fixed seed', () => {
    const random = new Random(1);
    for (let n = 0; n < 20_000; n++) fuzzFrames(random);
  });
});

describe('a message', () => {
  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"type":"hello"}',
    '{"type":"hello","version":1,"id":"me","name":"x","purpose":"link"}',
    '{"type":"hello","version":1,"id":null,"name":"a\\u001bb","purpose":"link"}',
    '{"type":"hello","version":1,"id":null,"name":"x","purpose":"rule"}',
    '{"type":"pong","count":-1,"receivedMs":0,"sentMs":0}',
    '{"type":"pong","count":1,"receivedMs":1e300,"sentMs":0}',
    '{"type":"__proto__"}',
    '['.repeat(100_000),
  ])('that is none is refused: %.60s', (text) => {
    expect(parseLinkMessage(text)).toBeUndefined();
  });

  it('may have fields that this version does not know', () => {
    expect(parseLinkMessage('{"type":"ping","count":1,"later":true}')).toEqual({
      type: 'ping',
      count: 1,
    });
  });
});

describe('a long frame', () => {
  const longBytes = 1_000;
  const long = (begin: string) => begin + 'x'.repeat(5_000);

  function screened(wants: (head: string, bytes: number) => boolean) {
    const decoder = new FrameDecoder(frameBytesMax);
    decoder.screenFrom(longBytes, wants);
    return decoder;
  }

  it.each([1, 7, 300, 4_096, 100_000])(
    'that is not wanted passes unheld, and what follows is read, cut by %d bytes',
    (step) => {
      const asked: [string, number][] = [];
      const decoder = screened((head, bytes) => {
        asked.push([head.slice(0, 4), bytes]);
        return head.startsWith('good');
      });
      const frames = ['a', long('evil'), 'b', long('good'), long('evil'), long('evil'), 'c'];
      const stream = Buffer.concat(frames.map(encodeFrame));
      const texts: string[] = [];
      let heldBytes = 0;
      for (let at = 0; at < stream.length; at += step) {
        const decoded = decoder.push(stream.subarray(at, at + step));
        expect(decoded.ok).toBe(true);
        texts.push(...decoded.texts);
        heldBytes = Math.max(heldBytes, decoder.heldBytes);
      }
      expect(texts).toEqual(['a', 'b', long('good'), 'c']);
      expect(asked.map(([head]) => head)).toEqual(['evil', 'good', 'evil', 'evil']);
      expect(asked.map(([, bytes]) => bytes)).toEqual(Array(4).fill(5_004));
    },
  );

  it('that is not wanted takes no memory, however long it is', () => {
    const decoder = screened(() => false);
    const frame = encodeFrame('x'.repeat(frameBytesMax));
    for (let at = 0; at < frame.length; at += 65_536) {
      decoder.push(frame.subarray(at, at + 65_536));
      expect(decoder.heldBytes).toBeLessThan(200_000);
    }
    expect(decoder.push(encodeFrame('next')).texts).toEqual(['next']);
  });
});
