import { frameHeadBytes } from './frame.ts';

/** A message of a link that is longer is not parsed as it comes: who sent it, and what, counts first. */
export const longMessageChars = 64 * 1024;

/** What a long message is, as its first characters say; nothing of it was parsed. */
export type LongHead =
  | { type: 'ledger'; ledger: string; message: string }
  | { type: 'call'; method: string }
  | { type: 'answer'; id: number }
  /** None of what is ever so long, in this version. */
  | { type: 'unknown' };

/** A payload that is too long to be parsed before it is known to be wanted. */
export class LongMessage {
  readonly head: LongHead;
  /** The whole message of the link; the payload is in its `data`. */
  readonly text: string;

  constructor(head: LongHead, text: string) {
    this.head = head;
    this.text = text;
  }
}

// As every server writes them: what is it, and which, stands in front.
const ledgerHead =
  /^\{"type":"payload","data":\{"type":"ledger","ledger":"([\w.:-]{1,64})","message":\{"type":"(\w{1,32})"/;
const callHead =
  /^\{"type":"payload","data":\{"type":"call","id":\d{1,16},"method":"([\w.]{1,64})"/;
const answerHead = /^\{"type":"payload","data":\{"type":"answer","id":(\d{1,16}),/;

export function readLongHead(text: string): LongHead {
  const begin = text.slice(0, frameHeadBytes);
  const [, ledger, message] = ledgerHead.exec(begin) ?? [];
  if (ledger !== undefined && message !== undefined) return { type: 'ledger', ledger, message };
  const [, method] = callHead.exec(begin) ?? [];
  if (method !== undefined) return { type: 'call', method };
  const [, id] = answerHead.exec(begin) ?? [];
  return id === undefined ? { type: 'unknown' } : { type: 'answer', id: Number(id) };
}
