import demoLicence from '../../../assets/demo/demo-licence.json' with { type: 'json' };
import type { VendorPublicKey } from '../../../src-shared/model/vendor.ts';

/** Id of the demo vendor's key. What it signed is of no worth outside a trial. */
export const demoVendorKeyId = '34vc6fMUvLSeRtMC30qRZyqie08ZiW3Qp8eHUcdYqi8';

/** The same as assets/demo/demo-vendor.pub. */
export const demoVendorPublicKey: VendorPublicKey = {
  format: 'understudy-vendor/1',
  vendor: 'Understudy Demo',
  publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'U-OTF0vzb7ePVY3Px75xsgoyHnzaL1K4oM5Ytedgphs' },
};

/** Name of the demo licence file on the timeline. */
export const demoLicenseFileName = 'demo-licence.json';

/** The same as assets/demo/demo-licence.json. */
export const demoLicenseText = `${JSON.stringify(demoLicence, null, 2)}\n`;
