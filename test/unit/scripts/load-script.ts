import { fileURLToPath, pathToFileURL } from 'node:url';

/** The file of a script of the checkout. */
export const scriptFile = (name: string) =>
  fileURLToPath(new URL(`../../../scripts/${name}.mjs`, import.meta.url));

/** A module of `scripts`, which has no types of its own: the caller says what it takes from it. */
export async function loadScript<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(scriptFile(name)).href)) as T;
}
