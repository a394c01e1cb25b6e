/** Names of the files in the data directory that say who a server is, and was. */
export const identityFiles = {
  key: 'server-key.pem',
  certificate: 'server-cert.pem',
  formerKeys: 'former-keys.json',
  nextKey: 'next-server-key.pem',
  renewedKey: 'renewed-server-key.pem',
} as const;
