export type NodeStartFailureCode =
  | 'DATA_DIRECTORY_BUSY'
  | 'DATA_DIRECTORY_UNUSABLE'
  | 'STORE_DAMAGED'
  | 'STORE_NEWER'
  | 'IDENTITY_DAMAGED'
  | 'SETTINGS_DAMAGED'
  | 'PAIRING_DAMAGED';

/** Why a node could not start; the message says what to do. Nothing was changed. */
export class NodeStartFailure extends Error {
  override name = 'NodeStartFailure';
  readonly code: NodeStartFailureCode;
  constructor(code: NodeStartFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
