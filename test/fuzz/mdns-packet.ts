const type = '_understudy._tcp.local';

const typeNumbers = { PTR: 12, TXT: 16, A: 1, SRV: 33 };

function u16(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 2);
  numbers.forEach((number, at) => bytes.writeUInt16BE(number, at * 2));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
}

function name(value: string): Buffer {
  return Buffer.concat([...value.split('.').map(text), Buffer.from([0])]);
}

function record(owner: string, kind: keyof typeof typeNumbers, ttl: number, data: Buffer): Buffer {
  const head = [name(owner), u16(typeNumbers[kind], 1, ttl >>> 16, ttl & 0xffff, data.length)];
  return Buffer.concat([...head, data]);
}

/** What a server says on the network (RFC 6763); with a time to live of 0 its goodbye. */
export function announcementPacket(id: string, ttl: number, displayName = 'Main'): Buffer {
  const instance = `understudy-${id.slice(0, 24)}`;
  const service = `${instance}.${type}`;
  const host = `${instance}.local`;
  const txt = [`id=${id}`, `name=${displayName}`, 'v=1.0'].map(text);
  return Buffer.concat([
    u16(0, 0x8400, 0, 4, 0, 0),
    record(type, 'PTR', ttl, name(service)),
    record(service, 'SRV', ttl, Buffer.concat([u16(0, 0, 7_470), name(host)])),
    record(service, 'TXT', ttl, Buffer.concat(txt)),
    record(host, 'A', ttl, Buffer.from([192, 0, 2, 7])),
  ]);
}

/** The question for servers. */
export const queryPacket = Buffer.concat([u16(0, 0, 1, 0, 0, 0), name(type), u16(12, 1)]);
