// What the package of the licence client offers (docs/client-package.md).

export {
  openLicenseClient,
  type OpenedLicenseClient,
  type OpenLicenseClientOptions,
} from './open-license-client.ts';
export {
  type ClientConfigFailure,
  type ClientSurroundings,
  findClientConfig,
  type FoundClientConfig,
} from './find-client-config.ts';
export { type FoundClientPolicy, readClientPolicy } from './client-policy.ts';
export {
  type BorrowWish,
  makeBorrowRequest,
  makeBorrowReturn,
  readTokenFile,
  takeTokenFile,
} from '../../src-shared/client/remote-borrow.ts';
export { makeMachineKey, openMachineKey } from './machine-key.ts';
export { HttpsTransport } from './https-transport.ts';
export { KnownServersFile } from './known-servers-file.ts';
export { nodeSignatures } from './node-signatures.ts';
export { systemPorts } from './system-ports.ts';
export {
  LicenseClient,
  type LicenseClientOptions,
} from '../../src-shared/client/license-client.ts';
export {
  type ClientConfig,
  clientConfigSchema,
  type ClientPolicy,
  parseClientConfig,
} from '../../src-shared/client/client-config.ts';
export type {
  CheckoutOutcome,
  ClientState,
  ReturnOutcome,
  Seat,
} from '../../src-shared/client/client-state.ts';
export type {
  Attempt,
  AttemptOutcome,
  RefusalCode,
  ServerRefusal,
} from '../../src-shared/client/attempt.ts';
export type * from '../../src-shared/client/client-ports.ts';
export {
  findDoubt,
  type ProofQuestion,
  type VendorTrust,
} from '../../src-shared/client/vendor-proof.ts';
export type { CheckoutRequest, LeaseAnswer } from '../../src-shared/contract/client-api.ts';
export { type VendorPublicKey, vendorPublicKeySchema } from '../../src-shared/model/vendor.ts';
