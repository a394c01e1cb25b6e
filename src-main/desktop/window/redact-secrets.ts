// What must not leave the server, wherever it stands in a text: whoever has a private key is the server, whoever has
// a token has a seat, whoever has the code of an open invitation can pair.
const secrets: readonly (readonly [pattern: RegExp, name: string])[] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    'private key',
  ],
  [/"d"\s*:\s*"[A-Za-z0-9_-]{16,}"/g, 'private key'],
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g, 'token'],
  [/\b(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}\b/gi, 'invitation code'],
];

/** A text without private keys, tokens and invitation codes; what stood there is named. */
export function redactSecrets(text: string): string {
  return secrets.reduce(
    (left, [pattern, name]) => left.replaceAll(pattern, `[${name} left out]`),
    text,
  );
}
