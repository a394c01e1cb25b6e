import { z } from 'zod';
import { escapeHidden } from './hidden-characters.ts';

/**
 * Text of another server, or the name of a file, as it may be shown, logged and stored: one line, with
 * everything hidden in it to be seen, and no longer than `lengthMax`. Every such text passes here where
 * it comes in.
 */
export function readSaid(text: string, lengthMax: number): string {
  const line = escapeHidden(text.replace(/\s+/gu, ' '));
  return line.length > lengthMax ? `${line.slice(0, lengthMax - 1)}…` : line;
}

export function saidTextSchema(lengthMax: number) {
  return z
    .string()
    .max(lengthMax)
    .transform((text) => readSaid(text, lengthMax));
}

/** Longest sentence of another server that is repeated. */
const quotedMax = 1_000;

/** What a server has said, with who has, so that it is taken for nobody else's word. */
export function quoteServer(name: string, text: string): string {
  const quoted = readSaid(text, quotedMax).replace(/[“”]/gu, '"');
  return `${name} answers: “${quoted}”`;
}
