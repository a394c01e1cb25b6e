import { encodeFrame, FrameDecoder } from '../../src-main/node/peers/link/frame.ts';
import {
  parseLinkMessage,
  peerProtocolVersion,
} from '../../src-main/node/peers/link/link-message.ts';
import { mutate, type Random } from './mutate.ts';

const bytesMax = 4_096;

const samples = [
  { type: 'hello', version: peerProtocolVersion, id: 'a'.repeat(64), name: 'x', purpose: 'link' },
  { type: 'ping', count: 1 },
  { type: 'pong', count: 1, receivedMs: 1, sentMs: 2 },
  { type: 'payload', data: { deep: [[[{}]]], text: 'é' } },
  { type: 'goodbye', reason: 'stopping' },
].map((message) => encodeFrame(JSON.stringify(message)));

/** One stream of broken frames, cut anywhere. Throws when the decoder does or holds too much. */
export function fuzzFrames(random: Random): void {
  const decoder = new FrameDecoder(bytesMax);
  for (let part = 0; part < 4; part++) {
    const sample = samples[random.below(samples.length)] ?? Buffer.alloc(0);
    const stream = mutate(sample, random);
    const cut = random.below(stream.length + 1);
    for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
      const decoded = decoder.push(chunk);
      for (const text of decoded.texts) parseLinkMessage(text);
      if (decoder.heldBytes > 128 * 1024) throw new Error(`holds ${decoder.heldBytes} bytes`);
      if (!decoded.ok && decoder.heldBytes > 0) throw new Error('holds bytes after a failure');
    }
  }
}
