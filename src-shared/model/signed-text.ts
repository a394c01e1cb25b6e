/** A signature and what it is over, all base64url, as RFC 7515 has it. */
export interface SignedText {
  protected: string;
  payload: string;
  signature: string;
}

/** What was signed, as JSON. */
export interface OpenedText {
  header: unknown;
  payload: unknown;
}

/** The parts of a JWS in compact serialization; null when it has not three. */
export function splitCompact(text: string): SignedText | null {
  const [header, payload, signature, more] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined) return null;
  return more === undefined ? { protected: header, payload, signature } : null;
}
