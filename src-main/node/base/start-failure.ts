import type { NodeStartFailureCode } from '../../../src-shared/contract/node-process.ts';

/** Why a node could not start; the message says what to do. Nothing was changed. */
export class NodeStartFailure extends Error {
  override name = 'NodeStartFailure';
  readonly code: NodeStartFailureCode;
  constructor(code: NodeStartFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
