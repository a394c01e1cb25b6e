import {
  type AskedBorrow,
  type BorrowWish,
  makeBorrowRequest,
  makeBorrowReturn,
} from '../../src-shared/client/remote-borrow.ts';
import type { LeaseAnswer } from '../../src-shared/contract/client-api.ts';
import type { FileSigner } from '../../src-shared/contract/remote-borrow.ts';
import { formatInstant } from '../../src-shared/model/scalars.ts';
import { hourMs } from '../../src-shared/model/time-units.ts';
import { makeMachineKey, openMachineKey } from '../../src-main/client-transport/machine-key.ts';
import { nodeSignatures } from '../../src-main/client-transport/node-signatures.ts';

/** A machine that reaches no server, with a key for one seat. */
export class OfflineMachine {
  readonly signer: FileSigner;
  readonly asked: AskedBorrow;
  /** Text of its request file. */
  readonly requestFile: string;

  constructor(wish: Partial<BorrowWish> = {}, wallMs = Date.now()) {
    this.signer = openMachineKey(makeMachineKey());
    const { file, ...asked } = makeBorrowRequest(
      {
        feature: 'cad',
        units: 1,
        client: { user: 'ann', host: 'laptop-7' },
        borrowUntil: formatInstant(wallMs + 2 * hourMs),
        ...wish,
      },
      { signer: this.signer, signatures: nodeSignatures, wallMs },
    );
    this.asked = asked;
    this.requestFile = file;
  }

  /** The file with this payload, whatever it is, signed as the machine signs. */
  sign(payload: unknown, typ: string): string {
    const { encode, sign } = this.signer;
    const parts = { protected: encode({ alg: 'ES256', typ }), payload: encode(payload) };
    return JSON.stringify({ ...parts, signature: sign(`${parts.protected}.${parts.payload}`) });
  }

  /** Text of the return file for what it was given. */
  returnFile(answer: Pick<LeaseAnswer, 'lease' | 'token'>): string {
    return makeBorrowReturn(answer, { signer: this.signer, wallMs: Date.now() });
  }
}
